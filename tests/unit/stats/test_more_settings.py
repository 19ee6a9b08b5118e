"""The true values that average precision, scores of classes, costs and functions are put on are those of the populations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from mlgit.config.gates import Rule
from mlgit.evaluation.resampler import function_of
from tests.calibration.harness import findings, on_the_bound
from tests.calibration.settings import LAWS

if TYPE_CHECKING:
    from tests.calibration.settings import Case

DRAWS = 12
LAWS_HELD = ("precisions", "classes", "costs", "labels", "functions", "groups")
CASES = [case for law in LAWS_HELD for case in LAWS[law]() if case[1] == "value"]


def value_of(case: Case, seed: int) -> float:
    """Return the head's value of one draw: what the evaluator says, and of a function what it returns."""
    scene, asked = case
    drawn = scene.draw(np.random.default_rng([seed, 3]))
    called = scene.scores[scene.metric].function if scene.metric in scene.scores else None
    if called is not None:
        return function_of(called)(drawn.head_columns)
    rule = msgspec.convert(on_the_bound(scene, asked), Rule)
    (found,) = findings(drawn, scene.metric, rule, (0.95,), seed, scene.scores)
    assert found.decided is not None, found.reason
    return found.decided.estimate


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0].name)
def test_the_true_value_is_that_of_the_population(case: Case) -> None:
    """The mean of some draws lies within five standard errors of it, and 1 % for the bias of what is no mean."""
    values = np.array([value_of(case, seed) for seed in range(DRAWS)])
    error = float(values.std(ddof=1)) / DRAWS**0.5
    assert abs(values.mean() - case[0].head) <= 5 * error + 0.01 * abs(case[0].head)


def test_a_wrong_true_value_is_seen() -> None:
    """An average precision of 0.05 less than it is would be told from the draws."""
    case = next(one for one in CASES if one[0].name == "average precision, 500 rows")
    values = np.array([value_of(case, seed) for seed in range(DRAWS)])
    error = float(values.std(ddof=1)) / DRAWS**0.5
    assert abs(values.mean() - (case[0].head - 0.05)) > 5 * error
