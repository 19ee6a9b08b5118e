"""Whatever stands in a repository, the comment has the structure that we gave it: read by a real Markdown parser."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import mlgit
from mlgit.host.proposals import body_of
from mlgit.host.sticky import ReportKey
from mlgit.views.comment import document
from tests.unit.views.comment_hostile import COMMIT, PLACES, TRICKS, charts, comparison, has_meaning, strings

ROUNDS = 20
SEEDS = range(8)
"""Eight seeds of 20 rounds of 67 texts are 10,720 texts, and 2,560 more in charts."""
LABEL = re.compile(r'"[^"\n]*"')
HARMLESS_LABEL = re.compile(r'"[\w _.,()/:+=-]*"|"#[0-9a-f]{6}(, #[0-9a-f]{6})*"')
SOURCE = Path(mlgit.__file__).parent
NAMES = st.text(min_size=1).filter(lambda text: not has_meaning(text))
PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def body(texts: list[str], labels: list[str]) -> str:
    made = document(comparison(texts), charts(labels))
    return body_of(ReportKey(workflow="mlgit-ci", report="models"), made)[0]


def structure(text: str) -> list[Any]:
    """Return every token of a comment with what it says, except what stands in code and in the labels of a chart."""
    shown: list[Any] = []
    for token in PARSER.parse(text):
        if token.type == "fence":
            shown.append(
                (token.type, token.info, LABEL.sub('""', token.content).replace('-axis ""', "-axis"))
            )
            shown.append(all(HARMLESS_LABEL.fullmatch(one) for one in LABEL.findall(token.content)))
        elif token.children is None:
            shown.append((token.type, token.tag, token.markup, token.content))
        else:
            shown += inline(token.children)
    return shown


def inline(children: list[Any]) -> list[Any]:
    """Return the tokens inside a block; our word for an empty or blank text counts as the code it stands for."""
    shown: list[Any] = []
    for child in children:
        shown.append("code" if child.type == "code_inline" else (child.type, child.content))
        if shown[-3:] in (word("empty"), word("blank")):
            shown[-3:] = ["code"]
    return shown


def word(said: str) -> list[Any]:
    return [("em_open", ""), ("text", said), ("em_close", "")]


HARMLESS = structure(body([f"plain{number}" for number in range(PLACES)], [f"label{n}" for n in range(16)]))


def assert_unchanged(texts: list[str], labels: list[str]) -> None:
    made = body(texts, labels)
    assert structure(made) == HARMLESS
    assert made.count("<!--") == 1
    assert made.startswith("<!-- mlgit:comment ")
    made.encode("utf-8")


@pytest.mark.parametrize("seed", SEEDS)
def test_ten_thousand_hostile_texts_change_nothing(seed: int) -> None:
    source = strings(seed, ROUNDS * (PLACES + 16))
    for _ in range(ROUNDS):
        assert_unchanged([next(source) for _ in range(PLACES)], [next(source) for _ in range(16)])


@pytest.mark.parametrize("trick", TRICKS)
def test_each_trick_in_every_place_changes_nothing(trick: str) -> None:
    assert_unchanged([trick] * PLACES, [trick] * 16)


@pytest.mark.parametrize("package", ["metrics", "views"])
def test_words_of_our_own_change_nothing_but_the_three_that_mean_something(package: str) -> None:
    words = {word for file in (SOURCE / package).glob("*.py") for word in words_in(file)}
    assert len(words) > 100
    for word in sorted(words):
        if not has_meaning(word):
            assert_unchanged([word] * PLACES, [word] * 16)


def words_in(file: Path) -> Iterator[str]:
    """Yield the short texts that a module is written with."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and 0 < len(node.value) < 60:
            yield node.value


@pytest.mark.parametrize("text", ["baseline", "svm.baseline", "working tree", COMMIT[:7]])
def test_a_text_that_means_something_is_told_apart(text: str) -> None:
    assert has_meaning(text)
    assert structure(body([text] * PLACES, [text] * 16)) != HARMLESS


@given(
    st.lists(NAMES, min_size=PLACES, max_size=PLACES),
    st.lists(NAMES, min_size=16, max_size=16),
)
@settings(max_examples=25, deadline=None)
def test_any_text_changes_nothing(texts: list[str], labels: list[str]) -> None:
    assert_unchanged(texts, labels)


def test_the_check_itself_sees_a_broken_comment() -> None:
    good = body([f"plain{number}" for number in range(PLACES)], [f"label{n}" for n in range(16)])
    for broken in (
        good.replace("`plain1`", "plain1"),
        good.replace("`plain1`", "`plain1` @octocat"),
        good.replace("`plain1`", "`plain1` | x"),
        good.replace('"label1"', '"label1" 0 --> 1\n```\n'),
        good.replace('"label1"', '"%%{init}%%"'),
        good.replace("</details>", ""),
    ):
        assert broken != good
        assert structure(broken) != HARMLESS
