"""A rule that reads metrics files is decided at a confidence of its own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from mlgit.evaluation.files import findings
from mlgit.metrics.reading import Reading
from tests.unit.evaluation.predictions_of import model_of

SEEDS = ("a.json", "b.json", "c.json")


def test_seeds_are_decided_at_the_confidence_of_their_rule() -> None:
    rule = {"no_worse_than": {"margin": 0.1}, "seeds": SEEDS, "confidence": 0.8}
    model = model_of(gates=[{"f1": rule}], test_set={"steps": 10})
    side = {file: Reading(state="read", values={"f1": 0.5 + place / 100}) for place, file in enumerate(SEEDS)}
    inputs: Any = SimpleNamespace(metrics=lambda *_: (side, side))
    ((metric, own),) = model.rules
    (found,) = findings(inputs, model, metric, own)
    assert found.confidence == 0.8
