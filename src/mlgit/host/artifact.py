"""What a run for a pull request leaves behind for the run that may write: data of strangers, read with care.

The folder holds zip archives (artifacts as they were downloaded) or the files themselves:

jobs.json         how each job ended
check-code.json   `mlgit check code --report`; likewise for data and model, each where its job came so far
event.json        whose run it was; it is only believed where the forge says the same
data-diff.json    `mlgit data diff --report`, may be missing
comparison.json   `mlgit compare --format json`; it and event.json are missing where no model was concerned
charts.json       `mlgit compare --plots`, may be missing

Nothing else may be there: no folder, no link, no other name. Sizes are bounded before a byte is read, JSON is decoded
by strict types, and nothing of it is ever a path, a command or Markdown.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from mlgit.data import difference_handed
from mlgit.data.difference import DataDifference
from mlgit.dvc.plots import Chart
from mlgit.errors import UsageError
from mlgit.host.artifact_charts import ChartsForm
from mlgit.host.artifact_files import (
    CHARTS,
    CHECKS,
    COMPARISON,
    DIFFERENCE,
    EVENT,
    JOBS,
    LARGEST,
    read_contents,
    refused,
)
from mlgit.metrics.comparison import Comparison
from mlgit.plan.outcome import CheckItem, CheckReport

T = TypeVar("T")

CommitName = Annotated[str, Meta(pattern=r"\A[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")]


DataState = Literal["", "done", "failed", "unreachable"]


class Claim(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the run says about itself. `data`: whether it could fetch the data."""

    version: Literal[1]
    number: Annotated[int, Meta(gt=0, lt=2**31)]
    head_sha: CommitName
    base_sha: CommitName
    merge_base: CommitName
    data: DataState = ""


JobName = Literal["changes", "code", "data", "model", "models", "commit"]
JobResult = Literal["success", "failure", "cancelled", "skipped"]


class Jobs(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the jobs of the run ended, the twins for forks under the name of their job."""

    version: Literal[1]
    jobs: dict[JobName, JobResult]


class Artifact(Struct, frozen=True, kw_only=True):
    """What a run left behind, well formed and of bounded size, and otherwise still only what it claims.

    Without a claim the run compared nothing; `silent`: it left nothing at all, which no run does by itself.
    """

    claim: Claim | None = None
    comparison: Comparison | None = None
    charts: tuple[Chart, ...] = ()
    difference: DataDifference | None = None
    checks: tuple[CheckItem, ...] = ()
    failed_jobs: tuple[JobName, ...] = ()
    silent: bool = False


def read_artifact(folder: Path) -> Artifact:
    """Return what a run left in a folder; raises `UsageError` (`artifact-...`) for anything that is no report.

    A folder that is not there, or is empty, is the report of a run that left none.
    """
    contents = read_contents(folder)
    checks = [decoded(contents[name], name, CheckReport) for name in CHECKS if name in contents]
    jobs = decoded(contents[JOBS], JOBS, Jobs).jobs if JOBS in contents else {}
    difference = decoded(contents[DIFFERENCE], DIFFERENCE, DataDifference) if DIFFERENCE in contents else None
    left = Artifact(
        difference=difference,
        checks=tuple(item for one in checks for item in one.checks),
        silent=not contents,
        failed_jobs=tuple(name for name, result in jobs.items() if result in ("failure", "cancelled")),
    )
    return compared(contents, folder, left) if {EVENT, COMPARISON, CHARTS} & contents.keys() else left


def compared(contents: dict[str, bytes], folder: Path, left: Artifact) -> Artifact:
    """Return a report with the comparison that the run made."""
    if COMPARISON not in contents and EVENT in contents and CHARTS not in contents:
        return replace(left, claim=decoded(contents[EVENT], EVENT, Claim))
    for name in (EVENT, COMPARISON):
        if name not in contents:
            raise UsageError(
                "artifact-incomplete",
                f"the artifact has no {name}",
                hint="mlgit-ci makes it",
                where=str(folder),
            )
    claim = decoded(contents[EVENT], EVENT, Claim)
    comparison = decoded(contents[COMPARISON], COMPARISON, Comparison)
    charts = decoded(contents[CHARTS], CHARTS, ChartsForm).charts if CHARTS in contents else ()
    said = {
        "base": (comparison.base.commit, claim.merge_base),
        "head": (comparison.head.commit, claim.head_sha),
    }
    for side, (compared, claimed) in said.items():
        if compared not in (None if side == "head" else claimed, claimed):
            raise UsageError(
                "artifact-contradiction", f"the {side} that was compared is not the one that {EVENT} names"
            )
    return replace(left, claim=claim, comparison=comparison, charts=charts)


def decoded(content: bytes, name: str, kind: type[T]) -> T:
    """Return JSON as a value of one type, texts cut short, nesting bounded."""
    try:
        tree: Any = clipped(msgspec.json.decode(content))
        return msgspec.convert(tree, kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeError, ValueError) as error:
        raise refused(f"{name} is not what mlgit writes: {harmless(str(error))}") from error


def fitting(comparison: Comparison) -> Comparison:
    """Return a comparison that is small enough to be handed over, the worst models longest."""
    from mlgit.metrics.trimmed import trimmed

    # What JSON escapes, and secrets that become longer words, need some room.
    return trimmed(comparison, LARGEST[COMPARISON] * 9 // 10)


def fitting_difference(difference: DataDifference) -> DataDifference:
    """Return a difference of the data that is small enough to be handed over."""
    return difference_handed.fitting(difference, LARGEST[DIFFERENCE] * 9 // 10)


def fitting_checks(checks: Sequence[CheckItem]) -> tuple[CheckItem, ...]:
    """Return checks that are small enough to be handed over: with fewer lines each, then only those that did not pass."""
    limit = LARGEST[CHECKS[0]] * 9 // 10
    for kept in (40, 10, 3, 0):
        shorter = tuple(replace(one, lines=one.lines[:kept]) for one in checks)
        if len(msgspec.json.format(msgspec.json.encode(shorter), indent=2)) <= limit:
            return shorter
    return tuple(one for one in shorter if one.state in ("failed", "not judged"))[:1000]


DEEPEST = 20
LONGEST = 500
"""Characters of a text; what is shown of one is shorter still."""
LARGEST_INTEGER = 2**63
LARGEST_FLOAT = 1e300


def clipped(value: Any, depth: int = 0) -> Any:
    """Return decoded JSON with its texts cut to `LONGEST` characters; raises `ValueError` for what nobody would write."""
    if isinstance(value, str):
        return value[:LONGEST]
    if isinstance(value, int | float) and not isinstance(value, bool) and not abs(value) <= LARGEST_FLOAT:
        raise ValueError("a number is out of range")
    if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        return float(value)
    if depth > DEEPEST and isinstance(value, list | dict):
        raise ValueError(f"it is nested deeper than {DEEPEST} levels")
    if isinstance(value, list):
        return [clipped(one, depth + 1) for one in value]
    if isinstance(value, dict):
        return {key[:LONGEST]: clipped(one, depth + 1) for key, one in value.items()}
    return value


def harmless(text: str) -> str:
    """Return one short line without control characters."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:200]
