"""The five tables of a comparison, of one model or of several: base, head, and what changed between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from mlgit.metrics.comparison import (
    DataRow,
    Effect,
    MetricRow,
    ModelComparison,
    ParameterRow,
    PlotRow,
    StageReason,
    StageRow,
    State,
)
from mlgit.stats.decision import Verdict
from mlgit.text import counted, value_text
from mlgit.views import cells, gate
from mlgit.views.badge import TONES as TONES_OF_VERDICTS
from mlgit.views.badge import badge
from mlgit.views.cells import Bar, Cell, Foreign, Line, Own, Row, Table, Tone, cell
from mlgit.views.gate_wording import interval_words
from mlgit.views.wording import change_text, changed_by, needed_text, version_text

R = TypeVar("R", bound=MetricRow | ParameterRow | DataRow | StageRow)
EFFECTS: dict[Effect, Own] = {
    "better": Own("better", "good"),
    "worse": Own("worse", "bad"),
    "noise": Own("within noise", "quiet"),
    "unclear": Own("not clear among all rows", "quiet"),
    "no interval": Own("no interval", "quiet"),
}
TONES: dict[State, Tone] = {"unchanged": "quiet", "unreadable": "bad", "not available": "warn"}
LONGEST_VALUE = 80
MANY_CLAIMS = 2


def tone(state: State) -> Tone:
    """Return how a state is meant."""
    return TONES.get(state, "")


def metric_table(models: Sequence[ModelComparison], ranks: Mapping[str, int] | None = None) -> Table:
    """Return the table of the metrics; the verdicts have a column where there are any."""
    pairs = [(model, row) for model in models for row in model.metrics]
    if ranks is not None:
        pairs.sort(key=lambda pair: rank(pair[1], ranks))
    intervals = " [95 %]" * any(row.interval is not None for _, row in pairs)
    verdicts = any(row.verdict is not None for _, row in pairs)
    names = ["metric", "base", "head", f"change{intervals}", *["verdict"] * verdicts, ""]
    return table_of(
        "Metrics",
        names,
        models,
        pairs,
        lambda model, row: (
            *metric_cells(model, row),
            *[verdict_cell(model, row)] * verdicts,
            remark_cell(row),
        ),
        right=names[1:4],
    )


def claims_text(claims: int) -> str:
    """Return how far what is said of single rows holds, where there are several."""
    if claims < MANY_CLAIMS:
        return ""
    return (
        f"Better and worse hold over the {claims:,} rows with an interval together: of such claims at most 5 % is expected to "
        "be false (Benjamini and Yekutieli). Each interval is that of its row alone."
    )


def rank(row: MetricRow, ranks: Mapping[str, int]) -> int:
    """Return how early a metric stands in a long table: what is first of its verdict, state and effect."""
    words: tuple[str | None, ...] = (row.verdict, row.state, row.effect)
    return min((ranks[word] for word in words if word is not None and word in ranks), default=len(ranks))


def metric_cells(model: ModelComparison, row: MetricRow) -> tuple[Cell, ...]:
    """Return the cells of one metric: its name, both values, the change."""
    several = len({one.file for one in model.metrics if not one.slice}) > 1
    name = gate.metric_line(row.name, row.slice) if row.slice else name_line(row.file, row.name, several)
    change = changed_by(row) if row.interval is not None else cells.number(changed_by(row))
    judged = effect(row)
    return (
        cell(*name),
        value_cell(row.base),
        value_cell(row.head),
        cell(change, *metric_bar(row), tone=judged.tone),
    )


def effect(row: MetricRow) -> Own:
    """Return what a change is, in a word or two; worse within what the gates allow is no reason to worry."""
    judged = EFFECTS.get(row.effect, Own(""))
    return Own(judged.text) if judged.tone == "bad" and row.verdict == Verdict.PASS else judged


def remark_cell(row: MetricRow) -> Cell:
    """Return why a metric has no value, or what its change is."""
    judged = effect(row)
    return cell(*(note(row.state, row.reason, row.hint) or ((judged,) if judged.text else ())))


def metric_bar(row: MetricRow) -> Iterator[Bar]:
    """Yield the bar of the interval of a change, where there is one."""
    if row.interval is None or row.change is None:
        return
    meant = effect(row).tone if row.verdict is None else TONES_OF_VERDICTS[row.verdict]
    yield Bar(interval=row.interval, tone=meant, label=interval_words(row.interval))


def verdict_cell(model: ModelComparison, row: MetricRow) -> Cell:
    """Return the verdict of a metric's gates, with the number of items that would decide unless a rule says it above."""
    if row.verdict is None:
        return Cell()
    told = model.gate is not None and bool(model.gate.findings)
    needed = "" if told else needed_text(row.needed, row.interval.items if row.interval else None)
    return cell(*cells.joined((badge(row.verdict), needed), ": "))


def parameter_table(models: Sequence[ModelComparison]) -> Table:
    """Return the table of the parameters."""
    pairs = [(model, row) for model in models for row in model.parameters]
    names = ["parameter", "base", "head", "change"]
    several = {model.name for model in models if len({row.file for row in model.parameters}) > 1}
    return table_of(
        "Parameters",
        names,
        models,
        pairs,
        lambda model, row: parameter_cells(row, model.name in several),
        right=names[1:],
    )


