"""What a model of mlgit.yaml means, resolved once."""

from __future__ import annotations

import pytest

from mlgit.config import reader
from mlgit.config.model import Model


def model(text: str) -> Model:
    return reader.read(f"version: 1\nmodels:\n  churn:\n    predictions: p.csv\n    {text}\n").models["churn"]


GATES = "gates:\n      - accuracy: {min: 0.8}\n      - f1: {min: 0.7, confidence: 0.9}\n"
FILES = "gates:\n      - accuracy: {min: 0.8, seeds: [a.json, b.json], confidence: 0.99}\n"


@pytest.mark.parametrize(
    ("pipeline", "folder"),
    [(".", ""), ("./", ""), ("models/churn", "models/churn"), ("./models//churn/", "models/churn")],
)
def test_the_folder_of_a_pipeline(pipeline: str, folder: str) -> None:
    assert model(f"pipeline: {pipeline}").folder == folder


def test_a_rule_of_its_own_confidence_is_decided_at_it() -> None:
    made = model(GATES + "    test_set: {steps: 10}")
    (_, plain), (_, own) = made.rules
    assert made.evaluation_confidence(plain) == made.evaluation_confidence() == pytest.approx(1 - 0.05 / 10)
    assert made.evaluation_confidence(own) == pytest.approx(1 - 0.1 / 10)


def test_without_correction_each_evaluation_has_the_whole_confidence() -> None:
    made = model(GATES + "    confidence: 0.8\n    test_set: {steps: 10, split: false}")
    (_, plain), (_, own) = made.rules
    assert [made.evaluation_confidence(rule) for rule in (None, plain, own)] == [0.8, 0.8, 0.9]


def test_metrics_files_are_no_test_set_that_wears_out() -> None:
    ((_, rule),) = model(FILES).rules
    assert model(FILES).evaluation_confidence(rule) == 0.99


def test_each_condition_of_a_rule_with_its_bound() -> None:
    ((_, rule),) = model(
        "gates:\n      - accuracy: {min: 0.8, max: 0.9, no_worse_than: {margin: 0.1}, better_than: {}}\n"
    ).rules
    assert rule.conditions == (("min", 0.8), ("max", 0.9), ("no_worse_than", 0.1), ("better_than", 0.0))


def test_the_variables_that_hold_secrets() -> None:
    text = (
        "version: 1\nremote: {kind: s3, environment: data, secrets: {STORE: STORE}}\n"
        "ct:\n  update: {schedule: 0 0 * * *, secrets: {CRM: CRM}}\n"
    )
    assert set(reader.read(text).secret_variables) == {"STORE", "CRM"}
    assert reader.read("version: 1\n").secret_variables == ()
