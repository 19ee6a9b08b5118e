"""The parts of the comment below its verdict: a table each, its rows the pieces that may be left out.

Where a comparison has several models, the first column names the model.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from mlgit.host.document import WEIGHTS, Section
from mlgit.metrics.comparison import (
    Comparison,
    DataRow,
    DataVersion,
    MetricRow,
    ModelComparison,
    ParameterRow,
    StageRow,
)
from mlgit.metrics.verdict import ModelVerdict
from mlgit.stats.decision import Verdict
from mlgit.text import counted, value_text
from mlgit.views.compare_markdown import name_cell, note_cell, reason_cell
from mlgit.views.escape import code
from mlgit.views.gate_markdown import verdict_lines
from mlgit.views.markdown import row_text, table
from mlgit.views.wording import change_text, interval_text, needed_text, signed, size_text, version_text

GATES_WEIGHT = WEIGHTS["metrics"] + 10
"""What the gates say is left out last."""
MANY = 20
"""Of more metrics than these the telling ones come first, so that those left out of a long comment tell least."""
MOST_REASONS = 20
LONGEST_NUMBER = 30
LONGEST_VALUE = 80
DIGEST = 12
VERDICTS = {Verdict.PASS: "✅ PASS", Verdict.FAIL: "❌ **FAIL**", Verdict.UNDECIDED: "⚠️ UNDECIDED"}
JUDGEMENTS = {"better": "better", "worse": "**worse**", "noise": "within noise", "same": "", "unknown": ""}
RANKS = (
    *("FAIL", "UNDECIDED", "unreadable", "worse", "not available", "gone"),
    *("better", "noise", "changed", "new", "PASS"),
)


def gates(comparison: Comparison) -> Section | None:
    """Return what the gates say of each model, rule by rule, or what the intervals rest on where there are no gates."""
    pieces = []
    for model in comparison.models:
        name = [code(model.name, 80)] if len(comparison.models) > 1 else []
        if model.gate is not None and model.gate.verdict is not None:
            lead = ": ".join([*name, f"**{model.gate.verdict}**"]) + follows(model.gate)
            pieces.append("\n".join(verdict_lines(model.gate, lead=lead)).strip())
        elif model.evidence:
            pieces.append(": ".join([*name, code(model.evidence, 400)]))
    if not pieces:
        return None
    return Section(title="Gates", weight=GATES_WEIGHT, pieces=tuple(pieces), separator="\n\n")


def follows(gate: ModelVerdict) -> str:
    """Return what UNDECIDED means for the person who reads it."""
    if gate.verdict is not Verdict.UNDECIDED:
        return ""
    if gate.pull_request == "fail":
        return " (neither a PASS nor a FAIL; `undecided:` of the base stops a pull request then)"
    return " (neither a PASS nor a FAIL: a reviewer decides)"


def metrics(comparison: Comparison) -> Section | None:
    """Return the table of the metrics: base, head, change, interval where there is one, verdict."""
    rows = [(model, row) for model in comparison.models for row in model.metrics]
    if len(rows) > MANY:
        rows.sort(key=lambda pair: rank(pair[1]))
    intervals = any(row.interval is not None for _, row in rows)
    header = ["metric", "base", "head", "change", *["interval [95 %]"] * intervals, "verdict"]
    cells = [(model, metric_cells(row, model, intervals)) for model, row in rows]
    return part("Metrics", "metrics", comparison, header, cells, right=range(1, 5 if intervals else 4))


def metric_cells(row: MetricRow, model: ModelComparison, intervals: bool) -> list[str]:
    """Return the row of one metric; the gate's verdict where there is one, else what the change is by its direction."""
    where = f" where {code(row.slice, cell=True)}" if row.slice else ""
    name = name_cell(row.file, row.name, several_files(model) and not row.slice) + where
    said = note_cell(row.state, row.reason, row.hint) or JUDGEMENTS[row.judgement]
    if row.verdict is not None:
        told = model.gate is not None and bool(model.gate.findings)
        needed = "" if told else needed_text(row.needed, row.interval.items if row.interval else None)
        said = said.strip("*") if row.verdict == Verdict.PASS else said
        said = "; ".join(one for one in (VERDICTS[row.verdict], said, needed) if one)
    return [
        name,
        value_cell(row.base),
        value_cell(row.head),
        number_cell(signed(row.change) if row.interval and row.change else change_text(row.change)),
        *[interval_text(row.interval) if row.interval else ""] * intervals,
        said,
    ]


def rank(row: MetricRow) -> int:
    """Return how early a metric stands in a long table."""
    words = (row.verdict, row.state if row.state != "changed" else None, row.judgement, row.state)
    return min((RANKS.index(word) for word in words if word in RANKS), default=len(RANKS))


def parameters(comparison: Comparison) -> Section | None:
    """Return the table of the parameters that differ."""
    cells = [
        (model, parameter_cells(row, len({one.file for one in model.parameters}) > 1))
        for model in comparison.models
        for row in model.parameters
        if row.state != "unchanged"
    ]
    header = ["parameter", "base", "head", "change"]
    return part("Parameters", "parameters", comparison, header, cells, right=(1, 2, 3))


