"""Raw numbers of 32 bits, little-endian, row by row: the smallest form for batches of a model whose columns are all numbers.

The columns are those of `/model`, in its order; NaN is no value. The answer has the probabilities of each row where the model gives
them, else its predictions; the header `mlgit-shape` says how many rows and columns it has.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlgit.data.schema import ColumnRule
from mlgit.serving.checks import WORDS
from mlgit.serving.exchange import Headers, Problem
from mlgit.serving.predictor import Answers

KIND = b"application/octet-stream"
WIDTH = 4
"""Bytes of a number."""


def read(body: bytes, rules: Mapping[str, ColumnRule]) -> dict[str, Any]:
    """Return the columns of a body; raises `Problem` (422) for one that cannot hold them."""
    import numpy as np

    for name, rule in rules.items():
        if rule.type not in ("integer", "float"):
            raise Problem(
                422, "body-form", f"raw numbers carry no column such as {name!r}, which is {WORDS[rule.type]}"
            )
    row = WIDTH * len(rules)
    if not row or len(body) % row:
        raise Problem(
            422,
            "body-form",
            f"a row has {len(rules)} numbers of 4 bytes, and {len(body):,} bytes are no such rows",
        )
    table = np.frombuffer(body, "<f4").reshape(-1, len(rules))
    return {name: table[:, at] for at, name in enumerate(rules)}


def write(answers: Answers) -> tuple[bytes, Headers]:
    """Return answers as bytes with the header of their shape; raises `Problem` (406) for texts."""
    import numpy as np

    said = np.asarray(answers.predictions if answers.probabilities is None else answers.probabilities)
    if said.dtype.kind not in "iufb" and said.size:
        raise Problem(406, "answer-form", "the predictions are no numbers: ask for JSON or Arrow")
    shape = ",".join(map(str, said.shape))
    return said.astype("<f4").tobytes(), ((b"mlgit-shape", shape.encode()),)
