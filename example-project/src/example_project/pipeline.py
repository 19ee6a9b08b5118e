"""The model: which columns it learns from, which estimators are compared, and how the best of them is trained.

`mlgit train` runs it (train.py, then evaluate.py). Columns, files and settings stand in params.yaml. `report.read_table` gives
the table: `table.rows` is a DataFrame of the features, `table.labels` what is predicted, and `table.train` and `table.test`
are the rows to train on and the held-out rows.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from mlgit import report
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits

PARAMS = report.settings()
FILLED = SimpleImputer(strategy="median", keep_empty_features=True)
SCALED = make_pipeline(FILLED, StandardScaler())
NEAR = 0.001
"""What cross-validation cannot tell apart: among classifiers that near to the best, the log-loss decides."""


def features(table: report.Table, *, numbers: Any, words: int) -> ColumnTransformer:
    """Return what turns rows into numbers: `numbers` for numbers, categories one-hot, words (in lower case) by TF-IDF."""
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=np.float32)
    parts: list[Any] = [("numbers", numbers, table.numbers), ("categories", one_hot, table.categories)]
    for name in table.texts:
        from sklearn.feature_extraction.text import TfidfVectorizer

        tf_idf = TfidfVectorizer(lowercase=False, max_features=words, dtype=np.float32)
        parts.append((f"words of {name}", tf_idf, name))
    return ColumnTransformer(parts, sparse_threshold=0.3 if words > 1000 else 0)


def candidates(table: report.Table) -> dict[str, Pipeline]:
    """Return the untrained models to choose from by name. Put your own estimator here, alone or beside these."""
    found = linear(table) | boosting(table) | forest(table)
    wanted = PARAMS["train"]["model"]
    return {name: model for name, model in found.items() if wanted in ("best", name.split()[0])}


def linear(table: report.Table) -> dict[str, Pipeline]:
    """Return linear models: several penalties for classes; for numbers, RidgeCV finds its own."""
    from sklearn.linear_model import LogisticRegression, RidgeCV

    weight = PARAMS["train"]["class_weight"]
    if not table.classes:
        models: dict[str, Any] = {"linear": RidgeCV(alphas=np.logspace(-2, 5, 15))}
    else:
        models = {
            f"linear C={C:g}": LogisticRegression(C=C, max_iter=1000, class_weight=weight)
            for C in (1.0, 0.03, 0.001)
        }
    first = features(table, numbers=SCALED, words=5000)
    return {name: Pipeline([("features", clone(first)), ("model", model)]) for name, model in models.items()}


def boosting(table: report.Table) -> dict[str, Pipeline]:
    """Return gradient boosting with few and with many trees."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = HistGradientBoostingClassifier if table.classes else HistGradientBoostingRegressor
    weight = {"class_weight": PARAMS["train"]["class_weight"]} if table.classes else {}
    first = features(table, numbers="passthrough", words=100)
    return {
        f"boosting max_iter={trees}": Pipeline(
            [
                ("features", clone(first)),
                ("model", kind(max_iter=trees, random_state=PARAMS["seed"], **PARAMS["boosting"], **weight)),
            ]
        )
        for trees in PARAMS["train"]["max_iter"]
    }


