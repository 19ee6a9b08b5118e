"""A gate report as blocks: the verdict on each model, its rules with their intervals, and what a person has to look at."""

from __future__ import annotations

from collections.abc import Iterator

from mlgit.metrics.slices import SliceSearch, WorseSlice
from mlgit.metrics.verdict import EvidenceError, Finding, GateReport, GateWarning, ModelVerdict
from mlgit.text import counted
from mlgit.views import cells
from mlgit.views.badge import TONES, badge
from mlgit.views.cells import (
    Bar,
    Block,
    Cell,
    Fold,
    Foreign,
    Heading,
    Items,
    Line,
    Own,
    Paragraph,
    Row,
    Table,
    cell,
)
from mlgit.views.gate_wording import (
    condition_text,
    explained,
    explained_budget,
    interval_words,
    summary,
    value_text,
    wider_text,
)
from mlgit.views.wording import interval_text, needed_text, plain, signed


def blocks(report: GateReport, *, explain: bool = False) -> Iterator[Block]:
    """Yield the blocks of a report; with `explain`, the arithmetic behind it."""
    sides = (Foreign(report.base.name), " → ", Foreign(report.head.name))
    yield Heading((badge(report.verdict), ": ", *sides), 1)
    if report.reason:
        yield Paragraph(cells.with_hint((cells.sentence(report.reason),), report.hint))
    yield from remarks((), report.warnings)
    for model in report.models:
        yield Heading((Foreign(model.name), ": ", *verdict_line(model)))
        yield from model_blocks(model, report.warnings)
        if model.slices is not None:
            yield from slice_blocks(model.slices)
        if explain:
            yield from explanation(model)


def verdict_line(model: ModelVerdict) -> Line:
    """Return the verdict on a model and the facts behind it: `PASS (2,000 items, 40 changed, evaluation 2 of 32)`."""
    if model.verdict is None:
        return ("no gates",)
    facts = summary(model)
    return (badge(model.verdict), f" ({facts})") if facts else (badge(model.verdict),)


def model_blocks(model: ModelVerdict, known: tuple[GateWarning, ...] = ()) -> Iterator[Block]:
    """Yield what the gates say of one model besides the verdict; warnings in `known` were shown already."""
    if model.reason:
        yield Paragraph(cells.with_hint((cells.sentence(model.reason),), model.hint))
    yield from remarks(model.errors, tuple(one for one in model.warnings if one not in known))
    if model.findings:
        yield finding_table(model.findings)


def remarks(errors: tuple[EvidenceError, ...], warnings: tuple[GateWarning, ...]) -> Iterator[Items]:
    """Yield the list of errors and warnings, where there are any."""
    lines: list[Line] = [(Own("error", "bad"), ": ", cells.sentence(one.message)) for one in errors]
    lines += [
        cells.with_hint((Own("warning", "warn"), ": ", cells.sentence(one.message)), one.hint)
        for one in warnings
    ]
    if lines:
        yield Items(tuple(lines))


def finding_table(findings: tuple[Finding, ...]) -> Table:
    """Return the table of the rules, with the 95 % interval of each; a column for remarks where there are any."""
    remarked = [remark(finding) for finding in findings]
    last = any(remarked)
    rows = tuple(
        Row((*finding_cells(finding), *[cell(*line)] * last))
        for finding, line in zip(findings, remarked, strict=True)
    )
    names = ["verdict", "metric", "rule", "value [95 %]", "n", *[""] * last]
    return Table(title="Rules", columns=cells.columns(*names, right=("n",)), rows=rows)


def finding_cells(finding: Finding) -> tuple[Cell, ...]:
    """Return the cells of one rule, but for what is to be said of it besides its numbers."""
    return (
        cell(badge(finding.verdict)),
        cell(*metric_line(finding.metric, finding.slice), *file_line(finding.file)),
        cell(condition_text(finding)),
        cell(value_text(finding), *finding_bar(finding)),
        cell("" if finding.items is None else f"{finding.items:,}"),
    )


def metric_line(name: str, part: str) -> Line:
    """Return how a metric is called, with the part of the test set it is about."""
    return (Foreign(name), " where ", Foreign(part)) if part else (Foreign(name),)


def file_line(file: str) -> Line:
    """Return the file that a rule names."""
    return (" in ", Foreign(file)) if file else ()


def remark(finding: Finding) -> Line:
    """Return what is to be said of a finding besides its numbers."""
    return cells.joined(
        (
            cells.sentence(finding.reason) if finding.reason else "",
            wider_text(finding),
            needed_text(finding.needed, finding.items),
            Foreign(finding.hint) if finding.hint else "",
        )
    )


def finding_bar(finding: Finding) -> Iterator[Bar]:
    """Yield the bar of a rule's interval with its bound, where there is an interval."""
    absolute = finding.condition in ("min", "max")
    if finding.shown is not None:
        yield Bar(
            interval=finding.shown,
            tone=TONES[finding.verdict],
            label=interval_words(finding.shown, change=not absolute),
            decided=finding.decided,
            bound=None if absolute else finding.bound,
            centre=finding.threshold if absolute else 0.0,
        )


def slice_blocks(search: SliceSearch) -> Iterator[Block]:
    """Yield where the head is worse, and over how much that holds."""
    cut = ", ".join(search.columns)
    looked = f"{counted(search.slices, 'slice')} by {cut}" if search.columns else "No column cuts slices"
    found = f": {search.metric} is worse beyond doubt in {len(search.found):,}" if search.slices else ""
    over = f" (Holm's correction over {search.claims:,} claims)" if search.claims else ""
    yield Paragraph((cells.sentence(f"{looked}{found}{over}"),))
    if search.found:
        names = ["slice", "n", "worse than", "value", "change [95 %]"]
        rows = tuple(Row(slice_cells(one)) for one in search.found)
        yield Table(title="Slices", columns=cells.columns(*names, right=("n",)), rows=rows)


def slice_cells(one: WorseSlice) -> tuple[Cell, ...]:
    """Return the cells of a slice that is worse."""
    change = f"{signed(one.change.estimate)} {interval_text(one.change)}"
    return (
        cell(Foreign(one.slice)),
        cell(f"{one.items:,}"),
        cell(one.against),
        cell(f"{plain(one.other)} → {plain(one.head)}"),
        cell(change),
    )


def explanation(model: ModelVerdict) -> Iterator[Fold]:
    """Yield the arithmetic behind the verdict on one model."""
    made = explained_budget(model.budget) if model.budget is not None else []
    made += [line for finding in model.findings for line in explained(finding)]
    if made:
        yield Fold("How it was decided", tuple(made))
