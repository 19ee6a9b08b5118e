"""Numbers of any size, columns that nobody named, labels that shine through: evidence that is read, and then not believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from mlgit.evaluation.function_files import function_files
from mlgit.evaluation.predictions import Checked, check
from mlgit.stats.decision import Verdict
from mlgit.stats.errors import OutOfRangeError
from mlgit.stats.ratio import ratio
from tests.unit.evaluation.predictions_of import model_of
from tests.unit.evaluation.test_scores import stored

N = 400
RANDOM = np.random.default_rng(17)
TRUTH = RANDOM.normal(50.0, 10.0, N)
LABELS = RANDOM.integers(0, 2, N)
NO_WORSE = {"no_worse_than": {"margin": 0.02}}
Columns = Mapping[str, Sequence[object]]


def checked(base: Columns, head: Columns, **model: Any) -> Checked:
    return check(model_of(**model), stored(base, "1"), stored(head, "2"))


def verdict(base: Columns, head: Columns, **model: Any) -> Verdict:
    asked = model_of(**model)
    evaluator = check(asked, stored(base, "1"), stored(head, "2")).evaluator
    assert evaluator is not None
    ((metric, rule),) = asked.rules
    (found,) = evaluator.findings(metric, rule, 0.95)
    return found.verdict


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("scale", [1e-200, 1e75, 1e120, 1e160])
@pytest.mark.parametrize("metric", ["mae", "mse", "rmse", "r2", "pinball"])
def test_numbers_of_any_size_are_compared_or_left_open(metric: str, scale: float) -> None:
    """Their squares and cubes are no numbers any more, and a head that is worse does not pass by that."""
    base = {"label": TRUTH * scale, "prediction": (TRUTH + RANDOM.normal(0, 2, N)) * scale}
    head = {"label": TRUTH * scale, "prediction": (TRUTH + RANDOM.normal(0, 8, N)) * scale}
    with np.errstate(over="ignore", under="ignore"):
        found = verdict(base, head, task="regression", gates=[{metric: NO_WORSE}])
    small = scale < 1.0 and metric != "r2"
    assert found in ((Verdict.PASS, Verdict.UNDECIDED) if small else (Verdict.FAIL, Verdict.UNDECIDED))
    if scale == 1e75 and metric in ("mae", "pinball"):
        assert found is Verdict.FAIL


@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e90])
@pytest.mark.parametrize(
    "score",
    [
        {"ratio": ["value", "amount"], "fixed": ["amount"]},
        {"ratio": ["value", "amount"]},
        {"mean": "value", "weight": "amount"},
    ],
)
def test_amounts_of_any_size_weigh_alike(score: Mapping[str, Any], scale: float) -> None:
    amount = [scale * (1 + row % 3) for row in range(N)]
    value = np.array(amount) * 5 + np.array(amount) * RANDOM.normal(0, 1, N)
    if "mean" in score:
        value = value / np.array(amount)
    less = value - (2.0 if "mean" in score else 2.0 * np.array(amount))
    model = {"scores": {"own": {**score, "direction": "higher"}}, "gates": [{"own": NO_WORSE}]}
    assert (
        verdict({"value": value, "amount": amount}, {"value": less, "amount": amount}, **model)
        is Verdict.FAIL
    )


def test_a_value_over_next_to_nothing_is_no_number() -> None:
    with pytest.raises(OutOfRangeError, match="make no number"):
        ratio(np.full(30, 1e200), np.full(30, 1e-200), unseen=((0.0, 0.0), (0.0, 0.0)))


@pytest.mark.parametrize("scale", [2.0**-900, 2.0**900])
def test_a_scale_of_two_changes_no_digit(scale: float) -> None:
    top, bottom = RANDOM.normal(5, 1, 60), RANDOM.uniform(1, 2, 60)
    unseen = ((-3.0, 1.0), (9.0, 1.0))
    plain = ratio(top, bottom, unseen=unseen).interval()
    scaled = ratio(
        top * scale,
        bottom,
        unseen=tuple((one * scale, other) for one, other in unseen),  # type: ignore[arg-type]
    ).interval()
    assert (scaled.low / scale, scaled.high / scale) == (plain.low, plain.high)


FUNCTION = {"scores": {"own": {"function": "a:b", "direction": "higher"}}, "gates": [{"own": {"min": 0}}]}


def test_the_head_keeps_every_column_that_a_function_gets() -> None:
    """Else what it left out would be the base's, and its own numbers would not count."""
    base = {"risk": TRUTH, "note": ["x"] * N}
    gone = checked(base, {"note": ["x"] * N}, **FUNCTION)
    assert [(one.kind, one.message) for one in gone.errors] == [
        ("missing-column", "head: the column risk is missing")
    ]
    broken = checked(base, {"risk": [*TRUTH[:3], "nan", *TRUTH[4:]], "note": ["y"] * N}, **FUNCTION)
    assert [(one.kind, one.rows) for one in broken.errors] == [("not-finite", ("q3",))]
    assert checked(base, {"risk": TRUTH + 1, "note": ["y"] * N}, **FUNCTION).errors == ()


