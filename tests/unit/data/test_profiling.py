"""What a table is taken for, and why: kinds of columns, the task, what is left out."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mlgit.data.profile import Column, Profile
from mlgit.data.profiling import profile_file
from mlgit.errors import UsageError
from tests.unit.data.tables import customers, put

ROWS = 200


def table(folder: Path, columns: dict[str, list[Any]], delimiter: str = ",") -> Path:
    """Write columns as a CSV."""
    path = folder / "t.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, delimiter=delimiter)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


def column_of(folder: Path, values: list[Any], name: str = "column") -> Column:
    """Return what a column is taken for, beside another."""
    path = table(folder, {name: values, "other": [index * 0.5 for index in range(len(values))]})
    return profile_file(path).column(name)


def cycle(*values: Any) -> list[Any]:
    return [values[index % len(values)] for index in range(ROWS)]


KINDS: dict[str, tuple[list[Any], str, str, str]] = {
    # name: values, kind, storage, role
    "integers": (cycle(1, 5, 900, -3), "number", "integer", "feature"),
    "floats": (cycle(1.5, "2", "1e-3", ".5", "+7."), "number", "float", "feature"),
    "numbers with blanks": (cycle(" 1", "2 ", "3"), "number", "integer", "feature"),
    "zero and one": (cycle(0, 1), "boolean", "integer", "feature"),
    "true and false": (cycle("true", "False", "TRUE"), "boolean", "boolean", "feature"),
    "yes and no": (cycle("yes", "no"), "category", "string", "feature"),
    "categories": (cycle("a", "b", "c"), "category", "string", "feature"),
    "days": (cycle("2024-01-31", "2023-12-01"), "date", "date", "feature"),
    "times": (cycle("2024-01-31 10:00", "2024-01-31T10:00:01.5Z"), "date", "timestamp", "feature"),
    "days and times": (cycle("2024-01-31", "2024-01-31 10:00"), "date", "timestamp", "feature"),
    "30th of february": (cycle("2024-02-30", "2024-01-01"), "text", "string", "left-out"),
    "codes": (cycle("007", "042", "113"), "category", "string", "feature"),
    "long numbers": ([str(10**20 + index) for index in range(ROWS)], "identifier", "string", "left-out"),
    "decimal commas": (cycle("1,5", "2,25", "3"), "number", "string", "feature"),
    "thousands": (cycle("1,200", "900", "3,100,000.5"), "number", "string", "feature"),
    "days in another form": (cycle("31.01.2024", "01.02.2024"), "date", "string", "feature"),
    "months first": (cycle("1/31/2024", "2/1/2024"), "date", "string", "feature"),
    "slashes": (cycle("2012/01/01", "2012/12/31"), "date", "string", "feature"),
    "days of another calendar": (cycle("31.02.2024", "01.02.2024"), "category", "string", "feature"),
    "days in two forms": ([f"{index % 28 + 1}.01.{1990 + index % 30}" if index % 2 else f"1/{index % 28 + 1}/2024 7:00" for index in range(ROWS)], "text", "string", "left-out"),
    "offsets": ([f"2024-01-{index % 28 + 1:02d}T10:{index % 60:02d}:00+02:00" for index in range(ROWS)], "text", "string", "left-out"),
    "currency": ([f"${index}.50" for index in range(ROWS)], "text", "string", "left-out"),
    "few with a unit": (cycle("1st", "2nd", "3rd"), "category", "string", "feature"),
    "names of things": ([f"thing {index} of wood" for index in range(ROWS)], "text", "string", "feature"),
    "mostly numbers": ([*range(ROWS - 1), "abc"], "text", "string", "left-out"),
    "infinite": ([*[index * 1.5 for index in range(ROWS - 1)], "1e999"], "number", "float", "left-out"),
    "constant": (cycle("x"), "category", "string", "left-out"),
    "constant number": (cycle(3), "number", "integer", "left-out"),
    "nothing": (cycle(""), "category", "string", "left-out"),
    "only words for nothing": (cycle("NA", "?", " "), "category", "string", "left-out"),
    "consecutive numbers": (list(range(5000, 5000 + ROWS)), "identifier", "integer", "left-out"),
    "unique texts": ([f"k{index:05d}x" for index in range(ROWS)], "identifier", "string", "left-out"),
    "many texts": ([f"k{index % 120}" for index in range(ROWS)], "category", "string", "feature"),
    "prose": ([f"the customer says {index * 37 % 191} things that are long enough" for index in range(ROWS)], "text", "string", "feature"),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_what_a_column_is_taken_for(name: str, tmp_path: Path) -> None:
    values, kind, storage, role = KINDS[name]
    found = column_of(tmp_path, values)
    expected_role = "id" if kind == "identifier" and name != "other" else role
    assert (found.kind, found.storage, found.role) == (kind, storage, expected_role)
    assert found.reason
    assert "\n" not in found.reason


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("decimal commas", "decimal comma"),
        ("days in another form", "%d.%m.%Y"),
        ("months first", "%m/%d/%Y"),
        ("days in two forms", "YYYY-MM-DD"),
        ("offsets", "offset from UTC"),
        ("currency", "unit or currency"),
        ("mostly numbers", "1 of 200 values that are no numbers, as 'abc'"),
        ("infinite", "infinite"),
        ("constant", "same value"),
        ("nothing", "no row has a value"),
        ("many texts", "120 different texts"),
    ],
)
def test_why_a_column_is_left_out(name: str, said: str, tmp_path: Path) -> None:
    assert said in column_of(tmp_path, KINDS[name][0]).reason


@pytest.mark.parametrize("word", ["", " ", "NA", "N/A", "nan", "NULL", "None", "?", "-", "#N/A"])
@pytest.mark.parametrize(
    "values", [(1, 2, 3), (1.5, 2.5), ("a", "b"), ("2024-01-01", "2024-01-02"), ("true", "false")]
)
def test_words_for_nothing_are_missing_values(word: str, values: tuple[Any, ...], tmp_path: Path) -> None:
    whole = column_of(tmp_path, cycle(*values, *values))
    path = table(tmp_path, {"column": [word, *cycle(*values, *values)[1:]], "other": list(range(ROWS))})
    profile = profile_file(path)
    holed = profile.column("column")
    assert (holed.kind, holed.storage, holed.nulls) == (whole.kind, whole.storage, 1)
    assert profile.missing == ((word.strip(),) if word.strip() else ())
    assert word not in holed.categories


@pytest.mark.parametrize(
    "name", ["id", "ID", "customer_id", "customerId", "Unnamed: 0", "uuid", "order no", "index"]
)
def test_numbers_named_like_an_id_name_the_rows(name: str, tmp_path: Path) -> None:
    values = random.Random(1).sample(range(10**6), ROWS)
    path = table(tmp_path, {name: values, "x": cycle(1.5, 2.5, 3.5)})
    assert profile_file(path).id_column == name
    assert column_of(tmp_path, values, "price").role == "feature"


def test_a_store_number_is_a_category_and_a_customer_number_is_left_out(tmp_path: Path) -> None:
    store = column_of(tmp_path, cycle(17, 4, 99), "store_id")
    assert (store.kind, store.categories) == ("category", (4, 17, 99))
    many = column_of(tmp_path, [index % 120 * 7 for index in range(ROWS)], "customer_id")
    assert (many.kind, many.role) == ("identifier", "left-out")


def test_the_likeliest_of_several_ids_names_the_rows(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        {
            "code": [f"c{index}" for index in range(ROWS)],
            "order_id": [index * 3 for index in range(ROWS)],
            "id": [index * 7 + 3 for index in range(ROWS)],
            "x": cycle(1.5, 2, 4),
        },
    )
    profile = profile_file(path)
    assert profile.id_column == "id"
    assert [column.role for column in profile.columns] == ["left-out", "left-out", "id", "feature"]


@pytest.mark.parametrize(
    ("values", "task", "positive", "classes"),
    [
        (cycle("yes", "no", "no"), "binary-classification", "yes", ("no", "yes")),
        (cycle("a", "b", "b"), "binary-classification", "a", ("a", "b")),
        (cycle("a", "b"), "binary-classification", "b", ("a", "b")),
        (cycle(0, 1, 1), "binary-classification", "1", ("0", "1")),
        (cycle(1, 2, 2, 2), "binary-classification", "1", ("1", "2")),
        (cycle("True", "False", "True"), "binary-classification", "true", ("false", "true")),
        (cycle(0.5, 1.5), "binary-classification", "1.5", ("0.5", "1.5")),
        (cycle("a", "b", "c"), "multiclass-classification", None, ("a", "b", "c")),
        (cycle(0, 1, 2), "multiclass-classification", None, ("0", "1", "2")),
        (cycle(*range(20)), "multiclass-classification", None, tuple(sorted(str(n) for n in range(20)))),
        (cycle(*range(21)), "regression", None, ()),
        ([index % 19 for index in range(ROWS - 20)] + [19] * 20, "multiclass-classification", None, tuple(sorted(str(n) for n in range(20)))),
        ([index * 1.5 for index in range(ROWS)], "regression", None, ()),
        (cycle(1.5, 2, 3), "regression", None, ()),
        (list(range(ROWS)), "error", None, ()),
    ],
)  # fmt: skip
def test_the_task_follows_from_the_target(
    values: list[Any], task: str, positive: str | None, classes: tuple[str, ...], tmp_path: Path
) -> None:
    path = table(tmp_path, {"x": [index * 37 % 101 / 3 for index in range(ROWS)], "target": values})
    if task == "error":
        with pytest.raises(UsageError, match="identifier"):
            profile_file(path, "target")
        return
    profile = profile_file(path, "target")
    assert (profile.task, profile.positive_class, profile.classes) == (task, positive, classes)
    assert "'target'" in profile.task_reason
    assert profile.column("target").role == "target"


def test_whole_numbers_that_repeat_are_classes(tmp_path: Path) -> None:
    numbers = [index % 7 * 1.1 for index in range(ROWS)]
    path = table(tmp_path, {"x": numbers, "stars": cycle(1, 2, 3, 4, 5)})
    assert profile_file(path, "stars").task == "multiclass-classification"


HOPELESS: dict[str, tuple[list[Any], str, str]] = {
    "constant": (cycle("yes"), "data-target-constant", "nothing to learn"),
    "constant with holes": (cycle("yes", ""), "data-target-constant", "nothing to learn"),
    "empty": (cycle(""), "data-target-empty", "no value"),
    "words for nothing": (cycle("NA", "?"), "data-target-empty", "no value"),
    "ids": ([f"k{index}" for index in range(ROWS)], "data-target-id", "a name, not an outcome"),
    "dates": (cycle("2024-01-01", "2024-01-02", "2024-01-03"), "data-target-date", "date"),
    "few labels": (["a", "b", *[""] * (ROWS - 2)], "data-too-few-rows", "2 rows have a label"),
}


@pytest.mark.parametrize("name", HOPELESS)
def test_a_target_that_cannot_be_learned(name: str, tmp_path: Path) -> None:
    values, code, said = HOPELESS[name]
    path = table(tmp_path, {"x": [index * 37 % 101 / 3 for index in range(ROWS)], "target": values})
    with pytest.raises(UsageError) as caught:
        profile_file(path, "target", shown="t.csv")
    assert caught.value.code == code
    assert said in caught.value.message
    assert caught.value.hint
    assert caught.value.where == "t.csv"


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("chruned", "'churned'"),
        ("CHURNED", "'churned'"),
        (" churned", "'churned'"),
        ("zzz", "its columns: 'customer_id'"),
    ],
)
def test_a_target_that_does_not_exist(asked: str, hint: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        profile_file(customers(tmp_path), asked)
    assert caught.value.code == "data-target-unknown"
    assert hint in caught.value.hint


def test_a_file_without_a_header_is_hinted_at(tmp_path: Path) -> None:
    path = put(tmp_path, "5.1,3.5,setosa\n" + "4.9,3.0,setosa\n5.0,3.1,virginica\n" * 20)
    with pytest.raises(UsageError) as caught:
        profile_file(path, "species")
    assert "looks like data" in caught.value.hint


def test_rows_without_a_label_are_counted_and_said(tmp_path: Path) -> None:
    path = table(tmp_path, {"x": [index * 1.5 for index in range(ROWS)], "y": ["", *cycle("a", "b")[1:]]})
    profile = profile_file(path, "y")
    assert (profile.rows, profile.unlabelled) == (ROWS, 1)
    assert "1 of 200 rows have no value of 'y'" in profile.warnings[0]


def test_rare_classes_are_said(tmp_path: Path) -> None:
    path = table(
        tmp_path, {"x": [index * 1.5 for index in range(ROWS)], "y": ["rare", *cycle("a", "b", "c")[1:]]}
    )
    assert profile_file(path, "y").warnings == ("1 of 4 classes has fewer than 10 rows: 'rare' (1)",)


def test_columns_that_give_the_target_away_are_left_out(tmp_path: Path) -> None:
    chance = random.Random(2)
    labels = [chance.choice(("yes", "no")) for _ in range(ROWS)]
    path = table(
        tmp_path,
        {
            "x": [chance.random() for _ in range(ROWS)],
            "copy": labels,
            "code": [1 if label == "yes" else 0 for label in labels],
            "honest": [label if chance.random() < 0.9 else "no" for label in labels],
            "y": labels,
        },
    )
    profile = profile_file(path, "y")
    assert [column.role for column in profile.columns] == [
        "feature",
        "left-out",
        "left-out",
        "feature",
        "target",
    ]
    assert len(profile.warnings) == 2
    assert "gives the target away" in profile.warnings[0]


def test_a_number_in_another_unit_gives_the_target_away(tmp_path: Path) -> None:
    chance = random.Random(2)
    celsius = [chance.gauss(20, 5) for _ in range(ROWS)]
    path = table(
        tmp_path,
        {
            "fahrenheit": [value * 9 / 5 + 32 for value in celsius],
            "near": [value + chance.gauss(0, 0.1) for value in celsius],
            "celsius": celsius,
        },
    )
    profile = profile_file(path, "celsius")
    assert [column.role for column in profile.columns] == ["left-out", "feature", "target"]


def test_nothing_to_learn_from_is_said(tmp_path: Path) -> None:
    path = table(tmp_path, {"name": [f"n{index}" for index in range(ROWS)], "y": cycle("a", "b")})
    with pytest.raises(UsageError) as caught:
        profile_file(path, "y")
    assert caught.value.code == "data-no-features"
    assert "'name'" in caught.value.hint


def test_a_whole_table(tmp_path: Path) -> None:
    profile = profile_file(customers(tmp_path), "churned")
    assert [(column.name, column.kind, column.role) for column in profile.columns] == [
        ("customer_id", "identifier", "id"),
        ("age", "number", "feature"),
        ("income", "number", "feature"),
        ("city", "category", "feature"),
        ("joined", "date", "feature"),
        ("active", "boolean", "feature"),
        ("churned", "category", "target"),
    ]
    assert (profile.id_column, profile.delimiter) == ("customer_id", ",")
    assert profile.column("income").nulls > 0
    assert profile.task_reason == "'churned' is one of two values, 'no' and 'yes'"
    assert msgspec.json.decode(msgspec.json.encode(profile), type=Profile) == profile


def test_parquet_and_csv_are_taken_for_the_same(tmp_path: Path) -> None:
    import duckdb

    path = customers(tmp_path)
    duckdb.connect().execute(
        f"COPY (FROM read_csv('{path}', types={{'churned': 'VARCHAR'}})) TO '{tmp_path}/c.parquet'"
    )
    one, other = profile_file(path, "churned"), profile_file(tmp_path / "c.parquet", "churned")
    assert one.columns == other.columns
    assert (other.file_format, other.delimiter) == ("parquet", "")


def test_parquet_types_that_no_model_takes(tmp_path: Path) -> None:
    import duckdb

    query = """SELECT range AS x, [range] AS list, {'a': range, 'b': {'c': 1}} AS nested, 'x'::BLOB AS bytes,
        range::DECIMAL(9, 2) AS money, range::UTINYINT % 3 AS tiny, 'nan'::DOUBLE AS nothing,
        CASE WHEN range % 2 = 0 THEN 'nan'::FLOAT ELSE range END AS holed, TIMESTAMPTZ '2024-01-01 00:00:00+02' + INTERVAL (range) HOUR AS at,
        (CASE WHEN range % 2 = 0 THEN 'a' ELSE 'b' END)::ENUM('a', 'b') AS y FROM range(100)"""
    duckdb.connect().execute(f"COPY ({query}) TO '{tmp_path}/t.parquet'")
    profile = profile_file(tmp_path / "t.parquet", "y")
    roles = {column.name: (column.kind, column.storage, column.role) for column in profile.columns}
    assert [roles[name][2] for name in ("list", "nested", "bytes", "nothing")] == ["left-out"] * 4
    assert "type" in profile.column("nested").reason
    assert roles["money"] == ("number", "float", "feature")
    assert roles["tiny"] == ("number", "integer", "feature")
    assert roles["at"] == ("date", "timestamp", "feature")
    assert (profile.column("holed").nulls, profile.classes) == (50, ("a", "b"))


def test_what_differs_behind_the_first_rows_is_seen(tmp_path: Path) -> None:
    late = [index * 2 for index in range(5000)]
    path = table(
        tmp_path,
        {
            "float": [*late[:-1], "0.5"],
            "holed": [*late[:-1], "NA"],
            "dirty": [*late[:-1], "abc"],
            "flag": [*["true", "false"] * 2499, "true", "maybe"],
        },
    )
    profile = profile_file(path)
    assert [column.storage for column in profile.columns] == ["float", "integer", "string", "string"]
    assert [column.nulls for column in profile.columns] == [0, 1, 0, 0]
