"""deploy/<environment>.yaml: one form written, hand edits read, everything else refused with its line."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mlgit.environments.desired import (
    Desired,
    Entry,
    Written,
    environment_of,
    escaped_pair,
    pair_of,
    path_of,
    plain_pair,
    read,
    read_after,
    write,
)
from mlgit.errors import UsageError

TEXT = st.text(
    st.characters(min_codepoint=32, exclude_characters="\x7f", exclude_categories=["Cs", "Cc"]), max_size=30
)
ENTRIES = st.builds(
    Entry,
    version=st.sampled_from(["v1.0.0", "v0.1.2-rc.1"]),
    commit=st.just("a" * 40),
    digest=st.sampled_from(["md5:" + "0" * 32, "md5:" + "1" * 32 + ".dir"]),
    action=st.sampled_from(["promote", "rollback"]),
    by=TEXT,
    at=st.sampled_from(["", "2026-01-05T12:00:00Z"]),
    why=TEXT,
    gate=TEXT,
    replaced=st.sampled_from(["", "v0.9.0"]),
)
ARTIFACTS = st.sampled_from(["churn", "models/churn=churn", "a-b_c"])
ENTRY = Entry(version="v1.0.0", commit="a" * 40, digest="md5:" + "0" * 32, action="promote", by="A <a@b.c>")
WHOLE = write("staging", {"churn": ENTRY}).decode()


@given(st.dictionaries(ARTIFACTS, ENTRIES, max_size=3))
def test_what_is_written_is_read_back_line_by_line_and_as_yaml(desired: dict[str, Entry]) -> None:
    content = write("staging", desired)
    assert read(content, "deploy/staging.yaml") == desired
    assert len(read_after(Written(), content, "deploy/staging.yaml").blocks) == len(desired)
    edited = content.replace(b"version: 1\n", b"version:   1 # a person was here\n", 1)
    assert not read_after(Written(), edited, "deploy/staging.yaml").blocks
    assert read(edited, "deploy/staging.yaml") == desired
    assert read(content.replace(b"\n", b"\r\n"), "deploy/staging.yaml") == desired


@given(st.lists(st.dictionaries(ARTIFACTS, ENTRIES, max_size=3), max_size=5), st.sets(st.integers(0, 4)))
def test_a_file_after_another_is_read_as_it_is_alone(
    states: list[dict[str, Entry]], edited: set[int]
) -> None:
    before = Written()
    for number, desired in enumerate(states):
        content = write("staging", desired)
        content = content.replace(b"\n", b"\r\n") if number in edited else content
        earlier, before = before.desired, read_after(before, content, "deploy/staging.yaml")
        assert before.desired == read(content, "deploy/staging.yaml") == desired
        assert set(before.begun) == {name for name in desired if earlier.get(name) != desired[name]}
        assert set(before.ended) == set(earlier) - set(desired)


@given(
    st.integers(0, 600),
    st.integers(0, 40),
    st.one_of(
        st.binary(max_size=20),
        st.sampled_from(
            [b'\n  "', b"\n", b'"', b'    why: "x"\n', b'\n  "churn":\n', b"models", b" # edited"]
        ),
    ),
)
def test_a_file_that_somebody_edited_after_another_is_read_as_it_is_alone(
    place: int, gone: int, noise: bytes
) -> None:
    first = write("staging", {"a": ENTRY, "churn": replace(ENTRY, why="x"), "z": ENTRY})
    edited = first[:place] + noise + first[place + gone :]
    before = read_after(Written(), first, "deploy/staging.yaml")
    assert said(lambda: read_after(before, edited, "deploy/staging.yaml").desired) == said(
        lambda: read(edited, "deploy/staging.yaml")
    )


def said(reading: Callable[[], Desired]) -> object:
    """What a file says, or the error that it is."""
    try:
        return list(reading().items())
    except UsageError as error:
        return error.code, error.message, error.where


def test_what_stands_as_before_is_not_read_again() -> None:
    many = {f"model{number}": ENTRY for number in range(50)}
    before = read_after(Written(), write("staging", many), "deploy/staging.yaml")
    pair_of.cache_clear()
    changed = write("staging", {**many, "model7": replace(ENTRY, why="x")})
    found = read_after(before, changed, "deploy/staging.yaml")
    assert found.desired["model7"].why == "x"
    assert (found.begun, found.ended) == (("model7",), ())
    assert pair_of.cache_info().misses == 1


@given(st.binary(max_size=60).map(lambda noise: WHOLE.encode()[:150] + noise + WHOLE.encode()[150:]))
def test_noise_is_an_error_and_no_fault(content: bytes) -> None:
    with suppress(UsageError):
        assert all(isinstance(entry, Entry) for entry in read(content, "deploy/staging.yaml").values())


@given(
    st.integers(60, 420),
    st.integers(0, 40),
    st.one_of(st.text(max_size=5), st.text(alphabet='v01.af:"\\ \x7f\x85', max_size=5), st.just("x" * 1001)),
)
def test_what_is_taken_as_it_stands_is_what_a_careful_reader_takes(place: int, gone: int, noise: str) -> None:
    image = "registry.example.org/churn@sha256:" + "2" * 64
    first = write("staging", {"churn": replace(ENTRY, why="x", replaced="v0.9.0", image=image)}).decode()
    edited = (first[:place] + noise + first[place + gone :]).removesuffix("\n")
    block = edited[edited.find('\n  "') :]
    found = plain_pair(block)
    if found is not None:
        assert msgspec.convert(msgspec.to_builtins(found[1]), Entry) == found[1]
        assert escaped_pair(block) == found


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('version: "v1.0.0"', 'version: "1.0"', 5),
        ('digest: "md5:', 'digest: "sha:', 7),
        ('action: "promote"', 'action: "delete"', 8),
        ("    by:", "    extra: 1\n    by:", 9),
        ('"churn":', '"../churn$":', 4),
        ("version: 1\n", "version: 2\n", 2),
        ('commit: "aaaa', 'commit: "--exec', 6),
        ('by: "A', 'by: "\\n', 9),
        ('by: "A <a@b.c>"', 'by: "A"\n    replaced: "the one before"', 10),
        ('by: "A <a@b.c>"', 'by: "A"\n    image: "latest"', 10),
        ('by: "A <a@b.c>"', f'by: "{"A" * 1001}"', 9),
    ],
)
def test_a_bad_edit_is_refused_with_its_line(old: str, new: str, line: int) -> None:
    with pytest.raises(UsageError) as caught:
        read(WHOLE.replace(old, new, 1).encode(), "deploy/staging.yaml")
    assert caught.value.where == f"deploy/staging.yaml:{line}"


def test_two_fields_in_one_line_are_not_read_as_two() -> None:
    smuggled = WHOLE.replace('action: "promote"', 'action: "promote", "why": "not a line of its own"')
    with pytest.raises(UsageError):
        read(smuggled.encode(), "deploy/staging.yaml")


def test_twice_the_same_model_and_a_large_file_are_refused() -> None:
    block = WHOLE.partition("models:\n")[2]
    with pytest.raises(UsageError, match="stands twice"):
        read((WHOLE + block).encode(), "deploy/staging.yaml")
    with pytest.raises(UsageError, match="larger"):
        read(WHOLE.encode() + b"#" * 2_000_000, "deploy/staging.yaml")


def test_paths() -> None:
    assert environment_of(path_of("staging")) == "staging"
    for path in (
        "deploy/a/b.yaml",
        "deploy/../x.yaml",
        "deploy/A.yaml",
        "deploy/a.yml",
        "x/deploy/a.yaml",
        "deploy/a.yaml\n",
    ):
        assert environment_of(path) is None


def test_a_head_that_does_not_fit_its_blocks_is_what_yaml_says() -> None:
    assert read(WHOLE.replace("models:\n", "models:\n\n").encode(), "x") == {"churn": ENTRY}
    for head in ("models: {}\n", "models: null\n", ""):
        with pytest.raises(UsageError):
            read(WHOLE.replace("models:\n", head).encode(), "x")
    for nothing in (b"", b"\n", write("staging", {}).replace(b"{}", b"")):
        with pytest.raises(UsageError):
            read(nothing, "x")
