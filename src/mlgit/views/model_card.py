"""A model card in Markdown: what a version is, how good it is, on what, where it came from, and what its people say.

Source of the form: M. Mitchell et al., Model Cards for Model Reporting, 2019, https://arxiv.org/abs/1810.03993.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlgit.data.schema import Schema
from mlgit.registry.card import Facts
from mlgit.registry.record import VersionRecord
from mlgit.runs.lineage import Lineage
from mlgit.stats.interval import Interval
from mlgit.text import counted, value_text
from mlgit.views import markdown
from mlgit.views.cells import (
    Block,
    Foreign,
    Heading,
    Items,
    Line,
    Paragraph,
    Row,
    Table,
    cell,
    columns,
    sentence,
)
from mlgit.views.gate import finding_table, verdict_line
from mlgit.views.wording import interval_text, size_text

MOST = 100
"""Rows of a table."""


def render(record: VersionRecord, facts: Facts) -> str:
    """Return a card as Markdown."""
    return markdown.render(tuple(blocks(record, facts)))


def blocks(record: VersionRecord, facts: Facts) -> Iterator[Block]:
    """Yield the blocks of a card."""
    yield Heading(("Model card: ", Foreign(record.model), " ", Foreign(record.version)), 1)
    yield Items(tuple(identity(record, facts)))
    for topic, text in facts.words.items():
        yield Heading((topic.replace("_", " ").replace("-", " ").capitalize(),))
        yield Paragraph((Foreign(text, 4000, sentence=True),))
    yield from quality(record, facts)
    yield from data(facts)
    yield from origin(record, facts.lineage)


def identity(record: VersionRecord, facts: Facts) -> Iterator[Line]:
    """Yield what the version is."""
    yield ("task: ", Foreign(facts.task or "not said"))
    yield ("file: ", Foreign(record.artifact), f", {size_text(record.size)}")
    yield ("digest: ", Foreign(record.digest))
    yield ("commit: ", Foreign(record.commit))


def quality(record: VersionRecord, facts: Facts) -> Iterator[Block]:
    """Yield the metrics with their intervals, and what the gates say, slices included."""
    rows = tuple(
        Row((cell(Foreign(name)), cell(value_text(value)), cell(shown(facts.intervals.get(name)))))
        for values in record.metrics.values()
        for name, value in values.items()
    )
    if rows:
        yield Heading(("Metrics",))
        yield Table(
            title="Metrics",
            columns=columns("metric", "value", "95 % interval", right=("value",)),
            rows=rows[:MOST],
        )
    verdict = facts.verdict
    if verdict.verdict is not None:
        against = (" against ", Foreign(record.against)) if record.against else ()
        yield Heading(("Gates: ", *verdict_line(verdict), *against))
        if verdict.findings:
            yield finding_table(verdict.findings)


def shown(interval: Interval | None) -> str:
    """Return an interval with its number of items."""
    if interval is None:
        return ""
    items = f" of {counted(interval.items, 'item')}" if interval.items else ""
    return interval_text(interval, change=False) + items


def data(facts: Facts) -> Iterator[Block]:
    """Yield the columns of the tables."""
    for table, schema in facts.schemas.items():
        yield Heading(("Data: ", Foreign(table)))
        rows = tuple(
            Row((cell(Foreign(name)), cell(rule.type), cell(role(schema, name))))
            for name, rule in list(schema.columns.items())[:MOST]
        )
        yield Table(title="Columns", columns=columns("column", "type", ""), rows=rows)


def role(schema: Schema, name: str) -> str:
    """Return what a column is for, where its schema says so."""
    return "target" if name == schema.target else "id" if name == schema.id else ""


def origin(record: VersionRecord, lineage: Lineage | None) -> Iterator[Block]:
    """Yield where the version came from."""
    yield Heading(("Lineage",))
    lines: list[Line] = []
    if record.run.path:
        lines.append(
            ("record of the training: ", Foreign(record.run.path), ", SHA-256 ", Foreign(record.run.sha256))
        )
    else:
        lines.append(("no record tells of the training",))
    run = lineage.run if lineage else None
    if run is not None:
        lines.append(
            (
                "trained: ",
                Foreign(run.started),
                f", {run.wall_seconds:.1f} s, because: ",
                Foreign(run.trigger),
            )
        )
    for one in lineage.inputs[:MOST] if lineage else ():
        name, digest = next(iter(one.digest.items()), ("", ""))
        lines.append(
            (
                f"{one.kind if one.kind.isalpha() else 'file'} ",
                Foreign(one.name),
                ", ",
                Foreign(f"{name} {digest}"),
            )
        )
    yield Items(tuple(lines))
    if lineage and lineage.note:
        yield Paragraph((sentence(lineage.note),))
