"""What the bytes say of numbers: never that a column may be read as numbers when one is written as the law forbids."""

from __future__ import annotations

import itertools
import random
import re
from pathlib import Path

import pytest

from mlgit.data import integrity, number_forms
from mlgit.data.integrity import CHUNK, scan
from mlgit.data.number_forms import NumberForms
from mlgit.data.plain import LARGEST_EXACT
from mlgit.data.prepared import WHOLE_FLOAT
from mlgit.data.sql import connected, reading
from mlgit.data.storage import PATTERNS

BOTH = {"float", "integer"}
ALPHABET = "019.-+eE_ \t"
INTEGER = re.compile(f"{PATTERNS['integer']}|{WHOLE_FLOAT}")
FLOAT = re.compile(PATTERNS["float"])


def storages(text: str, delimiter: str = ",") -> set[str]:
    """Return the storages that a piece of a file leaves open."""
    forms = NumberForms()
    forms.look(text.encode(), delimiter.encode())
    return set(forms.storages)


def texts() -> list[str]:
    """Return every text of up to four characters of a number, longer ones, and some a character away from a number."""
    short = ["".join(one) for size in range(1, 5) for one in itertools.product(ALPHABET, repeat=size)]
    chance = random.Random(11)
    long = ["".join(chance.choices("001.-+eE_ ", k=chance.randrange(5, 15))) for _ in range(10_000)]
    near = [
        f"{base[:at]}{one}{base[at:]}"
        for base in ("1.5", "-0.25", "12345", "1e5", "+7", ".5", "5.", "0", "inf", "nan")
        for at in range(len(base) + 1)
        for one in (*ALPHABET, "\v", "\f", "x", "x10", "\u00a0", "\uff11", "'")
    ]
    return sorted({*short, *long, *near})


def test_what_is_read_as_a_number_is_written_as_the_law_has_it(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    every = texts()
    path.write_text(
        "n,x\n" + "".join(f"{n},{text}\n" for n, text in enumerate(every)), encoding="utf-8", newline=""
    )
    read = reading(path, 2, delimiter=",", skipped_lines=1, numbers=frozenset({1}))
    with connected(0) as connection:
        rows = connection.execute(
            f"SELECT CAST(c0 AS INTEGER), c1 FROM {read.replace('ignore_errors=false', 'ignore_errors=true')} WHERE c1 IS NOT NULL"
        ).fetchall()
    taken = {"float": 0, "integer": 0}
    for number, value in rows:
        text = every[number]
        open_to = storages(f"{number},{text}\n")
        if "float" in open_to and abs(value) < 1e18:
            taken["float"] += 1
            assert FLOAT.fullmatch(text), text
        if "integer" in open_to and abs(value) <= LARGEST_EXACT and value == int(value):
            taken["integer"] += 1
            assert INTEGER.fullmatch(text), text
    assert min(taken.values()) > 150, taken


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("1,2.5,a\n-3,+0.5,2024-01-05\n", BOTH),
        ("Ann Lee,12\nx_1 and 2,0\n", BOTH),
        ('"Lee, Ann",12\n', BOTH),
        ('1,"say ""7"""\n', BOTH),
        ("1,2\r\n3,4\r\n", BOTH),
        ("1,2e5\n", {"float"}),
        ("a1e2,2\n", {"float"}),
        ("1,2.\n", {"float"}),
        ("1,The end.\n", {"float"}),
        ("1,007\n", set()),
        ("07,1\n", set()),
        ("1,-07\n", set()),
        ("1,+00.5\n", set()),
        ('"01",1\n', set()),
        ("1,+-.5\n", set()),
        ("1,.5\n", {"float"}),
        ("1,-.5\n", {"float"}),
        ("1,1.e1\n", {"float"}),
        ("1_000,1\n", set()),
        ("1, 7\n", set()),
        ("1,  7\n", set()),
        ("7 ,1\n", set()),
        ("1,7. \n", set()),
        ('" 7",1\n', set()),
        ("1,7\t\n", set()),
        ("1,7\v\n", set()),
        ("1,7\f\n", set()),
        ('1,"7\r"\n', set()),
    ],
)
def test_what_a_piece_leaves_open(text: str, left: set[str]) -> None:
    assert storages(text) == left
    filler = "5,6\n" * 10
    assert storages(filler + text + filler) == left


def test_a_tab_between_fields_is_no_space_in_them() -> None:
    assert storages("1\t2\n", "\t") == BOTH
    assert storages("1\t02\n", "\t") == set()


@pytest.mark.parametrize("odd", ["007", " 7", "1_000", "7e2", "7", '"7\n"'])
@pytest.mark.parametrize("before", [0, CHUNK - 20, CHUNK - 3, CHUNK + 1, 3 * CHUNK])
def test_an_odd_number_is_seen_wherever_a_piece_ends(
    odd: str, before: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(number_forms, "LARGE", 1)
    path = tmp_path / "t.csv"
    path.write_text("a_1,007\n" + "1,2\n" * (before // 4) + f"5,{odd}\n6,7\n", encoding="utf-8", newline="")
    wanted = {"7": BOTH, "7e2": {"float"}}.get(odd, set())
    assert set(scan(path, "t.csv", ",").numbers) == wanted


def test_of_a_line_that_is_cut_nothing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The zero stands at the end of one piece, the digit behind it at the start of the next."""
    monkeypatch.setattr(number_forms, "LARGE", 1)
    monkeypatch.setattr(integrity, "CHUNK", 10)
    monkeypatch.setattr(integrity, "LONGEST_VALUE", 10)
    path = tmp_path / "t.csv"
    row = ",".join(["1"] * 20)
    for odd, left in ((row.replace("1,1,1,1,1,1", "1,1,1,1,07,1"), set()), (row, set())):
        path.write_text(f"{row}\n{odd}\n", encoding="utf-8")
        assert set(scan(path, "t.csv", ",").numbers) == left
    path.write_text("a,b\n1,2\n3,4", encoding="utf-8")
    assert set(scan(path, "t.csv", ",").numbers) == BOTH


def test_small_files_are_not_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    assert not scan(path, "t.csv", ",").numbers


def test_both_ways_of_counting_say_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.csv"
    chance = random.Random(3)
    for ends in ("\n", "\r\n", "\r"):
        rows = [
            ",".join(chance.choice(("1", "x", '"a,b"', '"a\nb"', "")) for _ in range(3)) for _ in range(500)
        ]
        path.write_text(ends.join(rows), encoding="utf-8", newline="")
        found = []
        for large in (1, 1 << 60):
            monkeypatch.setattr(number_forms, "LARGE", large)
            found.append(scan(path, "t.csv", ","))
        found[0].numbers = found[1].numbers
        assert found[0] == found[1]
