"""Versions in the order of Semantic Versioning, as the library that GTO uses has it."""

from __future__ import annotations

import pytest
import semver as peer
from hypothesis import given
from hypothesis import strategies as st

from mlgit.registry.semver import Version, parse

NUMBERS = st.integers(0, 999_999_999)
WORDS = st.lists(
    st.from_regex(r"(0|[1-9][0-9]{0,3}|[0-9]*[a-zA-Z-][0-9a-zA-Z-]{0,4})", fullmatch=True), max_size=3
)
VERSIONS = st.builds(
    lambda a, b, c, early, build: f"v{a}.{b}.{c}" + (f"-{'.'.join(early)}" if early else "") + (f"+{build}" if build else ""),
    NUMBERS, NUMBERS, NUMBERS, WORDS, st.from_regex(r"([0-9a-zA-Z-]{1,5})?", fullmatch=True),
)  # fmt: skip


@given(VERSIONS, VERSIONS)
def test_the_order_is_that_of_the_library(one: str, other: str) -> None:
    ours, theirs = (parse(one), parse(other)), [peer.VersionInfo.parse(text[1:]) for text in (one, other)]
    assert ours[0] is not None
    assert ours[1] is not None
    assert (str(ours[0]), str(ours[1])) == (one, other)
    if theirs[0] != theirs[1]:
        assert (ours[0].order < ours[1].order) is (theirs[0] < theirs[1])


@given(st.text(alphabet="v0123.-+a \n\u0661", max_size=12))
def test_what_is_no_version_there_is_none_here(text: str) -> None:
    valid = text.startswith("v") and text.isascii() and peer.VersionInfo.is_valid(text[1:])
    assert (parse(text) is not None) == (valid and not text.endswith("\n"))


@pytest.mark.parametrize(
    ("version", "bump", "following"),
    [
        ("v1.2.3", "major", "v2.0.0"),
        ("v1.2.3", "minor", "v1.3.0"),
        ("v1.2.3", "patch", "v1.2.4"),
        ("v1.2.3-rc1", "patch", "v1.2.3"),
        ("v1.2.3-rc1", "minor", "v1.3.0"),
        ("v1.2.3+b", "patch", "v1.2.4"),
    ],
)
def test_bumps(version: str, bump: str, following: str) -> None:
    found = parse(version)
    assert found is not None
    made = found.bumped(bump)  # type: ignore[arg-type]
    assert str(made) == following
    assert made.order > found.order


def test_the_first_version() -> None:
    assert [str(Version().bumped(bump)) for bump in ("major", "minor", "patch")] == [
        "v1.0.0",
        "v0.1.0",
        "v0.0.1",
    ]


@pytest.mark.parametrize(
    "text",
    ["v1.2", "1.2.3", "v01.2.3", "v1.2.3-01", "v1.2.3-", "v" + "9" * 90 + ".0.0", "v1.2.3-" + "a" * 99],
)
def test_out_of_bounds(text: str) -> None:
    assert parse(text) is None
