"""Panels with a known truth: rows of groups that resemble each other, split by groups and by rows, and what the interval says.

A row has a number of its own and four that all rows of its group share; the group has an effect that none of them tells. A
linear model of the first number stands against boosted trees of all of them, which can learn a group by heart. What
is true is their difference on groups that nobody has seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import r2_score, roc_auc_score

from mlgit.data.split import held_out, held_out_groups
from mlgit.evaluation.evaluator import Evaluator
from mlgit.predictions.table import Table
from mlgit.stats.evidence import Evidence
from mlgit.stats.interval import Interval

SHARED = 4
"""The columns that tell a group and nothing of its effect."""
UNSEEN = 2_000
"""The groups on which the truth is taken."""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """How many groups of how many rows there are, how strong their effect is, and what is predicted."""

    name: str
    metric: str
    groups: int
    size: int
    effect: float

    @property
    def classes(self) -> bool:
        """Whether one of two classes is predicted."""
        return self.metric == "roc_auc"


class Rows(NamedTuple):
    """Rows of a panel: features of shape (n, 1 + SHARED), what is predicted, and the code of the group."""

    features: Any
    labels: Any
    groups: Any

    def at(self, places: Any) -> Rows:
        """Return some of the rows."""
        return Rows(self.features[places], self.labels[places], self.groups[places])


class Seen(NamedTuple):
    """The interval of head minus base that one split gives, and the true difference of the models it trained."""

    interval: Interval
    truth: float

    @property
    def covers(self) -> bool:
        """Whether the truth lies in the interval."""
        return self.interval.low <= self.truth <= self.interval.high


def rows_of(panel: Panel, groups: int, random: np.random.Generator) -> Rows:
    """Draw the rows of so many groups."""
    codes = np.repeat(np.arange(groups), panel.size)
    own, noise = random.standard_normal((2, len(codes)))
    value = own + panel.effect * random.standard_normal(groups)[codes] + noise
    shared = random.standard_normal((groups, SHARED))[codes]
    return Rows(np.column_stack([own, shared]), (value > 0).astype(int) if panel.classes else value, codes)


def drawn(panel: Panel, seed: int) -> Iterator[tuple[str, Seen]]:
    """Give what the split by groups, and what that by rows says of one draw."""
    random = np.random.default_rng([seed, 17])
    known, unseen = rows_of(panel, panel.groups, random), rows_of(panel, UNSEEN, random)
    names = [str(place) for place in range(len(known.labels))]
    classes = [str(one) if panel.classes else None for one in known.labels]
    whole = held_out_groups(
        [(*row, str(group)) for *row, group in zip(names, classes, known.groups, strict=True)], seed=seed
    )
    single = held_out(list(zip(names, classes, strict=True)), seed=seed)
    for split, test, grouped in (("groups", whole, True), ("rows", single, False)):
        places = np.isin(names, test)
        yield split, seen(panel, known.at(~places), known.at(places), unseen, seed, grouped=grouped)


def seen(panel: Panel, train: Rows, test: Rows, unseen: Rows, seed: int, *, grouped: bool) -> Seen:
    """Train both models on rows, and return the interval on others beside the truth."""
    if panel.classes:
        models: tuple[Any, Any] = LogisticRegression(), HistGradientBoostingClassifier(max_iter=25)
    else:
        models = LinearRegression(), HistGradientBoostingRegressor(max_iter=25)
    base, head = (
        model.fit(train.features[:, :width], train.labels)
        for model, width in zip(models, (1, None), strict=True)
    )

    def answers(rows: Rows) -> list[Any]:
        return [
            model.predict_proba(rows.features[:, :width])[:, 1]
            if panel.classes
            else model.predict(rows.features[:, :width])
            for model, width in ((base, 1), (head, None))
        ]

    score = roc_auc_score if panel.classes else r2_score
    ours, theirs = (float(score(unseen.labels, one)) for one in answers(unseen))
    return Seen(interval_of(panel, test, answers(test), seed, grouped=grouped), theirs - ours)


def interval_of(panel: Panel, test: Rows, answers: list[Any], seed: int, *, grouped: bool) -> Interval:
    """Return the interval of the difference as `mlgit compare` has it."""
    name = "scores" if panel.classes else "predictions"
    found = dict(zip((f"base_{name}", f"head_{name}"), answers, strict=True))
    evidence = Evidence(
        ids=np.arange(len(test.labels)),
        labels=test.labels.astype(str) if panel.classes else test.labels,
        groups=test.groups if grouped else None,
        **found,
    )
    table = Table(path="predictions.csv", columns={"id": evidence.ids, "label": evidence.labels})
    return Evaluator(evidence, table, positive="1", seed=seed).estimates(panel.metric).difference(0.95)


PANELS = (
    Panel(name="numbers", metric="r2", groups=120, size=15, effect=1.0),
    Panel(name="classes", metric="roc_auc", groups=120, size=15, effect=1.5),
)
