"""Read a raw table, typed and checked, with the rows to train on and the held-out rows apart. Needs DuckDB and pandas.

table = read_table("data/raw/customers.csv", columns, target="churned", classes=["no", "yes"], test="splits/c.csv")
model.fit(table.train.rows, table.train.labels)
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from mlgit.report.columns import Columns
from mlgit.report.raw import Source, selected

Array = np.ndarray[Any, Any]


class TableError(ValueError):
    """The table is not as it was said to be. The message is one sentence and says what mends it."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of a table in the order of their ids.

    `labels` are classes as text, or numbers where `classes` is empty; `positive` is the class of two that scores are about.
    `raw` holds the columns that a model learns from as they were read. `groups` are what rows belong to, and `held_out` says
    which of them are test rows.
    """

    ids: list[Any]
    labels: Array
    raw: Mapping[str, Any]
    columns: Columns
    held_out: Array
    groups: Array | None = None
    classes: tuple[str, ...] = ()
    positive: str | None = None

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.ids)

    @property
    def numbers(self) -> list[str]:
        """The names of the features that are numbers."""
        return self.columns.numeric

    @property
    def categories(self) -> list[str]:
        """The names of the features that are categories."""
        return list(self.columns.categories)

    @property
    def texts(self) -> list[str]:
        """The names of the features that are words."""
        return list(self.columns.texts)

    @cached_property
    def features(self) -> dict[str, Array]:
        """The features by their names: numbers with 32 bits, as ONNX takes them, then categories, then words."""
        return self.columns.arrays(self.raw)

    @cached_property
    def rows(self) -> Any:
        """The features as a table of pandas."""
        import pandas as pd

        return pd.DataFrame(self.features, index=range(len(self)))

    @cached_property
    def train(self) -> Table:
        """The rows to train on; later rows of a held-out group are not among them, for they would tell of their twins."""
        chosen = ~self.held_out
        if self.groups is not None:
            theirs = set(self.groups[self.held_out].tolist()) - {""}
            chosen &= np.array([group not in theirs for group in self.groups.tolist()], dtype=bool)
        return self.at(np.flatnonzero(chosen))

    @cached_property
    def test(self) -> Table:
        """The held-out rows."""
        return self.at(np.flatnonzero(self.held_out))

    def at(self, positions: Array) -> Table:
        """Return the rows at some positions."""
        return replace(
            self,
            ids=[self.ids[position] for position in positions],
            labels=self.labels[positions],
            raw={name: values[positions] for name, values in self.raw.items()},
            held_out=self.held_out[positions],
            groups=None if self.groups is None else self.groups[positions],
        )


def read_table(
    path: str | Path,
    columns: Columns,
    *,
    target: str,
    test: str | Path | None = None,
    delimiter: str = ",",
    target_type: str = "string",
    classes: Sequence[str] = (),
    positive: str | None = None,
    id: str | None = None,  # noqa: A002 - the word of the file of predictions
    id_type: str = "string",
    group: str | None = None,
    most_categories: int = 50,
) -> Table:
    """Read a CSV or a Parquet file; rows without a label are left out.

    `test` is a CSV file with the ids of the held-out rows; all others, new ones too, are trained on. Without an `id` column
    rows are numbered from 0 in the order of the file. `target_type` and `id_type` are `integer`, `float`, `string`, `boolean`,
    `date` or `timestamp`. Without `classes` a number is predicted. Of a category the `most_categories` values that are
    frequent in the rows to train on are learned, unless `columns` says which. Raises `TableError` for a file, a value, a class or a split that does not fit.
    """
    source = Source(
        path=Path(path),
        columns=columns,
        delimiter=delimiter,
        target=(target, target_type),
        id=None if id is None else (id, id_type),
        group=group,
        numeric=not classes,
    )
    try:
        found = selected(source)
    except ValueError as error:
        raise TableError(str(error)) from error
    labels, ids, groups = found.labels, found.ids.tolist(), found.groups
    if not ids:
        raise TableError(f"{path} has no row with a value of {target!r}")
    table = Table(
        ids=ids,
        labels=labels.astype(float) if not classes else labels.astype(str),
        raw=found.columns,
        columns=columns,
        held_out=np.zeros(len(ids), dtype=bool),
        groups=None if groups is None else np.array(["" if one is None else str(one) for one in groups]),
        classes=tuple(sorted(classes)),
        positive=positive,
    )
    if test is not None:
        table = replace(table, held_out=held_out(table, Path(test)))
    for sentence in misfits(table, str(path), target):
        raise TableError(sentence)
    if columns.frequent:
        return table
    return replace(table, columns=columns.with_frequent(table.train.raw, most_categories))


def held_out(table: Table, path: Path) -> Array:
    """Return which rows a split holds out; raises `TableError`."""
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            ids = {row["id"] for row in csv.DictReader(stream)}
    except (OSError, KeyError, csv.Error) as error:
        raise TableError(f"{path} is no table with the one column id; run: mlgit data split") from error
    found = np.array([str(one) in ids for one in table.ids], dtype=bool)
    if not found.any():
        raise TableError(f"none of the {len(ids):,} ids of {path} is in the data; run: mlgit data split")
    if found.all():
        raise TableError(f"all rows are held out by {path}; none is left to train on")
    return found


def misfits(table: Table, path: str, target: str) -> Iterator[str]:
    """Yield what does not go together: ids that stand twice, labels that are no class, classes that nothing can be learned of."""
    for name, form in table.columns.forms.items():
        values = table.raw.get(name, ())
        if not is_written(table.columns, name, values):
            place = next(
                place for place, one in enumerate(values) if not is_written(table.columns, name, [one])
            )
            yield (
                f"{path}: column {name!r} has {values[place]!r} in the row {table.ids[place]}, which is not written as {form}; "
                "run: mlgit data check"
            )
    if len(set(table.ids)) != len(table.ids):
        yield f"{path}: an id stands in two rows; run: mlgit data check"
    if not table.classes:
        return
    unknown = sorted(set(table.labels.tolist()) - set(table.classes))
    if unknown:
        yield (
            f"{target!r} is {unknown[0]!r} in some rows, which is no class in params.yaml; add it to classes or mend the data"
        )
    empty = sorted(set(table.classes) - set(table.train.labels.tolist()))
    if empty:
        yield f"no row to train on has the class {empty[0]!r}; take it out of classes or add rows"


def is_written(columns: Columns, name: str, values: Sequence[Any]) -> bool:
    """Tell whether every text of a column is written in the form of the column, or is no value."""
    try:
        columns.parsed(name, values)
    except ValueError:
        return False
    return True
