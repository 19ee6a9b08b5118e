"""The test set: the right share of every class, the same everywhere, and nearly the same after growth."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgit.data.profiling import profile_file
from mlgit.data.split import held_out, place_of, read, split_file, write
from mlgit.errors import UsageError
from tests.unit.data.tables import customers, draw, put, write_rows

LABELS = st.lists(st.sampled_from("abc"), min_size=2, max_size=200)
IDS = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=10),
    min_size=1,
    max_size=30,
    unique=True,
)


@given(labels=LABELS, share=st.floats(0.01, 0.99), seed=st.integers(0, 99))
def test_every_class_gives_its_share(labels: list[str], share: float, seed: int) -> None:
    rows = [(str(index), label) for index, label in enumerate(labels)]
    if max(Counter(labels).values()) < 2:
        return
    test = set(held_out(rows, share=share, seed=seed))
    for label, number in Counter(labels).items():
        taken = sum(1 for identifier, own in rows if own == label and identifier in test)
        if number == 1:
            assert taken == 0
        else:
            assert 1 <= taken <= number - 1
            assert abs(taken - share * number) <= 1


def test_it_is_the_same_on_every_machine() -> None:
    assert place_of(7, "1000") == 0x1B301E27BD4D68D0
    rows = [(str(index), None) for index in range(20)]
    assert held_out(rows) == held_out(list(rows))
    assert len(held_out(rows)) == 5


def test_order_does_not_matter_and_seeds_do() -> None:
    rows = [(str(index), "ab"[index % 2]) for index in range(400)]
    assert set(held_out(rows)) == set(held_out(rows[::-1]))
    assert set(held_out(rows)) != set(held_out(rows, seed=8))


def test_growth_keeps_nearly_all_of_it() -> None:
    before = set(held_out([(str(index), None) for index in range(4000)]))
    after = set(held_out([(str(index), None) for index in range(4400)]))
    assert len(before - after) < 0.05 * len(before)


def test_a_very_long_table_is_not_held_out_without_end() -> None:
    rows = [(str(index), "ab"[index % 10 == 0]) for index in range(4000)]
    test = set(held_out(rows, most=100))
    assert len(test) == 100
    assert sum(int(identifier) % 10 == 0 for identifier in test) == 10


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, float("nan")])
def test_a_share_that_is_none(share: float) -> None:
    with pytest.raises(UsageError, match="share"):
        held_out([("1", None), ("2", None)], share=share)


def test_what_cannot_be_split() -> None:
    with pytest.raises(UsageError, match="two rows"):
        held_out([("1", None), ("1", None)])
    with pytest.raises(UsageError, match="nothing can be held out"):
        held_out([("1", "a"), ("2", "b")])
    with pytest.raises(UsageError, match="nothing can be held out"):
        held_out([])


def test_the_ids_of_a_file_are_those_of_its_id_column(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "t.csv", draw(400, 1, first_id=5000))
    profile = profile_file(path, "churned")
    test = split_file(path, profile)
    assert all(5000 <= int(identifier) < 5400 for identifier in test)
    assert 98 <= len(test) <= 102


def test_without_an_id_rows_go_by_their_number_and_unlabelled_rows_are_in_no_set(tmp_path: Path) -> None:
    rows = [["", "9.5"] if index == 3 else ["ab"[index % 2], str(index % 9 * 1.5)] for index in range(40)]
    path = write_rows(tmp_path / "t.csv", rows, ("y", "x"))
    profile = profile_file(path, "y")
    test = split_file(path, profile, share=0.9)
    assert profile.id_column is None
    assert "3" not in test
    assert set(test) <= {str(index) for index in range(40)}
    assert list(test) == sorted(test, key=int)


def test_csv_and_parquet_are_split_alike(tmp_path: Path) -> None:
    import duckdb

    path = customers(tmp_path)
    duckdb.connect().execute(f"COPY (FROM read_csv('{path}')) TO '{tmp_path}/c.parquet'")
    one = split_file(path, profile_file(path, "churned"))
    other = split_file(tmp_path / "c.parquet", profile_file(tmp_path / "c.parquet", "churned"))
    assert one == other


@given(identifiers=IDS)
def test_what_is_written_is_read_back(identifiers: list[str]) -> None:
    assert read(write(identifiers).encode(), "s.csv") == tuple(identifiers)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", 1),
        (b"id\n", 1),
        (b"number\n1\n", 1),
        (b"id\n1\n2,3\n", 3),
        (b"id\n1\n2\n1\n", 4),
        (b"id\n1\n<<<<<<< HEAD\n2\n=======\n=======\n", 6),
        (b"id\n1\n\xe9\n", 3),
        (b'id\n1\n"2\n', 3),
    ],
)
def test_a_split_that_is_none(content: bytes, line: int) -> None:
    with pytest.raises(UsageError) as caught:
        read(content, "splits/t.csv")
    assert caught.value.where == f"splits/t.csv:{line}"
    assert "--renew" in caught.value.hint


def test_bad_files_are_refused(tmp_path: Path) -> None:
    path = customers(tmp_path)
    profile = profile_file(path, "churned")
    with pytest.raises(UsageError):
        split_file(put(tmp_path, "a,b\n1\n", "bad.csv"), profile)
