"""A ranking as text, Markdown, JSON and HTML."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mlgit.metrics.leaderboard import Entrant, Leaderboard
from mlgit.text import counted, visible
from mlgit.views.escape import code, html
from mlgit.views.markdown import table
from mlgit.views.table import lines
from mlgit.views.wording import interval_text, plain

STYLE = Path(__file__).with_name("vega") / "page.css"


def text(boards: Sequence[Leaderboard]) -> str:
    """Return the rankings for a terminal."""
    made = []
    for board in boards:
        made += [f"{visible(board.model)} by {visible(board.metric)} ({facts(board)})", ""]
        found = [cells(one) for one in board.entrants]
        rows = lines([["rank", "revision", "value [95 %]"], *(one[:3] for one in found)])
        said = ["", *(visible(one[3], 600) for one in found)]
        made += [f"{row}  {remark}".rstrip() for row, remark in zip(rows, said, strict=True)]
        made += ["", closing(board), ""]
    return "\n".join(made).rstrip("\n") + "\n"


def markdown(boards: Sequence[Leaderboard]) -> str:
    """Return the rankings as Markdown."""
    made = []
    for board in boards:
        made += [f"### {code(board.model)} by {code(board.metric)}", "", f"{facts(board)}.", ""]
        rows = []
        for one in board.entrants:
            rank, _, value, said = cells(one)
            rows.append([rank, code(one.name, cell=True), value, code(said, cell=True) if said else ""])
        made += table(["rank", "revision", "value [95 %]", ""], rows, right=(0,))
        made += [closing(board), ""]
    return "\n".join(made).rstrip("\n") + "\n"


def page(boards: Sequence[Leaderboard]) -> str:
    """Return the rankings as an HTML page that needs no network."""
    body = []
    for board in boards:
        body += [
            f"<h2>{html(board.model)} by <code>{html(board.metric)}</code></h2>",
            f"<p>{html(facts(board))}</p>",
        ]
        body.append('<div class="table"><table><thead><tr><th class="number">rank</th><th>revision</th>')
        body.append("<th>value [95 %]</th><th></th></tr></thead><tbody>")
        for one in board.entrants:
            rank, name, value, said = map(html, cells(one))
            body.append(
                f'<tr><td class="number">{rank}</td><td><code>{name}</code></td><td>{value}</td><td>{said}</td></tr>'
            )
        body.append(f'</tbody></table></div><p class="quiet">{html(closing(board))}</p>')
    head = f'<meta charset="utf-8"><title>mlgit: ranking</title><style>{STYLE.read_text("utf-8")}</style>'
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}</head><body><main>\n'
        + "\n".join(body)
        + "\n</main></body></html>\n"
    )


def cells(one: Entrant) -> tuple[str, str, str, str]:
    """Return rank, name, value and remark of an entrant."""
    value = ""
    if one.value is not None and one.interval is not None:
        value = f"{plain(one.value)} {interval_text(one.interval, change=False)}"
    said = (
        f"not judged: {one.reason}" if one.reason else f"behind {', '.join(one.behind)}" if one.behind else ""
    )
    return "" if one.rank is None else str(one.rank), one.name, value, said


def facts(board: Leaderboard) -> str:
    """Return the number of items and which way is better."""
    items = counted(board.items, "item") if board.items is not None else "no items"
    return f"{items}, {'higher' if board.higher_is_better else 'lower'} is better"


def closing(board: Leaderboard) -> str:
    """Return how the ranks are to be read."""
    pairs = counted(board.comparisons, "comparison")
    return f"Equal ranks: the data cannot tell them apart ({pairs}, Holm's correction at {100 * board.alpha:.2g} % in all)."
