"""The check of two files of predictions: what is an error of the head, what a reason of the base, what a warning."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from mlgit.evaluation.predictions import Checked, check
from mlgit.predictions.columns import not_finite, outside_shares
from mlgit.predictions.stored import Stored
from mlgit.predictions.table import read_table
from tests.unit.evaluation.predictions_of import model_of

LABELS = [row % 2 for row in range(30)]
SCORES = [0.3 + 0.4 * label for label in LABELS]


def csv(
    scores: Sequence[object], labels: Sequence[object] = LABELS, predictions: Sequence[object] = LABELS
) -> str:
    rows = zip(range(len(labels)), labels, predictions, scores, strict=True)
    return "id,label,prediction,score\n" + "".join(f"{','.join(map(str, row))}\n" for row in rows)


def stored(text: str, version: str) -> Stored:
    return Stored(path="predictions.csv", state="read", content=text.encode(), version=version)


def checked(base: str, head: str, **model: object) -> Checked:
    return check(model_of(**model), stored(base, "1" * 40), stored(head, "2" * 40))


def kinds(found: Checked) -> list[str]:
    assert (found.evaluator is None) == bool(found.errors or found.reason)
    return [error.kind for error in found.errors]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (0.0, None),
        (1.0, None),
        (-0.01, "out-of-range"),
        (1.01, "out-of-range"),
        ("nan", "not-finite"),
        ("inf", "not-finite"),
    ],
)
def test_a_score_out_of_the_range_that_the_base_keeps_to(value: object, kind: str | None) -> None:
    found = checked(csv(SCORES), csv([value, *SCORES[1:]]))
    assert kinds(found) == ([] if kind is None else [kind])
    assert [(error.rows, error.count) for error in found.errors] == ([] if kind is None else [(("0",), 1)])


@pytest.mark.parametrize("value", [-0.01, 1.01])
def test_scores_that_are_no_shares_at_the_base_need_not_be_at_the_head(value: float) -> None:
    assert kinds(checked(csv([value, *SCORES[1:]]), csv([5.0, *SCORES[1:]]))) == []


def test_each_end_of_the_range_belongs_to_it() -> None:
    table = read_table(csv([0.0, 1.0, -0.5, 1.5, "nan", *SCORES[5:]]).encode(), "p.csv")
    assert outside_shares(table, "score") == (2, ("2", "3"))
    assert not_finite(table, "score") == (1, ("4",))


def test_a_column_of_scores_that_is_gone_is_an_error_and_a_new_one_is_not() -> None:
    without = "id,label,prediction\n" + "".join(f"{row},{one},{one}\n" for row, one in enumerate(LABELS))
    assert kinds(checked(csv(SCORES), without)) == ["missing-column"]
    assert kinds(checked(without, csv(SCORES))) == []


def test_what_is_wrong_with_the_base_is_a_reason_and_no_error_of_the_head() -> None:
    broken = checked("id\n1\n", csv(SCORES))
    assert (kinds(broken), broken.reason) == (
        [],
        "the base: predictions.csv is no file of predictions: the column label is missing",
    )
    twice = csv(SCORES).replace("\n1,", "\n0,", 1)
    assert "base: 1 id(s) occur more than once" in checked(twice, csv(SCORES)).reason
    assert kinds(checked(csv(SCORES), "id\n1\n")) == ["unreadable"]


def test_a_changed_label_and_a_missing_row_are_named_together() -> None:
    head = csv(SCORES, labels=[1 - LABELS[0], *LABELS[1:]]).rpartition("29,")[0]
    found = checked(csv(SCORES), head)
    assert sorted(kinds(found)) == ["changed-label", "missing"]
    assert found.why.count("; ") == 1


def wrong_once(values: Sequence[int]) -> list[int]:
    return [1 - values[0], *values[1:]]


@pytest.mark.parametrize(
    ("base", "head", "warned"),
    [
        (wrong_once(LABELS), LABELS, True),
        (LABELS, LABELS, False),
        (wrong_once(LABELS), wrong_once(LABELS), False),
    ],
)
def test_a_head_that_tells_every_label_is_looked_at(base: list[int], head: list[int], warned: bool) -> None:
    flat = [0.5] * len(LABELS)
    found = checked(csv(flat, predictions=base), csv(flat, predictions=head))
    assert [one.kind for one in found.warnings] == ["too-good"] * warned


def test_scores_that_rank_without_a_fault_are_looked_at() -> None:
    mixed = [SCORES[1], *SCORES[1:]]
    predictions = wrong_once(LABELS)
    found = checked(csv(mixed, predictions=predictions), csv(SCORES, predictions=predictions))
    assert [one.kind for one in found.warnings] == ["too-good"]


def test_the_same_inputs_give_the_same_seed() -> None:
    first, again = (checked(csv(SCORES), csv(SCORES)).evaluator for _ in range(2))
    other = check(model_of(), stored(csv(SCORES), "1" * 40), stored(csv(SCORES), "3" * 40)).evaluator
    assert first is not None
    assert again is not None
    assert other is not None
    assert first.seed == again.seed != other.seed
