"""What a source says stays in its line of a job's log, and is no command there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mlgit.cli.streams import for_log
from mlgit.jobs.data_updates.handoff import DataProposals, Fetched, FetchedTable, ProposedTable
from mlgit.views.data import fetched_lines, proposals_lines

TRICK = "::error::x\n::warning::y\r##[error]z\u2028" + "w" * 5_000


PROPOSED = ProposedTable(table="orders", ending="bad-data", text=TRICK, notes=(TRICK,))
CAME = FetchedTable(table="orders", state="refused", detail=TRICK, lines=(TRICK,))


@pytest.mark.parametrize(
    ("written", "count"),
    [
        (proposals_lines(DataProposals(base="0" * 40, branch="main", tables=(PROPOSED,))), 3),
        (fetched_lines(Fetched(base="0" * 40, at=2e9, tables=(CAME,))), 2),
    ],
    ids=["proposed", "fetched"],
)
def test_every_text_of_a_source_is_one_harmless_line(written: Iterator[str], count: int) -> None:
    lines = for_log("\n".join(written)).splitlines()
    assert len(lines) == count
    for line in lines:
        assert not line.lstrip().startswith("::")
        assert "##[" not in line
        assert len(line) < 1_000
