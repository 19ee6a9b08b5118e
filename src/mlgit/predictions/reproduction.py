"""Predictions measured again beside the committed ones: the same items with the same answers, or which differ. Imports numpy."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlgit.errors import MlgitError
from mlgit.predictions.columns import numbers, score_columns, texts
from mlgit.predictions.table import Table, read_table
from mlgit.stats.arrays import Array, Booleans
from mlgit.text import counted

NAMED_ROWS = 5
"""Ids named of the rows that differ."""
SMALLEST = 1e-12
"""What a relative difference is at least relative to."""


def differences(
    committed: bytes, measured: bytes, path: str, *, numeric: bool, tolerance: float
) -> list[str]:
    """Return what differs between two files of predictions, a line a column; nothing where they say the same.

    Rows belong together by their `id`. Every value has to be the same text, save scores, predicted numbers (`numeric`)
    and the numbers of a typed file: these may differ by `tolerance`, relative to their size. Files that are no
    predictions have to be the same bytes.
    """
    if committed == measured:
        return []
    try:
        ours, theirs = (read_table(one, path, labelled=False) for one in (committed, measured))
    except MlgitError as error:
        return [f"{path} came out different, and one of both is no file of predictions: {error.message}"]
    return list(lines_of(ours, theirs, numeric=numeric, tolerance=tolerance))


def lines_of(ours: Table, theirs: Table, *, numeric: bool, tolerance: float) -> Iterator[str]:
    """Yield what differs between two tables."""
    here, there = texts(ours.columns["id"]), texts(theirs.columns["id"])
    order, other = np.argsort(here, kind="stable"), np.argsort(there, kind="stable")
    if len(here) != len(there) or not np.array_equal(here[order], there[other]):
        yield f"{ours.path}: the rows are of other ids than those that came out ({len(here):,} and {len(there):,})"
        return
    for name in dict.fromkeys([*ours.columns, *theirs.columns]):
        if name not in ours.columns or name not in theirs.columns:
            yield f"{ours.path}: the column {name} is in only one of both"
            continue
        near = tolerance if name in answers(ours, numeric=numeric) else None
        wrong = differing(ours.columns[name][order], theirs.columns[name][other], near)
        if wrong.any():
            rows = ", ".join(here[order][wrong][:NAMED_ROWS].tolist())
            count = counted(int(np.count_nonzero(wrong)), "row")
            yield f"{ours.path}: {name} came out different in {count}: {rows}"


def answers(table: Table, *, numeric: bool) -> tuple[str, ...]:
    """Return the columns whose numbers may differ a little."""
    return (*score_columns(table), *(("prediction",) if numeric else ()))


def differing(ours: Array, theirs: Array, tolerance: float | None) -> Booleans:
    """Return which values of two columns differ; `tolerance` None: text by text, as labels and ids are compared."""
    if tolerance is None or ours.dtype.kind != theirs.dtype.kind:
        typed = ours.dtype.kind == theirs.dtype.kind == "f"
        same = (
            (ours == theirs) | (np.isnan(ours) & np.isnan(theirs)) if typed else texts(ours) == texts(theirs)
        )
        return np.asarray(~same, dtype=np.bool_)
    here, there = numbers(ours), numbers(theirs)
    size = np.maximum(np.maximum(np.abs(here), np.abs(there)), SMALLEST)
    with np.errstate(invalid="ignore"):
        near = np.abs(here - there) <= tolerance * size
    text = ours == theirs
    return np.asarray(~(near | text), dtype=np.bool_)
