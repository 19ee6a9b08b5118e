from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgit.stats.errors import EmptyInputError, LengthMismatchError
from mlgit.stats.evidence import NAMED_ROWS, Evidence, Predictions, Problem, check_evidence

IDS = ["a", "b", "c", "d"]
LABELS = [1, 0, 1, 0]
names = st.lists(st.text("abcdefgh", min_size=1, max_size=4), min_size=1, max_size=30, unique=True)


def _base(**changes: object) -> Predictions:
    columns = {"ids": IDS, "labels": LABELS, "predictions": [1, 0, 0, 0], "scores": [0.9, 0.1, 0.4, 0.2]}
    return Predictions(**{**columns, **changes})  # type: ignore[arg-type]


def _problems(base: Predictions, head: Predictions) -> tuple[Problem, ...]:
    checked = check_evidence(base, head)
    assert (checked.evidence is None) == bool(checked.problems)
    return checked.problems


def _evidence(base: Predictions, head: Predictions) -> Evidence:
    checked = check_evidence(base, head)
    assert checked.problems == ()
    assert checked.evidence is not None
    return checked.evidence


@given(names, st.randoms(use_true_random=False))
def test_rows_are_aligned_by_id_whatever_their_order(ids: list[str], random: object) -> None:
    order = list(range(len(ids)))
    random.shuffle(order)  # type: ignore[attr-defined]
    labels = [len(name) for name in ids]
    base = Predictions(ids=ids, labels=labels, scores=range(len(ids)), groups=labels)
    head = Predictions(ids=[ids[i] for i in order], labels=[labels[i] for i in order], scores=order)
    evidence = _evidence(base, head)
    assert evidence.ids.tolist() == ids
    assert evidence.head_scores is not None
    assert evidence.head_scores.tolist() == list(range(len(ids)))
    assert evidence.n == len(ids)


@given(names, st.data())
def test_omitted_and_added_rows_are_all_named(ids: list[str], data: st.DataObject) -> None:
    kept = data.draw(st.lists(st.sampled_from(ids), unique=True))
    added = [f"{name}!" for name in data.draw(st.lists(st.sampled_from(ids), unique=True))]
    base = Predictions(ids=ids, labels=[0] * len(ids))
    problems = {p.kind: p for p in _problems(base, Predictions(ids=[*kept, *added]))}
    missing = [name for name in ids if name not in kept]
    assert set(problems) == {kind for kind, rows in (("missing", missing), ("extra", added)) if rows}
    if missing:
        assert problems["missing"].count == len(missing)
        assert problems["missing"].rows == tuple(missing[:NAMED_ROWS])
    if added:
        assert problems["extra"].rows == tuple(added[:NAMED_ROWS])


@pytest.mark.parametrize(
    ("changes", "kind", "column", "rows"),
    [
        ({"ids": ["a", "b", "b", "d"]}, "duplicate", "ids", ("b",)),
        ({"labels": [1, 1, 1, 0]}, "changed-label", "labels", ("b",)),
        ({"scores": [0.9, math.nan, 0.4, 0.2]}, "not-finite", "scores", ("b",)),
        ({"scores": [0.9, math.inf, -math.inf, 0.2]}, "not-finite", "scores", ("b", "c")),
        ({"predictions": ["1", "", "0", "0"]}, "empty-value", "predictions", ("b",)),
        ({"predictions": [1.0, math.nan, 0.0, 0.0]}, "not-finite", "predictions", ("b",)),
        ({"labels": ["1", "", "1", "0"]}, "empty-value", "labels", ("b",)),
        ({"predictions": None}, "missing-column", "predictions", ()),
        ({"scores": None}, "missing-column", "scores", ()),
    ],
)
def test_every_fault_of_the_head_is_reported(
    changes: dict[str, object], kind: str, column: str, rows: tuple[str, ...]
) -> None:
    found = [p for p in _problems(_base(), _base(**changes)) if p.kind == kind]
    assert [(p.side, p.column, p.rows) for p in found] == [("head", column, rows)]
    assert found[0].count == max(1, len(rows))


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"ids": ["a", "b", "b", "d"]}, "duplicate"),
        ({"scores": [math.nan] * 4}, "not-finite"),
        ({"labels": ["1", "", "1", "0"]}, "empty-value"),
        ({"groups": ["x", "", "y", "y"]}, "empty-value"),
    ],
)
def test_faults_of_the_base_are_reported_too(changes: dict[str, object], kind: str) -> None:
    assert kind in [p.kind for p in _problems(_base(**changes), _base()) if p.side == "base"]