def parameter_cells(row: ParameterRow, several: bool) -> list[str]:
    """Return the row of one parameter."""
    said = note_cell(row.state, row.reason, row.hint) or number_cell(change_text(row.change))
    return [name_cell(row.file, row.name, several), value_cell(row.base), value_cell(row.head), said]


def data(comparison: Comparison) -> Section | None:
    """Return the table of the data that differ: rows, files and bytes, and how many more or fewer."""
    cells = [
        (model, data_cells(row))
        for model in comparison.models
        for row in model.data
        if row.state != "unchanged"
    ]
    return part("Data", "data", comparison, ["data", "base", "head", "change"], cells)


def data_cells(row: DataRow) -> list[str]:
    """Return the row of one file or folder of data."""
    return [
        code(row.path, cell=True),
        version_text(row.base) if row.base else "",
        version_text(row.head) if row.head else "",
        note_cell(row.state, row.reason, row.hint) or growth(row.base, row.head),
    ]


def growth(base: DataVersion | None, head: DataVersion | None) -> str:
    """Return how many rows and files more or fewer there are; `content` when as many differ in what they hold."""
    if base is None or head is None:
        return ""
    said = []
    for word, old, new in (("row", base.rows, head.rows), ("file", base.files, head.files)):
        if old is not None and new is not None and old != new:
            said.append(f"{'+' if new > old else '-'}{counted(abs(new - old), word)}")
    return ", ".join(said) or "content"


def stages(comparison: Comparison) -> Section | None:
    """Return the table of the stages that ran or would run anew, and why."""
    cells = [
        (model, stage_cells(row))
        for model in comparison.models
        for row in model.stages
        if row.state != "unchanged"
    ]
    return part("Stages", "stages", comparison, ["stage", "", "why"], cells)


def stage_cells(row: StageRow) -> list[str]:
    """Return the row of one stage, with all that differs in it."""
    reasons = [reason_cell(reason) for reason in row.reasons[:MOST_REASONS]]
    left = len(row.reasons) - MOST_REASONS
    reasons += [f"and {left} more"] if left > 0 else []
    return [
        code(row.name, cell=True),
        row.state,
        "<br>".join(reasons) or (code(row.reason, cell=True) if row.reason else ""),
    ]


def digests(comparison: Comparison, seconds: int | None) -> Section | None:
    """Return, behind a fold, what the data are by digest and what the change costs in time and storage."""
    rows = [(model, row) for model in comparison.models for row in model.data if row.state != "unchanged"]
    cells = [
        (model, [code(row.path, cell=True), *(digest_cell(side) for side in (row.base, row.head))])
        for model, row in rows
    ]
    costs = cost_text([row for _, row in rows], seconds)
    if not cells and not costs:
        return None
    made = part("Digests and cost", "digests", comparison, ["data", "base", "head"], cells, folded=True)
    if made is None:
        return Section(title="Digests and cost", weight=WEIGHTS["digests"], pieces=(costs,), folded=True)
    if not costs:
        return made
    return Section(
        title=made.title, weight=made.weight, head=f"{costs}\n\n{made.head}", pieces=made.pieces, folded=True
    )


def digest_cell(version: DataVersion | None) -> str:
    """Return the start of a digest and the size."""
    if version is None or not version.digest:
        return ""
    ending = ".dir" if version.digest.endswith(".dir") else ""
    shown = code(version.digest[:DIGEST] + ending, cell=True)
    return f"{shown}, {size_text(version.size)}" if version.size is not None else shown


def cost_text(rows: Iterable[DataRow], seconds: int | None) -> str:
    """Return what the change costs: the time of the run, and the bytes that the remote keeps more."""
    said = []
    if seconds is not None:
        said.append(f"The run took {counted(seconds // 60, 'minute')} {seconds % 60} s.")
    fresh = [row.head.size for row in rows if row.head is not None and row.head.size is not None]
    if fresh:
        said.append(f"New versions of data: {size_text(sum(fresh))}.")
    return " ".join(said)


def part(
    title: str,
    weight: str,
    comparison: Comparison,
    header: Sequence[str],
    cells: Sequence[tuple[ModelComparison, Sequence[str]]],
    *,
    right: Iterable[int] = (),
    folded: bool = False,
) -> Section | None:
    """Return a table as a section, with a column for the model where there are several; None without rows."""
    if not cells:
        return None
    several = len(comparison.models) > 1
    shifted = [column + several for column in right]
    lines = table([*["model"] * several, *header], [], right=shifted)
    rows = [row_text([*[code(model.name, 80, cell=True)] * several, *row]) for model, row in cells]
    return Section(
        title=title, weight=WEIGHTS[weight], head="\n".join(lines[:2]), pieces=tuple(rows), folded=folded
    )


def several_files(model: ModelComparison) -> bool:
    """Tell whether the metrics of a model stand in more files than one; a part of the test set stands in none of them."""
    return len({row.file for row in model.metrics if not row.slice}) > 1


def value_cell(value: Any) -> str:
    """Return a value for a cell: a number or a truth value as it is, anything else as code."""
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return number_cell(value_text(value))
    return code(value_text(value), LONGEST_VALUE, cell=True)


def number_cell(text: str) -> str:
    """Return a number, the middle of a very long one left out."""
    return text if len(text) <= LONGEST_NUMBER else f"{text[:10]}...{text[-5:]}"
