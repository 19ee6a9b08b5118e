"""Attacks on the evidence: models that are worse than their gate allows, and what is done to their files to have them pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlgit.config.model import Model
from mlgit.evaluation.predictions import check
from mlgit.metrics.verdict import overall
from mlgit.predictions.stored import Stored
from mlgit.stats.decision import Verdict
from tests.unit.evaluation.predictions_of import model_of

Table = dict[str, list[Any]]
Attack = Callable[[Table, Table, str], Table | str]
N = 600


@dataclass(frozen=True)
class Kind:
    """A model with its gate: the tables of the base, of a head that is better, and of one that is too much worse.

    `answer` is the column in which a model says something, `lower` and `higher` are values of it that flatter.
    """

    model: Model
    base: Table
    better: Table
    worse: Table
    answer: str
    good: Sequence[bool]
    """On which items the worse head is as good as the base."""


def binary(random: np.random.Generator, right: float, labels: Sequence[int]) -> Table:
    hit = random.random(N) < right
    answers = [label if one else 1 - label for label, one in zip(labels, hit, strict=True)]
    scores = np.clip(np.where(np.array(answers) == 1, 0.75, 0.25) + random.normal(0, 0.1, N), 0.01, 0.99)
    return {
        "id": [f"c{row}" for row in range(N)],
        "label": list(labels),
        "prediction": answers,
        "score": scores.round(4).tolist(),
        "country": ["DE" if row % 4 else "AT" for row in range(N)],
    }


def classifier(gates: list[dict[str, Any]], **more: Any) -> Kind:
    random = np.random.default_rng(5)
    labels = random.integers(0, 2, N).tolist()
    base, better, worse = (binary(random, right, labels) for right in (0.85, 0.97, 0.7))
    if more.pop("grouped", False):
        for table in (base, better, worse):
            table["group"] = [row // 6 for row in range(N)]
    good = [label == said for label, said in zip(labels, worse["prediction"], strict=True)]
    model = model_of(gates=gates, positive=1, **more)
    return Kind(
        model,
        base,
        better,
        worse,
        "score" if "roc_auc" in str(gates) or "log_loss" in str(gates) else "prediction",
        good,
    )


def several_classes() -> Kind:
    random = np.random.default_rng(6)
    labels = random.integers(0, 4, N)

    def side(right: float) -> Table:
        said = np.where(random.random(N) < right, labels, (labels + 1) % 4)
        return {"id": [f"c{row}" for row in range(N)], "label": labels.tolist(), "prediction": said.tolist()}

    base, better, worse = side(0.85), side(0.97), side(0.7)
    good = [label == said for label, said in zip(worse["label"], worse["prediction"], strict=True)]
    gates = [{"f1_macro": {"no_worse_than": {"margin": 0.02}}}]
    return Kind(model_of(gates=gates), base, better, worse, "prediction", good)


def numbers() -> Kind:
    random = np.random.default_rng(7)
    truth = random.normal(50, 10, N)

    def side(error: float) -> Table:
        said = truth + random.normal(0, error, N)
        return {
            "id": [f"c{row}" for row in range(N)],
            "label": truth.round(3).tolist(),
            "prediction": said.round(3).tolist(),
        }

    base, better, worse = side(2.0), side(1.0), side(4.0)
    good = [abs(a - b) < 2 for a, b in zip(worse["label"], worse["prediction"], strict=True)]
    model = model_of(task="regression", gates=[{"mae": {"no_worse_than": {"margin": 0.1}}}])
    return Kind(model, base, better, worse, "prediction", good)


def own(score: Mapping[str, Any], column: str, values: Sequence[float], beside: str = "") -> Kind:
    random = np.random.default_rng(8)
    weights = random.integers(5, 20, N).tolist()

    def side(level: float) -> Table:
        found = np.clip(random.normal(level, 1.0, N), 0.0, 10.0).round(3).tolist()
        return {"id": [f"c{row}" for row in range(N)], column: found, **({beside: weights} if beside else {})}

    base, better, worse = (side(level) for level in values)
    limit = float(np.median(worse[column]))
    up = score["direction"] == "higher"
    good = [(one >= limit) == up for one in worse[column]]
    model = model_of(scores={"own": score}, gates=[{"own": {"no_worse_than": {"margin": 0.02}}}])
    return Kind(model, base, better, worse, column, good)


def kinds() -> dict[str, Kind]:
    """Return every kind of model that is attacked."""
    no_worse = {"no_worse_than": {"margin": 0.02}}
    return {
        "accuracy": classifier([{"accuracy": no_worse}]),
        "roc_auc": classifier([{"roc_auc": no_worse}]),
        "f1 of a slice": classifier([{"f1": {**no_worse, "where": {"country": "DE"}}}]),
        "log-loss": classifier([{"log_loss": no_worse}]),
        "accuracy by group": classifier([{"accuracy": no_worse}], grouped=True),
        "recall and precision": classifier([{"recall": {"min": 0.8}}, {"precision": {"min": 0.8}}]),
        "macro F1": several_classes(),
        "mae": numbers(),
        "cost": classifier([{"euros": no_worse}], scores={"euros": {"cost": {1: {0: 5}, 0: {1: 1}}}}),
        "mean": own({"mean": "grade", "direction": "higher", "range": [0, 10]}, "grade", (5.0, 7.0, 3.0)),
        "weighted mean": own({"mean": "grade", "weight": "euros", "direction": "higher"}, "grade", (5.0, 7.0, 3.0), "euros"),
        "ratio": own({"ratio": ["errors", "words"], "direction": "lower", "fixed": ["words"]}, "errors", (3.0, 1.5, 6.0), "words"),
        "quantile": own({"quantile": ["ms", 0.9], "direction": "lower"}, "ms", (4.0, 2.0, 7.0)),
    }  # fmt: skip


def keep(table: Table, rows: Sequence[bool]) -> Table:
    """Return the rows that are chosen."""
    return {
        name: [one for one, kept in zip(column, rows, strict=True) if kept] for name, column in table.items()
    }


def changed(table: Table, name: str, change: Callable[[int, Any], Any]) -> Table:
    """Return a table with another column."""
    return {**table, name: [change(row, one) for row, one in enumerate(table[name])]}


def first_bad(kind: Kind) -> int:
    """Return the first item on which the worse head is bad."""
    return list(kind.good).index(False)


def attacks(kind: Kind) -> dict[str, Table | str]:
    """Return what is done to the file of the worse head, each as a table or as the text of a file."""
    worse, base, answer, bad = kind.worse, kind.base, kind.answer, first_bad(kind)
    twice = {name: column + column[:50] for name, column in kind.base.items()}
    aside = {name: [*column, column[0]] for name, column in worse.items()}
    return {
        "as it is": worse,
        "the rows in another order": {name: column[::-1] for name, column in worse.items()},
        "without the items that it broke": keep(worse, kind.good),
        "without one item that it broke": keep(worse, [row != bad for row in range(N)]),
        "the good items twice": {name: column + keep(worse, kind.good)[name] for name, column in worse.items()},
        "the broken items under ids of good ones": changed(worse, "id", lambda row, one: one if kind.good[row] else worse["id"][0]),
        "one item more": {**aside, "id": [*worse["id"], "more"]},
        "the base's rows, some twice": twice,
        "no number in a broken item": changed(worse, answer, lambda row, one: "nan" if row == bad else one),
        "an infinity in a broken item": changed(worse, answer, lambda row, one: "-inf" if row == bad else one),
        "nothing in the broken items": changed(worse, answer, lambda row, one: one if kind.good[row] else ""),
        "the column gone": {name: column for name, column in worse.items() if name != answer},
        "the column under another name": {(f"{name}s" if name == answer else name): column for name, column in worse.items()},
        "the column twice": text_of(worse).replace("id,", f"id,{answer},", 1),
        "no rows": {name: [] for name in worse},
        "half a file": text_of(worse)[: len(text_of(worse)) // 2],
        "a page of HTML": "<html><body>all is well</body></html>",
        "a zero byte": text_of(worse).replace("c7", "c7\0", 1),
        "ids with blanks": changed(worse, "id", lambda row, one: one if kind.good[row] else f"{one} "),
        "ids in capitals": changed(worse, "id", lambda row, one: one if kind.good[row] else one.upper()),
        "labels as it answers": changed({**worse, "label": worse.get("label", base["id"])}, "label", lambda row, one: worse.get("prediction", worse["id"])[row]),
        "other groups": {**worse, "group": list(range(N))} if "group" not in worse else changed(worse, "group", lambda row, one: row),
        "another slice": changed(worse, "country", lambda row, one: "DE" if kind.good[row] else "AT") if "country" in worse else {**worse, "country": ["DE"] * N},
        "answers of another language": changed(worse, "prediction", lambda row, one: f"class {one}") if "prediction" in worse else {**worse, "prediction": ["right"] * N},
        "scores far outside": changed(worse, answer, lambda row, one: 1e300 if not kind.good[row] else one) if answer != "prediction" else {**worse, "score": [7.0] * N},
        "no answers at all": {**worse, answer: [""] * N},
        "an empty id": changed(worse, "id", lambda row, one: "" if row == bad else one),
        "a broken item of another test set": changed(worse, "id", lambda row, one: "other" if row == bad else one),
        "ids in another order than the rows": {**worse, "id": worse["id"][::-1]},
        "a second header in the middle": text_of(worse).replace("c300,", f"{','.join(worse)}\nc300,", 1),
        "a comment in front": "# all is well\n" + text_of(worse),
        "semicolons": text_of(worse).replace(",", ";"),
        "line ends of Windows": text_of(worse).replace("\n", "\r\n"),
        "a mark in front": "\ufeff" + text_of(worse),
        "a field more in a broken item": text_of(worse).replace(f"c{bad},", f"c{bad},0,", 1),
        "quotes that do not end": text_of(worse).replace(f"c{bad},", f'"c{bad},', 1),
        **on_columns(kind, bad),
    }  # fmt: skip


def on_columns(kind: Kind, bad: int) -> dict[str, Table | str]:
    """Return what is done to columns that only some models have."""
    worse, made = kind.worse, dict[str, Table | str]()
    if "label" in worse:
        other = {
            one: f"{one}s" if isinstance(one, str) else 1 - one if one in (0, 1) else one + 1
            for one in worse["label"]
        }
        made["one label changed"] = changed(
            worse, "label", lambda row, one: other[one] if row == bad else one
        )
        made["the labels gone, the good items alone"] = keep(
            {name: column for name, column in worse.items() if name != "label"}, kind.good
        )
    if "euros" in worse:
        made["weights to the good items"] = changed(
            worse, "euros", lambda row, one: 1000 if kind.good[row] else 0
        )
        made["one weight below 0"] = changed(worse, "euros", lambda row, one: -1 if row == bad else one)
    if "words" in worse:
        made["denominators to the good items"] = changed(worse, "words", lambda row, one: one * 100)
        made["one denominator below 0"] = changed(worse, "words", lambda row, one: -1 if row == bad else one)
    return made  # fmt: skip


def text_of(table: Table) -> str:
    """Return a table as a CSV."""
    lines = [",".join(table), *(",".join(map(str, row)) for row in zip(*table.values(), strict=True))]
    return "\n".join(lines) + "\n"


def verdict(kind: Kind, head: Table | str) -> Verdict:
    """Return the verdict on a head's file, by the check and the evaluator that `mlgit gate` calls."""
    sides = [one if isinstance(one, str) else text_of(one) for one in (kind.base, head)]
    base, other = (
        Stored(path="p.csv", state="read", content=text.encode(), version=str(number))
        for number, text in enumerate(sides)
    )
    checked = check(kind.model, base, other)
    found = [
        finding.verdict
        for metric, rule in kind.model.rules
        if checked.evaluator is not None
        for finding in checked.evaluator.findings(
            metric, rule, kind.model.evaluation_confidence(rule), kind.model.failure_confidence(rule)
        )
    ]
    found += [Verdict.UNDECIDED] if checked.evaluator is None else []
    return overall(found, checked.warnings, checked.errors)
