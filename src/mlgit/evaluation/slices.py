"""Slices that got worse, looked for in every column of the predictions, with a correction for all that were looked at.

Each value of a column with few values, each quarter of one with many numbers, and each pair of those is a slice. Two things are
claimed of it: that the head is worse there than the base, and that it is worse there than on the rest of the items. What is
found holds over all claims together (S. Holm, Scand J Stat 1979;6:65), at 5 % in each evaluation, as a FAIL does. It changes no
verdict. After Y. Chung et al., Slice Finder, ICDE 2019. Imports numpy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import combinations

import numpy as np
from msgspec.structs import replace

from mlgit.config.scores import RESERVED
from mlgit.evaluation.evaluator import Evaluator
from mlgit.evaluation.gaps import ends
from mlgit.evaluation.scores import columns_of
from mlgit.metrics.slices import SliceSearch, WorseSlice
from mlgit.predictions.columns import classes, numbers, score_columns
from mlgit.predictions.table import Table
from mlgit.stats.arrays import Array, Booleans
from mlgit.stats.errors import StatisticsError
from mlgit.stats.estimates import Estimates
from mlgit.stats.interval import SHOWN, Interval
from mlgit.stats.multiple import holm_adjusted
from mlgit.stats.quantiles import level_of_zero
from mlgit.stats.reach import LEAST

ALPHA = 0.05
MOST_VALUES = 20
MOST_SLICES = 200
"""Beyond so many no further pair is looked at: each claim more makes every other one harder to hold."""
Cut = dict[str, str]


def search(evaluator: Evaluator, metric: str) -> SliceSearch:
    """Return where the head is worse in a metric, beyond doubt over all slices that were looked at, the surest first."""
    higher = evaluator.higher_is_better(metric)
    columns = cut_columns(evaluator)
    claims: list[WorseSlice] = []
    looked = 0
    for name, rows in slices_of(columns):
        made = list(claims_on(evaluator, metric, name, rows, higher_is_better=higher))
        claims += made
        looked += bool(made)
        if looked == MOST_SLICES:
            break
    adjusted = holm_adjusted([one.p_value for one in claims]) if claims else ()
    found = [
        replace(one, p_value=value) for one, value in zip(claims, adjusted, strict=True) if value <= ALPHA
    ]
    return SliceSearch(
        metric=metric,
        columns=tuple(columns),
        slices=looked,
        claims=len(claims),
        found=tuple(sorted(found, key=lambda one: one.p_value)),
    )


def cut_columns(evaluator: Evaluator) -> Mapping[str, Mapping[str, Booleans]]:
    """Return the columns that slices are cut by, and of each its slices by their names; other columns have none."""
    table = evaluator.table
    known = {*RESERVED, *score_columns(table), *columns_of(evaluator.scores)}
    cuts = {name: dict(cuts_of(table, name)) for name in table.columns if name not in known}
    return {name: found for name, found in cuts.items() if len(found) > 1}


def cuts_of(table: Table, name: str) -> Iterator[tuple[str, Booleans]]:
    """Yield the slices of a column: its values where they are few, the quarters of its numbers where they are many."""
    values = classes(table.columns[name])
    found = np.unique(values)
    if len(found) <= MOST_VALUES:
        for one in found.tolist():
            yield f"{name}={one}", values == one
        return
    column = numbers(table.columns[name])
    if np.isfinite(column).all():
        yield from quarters(name, column)


def quarters(name: str, column: Array) -> Iterator[tuple[str, Booleans]]:
    """Yield the quarters of a column of numbers."""
    low = -np.inf
    for end in np.unique([*np.quantile(column, (0.25, 0.5, 0.75)), column.max()]).tolist():
        said = f"{name}<={end:g}" if low == -np.inf else f"{low:g}<{name}<={end:g}"
        yield said, (column > low) & (column <= end)
        low = end


def slices_of(columns: Mapping[str, Mapping[str, Booleans]]) -> Iterator[tuple[str, Booleans]]:
    """Yield every slice by its name: of one column, then of two."""
    for cuts in columns.values():
        yield from cuts.items()
    for one, other in combinations(columns.values(), 2):
        for first, rows in one.items():
            for second, more in other.items():
                both = rows & more
                if both.any() and not np.array_equal(both, rows) and not np.array_equal(both, more):
                    yield f"{first}, {second}", both


def claims_on(
    evaluator: Evaluator, metric: str, name: str, rows: Booleans, *, higher_is_better: bool
) -> Iterator[WorseSlice]:
    """Yield what could be claimed of a slice, each with its p-value alone; nothing where it or the rest is too small."""
    if min(np.count_nonzero(rows), np.count_nonzero(~rows)) < LEAST:
        return
    try:
        part, rest = (
            estimates_on(evaluator, metric, key, chosen)
            for key, chosen in ((name, rows), (f"all but {name}", ~rows))
        )
        beside: dict[str, tuple[Callable[[float], Interval], float, Callable[[], float]]] = {
            "the base": (part.difference, part.base(SHOWN).estimate, part.chance),
            "the rest": (
                at := partial(between, part, rest),
                rest.head(SHOWN).estimate,
                partial(level_of_zero, at),
            ),
        }
        head = part.head(SHOWN).estimate
        made = [
            WorseSlice(
                slice=name,
                against=against,  # type: ignore[arg-type]
                items=int(np.count_nonzero(rows)),
                other=other,
                head=head,
                change=change(SHOWN),
                p_value=chance() if worse(change(1.0 - ALPHA), higher_is_better=higher_is_better) else 1.0,
            )
            for against, (change, other, chance) in beside.items()
        ]
    except StatisticsError:
        return
    yield from made


def worse(change: Interval, *, higher_is_better: bool) -> bool:
    """Tell whether a change by itself is for the worse; what is not can hold over no search, and its p-value is no matter."""
    return change.high < 0.0 if higher_is_better else change.low > 0.0


def estimates_on(evaluator: Evaluator, metric: str, name: str, rows: Booleans) -> Estimates:
    """Return the estimates of a metric on some of the items."""
    evaluator.cut(name, rows)
    return evaluator.estimates(metric, part=name)


def between(part: Estimates, rest: Estimates, level: float) -> Interval:
    """Return the head's value on a part less that on the rest, which are different items."""
    one, other = part.head(level), rest.head(level)
    low, high = ends(one, other)
    return Interval(
        estimate=one.estimate - other.estimate, low=low, high=high, level=level, method=one.method, items=one.items
    )  # fmt: skip
