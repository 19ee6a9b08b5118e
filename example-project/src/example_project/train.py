"""Stage train: gradient-boosted trees on the prepared rows, their ONNX twin, and a trivial baseline beside them."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder
from threadpoolctl import threadpool_limits

from export import export_onnx
from files import BASELINE, save_model, write_json
from settings import TEST, TRAIN, Settings, run_stage
from tables import Table, read_table

RARE = 0.1


def build_model(settings: Settings, table: Table) -> Pipeline:
    """Return the untrained pipeline: categories one-hot, numbers as they are, then trees.

    Numbers without a value stay without: every split of a tree learns which side they go to. A category that is rare
    or was never seen becomes zeros.
    """
    numbers = list(range(len(table.numbers)))
    categories = [len(numbers) + position for position in range(len(table.categories))]
    known = [common(table, name, settings.training.most_categories) for name in table.categories]
    one_hot = OneHotEncoder(
        categories=known or "auto", handle_unknown="ignore", sparse_output=False, dtype=np.float32
    )
    columns = ColumnTransformer(
        [("numbers", "passthrough", numbers), ("categories", one_hot, categories)], sparse_threshold=0
    )
    return Pipeline([("columns", columns), ("trees", build_trees(settings, table))])


def build_trees(settings: Settings, table: Table) -> Any:
    """Return the untrained trees."""
    training = settings.training
    options: dict[str, Any] = {
        "learning_rate": training.learning_rate,
        "max_iter": training.iterations,
        "max_leaf_nodes": training.leaves,
        "min_samples_leaf": training.smallest_leaf,
        "l2_regularization": training.penalty,
        "early_stopping": False,
        "random_state": settings.seed,
    }
    if settings.classifies:
        weight = class_weight(training.class_weight, table.labels)
        return HistGradientBoostingClassifier(class_weight=weight, **options)
    return HistGradientBoostingRegressor(**options)


def common(table: Table, name: str, most: int) -> list[str]:
    """Return the most frequent values of a category, at most `most`, sorted."""
    counts = table.rows[name].value_counts()
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return sorted(str(value) for value, _ in ranked[:most])


def class_weight(choice: str, labels: np.ndarray[Any, Any]) -> str | None:
    """Return scikit-learn's `class_weight` for `auto`, `balanced` or `none`."""
    if choice not in ("auto", "balanced", "none"):
        raise ValueError(f"train.class_weight is {choice!r}; it is auto, balanced or none")
    _, counts = np.unique(labels, return_counts=True)
    unequal = np.min(counts) < RARE * np.sum(counts)
    return "balanced" if choice == "balanced" or (choice == "auto" and unequal) else None


def baseline(settings: Settings, labels: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Return what can be said without looking at a row: the share of every class, or the mean."""
    if not settings.classifies:
        return {"mean": float(np.mean(labels))}
    return {"shares": {name: float(np.mean(labels == name)) for name in settings.classes}}


def main(settings: Settings) -> None:
    """Train on data/prepared/train.parquet and write the folder of the model."""
    table, held_out = read_table(TRAIN), read_table(TEST)
    settings.model.mkdir(parents=True, exist_ok=True)
    with threadpool_limits(settings.training.threads):
        model = build_model(settings, table).fit(table.rows, table.labels)
        said = export_onnx(model, held_out, settings)
    save_model(model, settings.model)
    write_json(settings.model / BASELINE, baseline(settings, table.labels))
    print(f"trained on {len(table.ids):,} rows; {said}")


if __name__ == "__main__":
    run_stage(main)
