"""Two models' predictions of the same items, checked and laid side by side.

The base's table says which items there are, what is true of each and how they hang together; the head's table is
held against it. Whatever does not match is reported with the rows named and nothing is ever dropped, because a
model that omits the items it gets wrong would look better than it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec
import numpy as np

from mlgit.stats.arrays import Array, Booleans, Floats, Integers, same_length, vector
from mlgit.stats.errors import EmptyInputError, LengthMismatchError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Side: TypeAlias = Literal["base", "head"]
Kind: TypeAlias = Literal[
    "missing", "extra", "duplicate", "changed-label", "empty-value", "not-finite", "missing-column"
]
MAPPINGS = ("class_scores", "columns")
NAMED_ROWS = 20
"""So many rows of a problem are named; `count` tells how many there are."""


@dataclass(frozen=True, kw_only=True)
class Predictions:
    """One model's table as columns of shape (n,), in any order of rows.

    `ids` are strings or integers. `labels` may be left out for the head. `predictions` are classes or numbers,
    `scores` numbers; `groups` name the items that hang together (only the base's count). `class_scores` has a column of
    scores for each class by its name, `columns` those of scores of the user's own.
    """

    ids: ArrayLike
    labels: ArrayLike | None = None
    predictions: ArrayLike | None = None
    scores: ArrayLike | None = None
    groups: ArrayLike | None = None
    class_scores: Mapping[str, ArrayLike] = field(default_factory=dict)
    columns: Mapping[str, ArrayLike] = field(default_factory=dict)


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One way in which the evidence is not what it must be; with any of these no comparison is made."""

    kind: Kind
    side: Side
    column: str
    count: int
    rows: tuple[str, ...]
    """The ids of the first `NAMED_ROWS` rows concerned; empty when the whole column is."""

    @property
    def message(self) -> str:
        """One sentence for the reader."""
        named = ", ".join(self.rows) + (", ..." if self.count > len(self.rows) else "")
        sentence = f"{self.side}: {_SENTENCES[self.kind].format(count=self.count, column=self.column)}"
        return f"{sentence}: {named}" if self.rows else sentence


_SENTENCES: dict[Kind, str] = {
    "missing": "{count} item(s) of the base have no row",
    "extra": "{count} item(s) are not among the base's",
    "duplicate": "{count} id(s) occur more than once",
    "changed-label": "{count} label(s) differ from the base's",
    "empty-value": "{count} row(s) have no {column}",
    "not-finite": "{count} row(s) have a value in {column} that is no finite number",
    "missing-column": "the column {column} is missing",
}


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Items with both models' predictions, row by row: arrays of shape (n,) or None where a column was not given.

    The scores of each class are those that both sides have, by the name of the class.
    """

    ids: Array
    labels: Array
    base_predictions: Array | None = None
    head_predictions: Array | None = None
    base_scores: Floats | None = None
    head_scores: Floats | None = None
    groups: Array | None = None
    base_class_scores: Mapping[str, Array] = field(default_factory=dict)
    head_class_scores: Mapping[str, Array] = field(default_factory=dict)
    base_columns: Mapping[str, Array] = field(default_factory=dict)
    head_columns: Mapping[str, Array] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """The number of items."""
        return len(self.ids)

    @cached_property
    def group_codes(self) -> Integers | None:
        """The groups as codes 0..g-1, or None without groups."""
        if self.groups is None:
            return None
        codes: Integers = np.unique(self.groups, return_inverse=True)[1]
        return codes

    @cached_property
    def class_codes(self) -> tuple[Array, Integers, Integers, Integers] | None:
        """The sorted classes, and labels and both predictions as codes into them; None without predictions."""
        if self.base_predictions is None or self.head_predictions is None:
            return None
        labels, base = comparable(self.labels, self.base_predictions)
        labels, head = comparable(labels, self.head_predictions)
        base, head = comparable(base, head)
        classes, codes = np.unique(np.concatenate([labels, base, head]), return_inverse=True)
        truth, first, second = np.split(codes, 3)
        return classes, truth, first, second

    def select(self, rows: Booleans) -> Evidence:
        """Return the evidence of a slice: `rows` of shape (n,) says which items belong to it."""
        same_length(ids=self.ids, rows=rows)
        columns: dict[str, Any] = {}
        for name in self.__dataclass_fields__:
            column = getattr(self, name)
            if isinstance(column, Mapping):
                columns[name] = {part: scores[rows] for part, scores in column.items()}
            else:
                columns[name] = None if column is None else column[rows]
        return Evidence(**columns)


@dataclass(frozen=True, kw_only=True)
class CheckedEvidence:
    """What the check found: `evidence` is None exactly when there are `problems`."""

    evidence: Evidence | None
    problems: tuple[Problem, ...]


def check_evidence(base: Predictions, head: Predictions) -> CheckedEvidence:
    """Hold the head's table against the base's and align both by id, in the base's order.

    Reports missing, extra and duplicate ids, labels that differ, empty ids, labels, predictions and groups,
    scores (and numeric labels or predictions) that are NaN, infinite or no numbers, and columns that only the
    base has. Raises only for what no file can hold: columns of unequal length (`LengthMismatchError`), a base
    without labels or without any row (`EmptyInputError`).
    """
    base_table, head_table = _columns("base", base), _columns("head", head)
    if "labels" not in base_table:
        raise EmptyInputError("the base has no labels")
    if len(base_table["ids"]) == 0:
        raise EmptyInputError("the base has no rows")
    problems = _value_problems("base", base_table) + _value_problems("head", head_table)
    problems += [
        Problem(kind="missing-column", side="head", column=name, count=1, rows=())
        for name in ("predictions", "scores")
        if name in base_table and name not in head_table
    ]
    base_ids, head_ids = comparable(base_table["ids"], head_table["ids"])
    place, found = _positions(base_ids, head_ids)
    problems += _id_problems(base_ids, head_ids, found)
    if "labels" in head_table and len(head_ids):
        ours, theirs = comparable(base_table["labels"], head_table["labels"])
        changed = found & (ours != theirs[place])
        problems += _problem("changed-label", "head", "labels", base_ids, changed)
    if problems:
        return CheckedEvidence(evidence=None, problems=tuple(problems))
    evidence = _aligned(base_table, head_table, place)
    return CheckedEvidence(evidence=_with_mappings(evidence, base, head, place), problems=())


def comparable(one: Array, other: Array) -> tuple[Array, Array]:
    """Return both columns in a type that `==` compares by meaning: text if either is text, 1.0 as "1"."""
    if (one.dtype.kind == "U") == (other.dtype.kind == "U"):
        return one, other
    return texts(one), texts(other)


def texts(values: Array) -> Array:
    """Return values as text, whole numbers without a decimal point."""
    if values.dtype.kind == "f" and np.isfinite(values).all() and np.all(np.mod(values, 1.0) == 0.0):
        values = values.astype(np.int64)
    return values.astype(np.str_)


def _columns(side: Side, table: Predictions) -> dict[str, Array]:
    fields = [name for name in table.__dataclass_fields__ if name not in MAPPINGS]
    given = {name: getattr(table, name) for name in fields}
    arrays = {name: np.asarray(values) for name, values in given.items() if values is not None}
    columns = {name: vector(name, one) if one.size else np.empty(0, np.str_) for name, one in arrays.items()}
    try:
        same_length(**columns)
    except LengthMismatchError as error:
        raise LengthMismatchError(f"{side}: {error}") from None
    return columns


def _value_problems(side: Side, table: dict[str, Array]) -> list[Problem]:
    problems = []
    for name, column in table.items():
        if column.dtype.kind == "f":
            problems += _problem("not-finite", side, name, table["ids"], ~np.isfinite(column))
        elif column.dtype.kind == "U":
            problems += _problem("empty-value", side, name, table["ids"], column == "")
    return problems


def _id_problems(base_ids: Array, head_ids: Array, found: Booleans) -> list[Problem]:
    _, known = _positions(head_ids, base_ids)
    return [
        *_problem("duplicate", "base", "ids", base_ids, _repeated(base_ids)),
        *_problem("duplicate", "head", "ids", head_ids, _repeated(head_ids)),
        *_problem("missing", "head", "ids", base_ids, ~found),
        *_problem("extra", "head", "ids", head_ids, ~known),
    ]


def _problem(kind: Kind, side: Side, column: str, ids: Array, concerned: Booleans) -> list[Problem]:
    count = int(np.count_nonzero(concerned))
    if not count:
        return []
    rows = tuple(str(name) for name in ids[concerned][:NAMED_ROWS])
    return [Problem(kind=kind, side=side, column=column, count=count, rows=rows)]


def _repeated(ids: Array) -> Booleans:
    """Say which rows repeat an id of an earlier row."""
    again = np.ones(len(ids), dtype=np.bool_)
    again[np.unique(ids, return_index=True)[1]] = False
    return again


def _positions(wanted: Array, among: Array) -> tuple[Integers, Booleans]:
    """Return, for each wanted id, the place of its first row among the others, and whether there is one."""
    if not len(among):
        return np.zeros(len(wanted), dtype=np.intp), np.zeros(len(wanted), dtype=np.bool_)
    names, first = np.unique(among, return_index=True)
    slot = np.minimum(np.searchsorted(names, wanted), len(names) - 1)
    return first[slot], names[slot] == wanted


def _aligned(base: dict[str, Array], head: dict[str, Array], place: Integers) -> Evidence:
    def both(column: str) -> tuple[Array | None, Array | None]:
        return (base[column], head[column][place]) if column in base else (None, None)

    base_predictions, head_predictions = both("predictions")
    base_scores, head_scores = both("scores")
    return Evidence(
        ids=base["ids"],
        labels=base["labels"],
        base_predictions=base_predictions,
        head_predictions=head_predictions,
        base_scores=base_scores,
        head_scores=head_scores,
        groups=base.get("groups"),
    )


def _with_mappings(evidence: Evidence, base: Predictions, head: Predictions, place: Integers) -> Evidence:
    shared = [name for name in base.class_scores if name in head.class_scores]
    return replace(
        evidence,
        base_class_scores={name: np.asarray(base.class_scores[name]) for name in shared},
        head_class_scores={name: np.asarray(head.class_scores[name])[place] for name in shared},
        base_columns={name: np.asarray(column) for name, column in base.columns.items()},
        head_columns={name: np.asarray(column)[place] for name, column in head.columns.items()},
    )
