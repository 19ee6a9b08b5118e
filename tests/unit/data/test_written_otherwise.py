"""Values that are written otherwise than in the reference, though a lenient reader would take them."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from mlgit.data.check import check_table
from mlgit.data.inference import infer
from mlgit.data.observing import observe
from mlgit.data.profiling import profile_file
from mlgit.data.report import RuleResult

TODAY = date(2026, 1, 1)
HEADER = ["size", "seen", "account", "at"]


def drawn(seed: int, rows: int = 400) -> list[list[str]]:
    """Return rows of a number, a day, an account and a time."""
    chance = random.Random(seed)
    first = datetime(2024, 1, 1)
    return [
        [
            f"{chance.gauss(20, 3):.2f}",
            str((first + timedelta(days=chance.randrange(300))).date()),
            f"DE{chance.randrange(10**9, 10**10)}",
            str(first + timedelta(minutes=chance.randrange(400_000))),
        ]
        for _ in range(rows)
    ]


def written(path: Path, rows: list[list[str]]) -> Path:
    """Write the rows below the header."""
    path.write_text("\n".join(",".join(row) for row in [HEADER, *rows]) + "\n", encoding="utf-8")
    return path


def failures(folder: Path, rows: list[list[str]], reference: int = 400) -> tuple[RuleResult, ...]:
    """Return what of fresh rows does not keep what a reference of so many rows showed."""
    path = written(folder / "r.csv", drawn(1, reference))
    profile = profile_file(path)
    schema = infer(profile, observe(path, profile, TODAY))
    fresh = written(folder / "f.csv", rows)
    return check_table(fresh, schema, table="t", shown="f.csv", schema_shown="s.yaml", today=TODAY).failures


def changed(column: str, change: Callable[[str], str], every: int) -> list[list[str]]:
    """Return fresh rows with every so manieth value of a column changed, the first one too."""
    rows, place = drawn(2), HEADER.index(column)
    for row in rows[::every]:
        row[place] = change(row[place])
    return rows


def test_what_is_written_alike_passes(tmp_path: Path) -> None:
    assert not failures(tmp_path, drawn(2))
    assert not failures(tmp_path, changed("size", lambda text: f" {text} ", 7))


@pytest.mark.parametrize("space", ["\u00a0", "\u2003", "\u202f"])
@pytest.mark.parametrize("column", ["size", "seen", "at"])
def test_a_space_that_is_no_blank_is_no_part_of_a_value(column: str, space: str, tmp_path: Path) -> None:
    (found,) = failures(tmp_path, changed(column, lambda text: text + space, 10))
    assert (found.rule, found.column, found.failed) == ("type", column, 40)
    assert [one.row for one in found.examples] == [0, 10, 20, 30, 40]


def test_letters_that_stood_in_all_texts_are_missed(tmp_path: Path) -> None:
    (found,) = failures(tmp_path, changed("account", lambda text: f"FR{text[2:]}", 20))
    assert (found.rule, found.column, found.failed) == ("pattern", "account", 20)


def test_letters_of_few_texts_may_be_others(tmp_path: Path) -> None:
    assert not failures(tmp_path, changed("account", lambda text: f"FR{text[2:]}", 20), reference=60)


def test_times_without_their_hours_are_found(tmp_path: Path) -> None:
    (found,) = failures(tmp_path, changed("at", lambda text: f"{text[:10]} 00:00:00", 1))
    assert (found.rule, found.column) == ("spread", "at")
    assert found.message.startswith("'at' is 00:00:00 in over ")
