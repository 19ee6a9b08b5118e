"""A comparison as text for a terminal."""

from __future__ import annotations

from msgspec.structs import replace

from mlgit.metrics.comparison import (
    Comparison,
    DataRow,
    MetricRow,
    ModelComparison,
    ParameterRow,
    PlotRow,
    Problem,
    Side,
    StageRow,
)
from mlgit.text import counted, value_text, visible
from mlgit.views import gate_text
from mlgit.views.table import lines, paint
from mlgit.views.wording import (
    changed_by,
    judged_text,
    metric_name,
    needed_text,
    reason_text,
    row_name,
    version_text,
)

STYLE_OF = {"better": "green", "worse": "red", "noise": "dim", "same": "dim", "unknown": ""}
QUIET = ("changed", "unchanged")


def render(comparison: Comparison, *, coloured: bool = False) -> str:
    """Return the text of a comparison, ending in a line end."""
    made = [paint(f"{side_text(comparison.base)} -> {side_text(comparison.head)}", "bold", coloured=coloured)]
    made += [problem for one in comparison.problems for problem in problem_lines(one, coloured)]
    for model in comparison.models:
        made += ["", *model_lines(model, coloured)]
    if not comparison.models and not comparison.problems:
        made += ["", "nothing changed"]
    if comparison.untouched:
        made += ["", f"{counted(comparison.untouched, 'model')} without a change (--all shows them)"]
    return "\n".join(made) + "\n"


def side_text(side: Side) -> str:
    """Return how a moment is called: the name asked for and the commit."""
    name = visible(side.name)
    return name if side.commit is None or side.commit.startswith(name) else f"{name} ({side.commit[:9]})"


def model_lines(model: ModelComparison, coloured: bool) -> list[str]:
    """Return the part of one model."""
    made = [paint(f"{visible(model.name)}: {model.state}", "bold", coloured=coloured)]
    for problem in model.problems:
        made += problem_lines(problem, coloured)
    made += gate_lines(model, coloured)
    made += metric_lines(model.metrics, coloured)
    made += parameter_lines(model.parameters, coloured)
    made += data_lines(model.data, coloured)
    made += stage_lines(model.stages, coloured)
    made += plot_lines(model.plots, coloured)
    if model.unchanged:
        made.append(f"  {counted(model.unchanged, 'more row')} unchanged (--all shows them)")
    return made


def problem_lines(problem: Problem, coloured: bool) -> list[str]:
    """Return the line of a file that cannot be read."""
    text = f"unreadable at the {problem.side}: {visible(problem.where or problem.file)}: {visible(problem.message)}"
    return ["  " + paint(text, "red", coloured=coloured)]


def heading(title: str, *columns: str) -> list[str]:
    """Return the first row of a table."""
    return [title, *columns]


def note(state: str, reason: str, hint: str = "") -> str:
    """Return the last column: a state that is not plain from the values, why, and the command that helps."""
    said = "" if state in QUIET else state
    if reason:
        said = f"{said}: {reason}" if said else reason
    return f"{said} ({hint})" if hint else said


def metric_lines(rows: tuple[MetricRow, ...], coloured: bool) -> list[str]:
    """Return the table of the metrics."""
    if not rows:
        return []
    several = len({row.file for row in rows}) > 1
    intervals = any(row.interval is not None for row in rows)
    table = [heading("metric", "base", "head", "change [95 %]" if intervals else "change", "", "")]
    for row in rows:
        name = f"{row.file}: {row.name}" if several and row.name and not row.slice else row_name(row)
        table.append(
            [
                name,
                value_text(row.base),
                value_text(row.head),
                changed_by(row),
                judged_text(row.judgement),
                metric_note(row),
            ]
        )
    styles = ["bold", *(STYLE_OF[row.judgement] if row.state in QUIET else "yellow" for row in rows)]
    return tabled(table, styles, coloured, right=(1, 2, 3))


def metric_note(row: MetricRow) -> str:
    """Return what is to be said about one metric besides its values."""
    parts = [note(row.state, row.reason, row.hint)]
    if row.verdict is not None:
        parts.append(row.verdict)
        parts.append(needed_text(row.needed, row.interval.items if row.interval else None))
    return ", ".join(part for part in parts if part)


def gate_lines(model: ModelComparison, coloured: bool) -> list[str]:
    """Return what the gates say, or what the intervals rest on."""
    if model.gate is None or model.gate.verdict is None:
        return [f"  {visible(model.evidence, 400)}"] if model.evidence else []
    first, *more = gate_text.model_lines(replace(model.gate, name="gate"), (), coloured)
    return ["", f"  {first}", *(f"  {line}" for line in more)]


def parameter_lines(rows: tuple[ParameterRow, ...], coloured: bool) -> list[str]:
    """Return the table of the parameters."""
    several = len({row.file for row in rows}) > 1
    table = [heading("parameter", "base", "head", "")]
    table += [
        [
            f"{row.file}: {row.name}" if several and row.name else metric_name(row.file, row.name),
            value_text(row.base),
            value_text(row.head),
            note(row.state, row.reason, row.hint),
        ]
        for row in rows
    ]
    return tabled(table, ["bold", *state_styles(rows)], coloured, right=(1, 2)) if rows else []


def data_lines(rows: tuple[DataRow, ...], coloured: bool) -> list[str]:
    """Return the table of the data."""
    table = [heading("data", "base", "head", "")]
    table += [
        [row.path, version_text(row.base), version_text(row.head), note(row.state, row.reason, row.hint)]
        for row in rows
    ]
    return tabled(table, ["bold", *state_styles(rows)], coloured) if rows else []


def stage_lines(rows: tuple[StageRow, ...], coloured: bool) -> list[str]:
    """Return the table of the stages."""
    table = [heading("stage", "", "")]
    for row in rows:
        reasons = [reason_text(reason) for reason in row.reasons] or [row.reason]
        table.append([row.name, row.state, reasons[0]])
        table += [["", "", reason] for reason in reasons[1:]]
    return tabled(table, ["bold"], coloured) if rows else []


def plot_lines(rows: tuple[PlotRow, ...], coloured: bool) -> list[str]:
    """Return the table of the plots."""
    table = [heading("plot", "", "")]
    table += [[row.file, row.state, note("changed", row.reason, row.hint)] for row in rows]
    return tabled(table, ["bold"], coloured) if rows else []


def state_styles(rows: tuple[ParameterRow, ...] | tuple[DataRow, ...]) -> list[str]:
    """Return the style of each row by its state."""
    plain = {"unchanged": "dim", "unreadable": "red", "not available": "yellow"}
    return [plain.get(row.state, "") for row in rows]


def tabled(
    table: list[list[str]], styles: list[str], coloured: bool, right: tuple[int, ...] = ()
) -> list[str]:
    """Return a table after an empty line."""
    return ["", *lines(table, right=right, styles=styles, coloured=coloured)]
