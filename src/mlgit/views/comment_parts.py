"""The parts of the comment below its verdict: the tables of a comparison, their rows the pieces that may be left out.

Where a comparison has several models, the first column names the model.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from mlgit.host.document import WEIGHTS, Section
from mlgit.metrics.comparison import Comparison, DataRow, DataVersion, ModelComparison
from mlgit.metrics.verdict import ModelVerdict
from mlgit.stats.decision import Verdict
from mlgit.text import counted
from mlgit.views import compare_tables, gate, markdown
from mlgit.views.cells import Block, Cell, Foreign, Line, Paragraph, cell, sentence
from mlgit.views.markdown import table_section
from mlgit.views.wording import size_text

GATES_WEIGHT = WEIGHTS["metrics"] + 10
"""What the gates say is left out last."""
MANY = 20
"""Of more metrics than these the telling ones come first, so that those left out of a long comment tell least."""
MOST_REASONS = 20
DIGEST = 12
RANKS = (
    *("FAIL", "UNDECIDED", "unreadable", "worse", "not available", "gone"),
    *("better", "noise", "changed", "new", "PASS"),
)


def sections(
    comparison: Comparison, charts: Section | None, data: Section | None, seconds: int | None
) -> Iterable[Section | None]:
    """Yield the parts in the order they are read, None for one that has nothing to say; `seconds` is the run's time."""
    models = [changed(model) for model in comparison.models]
    many = sum(len(model.metrics) for model in models) > MANY
    ranks = {word: number for number, word in enumerate(RANKS)} if many else None
    yield gates(comparison)
    claims = compare_tables.claims_text(comparison.claims)
    yield table_section(compare_tables.metric_table(models, ranks), WEIGHTS["metrics"], above=claims)
    yield table_section(compare_tables.parameter_table(models), WEIGHTS["parameters"])
    yield table_section(compare_tables.data_table(models), WEIGHTS["data"])
    yield data
    yield charts
    yield table_section(compare_tables.stage_table(models, MOST_REASONS), WEIGHTS["stages"])
    yield digests(models, seconds)


def changed(model: ModelComparison) -> ModelComparison:
    """Return a model without the parameters, data and stages that did not change."""
    return replace(
        model,
        parameters=differing(model.parameters),
        data=differing(model.data),
        stages=differing(model.stages),
    )


def differing(rows: Iterable[Any]) -> tuple[Any, ...]:
    """Return the rows that say of a change."""
    return tuple(row for row in rows if row.state != "unchanged")


def gates(comparison: Comparison) -> Section | None:
    """Return what the gates say of each model, rule by rule, or what the intervals rest on where there are no gates."""
    pieces = []
    for model in comparison.models:
        name: Line = (Foreign(model.name, 80), ": ") if len(comparison.models) > 1 else ()
        if model.gate is not None and model.gate.verdict is not None:
            first: Block = Paragraph((*name, *gate.verdict_line(model.gate), follows(model.gate)))
            pieces.append(markdown.render([first, *gate.model_blocks(model.gate)]).strip())
            continue
        if model.gate is not None and model.gate.warnings:
            pieces.append(markdown.render([Paragraph(name), *gate.model_blocks(model.gate)]).strip())
        if model.evidence:
            pieces.append(markdown.text((*name, sentence(model.evidence))))
    if not pieces:
        return None
    return Section(title="Gates", weight=GATES_WEIGHT, pieces=tuple(pieces), separator="\n\n")


def follows(one: ModelVerdict) -> str:
    """Return what UNDECIDED means for the person who reads it."""
    if one.verdict is not Verdict.UNDECIDED:
        return ""
    if one.pull_request == "fail":
        return ": neither a PASS nor a FAIL, and `undecided:` of the base stops a pull request then"
    return ": neither a PASS nor a FAIL, a reviewer decides"


def digests(models: list[ModelComparison], seconds: int | None) -> Section | None:
    """Return, behind a fold, what the data are by digest and what the change costs in time and storage."""
    pairs = [(model, row) for model in models for row in model.data]
    names = ["data", "base", "head"]
    made = compare_tables.table_of("Digests and cost", names, models, pairs, lambda _, row: digest_cells(row))
    costs = cost_text([row for _, row in pairs], seconds)
    if not pairs and costs:
        return Section(title=made.title, weight=WEIGHTS["digests"], pieces=(costs,), folded=True)
    return table_section(made, WEIGHTS["digests"], above=costs, folded=True)


def digest_cells(row: DataRow) -> tuple[Cell, ...]:
    """Return the cells of one file or folder of data."""
    return cell(Foreign(row.path)), digest_cell(row.base), digest_cell(row.head)


def digest_cell(version: DataVersion | None) -> Cell:
    """Return the start of a digest and the size."""
    if version is None or not version.digest:
        return Cell()
    ending = ".dir" if version.digest.endswith(".dir") else ""
    size = "" if version.size is None else f", {size_text(version.size)}"
    return cell(Foreign(version.digest[:DIGEST] + ending), size)


def cost_text(rows: Iterable[DataRow], seconds: int | None) -> str:
    """Return what the change costs: the time of the run, and the bytes that the remote keeps more."""
    said = []
    if seconds is not None:
        said.append(f"The run took {counted(seconds // 60, 'minute')} {seconds % 60} s.")
    fresh = [row.head.size for row in rows if row.head is not None and row.head.size is not None]
    if fresh:
        said.append(f"New versions of data: {size_text(sum(fresh))}.")
    return " ".join(said)
