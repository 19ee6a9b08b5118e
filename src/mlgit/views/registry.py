"""What is registered, as blocks: a new version, and the list of all models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mlgit.environments.overview import Overview, VersionRow
from mlgit.stats.decision import Verdict
from mlgit.text import counted, moment_text, value_text
from mlgit.views import cells
from mlgit.views.badge import badge
from mlgit.views.cells import (
    Block,
    Cell,
    Foreign,
    Heading,
    Items,
    Line,
    Own,
    Paragraph,
    Row,
    Table,
    cell,
    columns,
    sentence,
)

if TYPE_CHECKING:
    from mlgit.registry.register import Registration

MOST_METRICS = 3
"""Metrics of a row."""


def registered(made: Registration) -> Iterator[Block]:
    """Yield what became of a registration."""
    record = made.record
    yield Heading(("registered ", Foreign(made.tag)), 1)
    lines: list[Line] = [
        ("commit ", Foreign(record.commit[:12])),
        ("model ", Foreign(record.artifact), ", ", Foreign(record.digest)),
        ("gates ", *verdict_line(record.verdict, record.against)),
    ]
    if made.verdict.reason:
        lines.append((sentence(made.verdict.reason),))
    if record.run.path:
        lines.append(("record ", Foreign(record.run.path)))
    yield Items(tuple(lines))


def verdict_line(verdict: Verdict | None, against: str) -> Line:
    """Return what the gates said of a version."""
    if verdict is None:
        return ("no verdict",)
    told: Line = (badge(verdict),)
    return (*told, " against ", Foreign(against)) if against else told


def overview(found: Overview) -> Iterator[Block]:
    """Yield all models with their versions, where they run, and their metrics."""
    for model in found.models:
        yield Heading((Foreign(model.name),))
        names = ("version", "runs in", "registered", "gates", "metrics", "")
        yield Table(title="Versions", columns=columns(*names), rows=tuple(map(version_row, model.versions)))
        if model.older:
            yield Paragraph(
                (f"{counted(model.older, 'older version')} (", Foreign("--all"), " shows them)."), "quiet"
            )
    if found.errors:
        yield Items(
            tuple(
                cells.with_hint((Own("error", "bad"), ": ", sentence(one.message)), one.hint)
                for one in found.errors
            )
        )
    if not found.complete:
        yield Items(
            (
                (
                    Own("warning", "warn"),
                    ": this clone is shallow, versions may be missing (",
                    Foreign("git fetch --unshallow --tags"),
                    ")",
                ),
            )
        )
    if not found.models:
        yield Paragraph(("No model is registered: ", Foreign("mlgit register MODEL"), "."), inner=False)


def version_row(one: VersionRow) -> Row:
    """Return one version."""
    runs = cells.joined((Foreign(name) for name in one.environments), ", ")
    record = one.version.record
    by = (", ", Foreign(one.version.by)) if one.version.by else ()
    at = moment_text(one.version.at) if one.version.at else ""
    return Row(
        (
            cell(Foreign(one.version.version)),
            cell(*runs),
            cell(at, *by),
            cell(*verdict_line(record.verdict, record.against)) if record else Cell(),
            cell(*metrics_line(one)),
            Cell(tuple(remarks(one))),
        ),
        "" if one.version.usable else "warn",
    )


def metrics_line(one: VersionRow) -> Line:
    """Return the first metrics of a version."""
    record = one.version.record
    pairs = [pair for values in record.metrics.values() for pair in values.items()] if record else []
    return cells.joined(
        (((Foreign(name), f" {value_text(value)}") for name, value in pairs[:MOST_METRICS])), ", "
    )


def remarks(one: VersionRow) -> Iterator[Line]:
    """Yield what is the matter with a version."""
    if not one.version.active:
        yield ("deregistered",)
    for error in one.version.errors:
        yield (Own("not believed", "bad"), ": ", sentence(error))
    if one.version.record is None and not one.version.errors:
        yield ("not made by mlgit",)
