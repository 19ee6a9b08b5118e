"""Golden predictions: raw rows of the test set, as a request has them, with what the model answers. Imports numpy inside.

`mlgit deploy` asks them of what it started, where `golden:` of a model in mlgit.yaml names the file.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlgit.report.models import Model, Predictions
    from mlgit.report.tables import Table

ROWS = 5


def write_golden(
    model: Model,
    table: Table,
    types: Mapping[str, str],
    path: str | Path = "predictions/golden.json",
    *,
    rows: int = ROWS,
) -> None:
    """Write requests for the first rows of a table, one each, and one for all of them together.

    `types` are the types of the raw columns as the schema of the table has them: a request is checked by it.
    """
    import numpy as np

    asked = table.at(np.arange(min(rows, len(table))))
    sent = [
        {name: json_value(asked.raw[name][place], types.get(name, "")) for name in table.columns.names}
        for place in range(len(asked))
    ]
    batches = [[row] for row in sent] + ([sent] if len(sent) > 1 else [])
    places = [[place] for place in range(len(sent))] + [list(range(len(sent)))]
    cases = [
        {
            "send": {"rows": batch},
            "expect": answer(model.predict_raw(asked.at(np.array(of)).raw), model.classes),
        }
        for batch, of in zip(batches, places, strict=False)
    ]
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(cases, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def answer(said: Predictions, classes: tuple[str, ...]) -> dict[str, Any]:
    """Return predictions as `mlgit serve` answers them."""
    if said.chances is None:
        return {"predictions": said.labels.tolist()}
    return {
        "predictions": said.labels.tolist(),
        "probabilities": said.chances.tolist(),
        "classes": list(classes),
    }


def json_value(value: Any, kind: str) -> Any:
    """Return a value of a raw table as JSON has it, by the type of its column; None is no value.

    >>> json_value("3", "integer"), json_value(1.0, "boolean"), json_value(float("nan"), "float")
    (3, True, None)
    """
    import numpy as np

    if value is None or value is np.ma.masked or value != value:
        return None
    if isinstance(value, np.datetime64):
        text = str(value.astype("M8[s]")).replace("T", " ")
        return text[:10] if kind == "date" else text
    if isinstance(value, np.generic):
        value = value.item()
    if kind == "boolean":
        return value.lower() in ("true", "1", "t", "yes") if isinstance(value, str) else bool(value)
    if kind == "integer":
        return int(float(value))
    if kind == "float":
        number = float(value)
        return number if math.isfinite(number) else None
    return value if isinstance(value, str) else str(value)
