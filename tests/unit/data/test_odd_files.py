"""Forty odd files: the right kind for every column, or a question (a doubt that is said, an error with what to do)."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from mlgit.data.imported import imported
from mlgit.data.profiling import profile_file
from mlgit.errors import UsageError
from tests.unit.data.tables import put

ROWS = 120
Values = Callable[[int], str]


def chosen(*words: str) -> Values:
    return lambda row: words[random.Random(row).randrange(len(words))]


def number(row: int) -> float:
    return random.Random(row + 7).gauss(50, 20)


COLUMNS: dict[str, tuple[Values, str]] = {
    "ordered words": (chosen("1st", "2nd", "3rd"), "category"),
    "decimal comma": (lambda row: f"{number(row):.2f}".replace(".", ","), "number"),
    "thousands": (lambda row: f"{row * 1234.5 + 1000:,.2f}", "number"),
    "thousands in German": (lambda row: f"{row * 1234.5 + 1000:,.2f}".translate(str.maketrans(",.", ".,")), "number"),
    "date with slashes": (lambda row: f"2012/{row % 12 + 1:02}/{row % 28 + 1:02}", "date"),
    "German date": (lambda row: f"{row % 28 + 1:02}.{row % 12 + 1:02}.2024", "date"),
    "American date": (lambda row: f"{row % 12 + 1:02}/{row % 28 + 1:02}/2024", "date"),
    "date in words": (lambda row: f"Mar {row % 28 + 1:02}, {2000 + row % 20}", "date"),
    "time with zone": (lambda row: f"2024-01-{row % 28 + 1:02}T{row % 24:02}:00:00Z", "date"),
    "time of a log": (lambda row: f"{row % 28 + 1:02}.{row % 12 + 1:02}.2024 {row % 24:02}:{row % 60:02}", "date"),
    "region NA": (chosen("NA", "EU", "ASIA"), "category"),
    "yes and no": (chosen("yes", "no"), "category"),
    "0 and 1": (chosen("0", "1"), "boolean"),
    "true and false": (chosen("TRUE", "FALSE"), "boolean"),
    "key of rows": (lambda row: f"C-{row:05}", "identifier"),
    "uuid": (lambda row: f"{row:08x}-0000-4000-8000-{row:012x}", "identifier"),
    "customer_id": (lambda row: str(1000 + row), "identifier"),
    "codes of 40": (lambda row: f"K{row % 40:02}", "category"),
    "long words": (lambda row: f"the {chosen('red', 'blue')(row)} parcel number {row} came late and the box was torn", "text"),
    "mostly empty": (lambda row: "x" if row % 10 == 0 else "y" if row % 10 == 1 else "", "category"),
    "all empty": (lambda row: "", "left out"),
    "constant": (lambda row: "same", "left out"),
    "constant number": (lambda row: "5", "left out"),
    "numbers with a sign": (lambda row: f"{number(row) - 50:+.1f}", "number"),
    "scientific": (lambda row: f"{number(row) * 1e-9:.3e}", "number"),
    "numbers with NA": (lambda row: "NA" if row % 9 == 0 else f"{number(row):.1f}", "number"),
    "numbers with -": (lambda row: "-" if row % 9 == 0 else f"{number(row):.1f}", "number or question"),
    "numbers with ?": (lambda row: "?" if row % 9 == 0 else f"{number(row):.1f}", "number or question"),
    "numbers with a unit": (lambda row: f"{number(row):.0f} kg", "question"),
    "percent": (lambda row: f"{number(row):.0f}%", "question"),
    "money": (lambda row: f"${number(row) * 7:.2f}", "question"),
    "accents": (chosen("Köln", "São Paulo", "Łódź", "東京"), "category"),
    "quoted commas": (chosen('"a, b"', '"c, d"', '"say ""hi"""'), "category"),
    "blank ends": (chosen(" a", "b ", "c"), "category"),
    "leading zeros": (lambda row: f"{row % 30:05}", "category or question"),
    "self": (lambda row: f"{number(row):.2f}", "number"),
    "1st column, with a comma": (lambda row: f"{number(row):.2f}", "number"),
    "huge whole numbers": (lambda row: str(10**17 + row * row), "number or question"),
    "emoji 🙂": (chosen("🙂", "🙁"), "category"),
}  # fmt: skip
DELIMITERS = {"thousands": ";", "decimal comma": ";", "thousands in German": "\t", "date in words": ";"}


def write(folder: Path, name: str) -> Path:
    values, _ = COLUMNS[name]
    mark = DELIMITERS.get(name, ",")
    quoted = f'"{name}"' if "," in name else name
    lines = [mark.join((quoted, "other", "y"))]
    lines += [
        mark.join((values(row), f"{number(row + 999):.3f}", "no" if row % 3 else "yes"))
        for row in range(ROWS)
    ]
    return put(folder, "\n".join(lines) + "\n")


def test_there_are_forty_with_the_one_without_a_target() -> None:
    assert len(COLUMNS) + 1 == 40


@pytest.mark.parametrize("name", COLUMNS)
def test_an_odd_column_has_its_kind_or_a_question(name: str, tmp_path: Path) -> None:
    wanted = COLUMNS[name][1]
    profile = profile_file(write(tmp_path, name), "y")
    column = profile.columns[0]
    assert column.name == name
    assert profile.column("other").kind == "number"
    assert profile.task == "binary-classification"
    asked = column.role == "left-out" and bool(column.reason)
    if wanted == "left out":
        assert asked, column
    elif "question" in wanted:
        assert asked or column.kind in wanted.split(" or "), column
    else:
        assert column.kind == wanted, column
        assert column.role != "left-out" or wanted == "identifier", column


def test_a_file_without_names_is_a_question(tmp_path: Path) -> None:
    path = put(tmp_path, "\n".join(f"{row},{row * 2},{row + 7}" for row in range(100, 200)) + "\n")
    with pytest.raises(UsageError) as raised:
        profile_file(imported(path, tmp_path, "t.csv").path, "label")
    assert "the first line has to name the columns" in (raised.value.hint or "")
