"""A finding names where a row stands: its file of several, its line, or its number where there are no lines."""

from __future__ import annotations

import pytest

from mlgit.data.report import Example, RuleResult, failure_lines, unjudged_line


@pytest.mark.parametrize(
    ("example", "place"),
    [
        (Example(row=3, line=5, value="x"), "data/t.csv:5"),
        (Example(row=1_003, value="x"), "data/t.csv, row 1,003 (from 0)"),
        (Example(row=3, line=5, value="x", file="data/t/month=2/b.csv"), "data/t/month=2/b.csv:5"),
        (
            Example(row=3, value="x", file="data/t/month=2/b.parquet"),
            "data/t/month=2/b.parquet, row 3 (from 0)",
        ),
    ],
)
def test_a_row_is_named_by_its_file_and_line_whether_judged_or_not(example: Example, place: str) -> None:
    result = RuleResult(rule="text", passed=False, column="a", failed=1, message="odd", examples=(example,))
    assert failure_lines(result, "data/t.csv") == ["  odd", f"    {place}: 'x'"]
    assert unjudged_line(result, "data/t.csv") == f"  odd: {place} 'x'"
