"""What the predictions say about the rows of a comparison: intervals, verdicts, slices, and how many items decide.

A model without predictions costs nothing here: numpy is imported only once there are two sets to compare.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from mlgit.commands.gate.bench import Bench
from mlgit.commands.gate.model import INSTALL, NO_NUMPY, judge, obstacle
from mlgit.commands.gate.warnings import repository_warnings
from mlgit.config.model import Configuration, Model
from mlgit.errors import MlgitError
from mlgit.metrics.comparison import Judgement, MetricRow, ModelComparison
from mlgit.metrics.direction import is_baseline
from mlgit.metrics.reading import is_number
from mlgit.metrics.rows import beyond_noise
from mlgit.metrics.verdict import Finding
from mlgit.stats.decision import all_of
from mlgit.stats.naming import named_metric

if TYPE_CHECKING:
    from mlgit.metrics.gate import Asked, Court
    from mlgit.predictions.stored import Stored

SHOWN = 0.95
RELATIVE = 1e-6


def with_evidence(compared: list[ModelComparison], bench: Bench) -> list[ModelComparison]:
    """Return the models with what their predictions and gates say, as mlgit.yaml at the base names them."""
    try:
        base = bench.base
    except MlgitError:
        return compared
    known = base.models if base is not None else {}
    ahead = bench.head.models if isinstance(bench.head, Configuration) else {}
    return [with_model(one, known.get(one.name), ahead.get(one.name), bench) for one in compared]


def with_model(
    one: ModelComparison, model: Model | None, ahead: Model | None, bench: Bench
) -> ModelComparison:
    """Return one model with its evidence; as it is where nobody named predictions or gates."""
    gated = bool((model and model.gates) or (ahead and ahead.gates))
    if gated:
        verdict = judge(bench, one.name, model, tuple(repository_warnings(bench)))
        one = replace(one, gate=verdict.verdict)
    read_by = model or ahead
    if read_by is None or read_by.predictions is None:
        return one
    if bench.same_predictions(read_by):
        return replace(one, evidence="no prediction changed")
    both = bench.predictions(read_by)
    hindrance = obstacle(both)
    if both is None or hindrance is not None:
        return replace(one, evidence=why(hindrance))
    court, one = with_intervals(one, bench, read_by, both)
    return with_findings(one, read_by, court)


def why(hindrance: tuple[str, str, str, tuple[object, ...]] | None) -> str:
    """Return why there are no intervals, with the command that helps."""
    if hindrance is None:
        return ""
    _, reason, hint, errors = hindrance
    said = reason or "; ".join(str(getattr(error, "message", "")) for error in errors)
    return f"{said} ({hint})" if hint else said


def with_intervals(
    one: ModelComparison, bench: Bench, model: Model, both: tuple[Stored, Stored]
) -> tuple[Court | None, ModelComparison]:
    """Return a model whose metrics have the intervals of their changes, where the predictions give that metric.

    The court that gave them comes with it; None when the predictions cannot be heard.
    """
    try:
        from mlgit.commands.gate.evidence import hear
    except ModuleNotFoundError as error:
        if error.name != "numpy":
            raise
        return None, replace(one, evidence=f"not available: {NO_NUMPY} ({INSTALL})")
    heard = hear(bench.heard, model, *both)
    if heard.trial is None:
        said = [*(error.message for error in heard.errors), heard.reason]
        return None, replace(one, evidence="; ".join(part for part in said if part))
    court = heard.trial.court
    rows = tuple(with_interval(row, court) for row in one.metrics)
    found = next((row.changed for row in rows if row.changed is not None), None)
    changed = (
        "" if found is None else f", {found:,} predictions changed" if found else ", no prediction changed"
    )
    return court, replace(one, metrics=rows, evidence=f"{heard.trial.items:,} items{changed}")


def with_interval(row: MetricRow, court: Court) -> MetricRow:
    """Return a row with its interval when the predictions give exactly the numbers that stand in it."""
    from mlgit.metrics.gate import Asked
    from mlgit.stats.errors import StatisticsError

    metric = named_metric(row.name.rpartition(".")[2])
    if metric is None or row.change is None:
        return row
    asked = Asked(name=row.name, metric=metric, condition="no_worse_than", threshold=0.0, confidence=SHOWN)
    try:
        laws = court.laws(asked)
        if not same(row.base, laws.base(SHOWN).estimate) or not same(row.head, laws.head(SHOWN).estimate):
            return row
    except StatisticsError:
        return row
    return with_difference(row, court, asked)


def with_difference(row: MetricRow, court: Court, asked: Asked) -> MetricRow:
    """Return a row with the 95 % interval of its change; as it is where statistics have none."""
    from mlgit.metrics.gate import shown_interval
    from mlgit.stats.errors import StatisticsError

    try:
        laws = court.laws(asked)
        interval = shown_interval(laws.difference(SHOWN))
        judged_by = beyond_noise(row.judgement, interval)
        return replace(row, interval=interval, judgement=judged_by, changed=laws.changed)
    except StatisticsError:
        return row


def same(written: object, computed: float) -> bool:
    """Tell whether a number of a file is a computed one, rounded as the file rounds."""
    if not is_number(written):
        return False
    value = float(written)  # type: ignore[arg-type]
    digits = len(repr(written).partition(".")[2]) if "e" not in repr(written) else 15
    close = abs(value - computed) <= RELATIVE * max(abs(value), abs(computed))
    return close or (digits >= 2 and abs(value - computed) <= 0.5000001 * 10.0**-digits)


def with_findings(one: ModelComparison, model: Model, court: Court | None) -> ModelComparison:
    """Return a model whose rows carry the verdicts of its gates, with a row for each slice that a gate names."""
    if one.gate is None:
        return one
    whole: dict[str, list[Finding]] = {}
    sliced: dict[tuple[str, str], list[Finding]] = {}
    for finding in one.gate.findings:
        if finding.slice:
            sliced.setdefault((finding.metric, finding.slice), []).append(finding)
        else:
            whole.setdefault(finding.metric, []).append(finding)
    rows = [
        judged(row, whole.get(row.name) or whole.get(row.name.rpartition(".")[2]) or [])
        for row in one.metrics
    ]
    rows += [slice_row(findings, model.predictions or "", court) for findings in sliced.values()]
    return replace(one, metrics=tuple(rows))


def judged(row: MetricRow, findings: list[Finding]) -> MetricRow:
    """Return a row with the verdict of all conditions about its metric."""
    if not findings or is_baseline(row.name):
        return row
    needed = max((one.needed for one in findings if one.needed is not None), default=None)
    return replace(row, verdict=all_of(one.verdict for one in findings), needed=needed)


def slice_row(findings: list[Finding], file: str, court: Court | None) -> MetricRow:
    """Return the row of a metric on a part of the test set."""
    from mlgit.metrics.gate import Asked

    one = findings[0]
    metric = named_metric(one.metric)
    higher = metric is not None and metric.higher_is_better
    row = MetricRow(
        file=file,
        name=one.metric,
        slice=one.slice,
        state="not available" if one.head is None else "changed" if one.change else "unchanged",
        base=one.base,
        head=one.head,
        change=one.change,
        direction="higher" if higher else "lower",
        judgement=judgement(one.change, higher=higher),
        changed=one.changed,
        reason=one.reason if one.head is None else "",
    )
    if court is not None and metric is not None and one.head is not None:
        asked = Asked(
            name=one.metric, metric=metric, condition=one.condition, threshold=0.0, confidence=one.confidence,
            slice=one.slice,
        )  # fmt: skip
        row = with_difference(row, court, asked)
    return judged(row, findings)


def judgement(change: float | None, *, higher: bool) -> Judgement:
    """Return what a change is by the direction of its metric."""
    if change is None:
        return "unknown"
    if change == 0:
        return "same"
    return "better" if (change > 0) == higher else "worse"
