"""Experiments as blocks: ranked with intervals and ties, and what each of them changed."""

from __future__ import annotations

from collections.abc import Iterator

from mlgit.evaluation.experiments import Ranking, SweepResult, Tried
from mlgit.metrics.leaderboard import Leaderboard
from mlgit.text import counted, value_text
from mlgit.views import cells, leaderboard
from mlgit.views.cells import Block, Foreign, Heading, Items, Line, Paragraph, Row, Table, cell


def sweep_blocks(result: SweepResult) -> Iterator[Block]:
    """Yield what ran, what had been run before, what failed, then the ranking."""
    ran = sum(not one.stood and not one.failed for one in result.done)
    stood = sum(one.stood for one in result.done)
    before = f", {stood} had been run before" if stood else ""
    yield Paragraph((f"{counted(ran, 'experiment')} ran{before}",), inner=False)
    failed = [one for one in result.done if one.failed]
    if failed:
        yield Items(
            tuple(("failed: ", Foreign(one.name), ", ", cells.sentence(one.failed)) for one in failed)
        )
    yield from ranking_blocks(result.ranking)


def ranking_blocks(ranking: Ranking) -> Iterator[Block]:
    """Yield a table for each model: rank, value with its interval, what each experiment changed."""
    tried = {one.name: one for one in ranking.experiments}
    for board in ranking.boards:
        yield Heading((Foreign(board.model), " by ", Foreign(board.metric)))
        yield Paragraph((leaderboard.facts(board),))
        yield table(board, tried)
        yield Paragraph((leaderboard.closing(board),), "quiet")
    yield Paragraph(("next: mlgit experiments promote NAME BRANCH",), "quiet", inner=False)


def table(board: Leaderboard, tried: dict[str, Tried]) -> Table:
    """Return the table of one model."""
    rows = tuple(
        Row(
            (
                *leaderboard.entrant_cells(one),
                cell(*changed(tried.get(one.name))),
                cell(*leaderboard.remark(one)),
            )
        )
        for one in board.entrants
    )
    names = ("rank", "experiment", "value [95 %]", "changes", "")
    return Table(title="Experiments", columns=cells.columns(*names, right=("rank",)), rows=rows)


def changed(one: Tried | None) -> Line:
    """Return the parameters that an experiment changed."""
    if one is None:
        return ()
    return (Foreign(", ".join(f"{name}={value_text(value)}" for name, value in one.settings.items()), 300),)
