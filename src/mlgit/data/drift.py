"""Drift: whether a table still spreads as its reference did, as far as both are large enough to tell."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from mlgit.data.distributions import Distribution, Stored, counted_file
from mlgit.data.schema import Schema
from mlgit.stats.two_samples import chi_square_quantile, moved_share, pooled, shares_chance

FAMILY = 0.02
"""The chance that any column alarms although nothing changed; all columns share it."""
FLOOR = 0.02
"""A PSI below this is no drift however many rows there are: a shift of 0.14 standard deviations of a normal column."""
FEWEST = 30


class ColumnDrift(Struct, frozen=True, kw_only=True):
    """One column beside its reference."""

    column: str
    state: Literal["same", "drift", "not judged"]
    psi: Annotated[float, Meta(description="Population stability index, from 0 (equal).")]
    threshold: Annotated[
        float, Meta(description="The PSI from which on it is drift, for the sizes of both samples.")
    ]
    distance: Annotated[
        float, Meta(description="KS distance of numbers, total variation of categories; 0 to 1.")
    ]
    chance: Annotated[float, Meta(description="Of such counts when nothing changed (chi-square test).")]
    limit: Annotated[
        float, Meta(description="The chance from which on it is none: the column's part of 2 %.")
    ]
    base: Distribution
    head: Distribution


class TableDrift(Struct, frozen=True, kw_only=True):
    """A table beside its reference; `drifted` when a column is."""

    table: str
    path: str
    profile: str
    base_rows: int
    head_rows: int
    drifted: bool
    columns: tuple[ColumnDrift, ...]


class DriftReport(Struct, frozen=True, kw_only=True):
    """What `mlgit data drift` found."""

    version: Annotated[Literal[1], Meta(description="The version of this form.")] = 1
    drifted: bool
    tables: tuple[TableDrift, ...]


def drift_of(
    path: Path, schema: Schema, stored: Stored, *, table: str, shown: str, profile: str
) -> TableDrift:
    """Return how a table spreads beside its reference; raises `UsageError` for a file that is no whole table."""
    head = counted_file(path, schema, stored.columns, shown=shown)
    alpha = FAMILY / max(1, len(stored.columns))
    columns = tuple(
        column_drift(name, stored.columns[name], one, alpha) for name, one in head.columns.items()
    )
    return TableDrift(
        table=table,
        path=shown,
        profile=profile,
        base_rows=stored.rows,
        head_rows=head.rows,
        drifted=any(one.state == "drift" for one in columns),
        columns=columns,
    )


def column_drift(name: str, base: Distribution, head: Distribution, alpha: float) -> ColumnDrift:
    """Return one column beside its reference: drift when chance does not explain it and it is large enough to matter."""
    now, before = [*head.counts, head.empty], [float(count) for count in (*base.counts, base.empty)]
    cells = pooled(now, before)
    rows, seen = sum(now), sum(before)
    psi = stability(cells)
    noise = (
        (1 / rows + 1 / seen) * chi_square_quantile(alpha, max(1, len(cells) - 1))
        if rows and seen
        else math.inf
    )
    chance = shares_chance(now, before)
    threshold = max(FLOOR, noise) if math.isfinite(noise) else FLOOR
    drifted = chance < alpha and psi >= threshold
    few = rows < FEWEST or seen < FEWEST
    return ColumnDrift(
        column=name,
        state="not judged" if few else "drift" if drifted else "same",
        psi=psi,
        threshold=threshold,
        distance=farthest(head.counts, base.counts) if base.edges else moved_share(now, before),
        chance=chance,
        limit=alpha,
        base=base,
        head=head,
    )


def stability(cells: list[tuple[float, float]]) -> float:
    """Return the population stability index of pooled cells; a row of half for a cell that is empty on one side."""
    rows, seen = sum(one for one, _ in cells), sum(other for _, other in cells)
    if not rows or not seen:
        return 0.0
    shares = [(max(one, 0.5) / rows, max(other, 0.5) / seen) for one, other in cells]
    return sum((one - other) * math.log(one / other) for one, other in shares)


def farthest(now: tuple[int, ...], before: tuple[int, ...]) -> float:
    """Return the Kolmogorov-Smirnov distance at the edges."""
    rows, seen = sum(now), sum(before)
    if not rows or not seen:
        return 0.0
    one = other = most = 0.0
    for count, earlier in zip(now, before, strict=True):
        one, other = one + count / rows, other + earlier / seen
        most = max(most, abs(one - other))
    return most
