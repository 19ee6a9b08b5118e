"""What of a model was judged: nothing that is broken, gone, undirected or without an interval counts as judged."""

from __future__ import annotations

from typing import Any

import pytest

from mlgit.metrics.comparison import MetricRow, ModelComparison, SideError
from mlgit.metrics.coverage import coverage
from mlgit.metrics.verdict import EvidenceError, Finding, GateWarning, ModelVerdict
from mlgit.stats.decision import Verdict
from mlgit.stats.interval import Interval

INTERVAL = Interval(estimate=-0.1, low=-0.2, high=-0.01)


def row(**facts: Any) -> MetricRow:
    usual = {"file": "m.json", "name": "accuracy", "state": "changed", "base": 0.9, "head": 0.8}
    return MetricRow(**(usual | {"direction": "higher", "effect": "worse"} | facts))


def model(*rows: MetricRow, **facts: Any) -> ModelComparison:
    return ModelComparison(name="m", pipeline=".", state="changed", metrics=rows, **facts)


@pytest.mark.parametrize(
    ("facts", "judged", "not_judged", "failed"),
    [
        ({"interval": INTERVAL}, 1, [], []),
        ({"state": "unchanged", "head": 0.9}, 1, [], []),
        ({}, 0, ["no interval, so the change cannot be told from noise"], []),
        ({"direction": "unknown"}, 0, ["nothing tells which way is better"], []),
        ({"head": "NaN"}, 0, [], ["it is NaN, no finite number"]),
        ({"head": "Infinity", "verdict": Verdict.PASS}, 0, [], ["it is Infinity, no finite number"]),
        ({"base": "NaN", "head": "NaN", "state": "unchanged"}, 0, ["it is NaN at both sides"], []),
        ({"state": "gone", "head": None}, 0, ["the head has no such value any more"], []),
        ({"state": "new", "base": None}, 0, ["it is new, so there is nothing to compare it with"], []),
        ({"state": "not available", "reason": "DVC keeps it"}, 0, ["DVC keeps it"], []),
        ({"base": "a", "head": "b"}, 0, ["it is no number"], []),
        ({"name": "baseline.accuracy"}, 0, [], []),
        ({"verdict": Verdict.PASS}, 0, [], []),
    ],
)
def test_what_a_row_is_called(
    facts: dict[str, Any], judged: int, not_judged: list[str], failed: list[str]
) -> None:
    found = coverage(model(row(**facts)))
    assert found.judged == judged
    assert [one.reason for one in found.not_judged] == not_judged
    assert [one.reason for one in found.failed] == failed


def test_what_the_gates_leave_open_and_refuse_is_told() -> None:
    rules = [
        Finding(metric="accuracy", condition="min", threshold=0.5, verdict=verdict)
        for verdict in (Verdict.PASS, Verdict.FAIL, Verdict.UNDECIDED)
    ]
    gate = ModelVerdict(
        name="m",
        verdict=Verdict.FAIL,
        state="evaluated",
        findings=tuple(rules),
        errors=(EvidenceError(kind="edited", message="edited"),),
        warnings=(GateWarning(kind="rules", message="loosened"),),
    )
    found = coverage(model(gate=gate, errors=(SideError(file="dvc.yaml", side="head", message="broken"),)))
    assert found.judged == 2
    assert [one.reason for one in found.failed] == ["broken", "edited", "it fails its gate"]
    assert [one.reason for one in found.not_judged] == ["loosened", "the gates leave it undecided"]


def test_of_a_model_without_a_number_nothing_was_judged() -> None:
    assert coverage(model()).judged == 0
