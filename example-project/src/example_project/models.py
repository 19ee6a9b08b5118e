"""The models to choose from, and the choice: the best main metric by cross-validation on the rows to train on.

To try another estimator, write a branch of `estimator`, and name it in `train.model` of params.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from scoring import Numbers, better, predict_trivially, score
from settings import Settings
from tables import Table

MOST_ROWS = 20_000
WORDS = {"linear": 5_000, "boosting": 100, "forest": 100}
PATIENCE = 10
SMALLEST_CHANCE = 1e-15


@dataclass(frozen=True)
class Candidate:
    """A model to compare: `C` is the inverse penalty of a linear classifier, `iterations` the trees of boosting."""

    model: str
    C: float = 1.0
    iterations: int | None = None

    def __str__(self) -> str:
        """Return its name with what sets it apart."""
        return f"{self.model} (C={self.C:g})" if self.model == "linear" and self.C != 1 else self.model


def candidates(settings: Settings) -> list[Candidate]:
    """Return the models that `train.model` names: one kind, or all of them for `best`."""
    strengths = (1.0, 0.03, 0.001) if settings.classifies else (1.0,)
    linear = [Candidate("linear", C=strength) for strength in strengths]
    every = [*linear, Candidate("boosting"), Candidate("forest")]
    wanted = settings.training.model
    return [one for one in every if wanted in ("best", one.model)] or [Candidate(wanted)]


def build_model(settings: Settings, table: Table, candidate: Candidate) -> Pipeline:
    """Return the untrained pipeline of a candidate, from the rows of a prepared table to its answers."""
    return Pipeline(
        [("columns", columns(settings, table, candidate)), ("model", estimator(settings, candidate))]
    )


def columns(settings: Settings, table: Table, candidate: Candidate) -> ColumnTransformer:
    """Return what turns rows into numbers: the frequent values of categories one-hot, words by TF-IDF.

    Boosted trees take numbers as they are: every split learns which side those without a value go to. The others get the
    median. A category that is rare or was never seen becomes zeros.
    """
    numbers = list(range(len(table.numbers)))
    categories = [len(numbers) + position for position in range(len(table.categories))]
    known = [common(table, name, settings.training.max_categories) for name in table.categories]
    one_hot = OneHotEncoder(
        categories=known or "auto", handle_unknown="ignore", sparse_output=False, dtype=np.float32
    )
    as_numbers: Any = "passthrough"
    if candidate.model != "boosting":
        median = SimpleImputer(strategy="median", keep_empty_features=True)
        as_numbers = make_pipeline(median, StandardScaler())
    parts: list[Any] = [("numbers", as_numbers, numbers), ("categories", one_hot, categories)]
    for position, name in enumerate(table.texts):
        words = TfidfVectorizer(
            max_features=WORDS.get(candidate.model, 100), sublinear_tf=True, dtype=np.float32
        )
        parts.append((f"words of {name}", words, len(numbers) + len(categories) + position))
    return ColumnTransformer(parts, sparse_threshold=0.3 if candidate.model == "linear" else 0)


def common(table: Table, name: str, most: int) -> list[str]:
    """Return the most frequent values of a category, at most `most`, sorted."""
    counts = table.rows[name].value_counts()
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return sorted(str(value) for value, _ in ranked[:most])


def estimator(settings: Settings, candidate: Candidate) -> Any:
    """Return the untrained estimator of a candidate."""
    training, classifies = settings.training, settings.classifies
    weight: dict[str, Any] = {"class_weight": training.class_weight} if classifies else {}
    if candidate.model == "linear":
        linear = LogisticRegression(C=candidate.C, max_iter=1000, **weight)
        return linear if classifies else RidgeCV(alphas=np.logspace(-2, 5, 15))
    if candidate.model == "forest":
        forest = RandomForestClassifier if classifies else RandomForestRegressor
        return forest(
            n_estimators=100,
            min_samples_leaf=2,
            max_features="sqrt" if classifies else 0.5,
            random_state=settings.seed,
            **weight,
        )
    if candidate.model == "boosting":
        boosting = HistGradientBoostingClassifier if classifies else HistGradientBoostingRegressor
        return boosting(
            learning_rate=training.learning_rate,
            max_iter=candidate.iterations or training.max_iter,
            max_leaf_nodes=training.max_leaf_nodes,
            min_samples_leaf=training.min_samples_leaf,
            l2_regularization=training.l2_regularization,
            early_stopping=candidate.iterations is None,
            n_iter_no_change=PATIENCE,
            random_state=settings.seed,
            **weight,
        )
    raise ValueError(f"train.model is {candidate.model!r}; it is best, linear, boosting or forest")


def choose(settings: Settings, table: Table) -> tuple[Candidate, dict[str, dict[str, float]]]:
    """Return the candidate with the best main metric on rows that it was not trained on, and the metrics of each.

    A classifier whose log-loss is worse than that of the shares of the classes is chosen only when all are, and then by its
    log-loss. Boosting gets as
    many trees as were best on the rows left out. Of more than 20,000 rows a seeded sample is compared, and boosting then stops
    by itself on a tenth of all rows. With nothing to compare it is the first candidate.
    """
    every = candidates(settings)
    random = np.random.default_rng(settings.seed)
    sampled = len(table.ids) > MOST_ROWS
    sample = table.at(np.sort(random.permutation(len(table.ids))[:MOST_ROWS])) if sampled else table
    parts = list(folds(settings, sample))
    if len(parts) < 2 or (len(every) == 1 and every[0].model != "boosting"):
        return every[0], {}
    found = [cross_validated(settings, sample, one, parts) for one in every]
    trivial = trivial_loss(settings, sample.labels)
    best = min(found, key=lambda pair: rank(settings, pair[1], trivial))[0]
    return (replace(best, iterations=None) if sampled else best), {str(one): said for one, said in found}


def rank(settings: Settings, said: dict[str, float], trivial: float) -> tuple[bool, float]:
    """Return what is smaller for a better candidate: its main metric, or its log-loss when that of the shares is better."""
    if settings.classifies and not said["log_loss"] <= trivial:
        return True, said["log_loss"]
    value = said.get(settings.main_metric, float("nan"))
    worth = value if better(settings.main_metric, 0.0, 1.0) else -value
    return False, worth if np.isfinite(worth) else np.inf


def baseline(settings: Settings, labels: Numbers) -> dict[str, Any]:
    """Return what can be said without looking at a row: the share of every class, or the mean."""
    if not settings.classifies:
        return {"mean": float(np.mean(labels))}
    return {"shares": {name: float(np.mean(labels == name)) for name in settings.classes}}


def trivial_loss(settings: Settings, labels: Numbers) -> float:
    """Return the loss of the baseline on its own rows: the entropy of the classes, or the spread of the numbers."""
    if not settings.classifies:
        return float(np.std(labels))
    shares = np.array([share for share in baseline(settings, labels)["shares"].values() if share])
    return float(-np.sum(shares * np.log(shares)))


def folds(settings: Settings, table: Table) -> Iterator[tuple[Any, Any]]:
    """Give the positions to train on and to judge on, fold by fold: whole groups, or a share of each class."""
    rows, number = len(table.ids), settings.training.folds
    if table.groups is not None and len(set(table.groups)) >= number:
        yield from GroupKFold(number).split(table.labels, groups=table.groups)
        return
    if settings.classifies and min(np.unique(table.labels, return_counts=True)[1]) >= number:
        by_class = StratifiedKFold(number, shuffle=True, random_state=settings.seed)
        yield from by_class.split(table.labels, table.labels)
    elif rows >= 2 * number:
        yield from KFold(number, shuffle=True, random_state=settings.seed).split(table.labels)


def cross_validated(
    settings: Settings, table: Table, candidate: Candidate, parts: list[tuple[Any, Any]]
) -> tuple[Candidate, dict[str, float]]:
    """Return the candidate as it is trained on all rows, and its metrics on rows that it was not trained on."""
    iterations: list[int] = []
    said = predict_trivially(baseline(settings, table.labels), len(table.ids), settings)
    for train, judge in parts:
        known, unknown = table.at(train), table.at(judge)
        if settings.classifies and len(set(known.labels)) < 2:
            continue
        model = build_model(settings, known, candidate)
        fit_fold(model, known, unknown)
        said.labels[judge] = model.predict(unknown.rows)
        if said.scores is not None:
            said.scores[judge] = chances(model, unknown, settings)
        if candidate.model == "boosting":
            iterations.append(int(np.argmax(model[-1].validation_score_)))
    if iterations:
        candidate = replace(candidate, iterations=max(1, round(float(np.mean(iterations)))))
    found = score(table.labels, said, settings)
    return candidate, {name: float(f"{value:.6g}") for name, value in found.items()}


def fit_fold(model: Pipeline, known: Table, unknown: Table) -> None:
    """Train on some rows; boosting stops where the others say so."""
    if not hasattr(model[-1], "n_iter_no_change"):
        model.fit(known.rows, known.labels)
        return
    seen = np.isin(unknown.labels, known.labels) if known.labels.dtype.kind != "f" else slice(None)
    rows = model[:-1].fit_transform(known.rows)
    validation = model[:-1].transform(unknown.rows)
    model[-1].fit(rows, known.labels, X_val=validation[seen], y_val=unknown.labels[seen])


def chances(model: Pipeline, table: Table, settings: Settings) -> Numbers:
    """Return the scores of every class of params.yaml; one that the model has never seen has nearly none."""
    said = model.predict_proba(table.rows)
    found = np.full((len(table.ids), len(settings.classes)), SMALLEST_CHANCE)
    for position, name in enumerate(model.classes_):
        found[:, settings.classes.index(str(name))] = said[:, position]
    return np.asarray(found / found.sum(axis=1, keepdims=True))
