"""The port of models: what each kind of file is loaded as. One module below `formats/` per kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from mlgit.data.profile import Storage

Columns = Mapping[str, Sequence[Any]]
"""Rows by column, all of one length: numbers, texts, booleans, dates and times (naive, UTC); None is no value.

A column of a whole table may be an array of NumPy; what is masked is no value then, and so is NaN.
"""


class Input(Struct, frozen=True, kw_only=True):
    """A column that a model takes; `nullable` says whether it can do without a value.

    `storage` counts where no schema has the column; None: the model does not say.
    """

    name: str
    storage: Storage | None = None
    nullable: bool = True


class Answers(Struct, frozen=True, kw_only=True):
    """What a model says of each row: a label or a number, and the probability of each class where there are classes.

    Both are NumPy arrays or lists.
    """

    predictions: Any
    probabilities: Any = None
    classes: tuple[str, ...] = ()


def named(answers: Answers) -> dict[str, Any]:
    """Return answers as the columns of a table: `prediction` (`prediction_0`, ... of several) and `probability_CLASS`, as arrays."""
    import numpy as np

    said = np.asarray(answers.predictions)
    found = (
        {"prediction": said}
        if said.ndim < 2
        else {f"prediction_{at}": said[:, at] for at in range(said.shape[1])}
    )
    if answers.probabilities is not None:
        scores = np.asarray(answers.probabilities)
        classes = answers.classes or tuple(str(number) for number in range(scores.shape[1]))
        found |= {f"probability_{name}": scores[:, at] for at, name in enumerate(classes)}
    return {name: np.ascontiguousarray(values) for name, values in found.items()}


class Predictor(Protocol):
    """A model that is loaded.

    `inputs` are the columns that it takes, None where it takes whatever the schema has. `quick` says that a row costs so
    little that it is not worth a thread; `apart` that what it says of a row has nothing to do with the rows beside it, so
    that several requests may be asked together.
    """

    format: str
    inputs: tuple[Input, ...] | None
    quick: bool
    apart: bool

    def predict(self, columns: Columns) -> Answers:
        """Return what it says of each row."""
