"""The same blocks in every medium: each cell's text in the same order, and no text that changes their structure."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import mlgit.views
from mlgit.metrics.leaderboard import Entrant, Leaderboard
from mlgit.metrics.verdict import GateReport, Side
from mlgit.stats.decision import Verdict
from mlgit.stats.interval import Interval
from mlgit.text import visible
from mlgit.views import compare, gate, leaderboard, markdown, page, terminal
from mlgit.views.cells import (
    Bar,
    Block,
    Cell,
    Fold,
    Foreign,
    Heading,
    Items,
    Own,
    Paragraph,
    Part,
    Row,
    Table,
    cell,
    columns,
    sentence,
)
from tests.unit.views.comment_hostile import PLACES, TRICKS, comparison, strings

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
WORDS = st.text("abcdefgXYZ0123456789+-.%", min_size=1, max_size=12)
"""Words of ours: they mean nothing to any medium."""
LETTERS = st.text(
    st.one_of(
        st.sampled_from("|`*_<>&\"'\\[]()#@!~$: 漢字é🙂"), st.characters(codec="ascii", categories=["L"])
    ),
    min_size=1,
    max_size=20,
).filter(lambda text: bool(text.strip()))
PARTS = st.one_of(
    WORDS, LETTERS.map(Foreign), st.builds(Own, WORDS, st.sampled_from(["", "good", "bad", "quiet"]))
)
ROWS = st.lists(st.tuples(PARTS, PARTS, PARTS), min_size=1, max_size=4)
BAR = Bar(interval=Interval(estimate=0.1, low=0.0, high=0.2), tone="good", label="[0, +0.2], 95%")


class Reader(HTMLParser):
    """Tells the tags of a page, and the text of the cells of its tables."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, tuple[str | None, ...]]] = []
        self.cells: list[str] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(value for name, value in attrs if name in ("class", "data-column"))))
        if tag == "td":
            self.cells.append("")
        self.inside = self.inside or tag == "td"

    def handle_endtag(self, tag: str) -> None:
        self.tags.append((f"/{tag}", ()))
        self.inside = self.inside and tag != "td"

    def handle_comment(self, data: str) -> None:
        self.tags.append(("comment", ()))

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.cells[-1] += data


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    return reader


def plain(part: Part) -> str:
    return part if isinstance(part, str) else visible(part.text) if isinstance(part, Foreign | Own) else ""


def bare(text: str) -> str:
    """Return a text without what escaping adds or blanks at its ends lose."""
    return re.sub(r"[\\\s]", "", text)


def markdown_cells(text: str) -> list[str]:
    """Return the text of each cell below the header of the one table of a text."""
    body = PARSER.parse(text)
    start = next(number for number, token in enumerate(body) if token.type == "tbody_open")
    inline = [token.children or [] for token in body[start:] if token.type == "inline"]
    return ["".join(child.content for child in children) for children in inline]


@given(ROWS)
@settings(max_examples=60, deadline=None)
def test_every_writer_keeps_the_text_of_each_cell_in_order(rows: list[tuple[Part, ...]]) -> None:
    table = Table(
        title="t",
        columns=columns("a", "b", "c", right=("b",)),
        rows=tuple(Row(tuple(cell(part) for part in row)) for row in rows),
    )
    expected = [bare(plain(part)) for row in rows for part in row]
    lines = terminal.render([table]).splitlines()[1:]
    assert [bare(line) for line in lines] == [bare("".join(map(plain, row))) for row in rows]
    assert [bare(text) for text in markdown_cells(markdown.render([table]))] == expected
    assert [bare(text) for text in read(page.render([table])).cells] == expected


@given(ROWS)
@settings(max_examples=30, deadline=None)
def test_columns_of_a_terminal_are_aligned_whatever_the_letters(rows: list[tuple[Part, ...]]) -> None:
    table = Table(
        title="t",
        columns=columns("first", "second", "|"),
        rows=tuple(Row((*(cell(part) for part in row[:2]), cell("|"))) for row in rows),
    )
    ends = {terminal.width(line) for line in terminal.render([table]).splitlines()}
    assert len(ends) == 1


def test_wide_and_combining_letters_are_aligned_and_coloured() -> None:
    rows = tuple(Row((cell(Foreign(text)), cell("|", tone="bad"))) for text in ("漢字", "e\u0301e", "ab"))
    table = Table(title="t", columns=columns("", ""), rows=rows)
    assert terminal.render([table]) == "漢字  |\ne\u0301e    |\nab    |\n"
    assert terminal.render([table], coloured=True).count("\x1b[31m|\x1b[0m") == 3


