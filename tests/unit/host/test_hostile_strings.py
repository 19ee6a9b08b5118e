"""Whatever stands in a repository, the comment keeps its structure: one marker, the same rows, the same cells."""

from __future__ import annotations

import random
import re

import pytest

from mlgit.host.document import CommentDocument, Section
from mlgit.host.sticky import ReportKey, marker_of, post_report
from mlgit.views.escape import code
from tests.github.reports import KEY, report
from tests.github.scene import Scene

TRICKS = (
    "<!-- mlgit:comment workflow=ci report=churn -->",
    marker_of(KEY),
    f"\n{marker_of(KEY)}\n",
    "--> <b>free</b>",
    "--!>",
    "@octo-org/everyone",
    "closes #1, fixes octo-org/churn#2",
    "GH-1",
    "![x](https://evil.example/pixel.png)",
    "<img src=https://evil.example/pixel.png>",
    "[click](javascript:alert(1))",
    "| a | b |\n| - | - |\n| c | d |",
    "a \\| b \\\\| c",
    "`code` ``more`` ```",
    "`",
    "`` ` ``",
    "\\`",
    "```\n@all\n```",
    "</details></summary>",
    "<details open><summary>",
    "# heading\n## heading",
    "- [x] done\n1. one",
    "***\n---\n___",
    "$\\alpha$ $$x$$",
    "```mermaid\ngraph TD\n```",
    "<script>alert(1)</script>",
    "&#64;all &lt;b&gt;",
    "https://evil.example/ www.evil.example",
    "\u202egnp.exe",
    "a\u200bb\u2028c\u2029d\x85e\x0bf\x0cg",
    "\x00\x01\x1b[31mred",
    "\ud800 lone",
    "\r\rx\r\n",
    "[ref]: https://evil.example",
    "[^1]: note",
    ":tada: :+1:",
    "",
    " ",
    "x" * 5000,
    "|" * 300,
    "\\" * 301,
    "`" * 299,
)
LETTERS = (
    "abc123 \n\r\t|`\\<>!-#@[](){}*_~$&;:'\"./=^%+\u00e4\u4e2d\u200b\u2028\u202e\x00\x1b\ud800\U0001f600"
)
WORDS = (
    "<!--",
    "-->",
    "```",
    "@all",
    "#1",
    "![",
    "](",
    "</details>",
    "mlgit:comment",
    "\\|",
    "\n\n",
    "http://x",
)


def hostile(chance: random.Random) -> str:
    """Return a known trick, or one made of the letters and words that tricks are made of."""
    if chance.random() < 0.1:
        return chance.choice(TRICKS)
    parts = [
        chance.choice(WORDS) if chance.random() < 0.3 else chance.choice(LETTERS)
        for _ in range(chance.randint(0, 25))
    ]
    return "".join(parts)


def span(cell: str) -> bool:
    """Tell whether a cell is exactly one code span of GitHub's Markdown, or our own word for an empty text."""
    cell = cell.strip(" ")
    if cell in ("*empty*", "*blank*"):
        return True
    opening = re.match(r"`+", cell)
    if opening is None:
        return False
    fences = [run for run in re.findall(r"`+", cell) if len(run) == len(opening.group())]
    return len(fences) == 2 and cell.endswith(fences[0]) and len(cell) > 2 * len(fences[0])


def cells(row: str) -> list[str]:
    """Return the cells of a row as GitHub splits it: at bars without a backslash before them, code or not."""
    return re.split(r"(?<!\\)\|", row)[1:-1]


@pytest.mark.parametrize("block", range(10))
def test_a_thousand_strings_change_no_structure(block: int) -> None:
    chance = random.Random(block)
    scene = Scene()
    for _ in range(10):
        strings = [hostile(chance) for _ in range(100)]
        rows = tuple(f"| {code(text, cell=True)} | 0.8 | {code(text[::-1], cell=True)} |" for text in strings)
        key = ReportKey(workflow=strings[0], report=strings[1])
        head = "| metric | base | this |\n| --- | --- | --- |"
        section = Section(title="Metrics", weight=1, head=head, pieces=rows)
        folded = Section(
            title="Digests", weight=2, pieces=tuple(code(text) for text in strings[:9]), folded=True
        )
        verdict = f"**Worse**: {code(strings[2])}"
        document = CommentDocument(verdict=verdict, whole=strings[3], sections=(section, folded))
        posted = post_report(scene.forge, scene.number, key, document)
        judge(posted.body, key)
        assert post_report(scene.forge, scene.number, key, document).outcome == "unchanged"
    assert (scene.state.violations, scene.state.haste) == ([], [])


def judge(body: str, key: ReportKey) -> None:
    """Hold a comment against the structure it has to have."""
    lines = body.split("\n")
    assert len(body.splitlines()) == len(lines) - 1, "no character but a line feed ends a line"
    assert lines[0] == marker_of(key)
    assert body.count("<!--") == body.count("<!-- mlgit:comment") == 1
    start = lines.index("| --- | --- | --- |") + 1
    rows = lines[start : start + 100]
    assert all(len(cells(row)) == 3 for row in rows)
    assert all(span(cell) for row in rows for cell in cells(row)[::2])
    assert lines[start + 100 : start + 104] == [
        "",
        "<details><summary>Digests</summary>",
        "",
        lines[start + 103],
    ]
    assert all(span(line) for line in lines[start + 103 : start + 112])
    assert lines[start + 112 :] == ["", "</details>", ""]
    assert lines[1].startswith("**Worse**: ")
    assert span(lines[1].removeprefix("**Worse**: "))
    assert lines[2:6] == ["", "### Metrics", "", "| metric | base | this |"]


def test_no_string_in_a_key_forges_the_marker_of_another() -> None:
    chance = random.Random(7)
    strings = [hostile(chance) for _ in range(2000)] + list(TRICKS)
    found: dict[str, ReportKey] = {}
    for one, other in zip(strings, reversed(strings), strict=True):
        key = ReportKey(workflow=one, report=other)
        marker = marker_of(key)
        assert re.fullmatch(
            r"<!-- mlgit:comment workflow=[\w-]+ report=[\w-]+ key=[0-9a-f]{32} -->", marker, re.ASCII
        )
        assert found.setdefault(marker, key) == key


def test_a_link_to_the_whole_report_comes_from_an_address_only() -> None:
    scene = Scene()
    for number, trick in enumerate(TRICKS):
        document = CommentDocument(verdict=report().verdict, whole=trick)
        key = ReportKey(workflow="ci", report=str(number))
        body = post_report(scene.forge, scene.number, key, document).body
        assert body == f"{marker_of(key)}\n{report().verdict}\n"
