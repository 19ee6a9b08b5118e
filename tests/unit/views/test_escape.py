"""Text of a repository cannot do anything where it is shown."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mlgit.dvc.plots import Absence, Chart, Picture
from mlgit.text import seen, visible
from mlgit.views import markdown, page
from mlgit.views.cells import Figures, Foreign, Heading, Row, Table, cell, columns
from mlgit.views.escape import code, script_json

TRICKS = [
    "a|b", "a\\|b", "`", "``x``", "`a", "a`", " ` ", "\n## heading", "a\r\n\r\n- [ ] task", "@octocat", "@org/team",
    "#12", "GH-12", "closes #12", "org/repo#1", "<!-- marker -->", "<!--", "<img src=x onerror=alert(1)>", "<details>",
    "![x](https://example.org/a.png)", "[x](javascript:alert(1))", "https://example.org", "www.example.org", "a@b.org",
    "**bold**", "~~~", "```\ncode", "$$x$$", "$`x`$", ":smile:", "\x00", "\u202eabc", "\ufeff", "\u2028x", "|", "\\", "\\`",
    "| --- |", "&#64;x", "&lt;", "a\x0bb", "x\x85y", "", " ", "   ", "\t", "[^1]", "</td></tr></table>", "<?php", "<![CDATA[",
]  # fmt: skip
HOSTILE = st.one_of(
    st.sampled_from(TRICKS), st.text(max_size=40), st.text("`|\\ \n\r<>!-@#[]()&$*_~", max_size=20)
)
PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def cells(markdown: str) -> list[list[tuple[str, str]]]:
    """Return the tokens inside each cell of the one table that the text has to be."""
    tokens = PARSER.parse(markdown)
    kinds = {token.type for token in tokens}
    assert kinds <= {
        f"{name}_{end}" for name in ("table", "thead", "tbody", "tr", "th", "td") for end in ("open", "close")
    } | {"inline"}
    return [
        [(one.type, one.content) for one in token.children or ()]
        for token in tokens
        if token.type == "inline"
    ]


@given(HOSTILE, HOSTILE)
@example("\\|", "`\\|`")
def test_in_a_table_of_markdown_it_is_one_code_span(one: str, other: str) -> None:
    rows = (Row((cell(Foreign(one)), cell(Foreign(other)))), Row((cell("1"), cell("2"))))
    text = markdown.render([Table(title="t", columns=columns("a", "b"), rows=rows)])
    found = cells(text)
    assert len(found) == 6
    assert found[4:] == [[("text", "1")], [("text", "2")]]
    for inside, raw in zip(found[2:4], (one, other), strict=True):
        if visible(raw).strip():
            assert [kind for kind, _ in inside] == ["code_inline"]
            shown = inside[0][1].replace("\\ |", "\\|").replace("< !", "<!").replace("< ?", "<?")
            assert (
                shown.strip()
                == visible(raw).replace("\\ |", "\\|").replace("< !", "<!").replace("< ?", "<?").strip()
            )
        else:
            assert [kind for kind, _ in inside if kind != "text"] == ["em_open", "em_close"]


@given(HOSTILE)
def test_in_a_list_of_markdown_it_is_one_code_span(text: str) -> None:
    tokens = PARSER.parse(f"- before {code(text)} after\n")
    assert [token.type for token in tokens if token.type.endswith("_open")] == [
        "bullet_list_open",
        "list_item_open",
        "paragraph_open",
    ]
    inside = next(token.children for token in tokens if token.type == "inline") or []
    if visible(text).strip():
        assert [one.type for one in inside] == ["text", "code_inline", "text"]
    assert (inside[0].content, inside[-1].content) == ("before ", " after")


@given(HOSTILE)
def test_no_text_holds_a_comment_that_somebody_could_look_for(text: str) -> None:
    for written in (code(text), code(text, cell=True)):
        assert "<!--" not in written
        assert "\n" not in written


@given(HOSTILE)
def test_what_is_visible_is_one_line_without_surprises(text: str) -> None:
    shown = visible(text)
    assert len(shown.splitlines()) <= 1
    assert all(unicodedata.category(letter) not in ("Cc", "Cs") for letter in shown)
    assert not re.search("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]", shown)
    assert len(visible("x" * 1000)) == 200


TAGS = [
    *("html", "head", "meta", "meta", "meta", "title", "style", "body", "main", "h1", "code", "h3", "div"),
    *("figure", "figcaption", "span", "code", "img"),
]


class Collector(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[tuple[str, object]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, attrs))

    def handle_comment(self, data: str) -> None:
        self.seen.append(("comment", data))

    def handle_data(self, data: str) -> None:
        self.seen.append(("data", data))


@given(HOSTILE)
@settings(max_examples=60, deadline=None)
def test_in_html_it_is_text_and_in_an_attribute_it_stays_there(text: str) -> None:
    """In an element, in the title of the window, and in the attributes of a picture."""
    picture = Chart(
        model="m", file=text, state="new", kind="line", title=text, base=Absence(text), head=Picture("data:,")
    )
    nothing = Table(title="Plots", columns=(), rows=())
    parser = Collector()
    parser.feed(page.render((Heading((Foreign(text),), 1), Figures((picture,), nothing))))
    parser.close()
    shown = visible(text)
    assert [tag for tag, _ in parser.seen if tag not in ("data", "comment")] == TAGS
    assert ("img", [("alt", f"{visible(text, 10_000)}, head"), ("src", "data:,")]) in parser.seen
    said = [data for kind, data in parser.seen if kind == "data"]
    assert f"mlgit: {shown}" in said
    assert "".join(map(str, said)).count(shown) >= 5
    assert "comment" not in {kind for kind, _ in parser.seen}


@given(HOSTILE)
def test_in_a_script_it_ends_nothing_and_reads_back(text: str) -> None:
    encoded = script_json(json.dumps({"x": text, text: 1}, ensure_ascii=False))
    assert not re.search("[<>&\u2028\u2029]", encoded)
    assert json.loads(encoded) == {"x": text, text: 1}


@pytest.mark.parametrize("text", ["", "\x00", "   "])
def test_what_cannot_be_seen_is_said(text: str) -> None:
    assert code(text) in ("*empty*", "*blank*", "`\N{REPLACEMENT CHARACTER}`")


def test_no_printable_character_is_one_that_has_to_be_seen() -> None:
    """`visible` leaves a text as it is where Python calls all of it printable."""
    printable = "".join(filter(str.isprintable, map(chr, range(sys.maxunicode + 1))))
    assert seen(printable) == printable
