"""What is told for less is never what the whole law forbids."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mlgit.data import measuring
from mlgit.data import schema as schemas
from mlgit.data.check import check_table
from mlgit.data.plain import written_plainly
from mlgit.data.profile import Storage
from mlgit.data.report import CheckReport
from mlgit.data.sql import connected
from mlgit.data.storage import looks_like

ODD = (
    *(" 7", "7 ", "7\t", "\t7", "7\u00a0", "1_000", "1e3", "1E3", "0x10", "0b1", "007", "-07", "+7", "-7", "7.", ".5"),
    *("2.5", "3.0", "nan", "NaN", "inf", "-inf", "infinity", "\u0661", "\uff11", "1e400", "1e-400", "1,5", "5f", "1e", "-0", "0"),
    *("999999999999999999", "1000000000000000000", "12345678901234567890123", "-", ".", "", " ", "1_0e1_0"),
    *("t", "yes", "1", "TRUE", "true ", "on", "tRuE", "2024-1-5", "2024/01/05", "2024-01-05", " 2024-01-05", "2024-02-30"),
    *("epoch", "2024-01-05 (BC)", "24-01-05", "2024-01-05 10:00", "2024-01-05T10:00:00Z", "2024-01-05 10:00:00+02"),
    *("20240105", "2024 01 05", "12024-01-05", "-2024-01-05", "2024-01-05x", "0000-01-01", "2024-01-05 25:00"),
)  # fmt: skip


@pytest.mark.parametrize("storage", ["integer", "float", "date", "timestamp", "boolean"])
def test_what_is_plain_is_allowed(storage: Storage) -> None:
    with connected(0) as connection:
        for text in ODD:
            plain, fits = connection.execute(
                f"SELECT coalesce({written_plainly('c', storage)}, false), {looks_like('c', storage)} "
                "FROM (SELECT ? AS c)",
                [text],
            ).fetchone()
            assert fits or not plain, text


SCHEMA = """version: 1
target: kind
missing: ["-1", NA]
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


def lines(chance: random.Random, rows: int, dirt: tuple[str, ...]) -> list[str]:
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
            "x y",
        ]
        if dirt and chance.random() < 0.001:
            row[chance.randrange(7)] = chance.choice(dirt)
        found.append(",".join(row))
    return found


def reports(path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[CheckReport, CheckReport]:
    """Return what is said of a file with the short way, and without."""
    schema = schemas.read(SCHEMA, "s.yaml")
    found = []
    for rows in (1, 1 << 60):
        monkeypatch.setattr(measuring, "MANY_ROWS", rows)
        found.append(check_table(path, schema, table="t", shown="t.csv", schema_shown="s.yaml"))
    return found[0], found[1]


@pytest.mark.parametrize(
    "dirt", [(), ("NA",), ("-1",), ('" 7"',), ('""',), tuple(text for text in ODD if "," not in text)]
)
def test_both_ways_say_the_same(
    dirt: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("\n".join([*lines(random.Random(repr(dirt)), 6000, dirt), ""]), encoding="utf-8")
    short, whole = reports(path, monkeypatch)
    assert short == whole
    assert short.passed or dirt


def test_a_clean_table_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.csv"
    path.write_text("\n".join([*lines(random.Random(1), 3000, ()), ""]), encoding="utf-8")
    asked = []
    ask = measuring.asked
    monkeypatch.setattr(measuring, "MANY_ROWS", 1)
    monkeypatch.setattr(
        measuring, "asked", lambda one, question: (asked.append(question), ask(one, question))[1]
    )
    schema = schemas.read(SCHEMA, "s.yaml")
    check_table(path, schema, table="t", shown="t.csv", schema_shown="s.yaml")
    assert [len(one.plain) for one in asked] == [6]
