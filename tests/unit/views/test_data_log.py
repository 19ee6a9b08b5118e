"""What a source says stays in its line of a job's log, and is no command there."""

from __future__ import annotations

from mlgit.data.handover import DataProposals, Fetched, FetchedTable, ProposedTable
from mlgit.views.data import fetched_text, proposals_text

TRICK = "::error::x\n::warning::y\r##[error]z\u2028" + "w" * 5_000


def harmless(text: str) -> None:
    lines = text.splitlines()
    assert len(lines) == 2 + text.startswith("at ")
    for line in lines:
        assert not line.lstrip().startswith("::")
        assert "##[" not in line
        assert len(line) < 1_000


def test_lines_of_what_was_proposed() -> None:
    one = ProposedTable(table="orders", ending="bad-data", text=TRICK, notes=(TRICK,))
    harmless(proposals_text(DataProposals(base="0" * 40, branch="main", tables=(one,))))


def test_lines_of_what_was_fetched() -> None:
    one = FetchedTable(table="orders", state="refused", detail=TRICK, lines=(TRICK,))
    harmless(fetched_text(Fetched(base="0" * 40, at=2e9, tables=(one,))))
