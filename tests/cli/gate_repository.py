"""A repository with a gated model, written by hand: a base on main, a head on a branch."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.cli.compare_repository import Answer, Sandbox

GATES = """\
    gates:
      - accuracy: {no_worse_than: {margin: 0.02}}
      - roc_auc: {min: 0.6, no_worse_than: {margin: 0.05}}
"""
PREDICTIONS = "predictions/test.csv"


@dataclass(frozen=True)
class Row:
    id: str
    label: str
    prediction: str
    score: str
    country: str = "DE"

    def line(self) -> str:
        return f"{self.id},{self.label},{self.prediction},{self.score},{self.country}"


def rows(number: int = 2000, *, right: float = 0.85, seed: int = 1) -> list[Row]:
    """Items with labels that depend on the number only, and predictions that are right with chance `right`."""
    labels, random_state = random.Random(99), random.Random(seed)
    made = []
    for item in range(number):
        label = labels.random() < 0.4
        answer = label if random_state.random() < right else not label
        score = min(0.99, max(0.01, (0.75 if answer else 0.25) + random_state.uniform(-0.2, 0.2)))
        country = "DE" if item % 4 else "AT"
        made.append(Row(f"c{item}", str(int(label)), str(int(answer)), f"{score:.4f}", country))
    return made


def altered(base: Sequence[Row], *, worse: int = 0, better: int = 0, seed: int = 5) -> list[Row]:
    """The same items; so many right answers become wrong, and so many wrong ones right."""
    chance = random.Random(seed)
    made = list(base)
    right = [place for place, row in enumerate(base) if row.label == row.prediction]
    wrong = [place for place, row in enumerate(base) if row.label != row.prediction]
    for place in chance.sample(right, worse) + chance.sample(wrong, better):
        row = made[place]
        made[place] = replace(
            row, prediction=str(1 - int(row.prediction)), score=f"{1 - float(row.score):.4f}"
        )
    return made


def table(items: Sequence[Row]) -> str:
    return "id,label,prediction,score,country\n" + "".join(row.line() + "\n" for row in items)


def configuration(gates: str = GATES, more: str = "", task: str = "binary-classification") -> str:
    return (
        f"version: 1\nmodels:\n  churn:\n    task: {task}\n    metrics: [metrics/test.json]\n"
        f"    predictions: {PREDICTIONS}\n{more}{gates}"
    )


@dataclass(frozen=True)
class GateSandbox:
    sandbox: Sandbox
    base: list[Row]

    @property
    def root(self) -> Path:
        return self.sandbox.root

    def write(self, files: dict[str, str | bytes]) -> GateSandbox:
        self.sandbox.write(files)
        return self

    def predict(self, items: Sequence[Row]) -> GateSandbox:
        return self.write({PREDICTIONS: table(items)})

    def commit(self, message: str = "change") -> str:
        return self.sandbox.commit(message)

    def branch(self, name: str = "deeper", start: str = "main") -> GateSandbox:
        self.sandbox.git("switch", "--quiet", "--create", name, start)
        return self

    def merge(self, name: str) -> None:
        self.sandbox.git("switch", "--quiet", "main")
        self.sandbox.git("merge", "--quiet", "--no-ff", "--message", f"Merge {name}", name)

    def gate(self, *arguments: str) -> Answer:
        return self.sandbox.mlgit("gate", *(arguments or ("main", "HEAD")))

    def judged(self, *arguments: str) -> dict[str, Any]:
        answer = self.gate(*(arguments or ("main", "HEAD")), "--json")
        assert answer.stdout, answer.stderr
        report: dict[str, Any] = json.loads(answer.stdout)
        assert answer.exit_code == {"PASS": 0, "FAIL": 1, "UNDECIDED": 3}[report["verdict"]]
        return report


def gated(
    root: Path, gates: str = GATES, more: str = "", *, number: int = 2000, right: float = 0.85
) -> GateSandbox:
    """Main has a gated model with predictions and a split; a branch `deeper` is checked out."""
    items = rows(number, right=right)
    sandbox = Sandbox(root)
    sandbox.write(
        {
            "mlgit.yaml": configuration(gates, more),
            # Not what the predictions give: a file that agrees with them at the base has to go on doing so.
            "metrics/test.json": '{"accuracy": 0.8501, "latency_ms": 12.0}\n',
            "splits/customers.csv": "id\n" + "".join(f"{row.id}\n" for row in items),
            ".github/workflows/mlgit-ci.yml": "name: mlgit\n",
        }
    )
    made = GateSandbox(sandbox, items).predict(items)
    made.commit("base")
    return made.branch()


def unnamed(gate: GateSandbox, text: str) -> str:
    """Return the text with the revisions for their commits' names: a snapshot outlives what the scene commits."""
    for revision in ("main", "HEAD"):
        name = gate.sandbox.git("rev-parse", "--short=9", revision).strip()
        assert name in text
        text = text.replace(name, f"commit of {revision}")
    return text


Scenario = Callable[[GateSandbox], None]
