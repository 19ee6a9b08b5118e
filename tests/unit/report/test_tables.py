"""A raw table: typed, in the order of its ids, split, and refused in one sentence where it does not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from mlgit.report import Columns, Table, TableError, read_table

ROWS = "\n".join(
    [
        "size,colour,day,open,outcome",
        "1.5,red,2024-02-29,true,yes",
        "NA,,2024-03-01 06:30:00,false,no",
        "3,blue,NA,,",
        '-2e3," a ""b""",1969-12-31,true,no\n',
    ]
)
COLUMNS = Columns(numbers=["size"], booleans=["open"], dates=["day"], categories=["colour"], missing=["NA"])


def read(folder: Path, content: str = ROWS, columns: Columns = COLUMNS, **changed: Any) -> Table:
    path = folder / "raw.csv"
    path.write_text(content, encoding="utf-8")
    return read_table(path, columns, **{"target": "outcome", "classes": ["yes", "no"], **changed})


def held_out(folder: Path, *ids: str) -> Path:
    path = folder / "split.csv"
    path.write_text("\n".join(["id", *ids]) + "\n", encoding="utf-8")
    return path


def test_values_get_their_types_and_rows_without_a_label_are_left_out(tmp_path: Path) -> None:
    table = read(tmp_path)
    assert table.ids == [0, 1, 3]
    assert table.labels.tolist() == ["yes", "no", "no"]
    assert table.classes == ("no", "yes")
    rows = table.rows
    assert rows["size"].dtype == np.float32
    assert rows["size"].fillna(-1).tolist() == [1.5, -1.0, -2000.0]
    assert rows["open"].tolist() == [1.0, 0.0, 1.0]
    assert rows["day_days"].tolist() == pytest.approx([19782.0, 19783.27, -1.0], abs=0.01)
    assert rows["colour"].tolist() == ["red", "missing", ' a "b"']


def test_rows_are_in_the_order_of_their_ids_and_split_by_them(tmp_path: Path) -> None:
    content = "key,size,outcome\nB7,1,yes\nA1,2,no\nC3,3,yes\nD4,4,no\n"
    columns = Columns(numbers=["size"])
    table = read(tmp_path, content, columns, id="key", test=held_out(tmp_path, "B7", "gone"))
    assert table.ids == ["A1", "B7", "C3", "D4"]
    assert table.test.ids == ["B7"]
    assert table.train.ids == ["A1", "C3", "D4"]
    assert table.train.rows["size"].tolist() == [2.0, 3.0, 4.0]


def test_later_rows_of_a_held_out_group_are_in_neither_part(tmp_path: Path) -> None:
    content = "shop,size,outcome\na,1,yes\na,2,no\nb,3,yes\nb,4,no\n,5,no\n"
    table = read(tmp_path, content, Columns(numbers=["size"]), group="shop", test=held_out(tmp_path, "0"))
    assert table.test.ids == [0]
    assert table.train.ids == [2, 3, 4]


def test_numbers_and_labels_in_another_form_are_read(tmp_path: Path) -> None:
    forms = {"size": "decimal-comma", "outcome": "decimal-comma"}
    columns = Columns(numbers=["size"], forms=forms)
    content = "size;outcome\n1.234,5;2,5\n;7\n"
    table = read(tmp_path, content, columns, classes=(), delimiter=";")
    assert table.labels.tolist() == [2.5, 7.0]
    assert table.rows["size"].fillna(-1).tolist() == [1234.5, -1.0]


def test_categories_are_learned_from_the_rows_to_train_on(tmp_path: Path) -> None:
    content = "colour,outcome\nred,yes\nblue,no\ngreen,no\nred,yes\nblue,no\n"
    columns = Columns(categories=["colour"])
    table = read(tmp_path, content, columns, most_categories=2, test=held_out(tmp_path, "2"))
    assert table.columns.frequent == {"colour": ["blue", "red"]}
    assert table.test.rows["colour"].tolist() == ["other"]
    again = read(tmp_path, content, table.columns, test=held_out(tmp_path, "0"))
    assert again.columns == table.columns


def test_parquet_keeps_its_types_and_times_are_utc(tmp_path: Path) -> None:
    row = "1.5 AS size, 'red' AS colour, TIMESTAMPTZ '2024-02-29 01:00:00+02' AS day, true AS open, 'yes' AS outcome"
    duckdb.sql(f"COPY (SELECT {row}) TO '{tmp_path / 'raw.parquet'}' (FORMAT parquet)")
    table = read_table(tmp_path / "raw.parquet", COLUMNS, target="outcome", classes=["yes"])
    assert table.rows["day_hour"].tolist() == [23.0]
    assert table.rows["open"].tolist() == [1.0]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("wide,red,2024-01-01,true,yes", "'size' has 'wide' in row 5"),
        ("1,red,tomorrow,true,yes", "'day' has 'tomorrow' in row 5"),
        ("1,red,2024-01-01,perhaps,yes", "'open' has 'perhaps' in row 5"),
        ("1,red,2024-01-01,true,maybe", "'outcome' is 'maybe' in some rows, which is no class"),
        ("1,red", "cannot be read"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(TableError, match=said) as caught:
        read(tmp_path, f"{ROWS}{line}\n")
    assert "\n" not in str(caught.value)


def test_a_column_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"no column 'open', 'colour'.*mlgit data check"):
        read(tmp_path, "size,day,outcome\n1,2024-01-01,yes\n")


def test_a_text_in_another_form_is_named_with_its_row(tmp_path: Path) -> None:
    columns = Columns(dates=["day"], forms={"day": "%d.%m.%Y"})
    with pytest.raises(TableError, match=r"'day' has '2024-02-29' in the row 1, .*%d.%m.%Y"):
        read(tmp_path, "day,outcome\n29.02.2024,yes\n2024-02-29,no\n", columns)


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (["9"], "none of the 1 ids"),
        (["0", "1", "3"], "all rows are held out"),
        (["0"], "no row to train on has the class 'yes'"),
    ],
)
def test_a_split_that_does_not_fit_is_refused(tmp_path: Path, ids: list[str], said: str) -> None:
    with pytest.raises(TableError, match=said):
        read(tmp_path, test=held_out(tmp_path, *ids))


def test_an_id_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="an id stands in two rows"):
        read(tmp_path, "key,size,outcome\na,1,yes\na,2,no\n", Columns(numbers=["size"]), id="key")


def test_odd_names_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    columns = Columns(numbers=[" a ", "it's", "id", "label"])
    names = [" a ", "it's", "id", "label", 'the, "label"']
    quoted = ['"' + name.replace('"', 2 * '"') + '"' for name in names]
    content = "\ufeff" + ",".join(quoted) + "\n1,2,3,4,yes\n"
    table = read(tmp_path, content, columns, target='the, "label"', classes=["yes"])
    assert table.rows.iloc[0].tolist() == [1.0, 2.0, 3.0, 4.0]
