"""What is told for less is never what the whole law forbids."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from mlgit.data import measuring, number_forms, question, schema_file
from mlgit.data.check import check_table
from mlgit.data.integrity import scan
from mlgit.data.plain import FEW, plain_value, written_otherwise
from mlgit.data.profile import Storage
from mlgit.data.report import CheckReport
from mlgit.data.sql import connected
from mlgit.data.storage import looks_like
from mlgit.data.text_facts import OVERLOOKED

ODD = (
    *(" 7", "7 ", "7\t", "\t7", "7\u00a0", "1_000", "1e3", "1E3", "0x10", "0b1", "007", "-07", "+7", "-7", "7.", ".5"),
    *("2.5", "3.0", "nan", "NaN", "inf", "-inf", "infinity", "\u0661", "\uff11", "1e400", "1e-400", "1,5", "5f", "1e", "-0", "0"),
    *("999999999999999999", "1000000000000000000", "12345678901234567890123", "-", ".", "", " ", "1_0e1_0"),
    *("t", "yes", "1", "TRUE", "true ", "on", "tRuE", "2024-1-5", "2024/01/05", "2024-01-05", " 2024-01-05", "2024-02-30"),
    *("epoch", "2024-01-05 (BC)", "24-01-05", "2024-01-05 10:00", "2024-01-05T10:00:00Z", "2024-01-05 10:00:00+02"),
    *("20240105", "2024 01 05", "12024-01-05", "-2024-01-05", "2024-01-05x", "0000-01-01", "2024-01-05 25:00"),
)  # fmt: skip


def plain_condition(storage: Storage, overlooked: str = OVERLOOKED) -> str:
    """Return the SQL condition that a text `c` is taken for a plain one."""
    value = plain_value("c", storage)
    return (
        f"({value} IS NOT NULL AND NOT coalesce({written_otherwise('c', value, storage, overlooked)}, false))"
    )


WORDS = (
    "inf",
    "nan",
    "infinity",
    "1e400",
    "1e0005",
    "999999999999999999",
    "1000000000000000000",
    "1.5",
    "01.5",
    "0",
    ".5",
    "5.",
)


@pytest.mark.parametrize("storage", ["integer", "float", "date", "timestamp", "boolean"])
def test_what_is_plain_is_allowed(storage: Storage) -> None:
    with connected(0) as connection:
        for text in ODD:
            fits, plain = connection.execute(
                f"SELECT {looks_like('c', storage)}, {plain_condition(storage)} FROM (SELECT ? AS c)", [text]
            ).fetchone()
            assert fits or not plain, text


ALPHABET = "019.-+eE_ \td"


def test_what_a_cast_takes_for_a_float_is_one() -> None:
    """Every text of up to five characters of a number, and longer ones: what is taken without a pattern is what the pattern takes."""
    short = ["".join(one) for size in range(1, 6) for one in itertools.product(ALPHABET, repeat=size)]
    chance = random.Random(7)
    long = ["".join(chance.choices("001.-+eE_ ", k=chance.randrange(6, 24))) for _ in range(100_000)]
    odd = [f"{sign}{word}{end}" for sign in ("", "-", "+") for word in WORDS for end in ("", " ", "\n", "\v")]
    with connected(0) as connection:
        connection.execute("CREATE TEMP TABLE t AS SELECT unnest(?) AS c", [[*short, *long, *odd]])
        for overlooked in ("", OVERLOOKED[:FEW]):
            apart = " OR ".join(f"contains(c, '{one}')" for one in OVERLOOKED if one not in overlooked)
            taken, wrong = connection.execute(
                f"SELECT count_if(plain), count_if(plain AND NOT fits) FROM (SELECT {plain_condition('float', overlooked)} AS plain, "
                f"{looks_like('c', 'float')} AS fits FROM t WHERE NOT ({apart}))"
            ).fetchone()
            assert wrong == 0
            assert taken > 1000


SCHEMA = """version: 1
target: kind
ordered: [[low, high]]
reference: {rows: 30000, repeated_rows: 90}
columns:
  id: {type: integer, unique: true}
  low: {type: integer, min: 0, max: 2000}
  high: {type: float, nulls_seen: 300, cuts: [[0, 0.0], [500, 0.4], [3000, 1.0]]}
  day: {type: date, min: "2024-01-01"}
  on: {type: boolean}
  kind: {type: string, categories: [a, b]}
  note: {type: string}
