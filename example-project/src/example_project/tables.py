"""Read the prepared tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Table:
    """A prepared table, sorted by id.

    `rows` holds the features, numbers (32-bit floats, NaN without a value) before categories (texts) before words.
    `labels` are texts for classes and floats for numbers. `groups` are what rows belong to, when there are groups.
    """

    ids: list[Any]
    labels: np.ndarray[Any, Any]
    rows: pd.DataFrame
    texts: tuple[str, ...] = ()
    groups: np.ndarray[Any, Any] | None = None

    @property
    def numbers(self) -> list[str]:
        """The names of the features that are numbers."""
        return [name for name in self.rows.columns if self.rows[name].dtype == np.float32]

    @property
    def categories(self) -> list[str]:
        """The names of the features that are categories."""
        return [name for name in self.rows.columns[len(self.numbers) :] if name not in self.texts]

    def at(self, positions: Any) -> Table:
        """Return the rows at some positions."""
        groups = None if self.groups is None else self.groups[positions]
        ids = [self.ids[position] for position in positions]
        return Table(ids, self.labels[positions], self.rows.iloc[positions], self.texts, groups)


def read_table(path: Path, texts: tuple[str, ...] = ()) -> Table:
    """Read a prepared Parquet file; `texts` are the columns of words in it."""
    with duckdb.connect() as connection:
        frame = connection.read_parquet(str(path)).df()
    labels = frame["label"]
    rows = frame.drop(columns=["id", "label", *(["group"] if "group" in frame else [])])
    others = [name for name in rows.columns if rows[name].dtype != np.float32]
    return Table(
        ids=frame["id"].tolist(),
        labels=labels.to_numpy(float) if labels.dtype.kind == "f" else labels.to_numpy(str),
        rows=rows.astype(dict.fromkeys(others, object)),
        texts=texts,
        groups=frame["group"].fillna("").to_numpy(str) if "group" in frame else None,
    )
