"""The columns that a model learns from, and what it is given of a raw row: the same code in training and in serving.

    columns = Columns(numbers=["age"], dates=["opened"], categories=["plan"], forms={"opened": "%d.%m.%Y"})
    columns.features({"age": [41], "opened": ["29.02.2024"], "plan": [None]})

gives `age`, the numbers `opened_days`, `opened_month`, ... and `plan`, which is `missing`. Imports numpy.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any

from mlgit.report.dates import PARTS, instants, part

MISSING = "missing"
"""The category of a row that has none."""
OTHER = "other"
"""The category of a row whose own one is not among the frequent ones."""
LARGEST = 3.0e38
"""What fits into the 32 bits of an ONNX number; what is larger is given as this."""
NOTHING = float("nan")
WRITTEN = {
    "decimal-comma": re.compile(r"[-+]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?"),
    "thousands-comma": re.compile(r"[-+]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?"),
}
"""How numbers are written by form: without it, 172.08 among decimal commas would be 17208."""


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The columns of a raw table by kind; one that stands in no list is not used.

    `forms` say how a number or a date is written that stands as text: `decimal-comma`, `thousands-comma`, or the format of a
    date as `strptime` takes it. `missing` are the words for no value beside nothing at all. `frequent` are the categories
    that are learned of a column; all are where it has no list. `texts` are given in lower case: ONNX would need the locale
    en_US.UTF-8 for it, which containers lack.
    """

    numbers: Sequence[str] = ()
    booleans: Sequence[str] = ()
    dates: Sequence[str] = ()
    categories: Sequence[str] = ()
    texts: Sequence[str] = ()
    forms: Mapping[str, str] = field(default_factory=dict)
    missing: Sequence[str] = ()
    frequent: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The raw columns."""
        return (*self.numbers, *self.booleans, *self.dates, *self.categories, *self.texts)

    @property
    def parts(self) -> dict[str, tuple[str, str]]:
        """The date and the part of it that each of its features holds, by the name of the feature."""
        found: dict[str, tuple[str, str]] = {}
        for column in self.dates:
            for name in PARTS:
                feature = f"{column}_{name}"
                while feature in found or feature in self.names:
                    feature += "_"
                found[feature] = (column, name)
        return found

    @property
    def numeric(self) -> list[str]:
        """The features that are numbers: numbers, booleans, and the parts of dates."""
        return [*self.numbers, *self.booleans, *self.parts]

    @property
    def content(self) -> dict[str, Any]:
        """All of it as JSON takes it; `Columns(**content)` is the same again."""
        return asdict(self)

    def features(self, raw: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
        """Return what the model is given, by name: lists of numbers (NaN where there is none) and of texts.

        `raw` are rows by column: numbers, texts, booleans, dates and times without zone; None is no value. An array of NumPy
        with numbers or times, masked where there is none, gives arrays. Raises `ValueError` for a text that is not written in its form.
        """
        found: dict[str, Any] = {}
        for name in (*self.numbers, *self.booleans):
            found[name] = self._numbers(name, raw[name])
        moments = {name: instants(self.parsed(name, raw[name])) for name in self.dates}
        for feature, (column, name) in self.parts.items():
            found[feature] = part(name, moments[column])
        for name in self.categories:
            found[name] = self._categories(name, raw[name])
        for name in self.texts:
            found[name] = ["" if one is None else str(one).lower() for one in self._present(raw[name])]
        return found

    def arrays(self, raw: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
        """Return the same as arrays of NumPy: numbers with 32 bits, as ONNX takes them, then categories, then words."""
        import numpy as np

        found, words = self.features(raw), (*self.categories, *self.texts)
        numbers = {name: np.asarray(found[name], dtype=np.float32) for name in self.numeric}
        return numbers | {name: np.array(found[name], dtype=object) for name in words}

    def with_frequent(self, raw: Mapping[str, Sequence[Any]], most: int) -> Columns:
        """Return the same columns, where of each category the values most frequent in `raw` are learned, at most `most`."""
        every = replace(self, frequent={})
        counts = {name: Counter(every._categories(name, raw[name])) for name in self.categories}
        frequent = {name: most_frequent(one, most) for name, one in counts.items()}
        return replace(self, frequent=frequent)

    def _present(self, values: Iterable[Any]) -> list[Any]:
        """Return values with None for the words that mean no value."""
        words = {"", *self.missing}
        return [None if type(one) is str and one.strip() in words else one for one in values]

    def parsed(self, name: str, values: Any) -> Any:
        """Return the values of a column as numbers or dates where it is written in a form of its own, else as they are.

        Each different text is read once. Raises `ValueError` for one that is written in another way.
        """
        form = self.forms.get(name)
        if form is None:
            return values
        present = self._present(values)
        try:
            read = {
                one: value_of(one, form) for one in sorted({one for one in present if isinstance(one, str)})
            }
        except ValueError as error:
            raise ValueError(f"column {name!r} has a value that is not written as {form}: {error}") from error
        return [read.get(one, one) if isinstance(one, str) else one for one in present]

    def _numbers(self, name: str, values: Any) -> Any:
        """Return the numbers of a column."""
        if hasattr(values, "filled"):
            values = values.astype(float).filled(NOTHING)
        if hasattr(values, "dtype") and values.dtype.kind == "f":
            return values.clip(-LARGEST, LARGEST)
        return [
            NOTHING if one is None else min(max(float(one), -LARGEST), LARGEST)
            for one in self.parsed(name, values)
        ]

    def _categories(self, name: str, values: Iterable[Any]) -> list[str]:
        """Return the categories of a column; each different text is looked at once."""
        words, known = {"", *self.missing}, self.frequent.get(name)
        frequent = None if known is None else frozenset(known)

        def category(value: Any) -> str:
            nothing = value is None or (type(value) is str and value.strip() in words)
            text = MISSING if nothing else text_of(value)
            return text if frequent is None or text in frequent else OTHER

        read = {one: category(one) for one in {one for one in values if type(one) is str}}
        return [read[one] if type(one) is str else category(one) for one in values]


def most_frequent(counts: Mapping[str, int], most: int) -> list[str]:
    """Return the values that are counted most often, sorted."""
    return sorted(sorted(counts, key=lambda value: (-counts[value], value))[:most])


def value_of(text: str, form: str) -> float | datetime:
    """Return the number or the date that a text is in a form; raises `ValueError` where it is none.

    >>> value_of("1.234,5", "decimal-comma")
    1234.5
    """
    text = text.strip()
    if form in WRITTEN and not WRITTEN[form].fullmatch(text):
        raise ValueError(repr(text))
    if form == "decimal-comma":
        return float(text.replace(".", "").replace(",", "."))
    if form == "thousands-comma":
        return float(text.replace(",", ""))
    return datetime.strptime(text, form)


def text_of(value: Any) -> str:
    """Return a value that may be no text as a table writes it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date) else str(value)
