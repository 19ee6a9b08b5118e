"""A schema brought up to date: only what the data break, and every edit and comment of its owner stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgit.data.check import check_table
from mlgit.data.inference import infer
from mlgit.data.observing import observe
from mlgit.data.profiling import profile_file
from mlgit.data.report import CheckReport
from mlgit.data.schema import Schema
from mlgit.data.schema_file import read, write
from mlgit.data.schema_update import Update, updated
from tests.unit.data.tables import HEADER, draw, write_rows

TODAY = date(2026, 1, 1)
ROWS = 400


def spread(rows: list[list[str]], column: str, change: Callable[[str], str], every: int = 1) -> None:
    """Change a column in every so many rows."""
    place = HEADER.index(column)
    for row in rows[::every]:
        row[place] = change(row[place])


CHANGES: dict[str, Callable[[list[list[str]]], None]] = {
    "nothing": lambda rows: None,
    "a new category": lambda rows: spread(rows, "city", lambda _: "Bremen", 9),
    "farther numbers": lambda rows: spread(rows, "age", lambda text: str(int(text) * 3), 5),
    "another type": lambda rows: spread(rows, "age", lambda text: f"{text}.5"),
    "nothing where something was": lambda rows: spread(rows, "age", lambda _: "", 4),
    "fewer rows": lambda rows: rows.__delitem__(slice(150, None)),
    "another class": lambda rows: spread(rows, "churned", lambda _: "perhaps", 7),
}


@cache
def inferred(change: str, more: bool = False) -> tuple[list[list[str]], Schema]:
    """Return rows with a change, and the schema inferred from them."""
    rows = draw(ROWS, 3 if change != "nothing" else 1)
    CHANGES[change](rows)
    header = (*HEADER, "plan") if more else HEADER
    rows = [[*row, "basic" if number % 3 else "full"] for number, row in enumerate(rows)] if more else rows
    with TemporaryDirectory() as folder:
        path = write_rows(Path(folder) / "t.csv", rows, header)
        profile = profile_file(path, "churned")
        return rows, infer(profile, observe(path, profile, TODAY))


@cache
def reference() -> str:
    """Return the schema as mlgit wrote it."""
    return write(inferred("nothing")[1], "t", ROWS)


def brought_up(text: str, change: str, *, more: bool = False) -> Update:
    """Return a schema brought up to date with changed data."""
    rows, schema = inferred(change, more)
    with TemporaryDirectory() as folder:
        path = write_rows(Path(folder) / "t.csv", rows, (*HEADER, "plan") if more else HEADER)

        def check(standing: Schema) -> CheckReport:
            return check_table(path, standing, table="t", shown="t.csv", schema_shown="s.yaml", today=TODAY)

        return updated(text, "s.yaml", schema, check)


@pytest.mark.parametrize("change", CHANGES)
def test_the_data_pass_afterwards_and_a_second_update_changes_nothing(change: str) -> None:
    found = brought_up(reference(), change)
    assert [one.message for one in found.left] == []
    assert (found.text == reference()) == (change == "nothing")
    assert brought_up(found.text, change).text == found.text


def test_only_what_the_data_break_changes() -> None:
    before, after = reference().splitlines(), brought_up(reference(), "a new category").text.splitlines()
    assert [line for line in after if line not in before] == ['      - "Bremen"']
    assert [line for line in before if line not in after] == []


def test_a_new_column_is_described_and_one_that_is_gone_may_be_missing() -> None:
    found = read(brought_up(reference(), "nothing", more=True).text, "s.yaml")
    assert found.columns["plan"].categories == ("basic", "full")
    whole = brought_up(f"{reference()}\n# the end\n", "nothing", more=True).text
    assert whole.endswith("\n\n# the end\n")
    text = reference().rstrip() + '\n  "gone":\n    type: string  # once\n'
    again = brought_up(text, "nothing").text
    assert "    type: string  # once\n    optional: true" in again
    assert read(again, "s.yaml").columns["gone"].optional


def test_what_a_person_alone_writes_stays_and_is_said() -> None:
    text = reference().replace(
        '  "age":\n    type: integer\n', '  "age":\n    type: integer\n    max_null_share: 0.01\n'
    )
    found = brought_up(text, "nothing where something was")
    assert "max_null_share: 0.01" in found.text
    assert [(one.column, one.rule) for one in found.left] == [("age", "nulls")]


def test_brackets_windows_line_ends_and_a_table_without_reference() -> None:
    text = "version: 1  # mine\r\nextra_columns: allow\r\ncolumns: {age: {type: integer, max: 50}, city: {type: string, categories: [Köln]}}\r\n"
    found = brought_up(text, "a new category")
    assert [one.message for one in found.left] == []
    assert found.text.startswith(
        "version: 1  # mine\r\nextra_columns: allow\r\ncolumns: {age: {type: integer, max: "
    )
    assert '[Köln, "Berlin", "Bremen"' in found.text
    assert "\n" not in found.text.replace("\r\n", "")


EDITS = (
    ("pii: true", "email", lambda rule: rule.pii),
    ("max_null_share: 0.9", "", lambda rule: rule.max_null_share == 0.9),
    ("optional: true", "", lambda rule: rule.optional),
)


@settings(max_examples=12)
@given(
    change=st.sampled_from(list(CHANGES)),
    comments=st.lists(
        st.tuples(
            st.integers(1, 60), st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), max_size=20)
        ),
        max_size=8,
    ),
    edits=st.dictionaries(st.sampled_from(HEADER), st.sampled_from(EDITS)),
    upside_down=st.booleans(),
)
def test_every_edit_and_comment_survives(
    change: str, comments: list[tuple[int, str]], edits: dict[str, object], upside_down: bool
) -> None:
    lines = reference().splitlines()
    for name, (line, *_) in edits.items():  # type: ignore[misc]
        lines.insert(lines.index(f'  "{name}":') + 1, f"    {line}  # by hand: {name}")
    for place, comment in comments:
        at = min(place, len(lines))
        indent = len(lines[at - 1]) - len(lines[at - 1].lstrip())
        lines.insert(at, " " * indent + f"# {comment}")
    if upside_down:
        lines = [*lines[:5], "# the order is mine", *lines[5:], "# the end"]
    text = "\n".join(lines) + "\n"
    found = brought_up(text, change)
    after = found.text.splitlines()
    kept = iter(after)
    mine = [line for line in lines if line.lstrip().startswith("#") or "# by hand" in line]
    assert all(line in kept for line in mine), "a comment or an edit is gone, or stands elsewhere"
    schema = read(found.text, "s.yaml")
    for name, (_, _, holds) in edits.items():  # type: ignore[misc]
        assert holds(schema.columns[name])
    assert brought_up(found.text, change).text == found.text
