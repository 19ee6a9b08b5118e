"""From the text of a file to what statistics takes: ids, labels, predictions, scores, groups, and slices of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from hashlib import blake2b

import numpy as np

from mlgit.predictions.table import Table, refused
from mlgit.stats.arrays import Array, Booleans, Floats
from mlgit.stats.evidence import NAMED_ROWS, Predictions

WHOLE = re.compile(r"(-?(?:0|[1-9][0-9]*))(?:\.0+)?\Z")
NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\Z")
SCORE = "score"
CLASS_SCORE = "score_"


def as_predictions(table: Table, *, numeric: bool, positive: str | None) -> Predictions:
    """Return the columns that statistics knows.

    `numeric`: labels and predictions are numbers (what is none becomes NaN); else they are classes, where 1.0 is 1
    and True is true. The score is the column `score`, else that of the positive class.
    """
    refuse_two_scores(table, positive)
    for name in ("label", "prediction", SCORE, f"{CLASS_SCORE}{positive}"):
        if name in table.columns and (numeric or name.startswith(SCORE)):
            refuse_foreign_digits(table, name)
    shape = numbers if numeric else classes
    score = table.columns.get(SCORE)
    if score is None and positive is not None:
        score = table.columns.get(f"{CLASS_SCORE}{positive}")
    prediction, group = table.columns.get("prediction"), table.columns.get("group")
    return Predictions(
        ids=texts(table.columns["id"]),
        labels=shape(table.columns["label"]),
        predictions=None if prediction is None else shape(prediction),
        scores=None if score is None else numbers(score),
        groups=None if group is None else texts(group),
        class_scores={} if numeric else class_scores(table),
    )


def class_scores(table: Table) -> dict[str, Floats]:
    """Return the columns of scores of each class, by the usual spelling of its name."""
    names = [name for name in score_columns(table) if name != SCORE]
    return {class_name(name.removeprefix(CLASS_SCORE)): numbers(table.columns[name]) for name in names}


def refuse_two_scores(table: Table, positive: str | None) -> None:
    """Refuse two columns that both are the score of one class: which of them counts nobody can see."""
    seen: dict[str, str] = {}
    for name in score_columns(table):
        of = positive if name == SCORE else class_name(name.removeprefix(CLASS_SCORE))
        if of in seen and not same_column(table, seen[of], name):
            raise refused(table.path, 1, f"the columns {seen[of]} and {name} are of one class and differ")
        if of is not None:
            seen[of] = name


def same_column(table: Table, one: str, other: str) -> bool:
    """Tell whether two columns hold the same numbers."""
    return np.array_equal(numbers(table.columns[one]), numbers(table.columns[other]), equal_nan=True)


def score_columns(table: Table) -> tuple[str, ...]:
    """Return the names of the columns of scores."""
    return tuple(name for name in table.columns if name == SCORE or name.startswith(CLASS_SCORE))


def texts(values: Array) -> Array:
    """Return values as text: a typed file's 7.0 as 7."""
    return values if values.dtype.kind == "U" else classes(values.astype(np.str_))


def classes(values: Array) -> Array:
    """Return classes as text in one spelling: 1.0 as 1, True as true."""
    return respelt(values.astype(np.str_), class_name)


def class_name(text: str) -> str:
    """Return one class in its usual spelling."""
    whole = WHOLE.match(text)
    if whole:
        return "0" if whole.group(1) == "-0" else whole.group(1)
    return text.lower() if text in ("True", "False", "TRUE", "FALSE") else text


def numbers(values: Array) -> Floats:
    """Return values as floats; what is no number becomes NaN."""
    if values.dtype.kind == "f":
        return values
    try:
        if values.dtype.kind != "U" or "_" not in "".join(values.tolist()):
            return values.astype(np.float64)
    except ValueError:
        pass
    return np.array([float(text) if NUMBER.match(text) else np.nan for text in values.tolist()])


def refuse_foreign_digits(table: Table, name: str) -> None:
    """Refuse numbers in other digits than 0 to 9, which programs read differently: full-width ones, say."""
    values = table.columns[name]
    if values.dtype.kind != "U" or "".join(texts := values.tolist()).isascii():
        return
    for place, text in enumerate(texts):
        if any(sign.isdecimal() and not sign.isascii() for sign in text):
            raise refused(
                table.path, place + 2, f"the {name} {text!r} is written in other digits than 0 to 9"
            )


def respelt(values: Array, spell: Callable[[str], str]) -> Array:
    """Return the values, each spelt anew; every distinct one is looked at once."""
    if not len(values):
        return values
    distinct, places = np.unique(values, return_inverse=True)
    spelt = np.array([spell(text) for text in distinct.tolist()], dtype=np.str_)
    return spelt[places]


def test_set_digest(table: Table) -> str:
    """Return the digest of a test set: its ids and labels, whatever their order and spelling of numbers."""
    ids, labels = texts(table.columns["id"]).tolist(), table.columns["label"].astype(np.str_).tolist()
    spelt = {label: number_name(label) for label in set(labels)}
    said = "\0".join(f"{name}\0{spelt[label]}" for name, label in sorted(zip(ids, labels, strict=True)))
    return blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def number_name(text: str) -> str:
    """Return a number in the shortest spelling that reads back as it; any other text as it is."""
    return repr(float(text)) if NUMBER.match(text) else class_name(text)


def slice_rows(table: Table, where: Mapping[str, object]) -> Booleans:
    """Return which rows have all the values of `where`, shape (n,); `KeyError` for a column that is not there."""
    chosen = np.ones(table.rows, dtype=np.bool_)
    for name, value in where.items():
        wanted = class_name(str(value))
        chosen &= classes(table.columns[name]) == wanted
    return chosen


def not_finite(table: Table, name: str) -> tuple[int, tuple[str, ...]]:
    """Return how many values of a column of scores are no finite numbers, and the ids of the first of them."""
    return named_rows(table, ~np.isfinite(numbers(table.columns[name])))


def outside_shares(table: Table, name: str) -> tuple[int, tuple[str, ...]]:
    """Return how many values of a column lie outside of 0 to 1, and the ids of the first of them."""
    values = numbers(table.columns[name])
    return named_rows(table, (values < 0.0) | (values > 1.0))


def named_rows(table: Table, concerned: Booleans) -> tuple[int, tuple[str, ...]]:
    """Return the number of rows concerned and the ids of the first."""
    count = int(np.count_nonzero(concerned))
    return count, tuple(texts(table.columns["id"])[concerned][:NAMED_ROWS].tolist()) if count else ()
