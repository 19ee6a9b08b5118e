"""Stage extract: types, ids, missing values, and errors that name the place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from extract import extract
from settings import DataError, Settings, named_columns

ROWS = "\n".join(
    [
        "size,colour,day,open,outcome",
        "1.5,red,2024-02-29,true,yes",
        "NA,,2024-03-01 06:30:00,false,no",
        "3,blue,NA,,",
        '-2e3," a ""b""",1969-12-31,true,no',
    ]
)


def extracted(settings: Settings, content: str, target: Path) -> tuple[list[tuple[Any, ...]], int]:
    """Return the rows that come out, and how many had no label."""
    settings.raw.write_text(content, encoding="utf-8")
    with duckdb.connect() as connection:
        _, unlabelled = extract(connection, settings, target)
        return connection.execute(f"SELECT * FROM '{target}'").fetchall(), unlabelled


def test_values_get_their_types(tiny: Callable[..., Settings], tmp_path: Path) -> None:
    rows, unlabelled = extracted(tiny(), ROWS, tmp_path / "out.parquet")
    assert rows == [
        (0, "yes", 1.5, True, datetime(2024, 2, 29), "red"),
        (1, "no", None, False, datetime(2024, 3, 1, 6, 30), None),
        (3, "no", -2000.0, True, datetime(1969, 12, 31), ' a "b"'),
    ]
    assert unlabelled == 1


def test_a_column_can_name_the_rows(tiny: Callable[..., Settings], tmp_path: Path) -> None:
    content = "key,size,colour,day,open,outcome\nB7,1,red,NA,true,yes\nA1,2,red,NA,true,no\n"
    rows, _ = extracted(tiny(id_column="key", id_type="string"), content, tmp_path / "out.parquet")
    assert [row[0] for row in rows] == ["B7", "A1"]


def test_a_number_is_predicted_as_a_number(tiny: Callable[..., Settings], tmp_path: Path) -> None:
    content = "size,colour,day,open,outcome\n1,red,NA,true,7\n"
    settings = tiny(task="regression", classes=(), positive_class=None, target_type="integer")
    rows, _ = extracted(settings, content, tmp_path / "out.parquet")
    assert rows[0][1] == 7.0
    assert isinstance(rows[0][1], float)


@pytest.mark.parametrize(
    ("line", "column", "value"),
    [
        ("wide,red,2024-01-01,true,yes", "size", "wide"),
        ("1,red,tomorrow,true,yes", "day", "tomorrow"),
        ("1,red,2024-01-01,perhaps,yes", "open", "perhaps"),
    ],
)
def test_a_value_that_does_not_fit_is_named(
    tiny: Callable[..., Settings], tmp_path: Path, line: str, column: str, value: str
) -> None:
    with pytest.raises(DataError) as caught:
        extracted(tiny(), f"{ROWS}\n{line}", tmp_path / "out.parquet")
    said = str(caught.value)
    assert repr(column) in said
    assert repr(value) in said
    assert "row 5" in said
    assert "mlgit data check" in said


def test_numbers_and_dates_in_another_form_are_read(tiny: Callable[..., Settings], tmp_path: Path) -> None:
    lists = {"numbers": ["size", "price"], "categories": [], "dates": ["day"], "booleans": []}
    forms = {"size": "decimal-comma", "price": "thousands-comma", "day": "%d.%m.%Y"}
    settings = tiny(columns=named_columns(lists, forms), delimiter=";", group_column="shop")
    content = 'size;price;day;shop;outcome\n1.234,5;"1,234.5";29.02.2024;7;yes\nNA;2;;7;no\n'
    rows, _ = extracted(settings, content, tmp_path / "out.parquet")
    assert rows == [
        (0, "yes", "7", 1234.5, 1234.5, datetime(2024, 2, 29)),
        (1, "no", "7", None, 2.0, None),
    ]
    with pytest.raises(DataError, match=r"'day' has '2024-02-29' in row 3"):
        extracted(settings, content + "1;1;2024-02-29;7;no\n", tmp_path / "out.parquet")


def test_a_column_that_is_gone_is_named(tiny: Callable[..., Settings], tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no column 'open', 'colour'.*mlgit data check"):
        extracted(tiny(), "size,day,outcome\n1,2024-01-01,yes\n", tmp_path / "out.parquet")


def test_a_file_that_is_no_table_is_named(tiny: Callable[..., Settings], tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot be read.*mlgit data check"):
        extracted(tiny(), "size,colour,day,open,outcome\n1,red\n", tmp_path / "out.parquet")


def test_odd_names_and_a_byte_order_mark_are_read(tiny: Callable[..., Settings], tmp_path: Path) -> None:
    columns = named_columns({"numbers": [" a ", "it's", "id"], "categories": [], "dates": [], "booleans": []})
    content = '\ufeff" a ",it\'s,id,"the, ""label"""\n1,2,3,yes\n'
    settings = tiny(columns=columns, target='the, "label"')
    rows, _ = extracted(settings, content, tmp_path / "out.parquet")
    assert rows == [(0, "yes", 1.0, 2.0, 3.0)]
    names = duckdb.sql(f"FROM '{tmp_path / 'out.parquet'}'").columns
    assert names == ["id", "label", " a ", "it's", "id_"]


def test_parquet_keeps_its_types_and_times_are_utc(tiny: Callable[..., Settings], tmp_path: Path) -> None:
    row = "1.5 AS size, 'red' AS colour, TIMESTAMPTZ '2024-02-29 01:00:00+02' AS day, true AS open, 'yes' AS outcome"
    duckdb.sql(f"COPY (SELECT {row}) TO '{tmp_path / 'raw.parquet'}' (FORMAT parquet)")
    settings = tiny(raw=tmp_path / "raw.parquet", delimiter="", missing=())
    with duckdb.connect() as connection:
        assert extract(connection, settings, tmp_path / "out.parquet") == (1, 0)
    rows = duckdb.sql(f"FROM '{tmp_path / 'out.parquet'}'").fetchall()
    assert rows == [(0, "yes", 1.5, True, datetime(2024, 2, 28, 23), "red")]