"""


def lines(chance: random.Random, rows: int, dirt: tuple[str, ...], note: str = "x y") -> list[str]:
    """Return rows of which some hold another text in some column."""
    found = ["id,low,high,day,on,kind,note"]
    for number in range(rows):
        low = chance.randrange(1000)
        high = "" if chance.random() < 0.01 else f"{low + chance.random():.2f}"
        row = [
            str(number),
            str(low),
            high,
            f"2024-03-{number % 28 + 1:02}",
            "true",
            chance.choice("ab"),
            note,
        ]
        if dirt and chance.random() < 0.001:
            row[chance.randrange(7)] = chance.choice(dirt)
        found.append(",".join(row))
    return found


WORDS_FOR_NOTHING = 'missing: ["-1", NA]\n'


def reports(path: Path, monkeypatch: pytest.MonkeyPatch, more: str = "") -> list[CheckReport]:
    """Return what is said of a file with its numbers read as such, with its texts taken to be plain, and by the whole law."""
    schema = schema_file.read(SCHEMA + more, "s.yaml")
    found = []
    for rows, size in ((1, 1), (1, 1 << 60), (1 << 60, 1), (1 << 60, 1 << 60)):
        monkeypatch.setattr(question, "MANY_ROWS", rows)
        monkeypatch.setattr(number_forms, "LARGE", size)
        found.append(check_table(path, schema, table="t", shown="t.csv", schema_shown="s.yaml"))
    return found


DIRT = (
    *((), ("NA",), ("-1",), ('" 7"',), ('""',), ("1_0",), ("7\t",), ('"7\n"',), ('"7\r"',), ("7\v",), ("c",), ("tRuE",)),
    *(("1e0005",), ("+07.5",), ("-07.5",), ("007.5",), ("-inf",), ("-nan",), ("1e999",), ("inf",), ("nan",), ("12345678901234567890",), ("12024-01-05",), ("infinity",)),
    tuple(text for text in ODD if "," not in text),
)  # fmt: skip


@pytest.mark.parametrize("note", ["x", "x y", "x_y", '"x\ny"', '"1_0 \t\v\f\n\r"'])
@pytest.mark.parametrize("dirt", DIRT)
@pytest.mark.parametrize("more", ["", WORDS_FOR_NOTHING], ids=["nothing", "words"])
def test_all_ways_say_the_same(
    more: str, dirt: tuple[str, ...], note: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.csv"
    text = "\n".join([*lines(random.Random(repr(dirt)), 3000, dirt, note), ""])
    path.write_text(text, encoding="utf-8", newline="")
    numbers, plain, few_rows, whole = reports(path, monkeypatch, more)
    assert numbers == whole
    assert plain == whole
    assert few_rows == whole
    assert whole.passed or dirt


@pytest.mark.parametrize(("size", "read"), [(1, 3), (1 << 60, 0)])
def test_a_clean_table_is_asked_once(
    size: int, read: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("\n".join([*lines(random.Random(1), 3000, ()), ""]), encoding="utf-8")
    asked = []
    ask = measuring.asked
    monkeypatch.setattr(question, "MANY_ROWS", 1)
    monkeypatch.setattr(number_forms, "LARGE", size)
    monkeypatch.setattr(measuring, "asked", lambda one, about: (asked.append(about), ask(one, about))[1])
    schema = schema_file.read(SCHEMA, "s.yaml")
    check_table(path, schema, table="t", shown="t.csv", schema_shown="s.yaml")
    assert [(len(one.plain), len(one.read)) for one in asked] == [(6, read)]


IDS = {
    "as counted": lambda number: number,
    "far from zero": lambda number: 10**15 + number,
    "farther than a float tells": lambda number: 2**53 + number,
    "from the last to the first": lambda number: -number,
    "with a gap that nothing told": lambda number: number if number < 2000 else 10**9 + number,
    "far apart": lambda number: number * 10**6,
    "all in another order": lambda number: number * 1_000_003 % 3001,
}


@pytest.mark.parametrize("large", [1, 1 << 60])
@pytest.mark.parametrize("twice", [(), (2500, 2999), (0, 1), (10, 2999)])
@pytest.mark.parametrize("ids", IDS.values(), ids=IDS)
def test_an_id_that_comes_twice_is_found_wherever_the_ids_lie(
    ids: Callable[[int], int],
    twice: tuple[int, ...],
    large: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(number_forms, "LARGE", large)
    monkeypatch.setattr(question, "MANY_ROWS", 1)
    rows = [[str(ids(number)), str(number % 7)] for number in range(3000)]
    for first, second in [twice] if twice else []:
        rows[second][0] = rows[first][0]
    path = tmp_path / "t.csv"
    path.write_text("id,low\n" + "".join(f"{','.join(row)}\n" for row in rows), encoding="utf-8")
    schema = schema_file.read(
        "version: 1\ncolumns:\n  id: {type: integer, unique: true}\n  low: {type: integer}\n", "s.yaml"
    )
    found = check_table(path, schema, table="t", shown="t.csv", schema_shown="s.yaml")
    assert [one.failed for one in found.results if one.rule == "unique"] == [1 if twice else 0]
    assert found.passed is not bool(twice)


def test_what_a_cast_overlooks_is_looked_for_only_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    for text, overlooked in (
        ("a_b,c d\n1,2\n", ""),
        ("a,b\n1,x_y\n", "_"),
        ("a,b\n1,x y\n", " "),
        ("a,b\r\n1,2\r\n", ""),
        ('a,b\n1,"x"\n', "\n"),
        ('a,b\r\n1,"x"\r\n', "\n\r"),
        ("a;b\n1;x\t\v\f_ \n", "_ \t\v\f"),
    ):
        path.write_text(text, encoding="utf-8", newline="")
        assert sorted(scan(path, "t.csv", ";" if ";" in text else ",").overlooked) == sorted(overlooked), text


PARTS = """version: 1
columns:
  x: {type: float, max: 900}
  n: {type: integer}
  m: {type: integer}
  year: {type: integer, min: 2000, unique: false}
