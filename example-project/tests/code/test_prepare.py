"""Stage prepare and the features: one row alone, the frozen split, and errors that say what mends them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from features import LARGEST, Feature, features, fitted
from prepare import check_labels, open_tables, write
from settings import DataError, Settings, named_columns
from sql import quoted
from tables import read_table

COLUMNS = "id BIGINT, label VARCHAR, size DOUBLE, open BOOLEAN, day TIMESTAMP, colour VARCHAR"
ROWS = [
    (2, "no", None, False, None, None),
    (0, "yes", 1.5, True, "2032-02-29 06:00:00", "red"),
    (1, "no", 1e300, None, "1970-01-01", "blue"),
]


def opened(settings: Settings, folder: Path, held_out: list[Any]) -> duckdb.DuckDBPyConnection:
    """Return a connection to a tiny extracted table and its held-out ids."""
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE tiny ({COLUMNS})")
    connection.executemany("INSERT INTO tiny VALUES (?, ?, ?, ?, ?, ?)", ROWS)
    connection.execute(f"COPY tiny TO '{folder / 'extracted.parquet'}' (FORMAT parquet)")
    settings.split.write_text("\n".join(["id", *map(str, held_out)]) + "\n", encoding="utf-8")
    open_tables(connection, folder / "extracted.parquet", settings.split)
    return connection


def test_rows_are_held_out_by_their_ids(tiny: Callable[..., Settings], tmp_path: Path) -> None:
    settings = tiny()
    with opened(settings, tmp_path, [1, 99]) as connection:
        assert write(connection, settings, tmp_path / "test.parquet", held_out=True) == 1
        assert write(connection, settings, tmp_path / "train.parquet", held_out=False) == 2
    assert read_table(tmp_path / "test.parquet").ids == [1]
    assert read_table(tmp_path / "train.parquet").ids == [0, 2]


def test_every_row_gets_numbers_and_categories(tiny: Callable[..., Settings], tmp_path: Path) -> None:
    settings = tiny()
    with opened(settings, tmp_path, []) as connection:
        write(connection, settings, tmp_path / "train.parquet", held_out=False)
    table = read_table(tmp_path / "train.parquet")
    assert table.numbers == [
        "size",
        "open",
        "day_days",
        "day_month",
        "day_yearday",
        "day_weekday",
        "day_hour",
    ]
    assert table.categories == ["colour"]
    first, second, third = table.rows.to_dict("records")
    assert first == {
        **{"size": 1.5, "open": 1.0, "colour": "red"},
        **{"day_days": 22704.25, "day_month": 2.0, "day_yearday": 60.0, "day_weekday": 7.0, "day_hour": 6.0},
    }
    assert second["size"] == pytest.approx(LARGEST)
    assert third["colour"] == "missing"
    assert [name for name in table.numbers if third[name] != third[name]] == [
        name for name in table.numbers if name != "open"
    ]


def test_a_name_that_is_taken_is_changed(tiny: Callable[..., Settings]) -> None:
    columns = named_columns(
        {"numbers": ["ID", "day_month"], "categories": ["label", "label_"], "dates": ["day"], "booleans": []}
    )
    names = [feature.name for feature in features(tiny(columns=columns))]
    assert names == [
        "ID_",
        "day_month",
        "day_days",
        "day_month_",
        "day_yearday",
        "day_weekday",
        "day_hour",
        "label__",
        "label_",
    ]


@pytest.mark.parametrize(
    "name", ['two "quotes"', "a, b", "größe", "{" + "{ x }" + "}", "class", "back\\slash", "x\ny"]
)
def test_any_name_can_be_a_feature(name: str) -> None:
    query = f"SELECT {fitted(Feature(name, 'number', quoted(name)))} FROM (SELECT 2 AS {quoted(name)})"
    found = duckdb.sql(query)
    assert found.columns == [name]
    assert found.fetchall() == [(2.0,)]


def test_an_unknown_class_is_named(tiny: Callable[..., Settings], tmp_path: Path) -> None:
    settings = tiny(classes=("no", "maybe"))
    with (
        opened(settings, tmp_path, [1]) as connection,
        pytest.raises(DataError, match=r"'yes'.*target\.classes"),
    ):
        check_labels(connection, settings)


def test_a_class_without_a_row_to_train_on_is_named(tiny: Callable[..., Settings], tmp_path: Path) -> None:
    settings = tiny()
    with (
        opened(settings, tmp_path, [0]) as connection,
        pytest.raises(DataError, match=r"no row to train.*'yes'"),
    ):
        check_labels(connection, settings)


def test_a_split_that_is_no_list_of_ids_is_refused(tiny: Callable[..., Settings], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="mlgit data split"):
        opened(tiny(), tmp_path, ["1,2,3"])