def scored(scores: Sequence[float], predictions: Sequence[int]) -> Columns:
    return {"label": LABELS, "prediction": predictions, "score": scores}


NOISY = [label if row % 7 else 1 - label for row, label in enumerate(LABELS)]
MIXED = np.clip(0.5 + 0.2 * (2 * LABELS - 1) + RANDOM.normal(0, 0.25, N), 0, 1)
SURE = np.where(LABELS == 1, 0.9, 0.1)
NEARLY = np.where(np.arange(N) == np.argmax(LABELS), 0.1, SURE)
"""One of the positives lies where the negatives do."""


@pytest.mark.parametrize(
    ("base", "head", "task", "said"),
    [
        (
            {"label": TRUTH, "prediction": TRUTH + RANDOM.normal(0, 2, N)},
            {"label": TRUTH, "prediction": TRUTH + 1e-7},
            "regression",
            "errs by 1e-07 on average where the base does by",
        ),
        (
            scored(MIXED, NOISY),
            scored(NEARLY, NOISY),
            "binary-classification",
            "of the pairs wrongly where the base does",
        ),
        (
            {"label": LABELS, "prediction": NOISY, "score_0": [1.0 - one for one in NOISY], "score_1": NOISY},
            {"label": LABELS, "prediction": NOISY, "score_0": 1 - SURE, "score_1": SURE},
            "multiclass-classification",
            "is surest of a wrong class on 0 item(s) where the base is on 58",
        ),
    ],
)  # fmt: skip
def test_labels_that_shine_through_with_a_little_noise(
    base: Columns, head: Columns, task: str, said: str
) -> None:
    (warning,) = checked(base, head, task=task, gates=[{"accuracy": {"min": 0}}]).warnings
    assert warning.kind == "too-good"
    assert said in warning.message
    assert checked(base, base, task=task, gates=[{"accuracy": {"min": 0}}]).warnings == ()


@pytest.mark.parametrize(
    ("names", "positive"),
    [(("score_1", "score_1.0"), None), (("score_1", "score"), 1), (("score", "score_1"), 1)],
)
def test_two_scores_of_one_class_that_differ_are_refused(
    names: tuple[str, str], positive: int | None
) -> None:
    def sides(second: Sequence[float]) -> Checked:
        base = {"label": LABELS, "prediction": NOISY, names[0]: MIXED}
        more = {"positive": positive} if positive is not None else {}
        return checked(base, {**base, names[1]: second}, gates=[{"accuracy": {"min": 0}}], **more)

    (error,) = sides(SURE).errors
    assert f"the columns {names[0]} and {names[1]} are of one class and differ" in error.message
    assert sides(MIXED).errors == ()


class Files:
    """A revision with a few files."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts

    def paths(self) -> frozenset[str]:
        return frozenset(self.texts)

    def read(self, paths: Sequence[str]) -> dict[str, bytes]:
        return {path: self.texts[path].encode() for path in paths}


def test_a_function_comes_from_its_module_and_all_that_it_imports() -> None:
    files = Files(
        {
            "src/scores/__init__.py": "",
            "src/scores/own.py": "import numpy\nfrom .parts import one\nfrom . import more\n",
            "src/scores/parts.py": "from helpers import (\n    deep\n)\n",
            "models/a/helpers.py": "def broken(:\n",
            "train.py": "",
        }
    )
    found = function_files(files, "scores.own:f", "models/a")  # type: ignore[arg-type]
    assert files.paths() & found == files.paths() - {"train.py"}
    assert {"scores/own.py", "scores.py", "src/scores/more.py", "numpy.py"} <= found