def test_one_row_for_each_line_of_a_cell_and_the_last_column_is_never_cut() -> None:
    long = "x" * 150
    lines = (("one",), ("two " + long,))
    table = Table(title="t", columns=columns("name", "why"), rows=(Row((cell(Foreign(long)), Cell(lines))),))
    shown = terminal.render([table]).splitlines()
    assert shown[1].split() == ["x" * 57 + "...", "one"]
    assert shown[2].split() == ["two", long]
    assert "one<br>two" in markdown.render([table])
    assert "one<br>two" in page.render([table])


def test_a_number_stays_with_its_interval_and_a_verdict_with_its_sign() -> None:
    table = Table(
        title="t",
        columns=columns("a", "b"),
        rows=(Row((cell("-0.1 [-0.2, +1e-05]"), cell(Own("FAIL", "bad", badge=True)))),),
    )
    assert "| -0.1\u00a0[-0.2,\u00a0+1e-05] | ❌\u00a0**FAIL** |" in markdown.render([table])
    assert "-0.1 [-0.2, +1e-05]  FAIL" in terminal.render([table])


def test_what_only_one_medium_can_do_is_left_out_of_the_others() -> None:
    blocks = (
        Heading((Own("PASS", "good", badge=True), ": ", Foreign("x"), " → y"), 1),
        Paragraph(("a", BAR)),
        Fold("Why", ("one", "  two")),
    )
    assert terminal.render(blocks) == "PASS: x -> y\n  a\n\n  one\n    two\n"
    assert markdown.render(blocks).startswith("## PASS: `x` → y\n\na\n\n<details>\n<summary>Why</summary>\n")
    html = page.render(blocks)
    assert html.startswith("<!doctype html>")
    assert '<svg class="interval good"' in html
    assert "<details><summary>Why</summary>" in html


def every_block(text: Iterator[str]) -> tuple[Block, ...]:
    """Return a block of each kind, and all of a comparison, a gate report and a ranking, with a text in each place."""
    whole = comparison([next(text) for _ in range(PLACES)])
    models = tuple(one.gate for one in whole.models if one.gate is not None)
    report = GateReport(
        base=Side(name=next(text), commit="a" * 40),
        head=Side(name=next(text), commit=None),
        verdict=Verdict.FAIL,
        reason=next(text),
        hint=next(text),
        models=models,
    )
    entrants = (
        Entrant(name=next(text), commit=None, reason=next(text)),
        Entrant(name=next(text), commit=None, rank=1, behind=(next(text), next(text))),
    )
    board = Leaderboard(
        model=next(text), metric=next(text), higher_is_better=True, items=3, entrants=entrants
    )
    return (
        *compare.blocks(whole),
        *gate.blocks(report, explain=True),
        *leaderboard.blocks([board]),
        Items(((sentence(next(text)), ": ", Foreign(next(text))),)),
    )


def markdown_structure(blocks: tuple[Block, ...]) -> list[Any]:
    """Return every token of the Markdown, without what stands in code and our words for an empty or blank text."""
    shown: list[Any] = []
    for token in PARSER.parse(markdown.render(blocks)):
        if token.children is None:
            shown.append((token.type, token.tag, token.content))
        for child in token.children or ():
            shown.append("code" if child.type == "code_inline" else (child.type, child.content))
            if shown[-3:] in (said("empty"), said("blank")):
                shown[-3:] = ["code"]
    return shown


def said(word: str) -> list[Any]:
    return [("em_open", ""), ("text", word), ("em_close", "")]


def harmless() -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"plain{number}"


@pytest.mark.parametrize(
    "texts", [[one] for one in TRICKS] + [list(strings(seed, 120)) for seed in range(10)]
)
def test_no_text_of_a_repository_changes_the_structure(texts: list[str]) -> None:
    def endless() -> Iterator[str]:
        while True:
            yield from texts

    made, expected = every_block(endless()), every_block(harmless())
    assert markdown_structure(made) == markdown_structure(expected)
    assert read(page.render(made)).tags == read(page.render(expected)).tags
    assert "<!--" not in markdown.render(made)
    shown = terminal.render(made)
    assert "\x1b" not in shown
    assert len(shown.splitlines()) == len(terminal.render(expected).splitlines())


def test_no_view_imports_what_is_heavy() -> None:
    names = sorted(f"mlgit.views.{file.stem}" for file in Path(mlgit.views.__file__).parent.glob("[a-z]*.py"))
    heavy = ["jinja2", "markupsafe", "numpy", "duckdb", "dvc", "git", "http.client"]
    code = f"import sys, {', '.join(names)}; print([one for one in {heavy} if one in sys.modules])"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout == "[]\n"


def test_a_sign_at_the_start_of_an_item_begins_no_list_of_its_own() -> None:
    items = Items((("+ column ", Foreign("a")), ("- ", Foreign("b")), ("-1 of it",)))
    assert markdown.render([items]) == "- \\+ column `a`\n- \\- `b`\n- -1 of it\n"
