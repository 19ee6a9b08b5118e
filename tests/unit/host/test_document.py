"""A document within its limit: what goes first, what stays, and that nothing is cut in the middle."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgit.host.document import WEIGHTS as REPORT_WEIGHTS
from mlgit.host.document import CommentDocument, Section, fit, size

LINK = "https://ci.example/runs/7"
WEIGHTS = {name.capitalize(): weight for name, weight in REPORT_WEIGHTS.items()}


def document(pieces: int = 20, length: int = 60, verdict: str = "**Better**") -> CommentDocument:
    def section(title: str, weight: int) -> Section:
        rows = tuple(f"{title}-{number:04d} ".ljust(length, ".") for number in range(pieces))
        return Section(title=title, weight=weight, head=f"head of {title}", pieces=rows, folded=weight == 10)

    return CommentDocument(
        verdict=verdict, whole=LINK, sections=tuple(section(*one) for one in WEIGHTS.items())
    )


def test_a_document_that_fits_is_whole() -> None:
    fitted = fit(document())
    assert fitted.left_out == ()
    assert fitted.text.startswith("**Better**\n\n### Metrics\n\nhead of Metrics\nMetrics-0000")
    assert fitted.text.endswith(f"</details>\n\n[The whole report]({LINK})\n")


def test_the_lightest_section_is_shortened_then_left_out_and_the_heaviest_last() -> None:
    seen = []
    for limit in range(9000, 1000, -200):
        fitted = fit(document(), limit)
        assert size(fitted.text) <= limit
        gone = [title for title in WEIGHTS if f"head of {title}" not in fitted.text]
        assert gone == list(WEIGHTS)[len(WEIGHTS) - len(gone) :]
        assert "**Better**" in fitted.text
        assert LINK in fitted.text
        seen.append(len(gone))
    assert seen == sorted(seen)
    assert seen[0] == 0
    assert seen[-1] == len(WEIGHTS) - 1


def test_the_last_line_names_what_is_missing() -> None:
    for limit in range(2000, 9000, 130):
        fitted = fit(document(), limit)
        shown = {title: fitted.text.count(f"{title}-") for title in reversed(WEIGHTS)}
        expected = [
            title if count == 0 else f"{title} ({20 - count} of 20)"
            for title, count in shown.items()
            if count < 20
        ]
        assert list(fitted.left_out) == expected
        said = f"left out: {', '.join(expected)}. [The whole report]({LINK})"
        assert not expected or said in fitted.text


def test_of_equal_weights_the_later_section_goes_first() -> None:
    pieces = tuple("x" * 100 for _ in range(8))
    both = tuple(Section(title=title, weight=1, pieces=pieces) for title in ("First", "Second"))
    fitted = fit(CommentDocument(verdict="v", sections=both), 1000)
    assert "### First" in fitted.text
    assert "### Second" not in fitted.text


def test_a_verdict_that_is_too_long_by_itself_is_cut() -> None:
    fitted = fit(document(verdict="\U0001f600" * 2000), 1000)
    assert size(fitted.text) <= 1000
    assert fitted.text.startswith("\U0001f600")
    assert LINK in fitted.text
    assert "\ufffd" not in fitted.text


def test_a_link_that_is_no_address_is_not_shown() -> None:
    for address in ("javascript:alert(1)", "https://x/) @all (", "https://x/\n# a", "x", "https://x/<b>"):
        assert "whole report" not in fit(CommentDocument(verdict="v", whole=address)).text


@pytest.mark.parametrize("letter", ["a", "\u00e4", "\u4e2d", "\U0001f600"])
def test_the_limit_holds_however_characters_are_counted(letter: str) -> None:
    section = Section(title="Metrics", weight=1, pieces=tuple(letter * 50 for _ in range(3000)))
    text = fit(CommentDocument(verdict="v", sections=(section,))).text
    assert len(text) <= len(text.encode("utf-16-le")) // 2 <= len(text.encode()) <= 65_000


sections = st.builds(
    Section,
    title=st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), min_size=1, max_size=30),
    weight=st.integers(0, 5),
    head=st.text(max_size=40),
    pieces=st.lists(st.text(min_size=1, max_size=120), max_size=30).map(tuple),
    tail=st.text(max_size=20),
    folded=st.booleans(),
)
documents = st.builds(
    CommentDocument,
    verdict=st.text(max_size=2000),
    sections=st.lists(sections, max_size=6).map(tuple),
    whole=st.sampled_from(["", LINK, "nonsense"]),
)


@settings(max_examples=300, deadline=None)
@given(document=documents, limit=st.integers(1000, 4000))
def test_any_document_fits_any_limit(document: CommentDocument, limit: int) -> None:
    fitted = fit(document, limit)
    assert size(fitted.text) <= limit
    assert fitted.text.count("<details>") - document.verdict.count("<details>") >= 0
    if not fitted.left_out:
        assert all(section.markdown in fitted.text for section in document.sections)


@settings(max_examples=200, deadline=None)
@given(count=st.integers(0, 400), length=st.integers(1, 60), limit=st.integers(1000, 9000))
def test_pieces_stay_whole_and_in_order(count: int, length: int, limit: int) -> None:
    text = fit(document(pieces=count, length=max(length, 14)), limit).text
    for title in WEIGHTS:
        rows = [line for line in text.splitlines() if line.startswith(f"{title}-")]
        assert rows == [f"{title}-{number:04d} ".ljust(max(length, 14), ".") for number in range(len(rows))]
    assert text.count("<details>") == text.count("</details>")
