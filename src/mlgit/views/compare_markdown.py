"""A comparison as Markdown for GitHub. The pull-request comment is made of the same parts."""

from __future__ import annotations

from mlgit.metrics.comparison import (
    Comparison,
    DataRow,
    MetricRow,
    ModelComparison,
    ParameterRow,
    PlotRow,
    Problem,
    Side,
    StageReason,
    StageRow,
)
from mlgit.text import counted
from mlgit.views.escape import code
from mlgit.views.gate_markdown import verdict_lines
from mlgit.views.markdown import table, value_cell
from mlgit.views.wording import changed_by, needed_text, version_text

ARROWS = {"better": "better", "worse": "**worse**", "noise": "within noise", "same": "", "unknown": ""}


def render(comparison: Comparison) -> str:
    """Return the Markdown of a comparison, ending in a line end."""
    made = [f"## {side_text(comparison.base)} → {side_text(comparison.head)}", ""]
    made += problem_lines(comparison.problems)
    for model in comparison.models:
        made += model_lines(model)
    if not comparison.models and not comparison.problems:
        made += ["Nothing changed.", ""]
    if comparison.untouched:
        made += [f"{counted(comparison.untouched, 'model')} without a change.", ""]
    return "\n".join(made).rstrip("\n") + "\n"


def side_text(side: Side) -> str:
    """Return how a moment is called: the name asked for and the commit."""
    if side.commit is None:
        return side.name
    short = side.commit[:9]
    return code(short) if side.commit.startswith(side.name) else f"{code(side.name)} ({code(short)})"


def model_lines(model: ModelComparison) -> list[str]:
    """Return the part of one model."""
    made = [f"### {code(model.name)}: {model.state}", ""]
    made += problem_lines(model.problems)
    made += gate_lines(model)
    made += metric_table(model.metrics)
    made += parameter_table(model.parameters)
    made += data_table(model.data)
    made += stage_table(model.stages)
    made += plot_table(model.plots)
    if model.unchanged:
        made += [f"{counted(model.unchanged, 'more row')} unchanged.", ""]
    return made


def problem_lines(problems: tuple[Problem, ...]) -> list[str]:
    """Return a list of the files that cannot be read."""
    items = [
        f"- **unreadable** at the {problem.side}: {code(problem.where or problem.file)}: {code(problem.message)}"
        for problem in problems
    ]
    return [*items, ""] if items else []


def metric_table(rows: tuple[MetricRow, ...]) -> list[str]:
    """Return the table of the metrics; columns of intervals and verdicts stand there when a row has one."""
    if not rows:
        return []
    several = len({row.file for row in rows}) > 1
    intervals = any(row.interval is not None for row in rows)
    verdicts = any(row.verdict is not None for row in rows)
    header = [
        "metric",
        "base",
        "head",
        "change [95 %]" if intervals else "change",
        "",
        *["verdict"] * verdicts,
    ]
    cells = []
    for row in rows:
        line = [metric_cell(row, several), value_cell(row.base), value_cell(row.head)]
        line += [changed_by(row), metric_note(row)]
        line += [verdict_cell(row)] * verdicts
        cells.append(line)
    return table(header, cells, right=(1, 2, 3))


def metric_cell(row: MetricRow, several: bool) -> str:
    """Return how a metric is called: with its slice, or with its file where there are several."""
    if row.slice:
        return f"{code(row.name, cell=True)} where {code(row.slice, cell=True)}"
    return name_cell(row.file, row.name, several)


def metric_note(row: MetricRow) -> str:
    """Return what is to be said of a metric besides its numbers."""
    return note_cell(row.state, row.reason, row.hint) or ARROWS[row.judgement]


def verdict_cell(row: MetricRow) -> str:
    """Return the verdict of a metric's gates, with the number of items that would decide."""
    if row.verdict is None:
        return ""
    needed = needed_text(row.needed, row.interval.items if row.interval else None)
    shown = f"**{row.verdict}**"
    return f"{shown}; {needed}" if needed else shown


def gate_lines(model: ModelComparison) -> list[str]:
    """Return what the gates say, or what the intervals rest on."""
    if model.gate is None or model.gate.verdict is None:
        return [f"{code(model.evidence, 400)}", ""] if model.evidence else []
    return verdict_lines(model.gate, lead=f"**Gate: {model.gate.verdict}**")


def parameter_table(rows: tuple[ParameterRow, ...]) -> list[str]:
    """Return the table of the parameters."""
    several = len({row.file for row in rows}) > 1
    cells = [
        [
            name_cell(row.file, row.name, several),
            value_cell(row.base),
            value_cell(row.head),
            note_cell(row.state, row.reason, row.hint),
        ]
        for row in rows
    ]
    return table(["parameter", "base", "head", ""], cells, right=(1, 2)) if rows else []


def data_table(rows: tuple[DataRow, ...]) -> list[str]:
    """Return the table of the data."""
    cells = [
        [
            code(row.path, cell=True),
            version_text(row.base) if row.base else "",
            version_text(row.head) if row.head else "",
            note_cell(row.state, row.reason, row.hint),
        ]
        for row in rows
    ]
    return table(["data", "base", "head", ""], cells) if rows else []


def stage_table(rows: tuple[StageRow, ...]) -> list[str]:
    """Return the table of the stages."""
    cells = [
        [
            code(row.name, cell=True),
            row.state,
            "<br>".join(reason_cell(reason) for reason in row.reasons)
            or (code(row.reason, cell=True) if row.reason else ""),
        ]
        for row in rows
    ]
    return table(["stage", "", "what"], cells) if rows else []


def reason_cell(reason: StageReason) -> str:
    """Return one thing that differs in a stage."""
    name = f" {code(reason.name, cell=True)}" if reason.name else ""
    what = f"{reason.item}{name}"
    if reason.state in ("new", "gone"):
        return f"{what} {'added' if reason.state == 'new' else 'removed'}"
    if reason.item == "command" or (reason.base is None and reason.head is None):
        return f"{what} changed"
    return f"{what}: {value_cell(reason.base)} → {value_cell(reason.head)}"


def plot_table(rows: tuple[PlotRow, ...]) -> list[str]:
    """Return the table of the plots."""
    cells = [
        [code(row.file, cell=True), row.state, note_cell("changed", row.reason, row.hint)] for row in rows
    ]
    return table(["plot", "", ""], cells) if rows else []


def name_cell(file: str, name: str, several: bool) -> str:
    """Return how a value of a file is called, with its file where there are several."""
    if not name:
        return code(file, cell=True)
    return f"{code(name, cell=True)} in {code(file, cell=True)}" if several else code(name, cell=True)


def note_cell(state: str, reason: str, hint: str) -> str:
    """Return a state that is not plain from the values, why, and the command that helps."""
    said = "" if state in ("changed", "unchanged") else state
    if reason:
        said += f"{': ' if said else ''}{code(reason, cell=True)}"
    return f"{said} ({code(hint, cell=True)})" if hint else said