def test_several_faults_are_reported_at_once() -> None:
    head = Predictions(ids=["a", "a", "z"], labels=[0, 1, 1], predictions=[1, 1, 1], scores=[math.nan] * 3)
    kinds = {p.kind for p in _problems(_base(), head)}
    assert kinds == {"duplicate", "missing", "extra", "changed-label", "not-finite"}


def test_an_empty_head_misses_everything() -> None:
    (problem,) = _problems(_base(), Predictions(ids=[], predictions=[], scores=[]))
    assert (problem.kind, problem.count) == ("missing", 4)


def test_a_long_list_names_the_first_rows_only() -> None:
    ids = np.arange(1_000)
    (problem,) = _problems(Predictions(ids=ids, labels=ids % 2), Predictions(ids=ids[:100]))
    assert problem.count == 900
    assert len(problem.rows) == NAMED_ROWS
    assert problem.message.startswith("head: 900 item(s) of the base have no row: 100, 101, ")
    assert problem.message.endswith(", ...")


def test_messages_are_one_sentence() -> None:
    messages = [p.message for p in _problems(_base(), _base(scores=None, labels=[0, 0, 1, 0]))]
    assert messages == [
        "head: the column scores is missing",
        "head: 1 label(s) differ from the base's: a",
    ]


@pytest.mark.parametrize("labels", [[1.0, 0.0, 1.0, 0.0], ["1", "0", "1", "0"], np.array([1, 0, 1, 0], "i1")])
def test_the_same_labels_in_another_type_are_no_change(labels: object) -> None:
    evidence = _evidence(_base(), _base(labels=labels))
    assert evidence.labels.tolist() == LABELS


def test_ids_may_be_numbers_on_one_side_and_text_on_the_other() -> None:
    base, head = _base(ids=[1, 2, 3, 4]), _base(ids=["1", "2", "3", "4"])
    assert _evidence(base, head).n == 4


def test_labels_may_be_left_out_for_the_head() -> None:
    assert _evidence(_base(), _base(labels=None)).labels.tolist() == LABELS


def test_columns_of_the_head_alone_are_not_used() -> None:
    assert _evidence(_base(scores=None), _base()).head_scores is None


def test_codes_of_classes_and_groups() -> None:
    evidence = _evidence(_base(groups=["y", "x", "y", "x"]), _base(predictions=["1", "2", "0", "0"]))
    assert evidence.group_codes is not None
    assert evidence.group_codes.tolist() == [1, 0, 1, 0]
    assert evidence.class_codes is not None
    classes, truth, base, head = evidence.class_codes
    assert classes.tolist() == ["0", "1", "2"]
    assert (truth.tolist(), base.tolist(), head.tolist()) == ([1, 0, 1, 0], [1, 0, 0, 0], [1, 2, 0, 0])
    plain = _evidence(_base(predictions=None), _base(predictions=None))
    assert plain.class_codes is None
    assert plain.group_codes is None


def test_a_slice_keeps_its_rows_together() -> None:
    evidence = _evidence(_base(groups=["y", "x", "y", "z"]), _base())
    part = evidence.select(np.array([True, False, False, True]))
    assert part.ids.tolist() == ["a", "d"]
    assert part.group_codes is not None
    assert part.group_codes.tolist() == [0, 1]
    with pytest.raises(LengthMismatchError):
        evidence.select(np.array([True]))


def test_refuses_what_no_file_can_hold() -> None:
    with pytest.raises(
        LengthMismatchError, match="head: these must be equally long: ids 4, labels 4, predic"
    ):
        check_evidence(_base(), _base(predictions=[1]))
    with pytest.raises(EmptyInputError, match="no labels"):
        check_evidence(_base(labels=None), _base())
    with pytest.raises(EmptyInputError, match="no rows"):
        check_evidence(Predictions(ids=[], labels=[]), _base())
    with pytest.raises(LengthMismatchError, match="one dimension"):
        check_evidence(_base(), _base(scores=[[0.1], [0.2], [0.3], [0.4]]))
