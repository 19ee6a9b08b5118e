"""Who looks, and how the error is spent: of a PASS over all evaluations, of a FAIL in each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.gate_repository import altered, gated, rows

BETTER = "    gates:\n      - accuracy: {better_than: {margin: 0}}\n"
NO_WORSE = "    gates:\n      - accuracy: {no_worse_than: {margin: 0.01}}\n"
ADAPTIVE = "    test_set: {adaptive: true, tries: %d}\n"


def test_a_head_that_is_five_points_worse_fails_by_one_evaluation(tmp_path: Path) -> None:
    gate = gated(tmp_path, NO_WORSE, number=500)
    gate.predict(altered(rows(500), worse=45, better=20)).commit()
    (finding,) = gate.judged()["models"][0]["findings"]
    assert finding["verdict"] == "FAIL"
    assert (finding["confidence"], finding["failure_confidence"]) == (pytest.approx(1 - 0.05 / 32), 0.95)
    shown = gate.gate("main", "HEAD", "--explain").stdout
    assert "decided at one-sided 0.95, by one end" in shown
    assert "a FAIL may err by 0.05 in each evaluation by itself" in shown


@pytest.mark.parametrize(
    ("more", "verdict", "confidence"),
    [
        ("", "UNDECIDED", 1 - 0.05 / 32),
        (ADAPTIVE % 0, "PASS", 1 - 0.05 * 0.6079271),
        (ADAPTIVE % 8, "UNDECIDED", 1 - 0.05 * 0.6079271 / 2**8),
    ],
)
def test_the_first_look_of_somebody_who_looks_decides_more_often(
    tmp_path: Path, more: str, verdict: str, confidence: float
) -> None:
    gate = gated(tmp_path, BETTER, more, number=1000)
    gate.predict(altered(rows(1000), worse=20, better=38)).commit()
    (model,) = gate.judged()["models"]
    (finding,) = model["findings"]
    assert (finding["verdict"], finding["confidence"]) == (verdict, pytest.approx(confidence))


def test_a_test_set_that_was_looked_at_too_often_decides_nothing(tmp_path: Path) -> None:
    gate = gated(tmp_path, BETTER, ADAPTIVE % 100, number=1000)
    gate.predict(altered(rows(1000), worse=0, better=90)).commit()
    (model,) = gate.judged()["models"]
    assert model["verdict"] == "UNDECIDED"
    (warning,) = [one for one in model["warnings"] if one["kind"] == "worn"]
    assert "looked at 100 times" in warning["message"]
    assert "mlgit data split TABLE --renew" in warning["hint"]


def test_tries_mean_nothing_by_themselves(tmp_path: Path) -> None:
    gate = gated(tmp_path, BETTER, "    test_set: {tries: 5}\n", number=40)
    answer = gate.gate()
    assert answer.exit_code == 2
    assert "tries counts beside adaptive: true alone" in answer.stderr
