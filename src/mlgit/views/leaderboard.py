"""A ranking as blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlgit.metrics.leaderboard import Entrant, Leaderboard
from mlgit.text import counted
from mlgit.views import cells
from mlgit.views.cells import Block, Cell, Foreign, Heading, Line, Paragraph, Row, Table, cell
from mlgit.views.wording import interval_text, plain


def blocks(boards: Sequence[Leaderboard]) -> Iterator[Block]:
    """Yield the blocks of the rankings."""
    for board in boards:
        yield Heading((Foreign(board.model), " by ", Foreign(board.metric)))
        yield Paragraph((facts(board),))
        yield table(board)
        yield Paragraph((closing(board),), "quiet")


def table(board: Leaderboard) -> Table:
    """Return the table of a ranking; a column for remarks where there are any."""
    remarked = [remark(one) for one in board.entrants]
    last = any(remarked)
    rows = tuple(
        Row((*entrant_cells(one), *[cell(*line)] * last))
        for one, line in zip(board.entrants, remarked, strict=True)
    )
    names = ["rank", "revision", "value [95 %]", *[""] * last]
    return Table(title="Ranking", columns=cells.columns(*names, right=("rank",)), rows=rows)


def entrant_cells(one: Entrant) -> tuple[Cell, ...]:
    """Return rank, name and value of an entrant."""
    value = ""
    if one.value is not None and one.interval is not None:
        value = f"{plain(one.value)} {interval_text(one.interval, change=False)}"
    return cell("" if one.rank is None else str(one.rank)), cell(Foreign(one.name)), cell(value)


def remark(one: Entrant) -> Line:
    """Return why an entrant has no rank, or which are better."""
    if one.reason:
        return ("not evaluated: ", cells.sentence(one.reason))
    names = cells.joined((Foreign(name) for name in one.behind), ", ")
    return ("behind ", *names) if names else ()


def facts(board: Leaderboard) -> str:
    """Return the number of items and which way is better."""
    items = counted(board.items, "item") if board.items is not None else "no items"
    return f"{items}, {'higher' if board.higher_is_better else 'lower'} is better"


def closing(board: Leaderboard) -> str:
    """Return how the ranks are to be read."""
    pairs = counted(board.comparisons, "comparison")
    return f"Equal ranks: the data cannot tell them apart ({pairs}, Holm's correction at {100 * board.alpha:.2g} % in all)."
