"""A comparison as the one comment of a pull request: what it says first, then its parts, each with its weight.

Every text of the repository is a `Foreign` or passes `escape.code`; `host.document.fit` makes the whole short enough.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from mlgit.data.difference import DataDifference
from mlgit.dvc.plots import Chart
from mlgit.host.document import CommentDocument
from mlgit.metrics.comparison import Comparison, ModelComparison, SideError, errors_of
from mlgit.metrics.reproduction import VerificationState
from mlgit.metrics.tally import Part as RunPart
from mlgit.metrics.tally import Tally, tally, tally_of
from mlgit.plan.outcome import CheckItem
from mlgit.text import counted
from mlgit.views import comment_charts, comment_parts, markdown
from mlgit.views.comment_checks import RUN_PARTS, failed_checks_section, open_checks_section
from mlgit.views.comment_data import data_section
from mlgit.views.comment_remarks import remark_lines
from mlgit.views.compare import error_line, sides
from mlgit.views.escape import code

MOST_MODELS = 10
MOST_ERRORS = 10
SIGNS = {"good": "✅", "bad": "❌", "open": "⚠️"}
NOT_VERIFIED: dict[VerificationState | None, str] = {
    None: "nothing was measured again",
    "off": "verify is off in mlgit.yaml",
    "no access": "no access to the data",
    "deferred": "the retraining after the merge measures",
    "stale": "stages are out of date",
    "trains": "the stage that measures also trains",
    "untold": "no stage is known that measures",
}


class Frame(Struct, frozen=True, kw_only=True):
    """What a comment says besides the comparison.

    `whole`: the address where the report can be read unshortened; `notes`: sentences of ours in Markdown; `seconds`:
    how long the run took that made the report, `failed` whether it failed, `silent` whether it left no report, `refused`
    whether its report was not believed, `checks` and `failed_jobs` what it says of its checks, `difference` what of its data.
    """

    whole: str = ""
    notes: tuple[str, ...] = ()
    seconds: int | None = None
    failed: bool = False
    silent: bool = False
    refused: bool = False
    checks: tuple[CheckItem, ...] = ()
    failed_jobs: tuple[RunPart, ...] = ()
    difference: DataDifference | None = None


def document(
    comparison: Comparison, charts: Sequence[Chart] = (), frame: Frame | None = None
) -> CommentDocument:
    """Return the comment of a comparison; what did not change may be left out of it beforehand."""
    around = frame or Frame()
    drawn, data = comment_charts.plots(comparison, charts), data_section(around.difference)
    parts = comment_parts.sections(comparison, drawn, data, around.seconds)
    return CommentDocument(
        verdict=verdict(comparison, around),
        sections=tuple(
            part
            for part in (
                failed_checks_section(around.checks, counts_of(comparison, around).red),
                open_checks_section(around.checks),
                *parts,
            )
            if part is not None
        ),
        whole=around.whole,
    )


def counts_of(comparison: Comparison, frame: Frame) -> Tally:
    """Return the counts of a comparison, with what the run says of its checks."""
    red = [one.subject for one in frame.checks if one.state == "failed"]
    counts = tally(comparison)
    # Of a job of the model whose checks passed, the gates are the reason, and they speak for themselves.
    told = ("model",) if counts.failed or counts.refused else ()
    found = tuple(one for one in RUN_PARTS if one in red or (one in frame.failed_jobs and one not in told))
    return replace(
        counts,
        red=found,
        open_checks=sum(one.state == "not judged" for one in frame.checks),
        run_failed=frame.failed,
        silent=frame.silent,
        untrusted=frame.refused,
    )


def verdict(comparison: Comparison, frame: Frame) -> str:
    """Return what a reader sees first: the outcome, which moments, each model where there are several, what is broken."""
    counts = counts_of(comparison, frame)
    lines = [f"## {SIGNS[counts.outcome]} {sentence(headline(counts))}", "", markdown.text(sides(comparison))]
    lines += [f"\n> {note}" for note in frame.notes]
    if len(comparison.models) > 1:
        lines += ["", *model_lines(comparison.models)]
    if comparison.untouched:
        lines += ["", f"{counted(comparison.untouched, 'model')} without a change."]
    if comparison.left_out:
        lines += ["", left_out_line(comparison)]
    errors = errors_of(comparison)
    if errors:
        lines += ["", "Cannot be read:", "", *error_lines(errors)]
    lines += remark_lines(comparison.models)
    return "\n".join(lines)


def left_out_line(comparison: Comparison) -> str:
    """Return how much the report lacks, because it was too large to be handed over."""
    open_ = f", {comparison.not_shown:,} of them nobody judged" if comparison.not_shown else ""
    return f"The report was too large: {counted(comparison.left_out, 'row')} left out{open_}."


def headline(counts: Tally) -> str:
    """Return the outcome in one line of plain words, without any text of the repository; what is wrong comes first."""
    said = [f"failed: {', '.join(counts.red)}"] if counts.red else []
    if counts.silent:
        said.append("the run left no report")
    if counts.untrusted:
        said.append("the report of the run was refused")
    if counts.errors:
        said.append(f"{counted(counts.errors, 'file')} cannot be read")
    if counts.different:
        models = "" if counts.models == 1 else f" of {counted(counts.different, 'model')}"
        said.append(f"the metrics{models} were not reproduced")
    if counts.gates:
        said.append(gates_text(counts))
    if counts.unverified and counts.outcome == "open":
        models = "" if counts.models == 1 else f"{counted(counts.unverified, 'model')} "
        said.append(f"{models}not verified: {NOT_VERIFIED.get(counts.why, NOT_VERIFIED[None])}")
    said += [changes] if (changes := changes_text(counts)) else []
    if counts.not_judged and not counts.undecided and counts.outcome == "open":
        said.append(f"{counts.not_judged:,} not judged")
    if counts.open_checks and counts.outcome == "open":
        said.append(f"{counted(counts.open_checks, 'table')} not judged in full")
    if counts.run_failed and replace(counts, run_failed=False).outcome != "bad":
        said.insert(0, "the run failed")
    return "; ".join(said)


def sentence(text: str) -> str:
    """Return a text of ours with a capital letter at its start."""
    return text[:1].upper() + text[1:]


def gates_text(counts: Tally) -> str:
    """Return what the gates of mlgit.yaml say of the models."""
    named = (("failed", counts.failed), ("undecided", counts.undecided), ("passed", counts.passed))
    if counts.gates == 1:
        return f"gates {next(word for word, number in named if number)}"
    said = ", ".join(f"{number:,} {word}" for word, number in named if number)
    return f"gates of {counts.gates:,} models: {said}"


def changes_text(counts: Tally) -> str:
    """Return how many metrics changed for the better and for the worse; empty where gates alone have something to say."""
    numbers = (
        (counts.lost, "no finite number any more"),
        (counts.better, "better"),
        (counts.worse, "worse"),
        (counts.noise, "within noise"),
        (counts.undirected, "changed"),
        (counts.new, "new"),
        (counts.gone, "gone"),
        (counts.unknown, "not known"),
    )
    said = [f"{number:,} {word}" for number, word in numbers if number]
    if said:
        first, *rest = said
        number, _, word = first.partition(" ")
        return ", ".join([f"{number} metric{'' if number == '1' else 's'} {word}", *rest])
    if counts.same:
        return "no metric changed"
    if counts.gates:
        return ""
    return "no metrics" if counts.models else "no model changed"


def model_lines(models: Sequence[ModelComparison]) -> list[str]:
    """Return a line for each of several models."""
    lines = []
    for model in models[:MOST_MODELS]:
        state = f" ({model.state})" if model.state in ("new", "gone", "unreadable") else ""
        lines.append(f"- {code(model.name, 80)}{state}: {headline(tally_of([model]))}")
    left = len(models) - MOST_MODELS
    return [*lines, f"- and {counted(left, 'more model')}"] if left > 0 else lines


def error_lines(errors: Sequence[SideError]) -> list[str]:
    """Return the files that cannot be read, and why."""
    lines = [f"- at the {error.side}: {markdown.text(error_line(error))}" for error in errors[:MOST_ERRORS]]
    left = len(errors) - MOST_ERRORS
    return [*lines, f"- and {counted(left, 'more file')}"] if left > 0 else lines