def parameter_cells(row: ParameterRow, several: bool) -> tuple[Cell, ...]:
    """Return the cells of one parameter, with its file where the model has several."""
    said = note(row.state, row.reason, row.hint) or (cells.number(change_text(row.change)),)
    name = name_line(row.file, row.name, several)
    return cell(*name), value_cell(row.base), value_cell(row.head), cell(*said)


def data_table(models: Sequence[ModelComparison]) -> Table:
    """Return the table of the data: rows, files and bytes, and how many more or fewer."""
    pairs = [(model, row) for model in models for row in model.data]
    names = ["data", "base", "head", "change"]
    return table_of("Data", names, models, pairs, lambda _, row: data_cells(row))


def data_cells(row: DataRow) -> tuple[Cell, ...]:
    """Return the cells of one file or folder of data."""
    sides = (cell("" if side is None else version_text(side)) for side in (row.base, row.head))
    said = note(row.state, row.reason, row.hint) or (growth(row),)
    return (cell(Foreign(row.path)), *sides, cell(*said))


def growth(row: DataRow) -> str:
    """Return how many rows and files more or fewer there are; `content changed` when there are as many."""
    base, head = row.base, row.head
    if base is None or head is None or row.state == "unchanged":
        return ""
    said = [
        f"{'+' if new > old else '-'}{counted(abs(new - old), word)}"
        for word, old, new in (("row", base.rows, head.rows), ("file", base.files, head.files))
        if old is not None and new is not None and old != new
    ]
    return ", ".join(said) or "content changed"


def stage_table(models: Sequence[ModelComparison], most: int | None = None) -> Table:
    """Return the table of the stages that ran or would run again, and why: `most` reasons of each."""
    pairs = [(model, row) for model in models for row in model.stages]
    return table_of("Stages", ["stage", "", "why"], models, pairs, lambda _, row: stage_cells(row, most))


def stage_cells(row: StageRow, most: int | None) -> tuple[Cell, ...]:
    """Return the cells of one stage."""
    return cell(Foreign(row.name)), cell(row.state), Cell(reason_lines(row, most))


def reason_lines(row: StageRow, most: int | None) -> tuple[Line, ...]:
    """Return what differs in a stage, a line each."""
    if not row.reasons:
        return ((cells.sentence(row.reason),),) if row.reason else ()
    left = len(row.reasons) - (most or len(row.reasons))
    return (*map(reason_line, row.reasons[:most]), *[(f"and {left} more",)] * (left > 0))


def reason_line(reason: StageReason) -> Line:
    """Return one thing that differs in a stage."""
    parts: list[str | Foreign] = [] if reason.item == "definition" else [reason.item]
    parts += [Foreign(reason.name)] if reason.name else []
    what = cells.joined(parts, " ")
    if reason.state in ("new", "gone"):
        return (*what, " added" if reason.state == "new" else " removed")
    if reason.item == "command" or (reason.base is None and reason.head is None):
        return (*what, " changed")
    return (*what, ": ", *value_line(reason.base), " → ", *value_line(reason.head))


def plot_table(plots: Iterable[PlotRow]) -> Table:
    """Return the table of the plots."""
    rows = tuple(
        Row(
            (cell(Foreign(row.file)), cell(row.state), cell(*note("changed", row.reason, row.hint))),
            tone(row.state),
        )
        for row in plots
    )
    return Table(title="Plots", columns=cells.columns("plot", "", ""), rows=rows)


def table_of(
    title: str,
    names: Sequence[str],
    models: Sequence[ModelComparison],
    pairs: Sequence[tuple[ModelComparison, R]],
    cells_of: Callable[[ModelComparison, R], tuple[Cell, ...]],
    right: Sequence[str] = (),
) -> Table:
    """Return a table of rows, each with its model; the model has a column where there are several."""
    several = len(models) > 1
    rows = tuple(
        Row((*[cell(Foreign(model.name, 80))] * several, *cells_of(model, row)), tone(row.state))
        for model, row in pairs
    )
    return Table(title=title, columns=cells.columns(*["model"] * several, *names, right=right), rows=rows)


def name_line(file: str, name: str, several: bool) -> Line:
    """Return how a value of a file is called, with its file where there are several."""
    return (Foreign(name), " in ", Foreign(file)) if name and several else (Foreign(name or file),)


def value_cell(value: Any) -> Cell:
    """Return a value as a cell; empty when there is none."""
    return Cell() if value is None else cell(*value_line(value))


def value_line(value: Any) -> Line:
    """Return a value: a number or a truth value as it is, anything else as somebody's text."""
    if value is None or isinstance(value, bool | int | float):
        return (cells.number(value_text(value)),)
    return (Foreign(value_text(value), LONGEST_VALUE),)


@lru_cache(maxsize=256)
def note(state: State, reason: str, hint: str) -> Line:
    """Return a state that is not plain from the values, why, and the command that helps."""
    said = "" if state in ("changed", "unchanged") else state
    return cells.with_hint(cells.joined((said, cells.sentence(reason) if reason else ""), ": "), hint)
