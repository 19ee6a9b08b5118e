"""Settings for tiny tables, so that the tests of the code need neither data nor a model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from settings import Settings, Training, named_columns

TINY = Settings(
    seed=0,
    raw=Path("raw.csv"),
    split=Path("split.csv"),
    model=Path("tiny"),
    predictions=Path("predictions.csv"),
    delimiter=",",
    missing=("NA",),
    id_column=None,
    id_type="integer",
    group_column=None,
    target="outcome",
    target_type="string",
    target_form="",
    task="binary-classification",
    classes=("no", "yes"),
    positive_class="yes",
    columns=named_columns(
        {"numbers": ["size"], "categories": ["colour"], "dates": ["day"], "booleans": ["open"]}
    ),
    training=Training(
        model="best",
        folds=3,
        class_weight=None,
        learning_rate=0.3,
        max_iter=10,
        max_leaf_nodes=4,
        min_samples_leaf=2,
        l2_regularization=0.0,
        max_categories=2,
        threads=1,
    ),
    trusted_types=(
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.tree._tree.Tree",
        "numpy.dtype",
    ),
    export_tolerance=1e-4,
    export_rows=100,
    main_metric="roc_auc",
    enough_rows=50,
    importance_rows=100,
)


@pytest.fixture
def tiny(tmp_path: Path) -> Callable[..., Settings]:
    """Return a function that gives the settings of a tiny table, some of them changed, with files in a folder of its own."""
    from dataclasses import replace

    def changed(**changes: Any) -> Settings:
        paths = {name: tmp_path / getattr(TINY, name) for name in ("raw", "split", "model", "predictions")}
        return replace(TINY, **{**paths, **changes})

    return changed
