"""A schema is written, edited and read back; a mistake in it is named at its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgit.data.inference import infer
from mlgit.data.profiling import profile_file
from mlgit.data.schema import ColumnRule, RowsRule, Schema
from mlgit.data.schema_file import read, write
from mlgit.errors import UsageError
from tests.unit.data.tables import customers

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
SHARE = st.floats(0, 1)
NUMBERS = st.integers(-(10**15), 10**15) | st.floats(allow_nan=False, allow_infinity=False)
DAYS = st.dates().map(str)


@st.composite
def column_rules(draw: st.DrawFn) -> ColumnRule:
    kind = draw(st.sampled_from(["integer", "float", "string", "boolean", "date", "timestamp"]))
    bound = {"integer": NUMBERS, "float": NUMBERS, "date": DAYS, "timestamp": DAYS}.get(kind)
    bounds = sorted(draw(st.lists(bound, min_size=2, max_size=2))) if bound is not None else [None, None]
    value = {
        "string": TEXT,
        "integer": st.integers(-(10**9), 10**9),
        "boolean": st.booleans(),
        "float": NUMBERS,
    }.get(kind)
    categories = draw(st.none() | st.lists(value, max_size=5).map(tuple)) if value is not None else None
    return ColumnRule(
        type=kind,
        max_null_share=draw(SHARE),
        min=draw(st.sampled_from([None, bounds[0]])),
        max=draw(st.sampled_from([None, bounds[1]])),
        categories=categories,
        max_new_share=draw(SHARE) if categories is not None else 0.0,
        unique=draw(st.booleans()),
        optional=draw(st.booleans()),
    )


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    columns = draw(st.dictionaries(TEXT, column_rules(), min_size=1, max_size=5))
    low = draw(st.integers(0, 10**9))
    return Schema(
        version=1,
        columns=columns,
        target=draw(st.sampled_from(["", *columns])),
        id=draw(st.sampled_from(["", *columns])),
        key=tuple(draw(st.permutations(list(columns)))[: draw(st.integers(2, 4))])
        if len(columns) > 1
        else (),
        missing=tuple(draw(st.lists(TEXT, max_size=3))),
        rows=RowsRule(min=low, max=draw(st.none() | st.integers(low, 10**10))),
        extra_columns=draw(st.sampled_from(["forbid", "allow"])),
    )


@settings(max_examples=150, deadline=None)
@given(schema=schemas(), table=TEXT)
def test_what_is_written_is_read_back(schema: Schema, table: str) -> None:
    assert read(write(schema, table, 100), "s.yaml") == schema


def test_a_column_name_longer_than_yaml_allows_in_a_plain_key() -> None:
    schema = Schema(version=1, columns={"x" * 3000: ColumnRule(type="integer")})
    assert read(write(schema, "t", 1), "s.yaml") == schema


@pytest.mark.parametrize(
    "name",
    [
        "a: b",
        "# no comment",
        "'",
        '"',
        "\n",
        "{{ x }}",
        "é",
        "🙂",
        "\x85",
        "\u2028",
        "\x7f",
        "null",
        "1",
        "-",
        "? x",
    ],
)
def test_any_name_survives(name: str) -> None:
    schema = Schema(
        version=1, columns={name: ColumnRule(type="string", categories=(name,))}, target=name, missing=(name,)
    )
    assert read(write(schema, name, 1), "s.yaml") == schema


def test_a_table_gives_the_schema_a_person_would_write(tmp_path: Path) -> None:
    schema = infer(profile_file(customers(tmp_path), "churned"))
    columns = schema.columns
    assert (schema.target, schema.id, schema.rows) == ("churned", "customer_id", RowsRule(min=200))
    assert columns["customer_id"] == ColumnRule(type="integer", unique=True)
    assert columns["joined"] == ColumnRule(type="date")
    assert columns["active"] == ColumnRule(type="boolean")
    assert columns["churned"] == ColumnRule(type="string", categories=("no", "yes"))
    assert columns["city"].categories == ("Berlin", "Hamburg", "Köln", "München", "São Paulo")
    assert columns["age"].type == "integer"
    assert columns["age"].max is not None
    assert 0.05 < columns["income"].max_null_share < 0.3


def test_the_header_tells_how_to_edit(tmp_path: Path) -> None:
    profile = profile_file(customers(tmp_path), "churned")
    header = [
        line for line in write(infer(profile), "customers", profile.rows).splitlines() if line.startswith("#")
    ]
    assert "400 rows" in header[0]
    assert any("max_null_share" in line for line in header)


HEAD = "version: 1\ncolumns:\n"
MISTAKES: dict[str, tuple[str, int, str]] = {
    "empty": ("", 0, "holds no schema"),
    "a list": ("- a\n", 0, "holds no schema"),
    "no version": ("columns:\n  a: {type: string}\n", 1, "version"),
    "another version": ("version: 2\ncolumns: {}\n", 1, "version"),
    "no columns": ("version: 1\n", 1, "columns"),
    "unknown key": ("version: 1\ncolumns: {}\nrow: 3\n", 3, "unknown key 'row'"),
    "unknown key of a column": (HEAD + "  a:\n    type: string\n    nulable: true\n", 5, "unknown key 'nulable'"),
    "unknown type": (HEAD + "  a: {type: string}\n  b:\n    type: int\n", 5, "'int'"),
    "no type": (HEAD + "  a:\n    min: 3\n", 3, "type"),
    "share above one": (HEAD + "  a:\n    type: string\n    max_null_share: 5\n", 3, "between 0 and 1"),
    "bounds the wrong way": (HEAD + "  a: {type: integer, min: 5, max: 3}\n", 3, "min is larger"),
    "bounds of a text": (HEAD + "  a: {type: string, min: 5}\n", 3, "min and max bound numbers"),
    "a text for a bound": (HEAD + "  a: {type: integer, min: '5'}\n", 3, "finite numbers"),
    "a date without quotes is text": (HEAD + "  a: {type: date, min: 5}\n", 3, "quoted text"),
    "infinite bound": (HEAD + "  a: {type: float, max: .inf}\n", 3, "finite"),
    "categories of a date": (HEAD + "  a: {type: date, categories: ['x']}\n", 3, "do not go"),
    "categories of another type": (HEAD + "  a: {type: string, categories: [1, 2]}\n", 3, "put texts in quotes"),
    "a half for an integer": (HEAD + "  a: {type: integer, categories: [1.5]}\n", 3, "every category has to be"),
    "new share without categories": (HEAD + "  a: {type: string, max_new_share: 0.1}\n", 3, "needs categories"),
    "unknown target": (HEAD + "  a: {type: string}\ntarget: b\n", 4, "no column 'b'"),
    "unknown id": (HEAD + "  a: {type: string}\nid: b\n", 4, "no column 'b'"),
    "rows the wrong way": (HEAD + "  a: {type: string}\nrows: {min: 9, max: 3}\n", 4, "min"),
    "the same column twice": (HEAD + "  a: {type: string}\n  a: {type: integer}\n", 4, "stands twice"),
    "no yaml": (HEAD + "  a: {type: string\n", 4, "not valid YAML"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_at_its_line(name: str) -> None:
    text, line, said = MISTAKES[name]
    with pytest.raises(UsageError) as caught:
        read(text, "schemas/t.yaml")
    assert caught.value.where == (f"schemas/t.yaml:{line}" if line else "schemas/t.yaml")
    assert said in caught.value.message
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + "  a: {type: int}\n", "'int' is none of: "),
        (
            HEAD + "  a: {type: string, nulable: true}\n",
            "unknown key 'nulable', known are: type, max_null_share",
        ),
        (HEAD + "  a: {type: string, unique: 3}\n", "has to be true or false, and is a whole number"),
    ],
)
def test_a_mistake_names_what_would_be_allowed(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(text, "s.yaml")
    assert said in caught.value.message
