"""The verdict on what a stranger's run reports: the rules are the base's, whatever the run says of itself."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from mlgit.config import reader
from mlgit.config.model import Model
from mlgit.evaluation.reported import with_base_gates
from mlgit.metrics.comparison import MetricRow, ModelComparison
from mlgit.metrics.verdict import EvidenceError, Finding, GateWarning, ModelVerdict
from mlgit.stats.decision import Verdict
from mlgit.stats.interval import Interval
from tests.cli.comment_scene import claim, comparison, event, write_archive
from tests.driver import Person
from tests.github.stub_server import StubServer

PASS, FAIL, UNDECIDED = Verdict.PASS, Verdict.FAIL, Verdict.UNDECIDED
SURE = 1 - 2 * 0.05 / 32


def base(rule: str, more: str = "") -> Model:
    text = f"version: 1\nmodels:\n  churn:\n    {more or 'confidence: 0.95'}\n    gates:\n    - {rule}\n"
    return reader.read(text).models["churn"]


def finding(low: float, high: float, **facts: Any) -> Finding:
    honest: dict[str, Any] = {
        "metric": "roc_auc",
        "condition": "no_worse_than",
        "threshold": 0.01,
        "verdict": PASS,
    }
    interval = Interval(estimate=low, low=low, high=high, level=facts.pop("sure", SURE))
    return Finding(**{**honest, "decided": interval, "items": 500, "base": 0.8, "head": 0.9, **facts})


def told(*findings: Finding, **facts: Any) -> ModelComparison:
    gate = ModelVerdict(
        **{"name": "churn", "verdict": PASS, "state": "evaluated", "findings": findings, **facts}
    )
    row = MetricRow(file="m.json", name="test.roc_auc", state="changed", base=0.8, head=0.9, verdict="PASS")
    return ModelComparison(name="churn", pipeline=".", state="changed", metrics=(row,), gate=gate)


def verdict(model: ModelComparison, of: Model | None) -> tuple[Verdict | None, str | None]:
    made = with_base_gates(model, of)
    return made.gate.verdict if made.gate else None, made.metrics[0].verdict


RULE = "roc_auc: {no_worse_than: {margin: 0.01}}"


@pytest.mark.parametrize(
    ("low", "high", "facts", "expected"),
    [
        (0.0, 0.1, {}, PASS),
        (-0.02, 0.1, {}, UNDECIDED),
        (-0.03, -0.02, {}, FAIL),
        (0.0, 0.1, {"verdict": FAIL}, FAIL),
        (0.0, 0.1, {"verdict": UNDECIDED}, UNDECIDED),
        (-0.5, -0.4, {"threshold": 0.9}, FAIL),
        (0.0, 0.1, {"threshold": 0.9, "verdict": UNDECIDED}, PASS),
        (0.0, 0.1, {"sure": 0.9}, UNDECIDED),
        (0.1, 0.0, {}, UNDECIDED),
        (0.0, 0.1, {"metric": "accuracy"}, UNDECIDED),
        (0.0, 0.1, {"condition": "better_than"}, UNDECIDED),
        (0.0, 0.1, {"slice": "country=DE"}, UNDECIDED),
        (0.0, 0.1, {"decided": None}, UNDECIDED),
        (0.0, 0.1, {"decided": None, "verdict": FAIL}, FAIL),
    ],
)
def test_the_rule_of_the_base_decides(
    low: float, high: float, facts: dict[str, Any], expected: Verdict
) -> None:
    assert verdict(told(finding(low, high, **facts)), base(RULE)) == (expected, str(expected))


@pytest.mark.parametrize(
    ("rule", "facts", "expected"),
    [
        ("log_loss: {no_worse_than: {margin: 0.01}}", {"metric": "log_loss"}, FAIL),
        ("roc_auc: {min: 0.2}", {"condition": "min", "threshold": 0.2}, FAIL),
        ("roc_auc: {max: 0.2}", {"condition": "max", "threshold": 0.2}, PASS),
        ("roc_auc: {better_than: {margin: 0.01}}", {"condition": "better_than"}, PASS),
        ("roc_auc: {no_worse_than: {margin: 0.01}, min_n: 501}", {}, UNDECIDED),
        ("roc_auc: {no_worse_than: {margin: 0.01}, where: {country: DE}}", {"slice": "country=DE"}, PASS),
        (
            "ms: {max: 5, mode: point}",
            {"metric": "ms", "mode": "point", "condition": "max", "threshold": 5.0, "head": 4.0},
            PASS,
        ),
        (
            "ms: {max: 5, mode: point}",
            {"metric": "ms", "mode": "point", "condition": "max", "threshold": 5.0, "head": 6.0},
            FAIL,
        ),
        (
            "ms: {max: 5, mode: point}",
            {"metric": "ms", "mode": "point", "condition": "max", "threshold": 5.0, "head": None},
            UNDECIDED,
        ),
        (
            "ms: {no_worse_than: {margin: 1}, mode: point}",
            {"metric": "ms", "mode": "point", "threshold": 1.0, "head": 9.0},
            FAIL,
        ),
    ],
)
def test_every_kind_of_rule(rule: str, facts: dict[str, Any], expected: Verdict) -> None:
    low, high = (0.05, 0.1) if "log_loss" in rule or "min: 0.2" in rule or "max: 0.2" in rule else (0.02, 0.1)
    assert verdict(told(finding(low, high, **facts)), base(rule))[0] is expected


def test_confidence_is_that_of_the_base() -> None:
    whole = base(RULE, "test_set: {steps: 32, split: false}")
    assert verdict(told(finding(0.0, 0.1, sure=0.9)), whole)[0] is PASS
    assert verdict(told(finding(0.0, 0.1, sure=0.89)), whole)[0] is UNDECIDED


def test_what_the_run_holds_against_itself_stays() -> None:
    sound = finding(0.0, 0.1)
    assert verdict(told(sound, errors=(EvidenceError(kind="edited", message="x"),)), base(RULE))[0] is FAIL
    assert (
        verdict(told(sound, warnings=(GateWarning(kind="spent", message="x"),)), base(RULE))[0] is UNDECIDED
    )
    assert (
        verdict(told(sound, warnings=(GateWarning(kind="note", message="x", blocks=False),)), base(RULE))[0]
        is PASS
    )


def test_without_gates_at_the_base_nobody_judges() -> None:
    assert verdict(told(finding(0.0, 0.1)), None) == (UNDECIDED, None)
    assert verdict(told(finding(0.0, 0.1), verdict=None), None) == (None, None)
    assert verdict(msgspec.structs.replace(told(), gate=None), None) == (None, None)
    assert verdict(msgspec.structs.replace(told(), gate=None), base(RULE)) == (UNDECIDED, "UNDECIDED")


def test_a_model_that_did_not_change_is_asked_nothing() -> None:
    assert verdict(told(state="unchanged"), base(RULE)) == (PASS, None)
    assert verdict(told(finding(-0.5, -0.4), state="unchanged"), base(RULE))[0] is FAIL


def test_an_undecided_pull_request_fails_where_the_base_asks_it() -> None:
    model = with_base_gates(
        told(finding(-0.5, 0.5), pull_request="warn"), base(RULE, "undecided: {pull_request: fail}")
    )
    assert model.gate is not None
    assert (model.gate.verdict, model.gate.pull_request) == (UNDECIDED, "fail")


def test_the_check_run_carries_the_verdict_of_the_base(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.git("init", "--quiet", ".")
    person.write("mlgit.yaml", f"version: 1\nmodels:\n  churn:\n    gates:\n    - {RULE}\n")
    model = msgspec.to_builtins(told(finding(-0.5, -0.4, threshold=0.9)))
    with StubServer() as github:
        for name, value in github.environment().items():
            monkeypatch.setenv(name, value)
        number = github.contents.add_pull_request(head_sha="a" * 40)
        files = {"event.json": claim(number), "comparison.json": comparison(models=[model])}
        folder = write_archive(person.folder.parent / "artifact", files)
        person.mlgit("comment", "--artifact", str(folder), "--event", str(event(folder.parent)))
        [check] = github.contents.checks()
        assert (check["conclusion"], check["output"]["title"]) == (
            "failure",
            "Gates failed; 1 metric changed",
        )
        assert "no worse by 0.01" in github.contents.comments(number)[0]["body"]
        assert github.state.violations == []
