"""The gates of a project: a head evaluated by the rules of its base, the verdict as a value, counted in the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from mlgit.evaluation.compared import asked_for
from mlgit.evaluation.inputs import Inputs, at_merge_base, side_of
from mlgit.evaluation.model import Evaluation, evaluate_model
from mlgit.evaluation.warnings import repository_warnings
from mlgit.metrics.verdict import GateReport, overall
from mlgit.project.project import Project
from mlgit.stats.decision import Verdict

if TYPE_CHECKING:
    from mlgit.predictions.ledger import Line

NO_GATES = "the base sets no gates, so nothing was decided"
HOW = "add gates: to mlgit.yaml; they count from the commit that brings them (mlgit help gates)"


class Recording(Struct, frozen=True, kw_only=True):
    """Whether to write the ledger, and the remote to share it with (empty: none)."""

    remote: str = ""


def gate(
    project: Project,
    base: str = "HEAD",
    head: str | None = None,
    *,
    model: str = "",
    recording: Recording | None = None,
    only_verified: bool = False,
    slices: bool = False,
) -> GateReport:
    """Return the verdict on `head` (None: the working tree) by the gates of the merge base of `base` and head.

    `model` names the one model to evaluate. With `recording` the evaluation is counted in the ledger; with `only_verified`,
    evidence that nobody measured again decides nothing; `slices`: those that got worse are looked for. The functions of scores run. Raises
    `UsageError` for a revision or model that does not exist, for histories without a common commit and for a base whose
    mlgit.yaml is broken; whatever is wrong with the head is a FAIL in the report.
    """
    inputs = at_merge_base(project, base, head)
    inputs.only_verified, inputs.functions, inputs.slices = only_verified, True, slices
    if recording and recording.remote:
        from mlgit.predictions import ledger

        inputs.rolled_back = not ledger.fetch(project.repository, recording.remote)
    made = evaluations(inputs, model)
    if recording:
        record(inputs, made, recording.remote)
    return report(inputs, made)


def evaluations(inputs: Inputs, only: str) -> list[Evaluation]:
    """Return the evaluation of every model of either side, or of those asked for."""
    inputs.gather()
    names = list(dict.fromkeys([*inputs.models, *inputs.head_models]))
    asked = asked_for(only, names) if only else frozenset(names)
    inputs.gather([one for one in inputs.models.values() if one.gates])
    warnings = tuple(repository_warnings(inputs))
    chosen = [name for name in names if name in asked]
    return [evaluate_model(inputs, name, inputs.models.get(name), warnings) for name in chosen]


def report(inputs: Inputs, made: list[Evaluation]) -> GateReport:
    """Return the verdict over all models."""
    warnings = tuple(repository_warnings(inputs))
    verdicts = [one.verdict.verdict for one in made if one.verdict.verdict is not None]
    return GateReport(
        base=side_of(inputs.base),
        head=side_of(inputs.head),
        verdict=overall(verdicts, warnings) if verdicts else Verdict.UNDECIDED,
        reason="" if verdicts else NO_GATES,
        hint="" if verdicts else HOW,
        models=tuple(one.verdict for one in made),
        warnings=warnings,
    )


def record(inputs: Inputs, made: list[Evaluation], remote: str) -> None:
    """Count evaluations in the ledger, with every accepted one that it lacks."""
    from mlgit.predictions import ledger

    repository = inputs.project.repository
    seconds = inputs.project.context.clock()
    lines = dict(lines_of(inputs, made, seconds))
    if lines.keys() - inputs.ledger.entries.keys():
        ledger.record(repository, lines, seconds=seconds)
    if remote:
        ledger.push(repository, remote, seconds=seconds)


def lines_of(inputs: Inputs, made: list[Evaluation], seconds: float) -> Iterator[tuple[str, Line]]:
    """Yield the lines of the ledger that evaluations call for, by their names."""
    from mlgit.predictions.ledger import Line

    base, at = inputs.base.commit or "", int(seconds)
    for one in made:
        if one.usage is None:
            continue
        name, test_set = one.verdict.name, one.usage.test_set
        for version in sorted(one.usage.accepted):
            line = Line(model=name, base=base, head=None, verdict="accepted", at=at)
            yield f"{test_set}/{version}", line
        if one.version and one.version not in one.usage.accepted:
            verdict, head = str(one.verdict.verdict), inputs.head.commit
            yield (
                f"{test_set}/{one.version}",
                Line(model=name, base=base, head=head, verdict=verdict, at=at),
            )
