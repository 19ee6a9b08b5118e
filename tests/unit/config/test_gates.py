"""The gates in mlgit.yaml: what is taken, and which line is named when it is not."""

from __future__ import annotations

import pytest

from mlgit.config import reader
from mlgit.config.gates import Margin, Rule
from mlgit.errors import UsageError

HEAD = "version: 1\nmodels:\n  churn:\n    predictions: p.csv\n    gates:\n"


def read(gate: str, more: str = "") -> tuple[dict[str, Rule], ...]:
    return reader.read(f"{HEAD}      - {gate}\n{more}").models["churn"].gates


def test_a_rule_with_everything() -> None:
    (gate,) = read(
        "f1_macro: {min: 0.5, no_worse_than: {margin: 0.01}, where: {country: DE, vip: true}, min_n: 50, confidence: 0.9}"
    )
    rule = gate["f1_macro"]
    assert rule.no_worse_than == Margin(margin=0.01)
    assert rule.where == {"country": "DE", "vip": True}
    assert not rule.reads_files


def test_what_holds_when_nothing_is_said() -> None:
    model = reader.read(f"{HEAD}      - accuracy: {{min: 0.5}}\n").models["churn"]
    assert (model.confidence, model.test_set.steps, model.test_set.split) == (0.95, 32, True)
    assert (model.undecided.pull_request, model.undecided.promote) == ("warn", "refuse")


