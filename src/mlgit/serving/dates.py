"""Parts of dates that a model learnt from, made of the raw date of a request, as the scaffolded pipeline makes them in SQL.

A model that takes `opened_month` while the schema has the date `opened` is given the month: the request has the raw column.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from mlgit.data.schema import Schema
from mlgit.serving.formats.onnx import days
from mlgit.serving.predictor import Answers, Columns, Input, Predictor

PARTS: dict[str, Callable[[date], float]] = {
    "days": days,
    "month": lambda value: value.month,
    "yearday": lambda value: value.timetuple().tm_yday,
    "weekday": date.isoweekday,
    "hour": lambda value: value.hour if isinstance(value, datetime) else 0,
}


def parts_of(schema: Schema | None, inputs: tuple[Input, ...] | None) -> dict[str, tuple[str, str]]:
    """Return the inputs of a model that are parts of a date, each with the column of the date and the part."""
    columns = schema.columns if schema else {}
    found = {}
    for one in inputs or ():
        column, _, part = one.name.rpartition("_")
        dated = column in columns and columns[column].type in ("date", "timestamp")
        if one.name not in columns and dated and part in PARTS:
            found[one.name] = (column, part)
    return found


class Dated:
    """A model whose parts of dates are made of the dates of a request; see `predictor.Predictor`."""

    def __init__(self, model: Predictor, parts: Mapping[str, tuple[str, str]]) -> None:
        self.format = model.format
        self.quick = model.quick
        self._model = model
        self._parts = parts
        named = {parts[one.name][0] if one.name in parts else one.name: one for one in model.inputs or ()}
        self.inputs: tuple[Input, ...] | None = tuple(
            Input(name=name, storage=one.storage, nullable=one.nullable) for name, one in named.items()
        )

    def predict(self, columns: Columns) -> Answers:
        """Return what the model says of each row."""
        made: dict[str, Any] = dict(columns)
        for name, (column, part) in self._parts.items():
            take = PARTS[part]
            made[name] = [None if value is None else take(value) for value in columns[column]]
        return self._model.predict(made)
