"""Scores of the user's own: whether their columns are evidence, and what is estimated from them. Imports numpy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from mlgit.config.scores import RESERVED, Score
from mlgit.metrics.verdict import EvidenceError
from mlgit.predictions.columns import class_name, named_rows, not_finite, numbers
from mlgit.predictions.table import Table
from mlgit.stats.arrays import Array, Booleans
from mlgit.stats.columns import cost_estimates, mean_estimates, ratio_estimates
from mlgit.stats.errors import StatisticsError
from mlgit.stats.estimates import Estimates
from mlgit.stats.evidence import NAMED_ROWS, Evidence
from mlgit.stats.options import class_codes
from mlgit.stats.quantiles import quantile_estimates

Scores = Mapping[str, Score]
FARTHEST = 1e100
"""No score goes so far, and the squares of what does are no numbers any more."""
FUNCTIONS_RUN = "the function of a score runs where nothing may write: mlgit gate or mlgit compare, here or in its job in CI"


def columns_of(scores: Scores) -> tuple[str, ...]:
    """Return the columns of numbers that scores are computed from, each once."""
    return tuple(dict.fromkeys(name for score in scores.values() for name in score.columns))


def score_errors(scores: Scores, base: Table, head: Table) -> Iterator[EvidenceError]:
    """Yield what is wrong with the head's columns: gone, no finite numbers, or outside of what a score allows."""
    asked = columns_of(scores)
    for name in (*asked, *free_columns(scores, base)):
        if name not in head.columns:
            if name in base.columns:
                message = f"head: the column {name} is missing"
                yield EvidenceError(kind="missing-column", message=message, count=1)
            continue
        count, rows = not_finite(head, name)
        if count and (name in asked or not not_finite(base, name)[0]):
            yield wrong_rows("not-finite", count, rows, f"a value in {name} that is no finite number")
    for score in scores.values():
        for kind, what, concerned in outside(score, head):
            count, rows = named_rows(head, concerned)
            if count:
                yield wrong_rows(kind, count, rows, what)


def wrong_rows(kind: str, count: int, rows: tuple[str, ...], what: str) -> EvidenceError:
    """Return the error about rows of the head."""
    message = f"head: {count:,} row(s) have {what}: {', '.join(rows)}"
    return EvidenceError(kind=kind, message=message, rows=rows, count=count)


def outside(score: Score, table: Table) -> Iterator[tuple[str, str, Booleans]]:
    """Yield which rows of a table hold what a score does not allow: the kind of error, what it is, and the rows."""
    if any(name not in table.columns for name in score.columns):
        return
    values = {name: numbers(table.columns[name]) for name in score.columns}
    for name, column in values.items():
        yield (
            "out-of-range",
            f"a {name} beyond {FARTHEST:g}",
            np.isfinite(column) & (np.abs(column) > FARTHEST),
        )
    not_below = [name for name in (score.weight, score.ratio[1] if score.ratio else None) if name]
    for name in not_below:
        yield "out-of-range", f"a {name} below 0", values[name] < 0.0
    if score.range is None:
        return
    low, high = score.range
    if score.ratio:
        top, bottom = (values[name] for name in score.ratio)
        beyond = (top < low * bottom) | (top > high * bottom)
        yield "out-of-range", f"a ratio {' / '.join(score.ratio)} outside of {low:g} to {high:g}", beyond
    else:
        name = score.mean or (score.quantile[0] if score.quantile else "")
        yield (
            "out-of-range",
            f"a {name} outside of {low:g} to {high:g}",
            (values[name] < low) | (values[name] > high),
        )


def changed_errors(scores: Scores, evidence: Evidence) -> Iterator[EvidenceError]:
    """Yield the columns that are true of an item whatever the model, and that the head changes."""
    for name in dict.fromkeys(name for score in scores.values() for name in score.constant):
        if name in evidence.base_columns and name in evidence.head_columns:
            differs = evidence.base_columns[name] != evidence.head_columns[name]
            count = int(np.count_nonzero(differs))
            if count:
                rows = tuple(str(one) for one in evidence.ids[differs][:NAMED_ROWS])
                message = f"head: {count:,} row(s) have another {name} than the base: {', '.join(rows)}"
                yield EvidenceError(kind="changed-column", message=message, rows=rows, count=count)


def score_estimates(
    score: Score,
    evidence: Evidence,
    table: Table,
    run: Callable[[str, Evidence, int], Estimates] | None,
    seed: int,
) -> Estimates:
    """Return the estimates of a score on items; `table` are all predictions of the base, whose rows are named.

    `run` calls the function of a score with its rows; None: functions are not run here. Raises a `StatisticsError` where the base does not give it.
    """
    groups = evidence.group_codes
    if score.cost is not None:
        class_codes(evidence)
        answers = evidence.base_predictions, evidence.head_predictions
        prices = {
            class_name(true): {class_name(answer): price for answer, price in row.items()}
            for true, row in score.prices.items()
        }
        return cost_estimates(evidence.labels, *answers, prices, groups)  # type: ignore[arg-type]
    if score.function is not None:
        if run is None:
            raise StatisticsError(FUNCTIONS_RUN)
        refuse_base(score, table)
        return run(score.function, evidence, seed)
    refuse_base(score, table)
    base, head = evidence.base_columns, evidence.head_columns
    weights = base[score.weight] if score.weight else None
    if score.quantile is not None:
        name, share = score.quantile
        return quantile_estimates(base[name], head[name], share, groups=groups, bounds=score.range)
    if score.ratio is not None:
        top, bottom = score.ratio
        sides = (base[top], base[bottom]), (head[top], head[bottom])
        return ratio_estimates(*sides, weights=weights, groups=groups, bounds=score.range)
    name = score.mean or ""
    return mean_estimates(base[name], head[name], weights=weights, groups=groups, bounds=score.range)


def refuse_base(score: Score, table: Table) -> None:
    """Raise `StatisticsError` with the rows for a base that has not what a score needs."""
    for name in score.columns:
        if name not in table.columns:
            raise StatisticsError(f"the predictions of the base have no column {name}")
        count, rows = not_finite(table, name)
        if count:
            raise StatisticsError(f"the base: {count:,} row(s) have no finite {name}: {', '.join(rows)}")
    for _, what, concerned in outside(score, table):
        count, rows = named_rows(table, concerned)
        if count:
            raise StatisticsError(f"the base: {count:,} row(s) have {what}: {', '.join(rows)}")


def score_columns_of(scores: Scores, table: Table) -> dict[str, Array]:
    """Return the columns that scores need and the table has: of a function all of them, as text where one is no number.

    In a column of which numbers are asked, what is none is NaN.
    """
    found = {name: numbers(table.columns[name]) for name in columns_of(scores) if name in table.columns}
    return found | {name: plain(table.columns[name]) for name in free_columns(scores, table)}


def free_columns(scores: Scores, table: Table) -> tuple[str, ...]:
    """Return the columns of a table that the function of a score gets besides those that scores name; none without one."""
    if all(score.function is None for score in scores.values()):
        return ()
    return tuple(name for name in table.columns if name not in (*RESERVED, *columns_of(scores)))


def plain(column: Array) -> Array:
    """Return a column as numbers where every value is a finite one, else as it is."""
    found = numbers(column)
    return found if bool(np.isfinite(found).all()) else column
