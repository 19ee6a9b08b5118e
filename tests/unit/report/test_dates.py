"""The parts of dates are those that DuckDB tells."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pytest

from mlgit.report.dates import PARTS, instants, part

SQL = {
    "days": "epoch(t) / 86400.0",
    "month": "month(t)",
    "yearday": "dayofyear(t)",
    "weekday": "isodow(t)",
    "hour": "hour(t)",
}


@pytest.mark.parametrize("text", ["1969-12-31", "2024-02-29 23:59:59.5", "2000-01-01", "1900-12-31 05:00"])
def test_each_part_is_what_duckdb_tells(text: str) -> None:
    value = datetime.fromisoformat(text)
    assert set(PARTS) == set(SQL)
    for name in PARTS:
        ((expected,),) = duckdb.sql(f"SELECT {SQL[name]} FROM (SELECT TIMESTAMP '{value}' AS t)").fetchall()
        assert part(name, instants([value])).tolist() == pytest.approx([expected])
