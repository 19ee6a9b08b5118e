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

    `rows` holds the features, numbers (32-bit floats, NaN without a value) before categories (texts). `labels` are
    texts for classes and floats for numbers.
    """

    ids: list[Any]
    labels: np.ndarray[Any, Any]
    rows: pd.DataFrame

    @property
    def numbers(self) -> list[str]:
        """The names of the features that are numbers."""
        return [name for name in self.rows.columns if self.rows[name].dtype == np.float32]

    @property
    def categories(self) -> list[str]:
        """The names of the features that are categories."""
        return list(self.rows.columns[len(self.numbers) :])


def read_table(path: Path) -> Table:
    """Read a prepared Parquet file."""
    with duckdb.connect() as connection:
        frame = connection.read_parquet(str(path)).df()
    labels = frame["label"]
    rows = frame.drop(columns=["id", "label"])
    texts = [name for name in rows.columns if rows[name].dtype != np.float32]
    return Table(
        ids=frame["id"].tolist(),
        labels=labels.to_numpy(float) if labels.dtype.kind == "f" else labels.to_numpy(str),
        rows=rows.astype(dict.fromkeys(texts, object)),
    )
