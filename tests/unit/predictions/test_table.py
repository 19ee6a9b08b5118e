"""Reading predictions: what a CSV module reads is what we read, and what is no table is refused with its line."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgit.errors import UsageError
from mlgit.predictions.columns import (
    as_predictions,
    class_name,
    classes,
    numbers,
    slice_rows,
)
from mlgit.predictions.columns import (
    test_set_digest as digest_of,
)
from mlgit.predictions.table import LONGEST, Table, read_table

PATH = "p.csv"
CELL = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff"), max_size=12)


def table(text: str) -> Table:
    return read_table(text.encode(), PATH)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_a_table_reads_back_as_it_was_written(rows: list[tuple[str, str, str]], ending: str) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator=ending)
    writer.writerow(["id", "label", "score"])
    writer.writerows(rows)
    read = table(stream.getvalue())
    found = list(zip(*(read.columns[name].tolist() for name in ("id", "label", "score")), strict=True))
    assert found == rows


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_refused(content: bytes) -> None:
    read, refusal = attempt(content)
    assert read is None or read.rows > 0
    assert refusal is None or (refusal.code, refusal.where[:5]) == ("predictions-invalid", PATH)


def attempt(content: bytes) -> tuple[Table | None, UsageError | None]:
    try:
        return read_table(content, PATH), None
    except UsageError as error:
        return None, error


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        ("", "p.csv:1", "empty"),
        ("id,label\n", "p.csv:1", "no rows"),
        ("id,score\n1,2\n", "p.csv:1", "column label is missing"),
        ("id,label,id\n1,2,3\n", "p.csv:1", "stands twice"),
        ("id,label,\n1,2,3\n", "p.csv:1", "empty or has blanks"),
        ("id,label\n1,2\n3\n", "p.csv:3", "1 value(s), the header 2"),
        ("id,label\n1,2\n3,4,5\n", "p.csv:3", "3 value(s), the header 2"),
        ('id,label\n1,"2"\n3\n', "p.csv:3", "1 value(s), the header 2"),
        ('id,label\n1,"2\n', "p.csv:2", ""),
        ("id,label\n1,2\n\n", "p.csv:3", "1 value(s)"),
        ("id,label\n1,2\r3,4\n", "p.csv:2", "carriage return"),
        ("id,label\n1,a\0\n", "p.csv:2", "zero byte"),
        ("id,label\n\ufeff1,2\n", "p.csv:2", "byte-order mark"),
        (f"id,label\n1,{'x' * (LONGEST + 1)}\n", "p.csv:2", "longer than"),
        (f'id,label\n1,"{"x" * (LONGEST + 1)}"\n', "p.csv:2", "longer than"),
    ],
)
def test_what_is_no_table(text: str, where: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        table(text)
    assert caught.value.where == where
    assert said in caught.value.message


def test_of_a_missing_label_it_is_told_who_needs_none() -> None:
    with pytest.raises(UsageError) as caught:
        table("id,grade\n1,2\n")
    assert "scores of your own alone needs none, and no task: either" in caught.value.hint
    with pytest.raises(UsageError) as other:
        table("label,grade\n1,2\n")
    assert "its columns are id, label, prediction" in other.value.hint


def test_another_encoding_is_refused_at_its_line() -> None:
    with pytest.raises(UsageError) as caught:
        read_table("id,label\n1,a\n2,é\n".encode("latin-1"), PATH)
    assert caught.value.where == "p.csv:3"


def test_a_byte_order_mark_in_front_is_no_part_of_the_first_name() -> None:
    assert set(read_table(b"\xef\xbb\xbfid,label\n1,2\n", PATH).columns) == {"id", "label"}


def test_only_the_columns_asked_for() -> None:
    assert set(read_table(b"id,label,score\n1,2,3\n", PATH, only=("id", "label")).columns) == {"id", "label"}


@pytest.mark.parametrize(
    ("text", "name"),
    [("1.0", "1"), ("1.000", "1"), ("-0", "0"), ("-3.0", "-3"), ("007", "007"), ("1.5", "1.5"), ("True", "true"), ("1 ", "1 ")],
)  # fmt: skip
def test_classes_have_one_spelling(text: str, name: str) -> None:
    assert class_name(text) == name


def test_numbers_that_are_none_become_nan() -> None:
    read = table("id,label,score\na,1,0.5\nb,0,x\nc,0,\n")
    found = numbers(read.columns["score"])
    assert found[0] == 0.5
    assert (found != found).tolist() == [False, True, True]


def test_the_score_of_several_classes_is_that_of_the_positive_one() -> None:
    read = table("id,label,prediction,score_a,score_b\n1,a,a,0.9,0.1\n")
    assert as_predictions(read, numeric=False, positive="b").scores.tolist() == [0.1]  # type: ignore[union-attr]
    assert as_predictions(read, numeric=False, positive=None).scores is None


def test_a_slice_is_chosen_by_meaning() -> None:
    read = table("id,label,age,vip\n1,a,30,True\n2,a,30.0,False\n3,b,31,True\n")
    assert slice_rows(read, {"age": 30}).tolist() == [True, True, False]
    assert slice_rows(read, {"age": 30, "vip": True}).tolist() == [True, False, False]
    assert not slice_rows(read, {"age": "x"}).any()
    with pytest.raises(KeyError):
        slice_rows(read, {"country": "DE"})


def test_the_digest_of_a_test_set_knows_ids_and_labels_only() -> None:
    one = table("id,label,score\na,1,0.5\nb,0,0.1\n")
    assert digest_of(one) == digest_of(table("score,label,id\n9,0.0,b\n8,1,a\n"))
    assert digest_of(one) != digest_of(table("id,label\na,0\nb,1\n"))
    assert digest_of(one) != digest_of(table("id,label\na,1\n"))


def test_parquet_is_read_as_csv_is() -> None:
    import duckdb

    def parquet(sql: str) -> bytes:
        from pathlib import Path
        from tempfile import TemporaryDirectory

        with TemporaryDirectory() as folder, duckdb.connect() as connection:
            connection.execute(f"COPY ({sql}) TO '{folder}/p.parquet' (FORMAT parquet)")
            return (Path(folder) / "p.parquet").read_bytes()

    content = parquet("SELECT * FROM (VALUES (1, 'a', 0.5::DOUBLE), (2, NULL, NULL)) AS t(id, label, score)")
    read = read_table(content, "p.parquet")
    assert read.columns["id"].tolist() == ["1", "2"]
    assert read.columns["label"].tolist() == ["a", ""]
    assert numbers(read.columns["score"])[0] == 0.5
    assert numbers(read.columns["score"])[1] != numbers(read.columns["score"])[1]
    assert classes(read.columns["id"]).tolist() == ["1", "2"]
    with pytest.raises(UsageError, match="cannot be read"):
        read_table(b"PAR1 nonsense", "p.parquet")


def test_a_column_of_parquet_that_stands_twice_is_refused() -> None:
    duckdb = pytest.importorskip("duckdb")
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        select = (
            "SELECT 'a' AS id, '1' AS label, '0' AS labem, {'label': 1, 'x': [2]} AS s, '1' AS prediction"
        )
        duckdb.connect().execute(f"COPY ({select}) TO '{file.name}'")
        content = Path(file.name).read_bytes()
    assert list(read_table(content, "p.parquet").columns) == ["id", "label", "labem", "s", "prediction"]
    with pytest.raises(UsageError, match="the column label stands twice"):
        read_table(content.replace(b"labem", b"label"), "p.parquet")


@pytest.mark.parametrize("numeric", [True, False])
def test_numbers_in_other_digits_are_refused_by_name(numeric: bool) -> None:
    text = "id,label,prediction,score\na,1,1,0.5\nb,0,0,\uff10.\uff19\n"
    with pytest.raises(UsageError, match="written in other digits than 0 to 9") as caught:
        as_predictions(table(text), numeric=numeric, positive=None)
    assert caught.value.where == "p.csv:3"
    label = table("id,label,prediction\na,\u0661,1\nb,2,2\n")
    if numeric:
        with pytest.raises(UsageError, match="the label"):
            as_predictions(label, numeric=True, positive=None)
    else:
        assert as_predictions(label, numeric=False, positive=None).labels.tolist() == ["\u0661", "2"]
    assert numbers(np.array(["1_0", "2"])).tolist()[1] == 2.0
    assert np.isnan(numbers(np.array(["1_0", "2"]))[0])


def test_one_long_value_does_not_take_its_memory_in_every_row() -> None:
    text = f"id,label\n{'x' * LONGEST},1\n" + "".join(f"{i % 10},1\n" for i in range(80_000))
    with pytest.raises(
        UsageError, match="one value has 1,000 characters, the others 1 on average, in 80,001 rows"
    ):
        table(text)


def test_long_values_that_all_are_long_are_read() -> None:
    assert table("id,label\n" + "".join(f"{i:0>800},1\n" for i in range(1_000))).rows == 1_000


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select 1 as id, 1 as label from range(6000000)", "6,000,000 rows of 2 columns"),
        (
            "select 1 as id, 1 as label, "
            + ", ".join(f"1.5::double as c{i}" for i in range(58))
            + " from range(700000)",
            "700,000 rows of 60 columns",
        ),
        ("select repeat('x', 900) as id, 1 as label from range(100000)", "more than 75,000,000 characters"),
        ("select repeat('x', 1001) as id, 1 as label from range(2)", "longer than 1,000 characters"),
    ],
)
def test_a_small_parquet_file_that_unfolds_to_gigabytes(tmp_path: Path, query: str, said: str) -> None:
    duckdb = pytest.importorskip("duckdb")
    place = tmp_path / "p.parquet"
    duckdb.connect().execute(f"copy ({query}) to '{place}' (format parquet)")
    with pytest.raises(UsageError, match=said):
        read_table(place.read_bytes(), "p.parquet")