def forest(table: report.Table) -> dict[str, Pipeline]:
    """Return a random forest."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    settings = {"random_state": PARAMS["seed"], **PARAMS["forest"]}
    if table.classes:
        model = RandomForestClassifier(class_weight=PARAMS["train"]["class_weight"], **settings)
    else:
        model = RandomForestRegressor(max_features=0.5, **settings)
    first = features(table, numbers=FILLED, words=100)
    return {"forest": Pipeline([("features", first), ("model", model)])}


def folds(table: report.Table) -> Iterator[tuple[Any, Any]]:
    """Give the positions to train on and to judge on, fold by fold: whole groups, or a share of each class."""
    from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold

    number, seed = PARAMS["train"]["folds"], PARAMS["seed"]
    if table.groups is not None and len(set(table.groups)) >= number:
        yield from GroupKFold(number).split(table.labels, groups=table.groups)
    elif table.classes and min(np.unique(table.labels, return_counts=True)[1]) >= number:
        by_class = StratifiedKFold(number, shuffle=True, random_state=seed)
        yield from by_class.split(table.labels, table.labels)
    elif len(table) >= 2 * number:
        yield from KFold(number, shuffle=True, random_state=seed).split(table.labels)


def cross_validated(model: Pipeline, table: report.Table) -> dict[str, float]:
    """Return the metrics of a model on rows that it was not trained on."""
    judged, labels, chances = [], [], []
    for train, judge in folds(table):
        known, unknown = table.at(train), table.at(judge)
        if table.classes and len(set(known.labels)) < 2:
            continue
        fold = clone(model).fit(known.rows, known.labels)
        judged.append(judge)
        if table.classes:
            chances.append(chances_of(fold, unknown))
            labels.append(np.array(table.classes)[chances[-1].argmax(axis=1)])
        else:
            labels.append(fold.predict(unknown.rows))
    said = report.Predictions(np.concatenate(labels), np.concatenate(chances) if chances else None)
    return report.scored(said, table.at(np.concatenate(judged)))


def chances_of(model: Pipeline, table: report.Table) -> Any:
    """Return a column of chances for every class; one that the model has never seen has nearly none."""
    if not hasattr(model, "predict_proba"):
        return report.certain(model.predict(table.rows), table.classes)
    found = np.full((len(table), len(table.classes)), 1e-15)
    found[:, [table.classes.index(name) for name in model.classes_]] = model.predict_proba(table.rows)
    return found / found.sum(axis=1, keepdims=True)


def choose(table: report.Table) -> tuple[str, Pipeline, dict[str, dict[str, float]]]:
    """Return the candidate with the best main metric by cross-validation, and the metrics of each.

    Of classifiers within `NEAR` of the best, the one with the best log-loss is taken; those that say less than the shares of
    the classes (by log-loss) come last. Of more rows than `train.most_rows` a sample is compared. One candidate is not compared.
    """
    models, main = candidates(table), PARAMS["evaluate"]["main"]
    random = np.random.default_rng(PARAMS["seed"])
    sample = table.at(np.sort(random.permutation(len(table))[: PARAMS["train"]["most_rows"]]))
    if len(models) == 1 or not any(True for _ in folds(sample)):
        name = next(iter(models))
        return name, models[name], {}
    found = {name: cross_validated(model, sample) for name, model in models.items()}

    def worth(name: str) -> float:
        value = found[name].get(main, np.nan)
        return -np.inf if not np.isfinite(value) else value if report.better(main, 1, 0) else -value

    best = max(found, key=worth)
    if table.classes:
        shares = np.unique(sample.labels, return_counts=True)[1] / len(sample)
        useful = [name for name in found if found[name]["log_loss"] <= -np.sum(shares * np.log(shares))]
        most = max(map(worth, useful), default=0.0)
        near = [name for name in useful if worth(name) >= most - NEAR]
        best = min(near or found, key=lambda name: found[name]["log_loss"])
    return best, models[best], found


def read() -> report.Table:
    """Return the table of params.yaml."""
    return report.read_table(columns=report.Columns(**PARAMS["columns"]), **PARAMS["table"])


def train() -> None:
    """Choose a model, train it on the rows to train on, and write its folder."""
    table = read()
    with threadpool_limits(PARAMS["train"]["threads"]), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a column that is empty, or a class that is absent, in one fold
        name, model, compared = choose(table.train)
        model.fit(table.train.rows, table.train.labels)
        choice = {"chosen": name, "by": PARAMS["evaluate"]["main"], "cross_validated": compared}
        said = report.save(model, PARAMS["model"], table, choice=choice, trusted=PARAMS["trusted_types"])
    for one, metrics in compared.items():
        print(f"{one}: {choice['by']} {metrics.get(choice['by'], np.nan):.4g} by cross-validation")
    print(f"trained {name} on {len(table.train):,} rows; {said}")
