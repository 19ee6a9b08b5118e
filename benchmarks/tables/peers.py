"""What people write in five minutes: three scikit-learn models on all columns, chosen by cross-validation."""

from __future__ import annotations

import warnings
from typing import Any

MOST_VALUES = 100


def frame_of(raw: Any, target: str) -> Any:
    """Return the columns to learn from: dates as numbers, texts as texts."""
    import pandas as pd

    rows = raw.drop(columns=[target]).copy()
    for name in rows.columns:
        if not pd.api.types.is_numeric_dtype(rows[name]):
            texts = rows[name].astype(str).where(rows[name].notna())
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                dates = pd.to_datetime(texts, errors="coerce")
            if dates.notna().sum() == texts.notna().sum() and texts.str.contains("[-/]").any():
                rows[name] = dates.dt.dayofyear
                rows[f"{name} days"] = (dates - dates.min()).dt.days
            else:
                rows[name] = texts.fillna("missing").astype(object)
    return rows


def peers(rows: Any, classifies: bool) -> dict[str, Any]:
    """Return the three models by name."""
    import pandas as pd
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import (
        HistGradientBoostingClassifier,
        HistGradientBoostingRegressor,
        RandomForestClassifier,
        RandomForestRegressor,
    )
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = [name for name in rows.columns if pd.api.types.is_numeric_dtype(rows[name])]
    texts = [name for name in rows.columns if name not in numbers]
    one_hot = OneHotEncoder(
        handle_unknown="infrequent_if_exist", max_categories=MOST_VALUES, min_frequency=2, sparse_output=False
    )
    scaled = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    filled = make_column_transformer((scaled, numbers), (one_hot, texts))
    plain = make_column_transformer(("passthrough", numbers), (one_hot, texts))
    models: dict[str, Any] = {
        "linear": (filled, LogisticRegression(max_iter=2000) if classifies else RidgeCV()),
        "forest": (
            filled,
            RandomForestClassifier(random_state=0) if classifies else RandomForestRegressor(random_state=0),
        ),
        "boosting": (
            plain,
            HistGradientBoostingClassifier(random_state=0)
            if classifies
            else HistGradientBoostingRegressor(random_state=0),
        ),
    }
    return {name: make_pipeline(*steps) for name, steps in models.items()}


def best_peer(rows: Any, labels: Any, metric: str) -> tuple[str, Any]:
    """Return the model with the best cross-validated metric on these rows, trained on them, and its name."""
    from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score

    classifies = metric != "r2"
    folds = (StratifiedKFold if classifies else KFold)(5, shuffle=True, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        models = peers(rows, classifies)
        found = {
            name: cross_val_score(model, rows, labels, cv=folds, scoring=metric).mean()
            for name, model in models.items()
        }
        name = max(found, key=lambda one: found[one])
        return name, models[name].fit(rows, labels)