"""


@pytest.mark.parametrize(
    "odd",
    [
        "5",
        "7.50",
        "007",
        "1_0",
        " 7",
        "1e1",
        "NA",
        "-1",
        "-1.0",
        "x",
        "+5",
        "1e999",
        "1e0005",
        "5.5",
        "9007199254740993",
    ],
)
@pytest.mark.parametrize("year", ["2024", "2_024", "02024", "1e3", "NA"])
@pytest.mark.parametrize("more", ["", WORDS_FOR_NOTHING], ids=["nothing", "words"])
def test_a_folder_of_parts_is_told_alike_in_every_way(
    more: str, odd: str, year: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, header, row in (("2023", "x,n,m", "1.5,7,3"), (year, "m,x,n", f"4,{odd},{odd}")):
        (tmp_path / f"year={name}").mkdir()
        rows = [header, *[row] * 3, "2,3,1"]
        (tmp_path / f"year={name}" / "part.csv").write_text("\n".join([*rows, ""]), encoding="utf-8")
    found = []
    for rows_from, size in ((1, 1), (1, 1 << 60), (1 << 60, 1 << 60)):
        monkeypatch.setattr(question, "MANY_ROWS", rows_from)
        monkeypatch.setattr(number_forms, "LARGE", size)
        schema = schema_file.read(PARTS + more, "s.yaml")
        found.append(check_table(tmp_path, schema, table="t", shown="t", schema_shown="s.yaml"))
    assert found[0] == found[2]
    assert found[1] == found[2]
    assert found[2].rows == 8
