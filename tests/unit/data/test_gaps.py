"""A hole in time is found, and gaps that come by chance, at night or of months are none."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from mlgit.data.check import check_table
from mlgit.data.gaps import Gap, gap_result, span_text, widest_gap
from mlgit.data.inference import infer
from mlgit.data.observing import observe
from mlgit.data.profiling import profile_file
from mlgit.data.report import RuleResult
from mlgit.data.schema import ColumnRule, Reference, Schema
from mlgit.data.schema_file import read, write

TODAY = date(2026, 11, 1)
START = datetime(2024, 1, 1)


def table(path: Path, seed: int, rows: int = 3000, hole: tuple[int, int] = (0, 0)) -> Path:
    """Write readings of 720 days in random order, none in the days of a hole."""
    chance, lines = random.Random(seed), ["at,value"]
    while len(lines) <= rows:
        day = chance.random() * 720
        if not hole[0] <= day < hole[1]:
            at = START + timedelta(seconds=round(day * 86_400))
            lines.append(f"{at},{chance.random():.4f}")
    path.write_text("\n".join(lines) + "\n")
    return path


def failures(path: Path, schema: Schema) -> tuple[RuleResult, ...]:
    """Return the rules that a table breaks."""
    return check_table(path, schema, table="t", shown="t.csv", schema_shown="s.yaml", today=TODAY).failures


@pytest.mark.parametrize("rows", [3000, 12_000])
def test_a_month_that_is_missing_is_found(tmp_path: Path, rows: int) -> None:
    reference = table(tmp_path / "r.csv", 1, rows)
    profile = profile_file(reference, "")
    schema = read(write(infer(profile, observe(reference, profile, TODAY)), "t", rows), "s.yaml")
    assert not failures(table(tmp_path / "f.csv", 2, rows), schema)
    (found,) = failures(table(tmp_path / "h.csv", 3, rows, hole=(366, 397)), schema)
    assert (found.rule, found.column, found.setting) == ("spread", "at", "columns.at.widest_gap")
    assert found.message.startswith("'at' has a hole of 31.")
    assert "from 2024-12-31 " in found.message


def at_any_time(chance: random.Random) -> float:
    return chance.random() * 300


def at_work(chance: random.Random) -> float:
    while True:
        day = chance.random() * 300
        if day % 7 < 5 and 0.35 < day % 1 < 0.75:
            return day


def in_season(chance: random.Random) -> float:
    while True:
        day = chance.random() * 600
        if chance.random() < 0.5 + 0.48 * math.sin(day / 365 * 2 * math.pi):
            return day


def ever_more(chance: random.Random) -> float:
    return 300 - chance.expovariate(1 / 30)


def long_tailed(chance: random.Random) -> float:
    return chance.lognormvariate(4, 1.2)


def by_month(chance: random.Random) -> float:
    return chance.randrange(24) * 30.0


@pytest.mark.parametrize("draw", [at_any_time, at_work, in_season, ever_more, long_tailed, by_month])
@pytest.mark.parametrize(("rows", "reference"), [(500, 500), (500, 2000), (2000, 2000)])
def test_honest_gaps_are_no_holes(draw: Callable[[random.Random], float], rows: int, reference: int) -> None:
    holes = 0
    for number in range(60):
        chance = random.Random(f"{draw.__name__} {number}")
        before, now = (
            widest_gap([START + timedelta(days=draw(chance)) for _ in range(count)], "at")
            for count in (reference, rows)
        )
        assert before is not None
        assert now is not None
        rule = ColumnRule(type="timestamp", widest_gap=before.days)
        schema = Schema(version=1, columns={"at": rule}, reference=Reference(rows=reference))
        holes += not gap_result(now, schema, "s.yaml").passed
    assert holes <= 1


def test_few_moments_and_other_values_have_no_gap() -> None:
    assert widest_gap([START] * 99) is None
    assert widest_gap([1.0] * 500) is None
    assert widest_gap([date(2024, 1, 1)] * 200) == Gap(
        start="2024-01-01 00:00:00", end="2024-01-01 00:00:00", rows=200
    )


def test_a_span_is_told_in_a_unit_that_a_person_reads() -> None:
    assert [span_text(days) for days in (31.04, 0.0208333, 1 / 12, 1 / 8640, 0.0)] == [
        "31.0 days",
        "30.0 minutes",
        "2.0 hours",
        "10.0 seconds",
        "0.0 seconds",
    ]