@pytest.mark.parametrize("name", ["latency_p99", "size_mb", "my.own.metric"])
def test_any_number_of_a_file_may_be_a_point(name: str) -> None:
    assert read(f"{name}: {{mode: point, max: 20}}")[0][name].reads_files


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        ("f1_marco: {min: 0.5}", "'f1_marco' is no metric"),
        ("latency: {max: 20}", "'latency' is no metric"),
        ("accuracy: {}", "needs one of min, max"),
        ("accuracy: {min: .nan}", "finite"),
        ("accuracy: {no_worse_than: {margin: .inf}}", "finite"),
        ("accuracy: {no_worse_than: {margin: -0.1}}", "margin: has to be a number of at least 0"),
        (
            "accuracy: {no_worse_than: 0.01}",
            "has to be keys with their values or nothing, and is a number with a point",
        ),
        ("accuracy: {min: 0.9, max: 0.8}", "above"),
        ("accuracy: {min: 0.9, confidence: 0.5}", "has to be a number above 0.5"),
        ("accuracy: {min: 0.9, confidence: 1}", "has to be a number below 1"),
        ("accuracy: {min: 0.9, min_n: 0}", "has to be a whole number of at least 1"),
        ("accuracy: {min: 0.9, where: {}}", "where needs"),
        (
            "accuracy: {min: 0.9, where: {country: [DE]}}",
            "has to be true or false, a number or a text, and is a list",
        ),
        ("accuracy: {min: 0.9, mode: points}", "points"),
        ("accuracy: {min: 0.9, seeds: [one.json]}", "two files"),
        ("accuracy: {min: 0.9, seeds: [one.json, one.json]}", "each named once"),
        ("accuracy: {min: 0.9, mode: point, seeds: [a.json, b.json]}", "leave out mode"),
        ("accuracy: {min: 0.9, mode: point, where: {a: b}}", "a slice needs predictions"),
        ("accuracy: {min: 0.9, mode: point, min_n: 30}", "min_n counts test items"),
        ("accuracy: {min: 0.9, seeds: [a.json, b.json], min_n: 30}", "min_n counts test items"),
        ("accuracy: {min: 0.9, mode: point, confidence: 0.9}", "has no confidence"),
        ("accuracy: {minimum: 0.9}", "unknown key 'minimum'"),
        ("pinball: {max: 1, mode: point, quantile: 0.9}", "a quantile needs predictions"),
        ("pinball: {max: 1, mode: point, quantile: 0.5}", "a quantile needs predictions"),
        ("latency: {quantile: 0.9, max: 1, mode: point}", "a quantile needs predictions"),
        ("pinball: {max: 1, seeds: [a.json, b.json], quantile: 0.9}", "a quantile needs predictions"),
        ("pinball: {max: 1, quantile: 1}", "quantile: has to be a number below 1"),
        ("mae: {max: 1, quantile: 0.9}", "'mae' has no quantile"),
    ],
)
def test_a_mistake_is_named_with_its_line(gate: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(gate)
    assert caught.value.where == "mlgit.yaml:6"
    assert said in caught.value.message


DIRECTED = """\
version: 1
models:
  churn:
    predictions: predictions/test.csv
    directions: {direction}
    gates:
      - {gate}
"""


@pytest.mark.parametrize(
    ("direction", "gate"),
    [
        ("{accuracy: lower}", "accuracy: {min: 0.9}"),
        ("{accuracy: lower}", "accuracy: {min: 0.9, mode: point}"),
        ("{logloss: higher}", "logloss: {max: 1}"),
    ],
)
def test_a_direction_against_a_metric_that_a_gate_decides_by_is_refused(direction: str, gate: str) -> None:
    with pytest.raises(UsageError) as caught:
        reader.read(DIRECTED.replace("{direction}", direction).replace("{gate}", gate))
    assert "as mlgit computes it" in caught.value.message
    assert (caught.value.where or "").startswith("mlgit.yaml:")


@pytest.mark.parametrize(
    ("direction", "gate", "declared"),
    [
        ("{accuracy: higher}", "accuracy: {min: 0.9}", {"accuracy": "higher"}),
        ("{log_loss: higher}", "accuracy: {min: 0.9}", {"log_loss": "higher"}),
        ("{speed: lower}", "speed: {max: 1, mode: point}", {"speed": "lower"}),
    ],
)
def test_any_other_direction_is_the_users(direction: str, gate: str, declared: dict[str, str]) -> None:
    text = DIRECTED.replace("{direction}", direction).replace("{gate}", gate)
    assert reader.read(text).models["churn"].declared == declared


def test_the_nearest_name_is_offered() -> None:
    with pytest.raises(UsageError) as caught:
        read("roc_acu: {min: 0.5}")
    assert "did you mean 'roc_auc'?" in caught.value.hint


SCORES = """\
version: 1
models:
  helper:
    predictions: predictions/answers.csv
    scores:
      {score}
    gates:
      - {gate}
"""


@pytest.mark.parametrize(
    ("score", "gate", "code", "said", "line"),
    [
        ("own: {mean: rubric}", "own: {min: 1}", "config-invalid", "needs direction", 6),
        (
            "own: {mean: a, ratio: [a, b], direction: lower}",
            "own: {min: 1}",
            "config-invalid",
            "exactly one of",
            6,
        ),
        ("own: {direction: lower}", "own: {min: 1}", "config-invalid", "exactly one of", 6),
        (
            "own: {mean: a, direction: lower, range: [5, 1]}",
            "own: {min: 1}",
            "config-invalid",
            "the smaller one first",
            6,
        ),
        (
            "own: {quantile: [ms, 0.9], direction: lower, weight: w}",
            "own: {max: 1}",
            "config-invalid",
            "take a weight",
            6,
        ),
        ("own: {quantile: [ms, 90], direction: lower}", "own: {max: 1}", "config-invalid", "below 1", 6),
        (
            "own: {function: 'os.system', direction: lower}",
            "own: {max: 1}",
            "config-invalid",
            "package.module:name",
            6,
        ),
        ("own: {cost: {a: {b: 0}}}", "own: {max: 1}", "config-invalid", "every cost is 0", 6),
        ("accuracy: {mean: hit, direction: higher}", "accuracy: {min: 1}", "score-name", "already", 6),
        ("own: {mean: hit, direction: higher}", "other: {min: 1}", "gate-metric", "no metric", 8),
        (
            "own: {mean: hit, direction: higher}",
            "own: {min: 1, quantile: 0.5}",
            "gate-quantile",
            "no quantile",
            8,
        ),
    ],
)
def test_a_score_that_means_nothing_is_refused_with_its_line(
    score: str, gate: str, code: str, said: str, line: int
) -> None:
    with pytest.raises(UsageError) as raised:
        reader.read(SCORES.format(score=score, gate=gate))
    assert raised.value.code == code
    assert said in raised.value.message
    assert raised.value.where == f"mlgit.yaml:{line}"


def test_a_score_is_a_metric_with_its_direction() -> None:
    text = SCORES.format(
        score="own: {ratio: [errors, words], direction: lower, fixed: [words]}",
        gate="own: {no_worse_than: {margin: 0.01}}",
    )
    model = reader.read(text).models["helper"]
    assert model.declared == {"own": "lower"}
    assert model.higher_is_better("own") is False
    assert model.higher_is_better("accuracy") is True
    assert model.higher_is_better("ms") is None
    cost = reader.read(SCORES.format(score="own: {cost: {1: {0: 5}, 0: {1: 1}}}", gate="own: {max: 2}"))
    assert cost.models["helper"].scores["own"].prices == {"1": {"0": 5.0}, "0": {"1": 1.0}}
    assert cost.models["helper"].declared == {"own": "lower"}
