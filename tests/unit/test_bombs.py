"""Small files that unfold to gigabytes or to hours: each is refused by name, within bounded memory and time."""

from __future__ import annotations

import contextlib
import resource
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgit import yamlfile
from mlgit.dvc import values
from mlgit.errors import UsageError

MEMORY = 512 * 1024 * 1024

BOMBS = {
    "a list of aliases of a list": (
        "content = b'a: &a [' + b'1,' * 9999 + b'1]\\nb: [' + b'*a,' * 49999 + b'*a]\\n'",
        "yaml-too-large",
    ),
    "a merge of one mapping many times": (
        "content = b'a: &a {' + b','.join(b'k%d: 1' % i for i in range(2000)) + b'}\\n'"
        " + b'b: {<<: [' + b','.join([b'*a'] * 50000) + b']}'",
        "yaml-too-large",
    ),
    "an integer of four million digits": ("content = b'a: 0x' + b'f' * 4_000_000", "yaml-syntax"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_of_yaml_is_refused_before_it_unfolds(name: str) -> None:
    made, code = BOMBS[name]
    program = f"""
        import resource
        from mlgit import yamlfile
        from mlgit.errors import UsageError
        {made}
        resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY}))
        resource.setrlimit(resource.RLIMIT_CPU, (5, 5))
        try:
            yamlfile.read(content, "x.yaml")
        except UsageError as error:
            print(error.code)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.returncode) == (code, 0), done.stderr[-300:]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b'{"a": %s}' % (b"9" * 400), "m.json"),
        (b'{"a": [{"b": -%s}]}' % (b"9" * 400), "m.json"),
        (b"a = %s" % (b"9" * 400), "p.toml"),
        (b"a: %s" % (b"9" * 400), "p.yaml"),
        (b"a: 0x%s" % (b"f" * 400), "p.yaml"),
        (b"a = %s" % (b"9" * 400), "p.py"),
        (b'{"a": %s}' % (b"9" * 100_000), "m.json"),
        (b"a = %s" % (b"9" * 100_000), "p.toml"),
        (b"a: %s" % (b"9" * 100_000), "p.yaml"),
        (b"a = %s" % (b"9" * 100_000), "p.py"),
    ],
)
def test_an_integer_that_no_difference_could_be_made_of_is_refused(content: bytes, name: str) -> None:
    with pytest.raises(UsageError):
        values.nested(content, name)


def test_the_longest_integer_that_is_read() -> None:
    longest = 10**yamlfile.MAXIMUM_DIGITS - 1
    assert values.nested(f"a: {longest}".encode(), "p.yaml") == {"a": longest}
    assert values.nested(f'{{"a": {longest}}}'.encode(), "m.json") == {"a": longest}
    with pytest.raises(UsageError, match="more than 300 digits"):
        values.nested(f'{{"a": {longest + 1}}}'.encode(), "m.json")


@pytest.mark.parametrize(
    "content",
    [b".".join([b"a"] * 20_000) + b" = 1", b"\n".join(b"a." * 300 + b"b%d = 1" % i for i in range(2000))],
)
def test_names_of_toml_that_take_the_parser_hours(content: bytes) -> None:
    with pytest.raises(UsageError, match="names of too many parts"):
        values.nested(content, "p.toml")


def test_dots_in_a_text_of_toml_are_no_names() -> None:
    assert values.nested(b'a = "%s"' % (b"." * 9000), "p.toml") == {"a": "." * 9000}


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.integers(1, 12), st.integers(1, 6), st.sampled_from(["flow", "merge"]))
def test_any_tower_of_aliases_is_read_or_refused_in_time(
    width: int, height: int, leaf: int, kind: str
) -> None:
    """What unfolds to few values is read; a tower of any breadth and height ends."""
    lines = [f"a0: &a0 {{{', '.join(f'k{i}: 1' for i in range(leaf))}}}"]
    for level in range(1, height):
        below = ", ".join([f"*a{level - 1}"] * width)
        lines.append(
            f"a{level}: &a{level} " + (f"{{<<: [{below}]}}" if kind == "merge" else f"{{k: [{below}]}}")
        )
    unfolded = sum(leaf * width**level for level in range(height))
    refused = ""
    try:
        yamlfile.read("\n".join(lines), "x")
    except UsageError as error:
        refused = error.code
    assert refused in ("", "yaml-too-large")
    assert not refused or unfolded * 3 > yamlfile.MAXIMUM_NODES / 10
    assert refused or unfolded <= yamlfile.MAXIMUM_NODES


FORMS = {
    "params.yaml": (b"[", b"{a: ", b"- ", b"? ", b"&a [", b"a:\n  "),
    "metrics.json": (b"[", b'{"a":', b'[{"a":'),
    "params.toml": (b"a=[", b"a={b=", b"[a.b]\n", b"a.b."),
    "params.py": (b"a = [", b"a = (", b"a = {1: ", b"a = -", b"a = not "),
}
"""By file what opens a level that nothing closes."""
LEAVES = (b"1", b"'x'", b'"x"', b"9" * 301, b"-0x" + b"f" * 400, b"1e999", b"\\ud800", b"*a", b"<<: *a", b"")


MOST_BYTES = 2_000_000
"""Of a drawn file: what is longer than 8 MB is refused unread."""


@st.composite
def bombs(draw: st.DrawFn) -> tuple[str, bytes]:
    """A file of some depth, breadth, number of digits and length; closed or cut off."""
    name = draw(st.sampled_from(sorted(FORMS)))
    digits = st.integers(1, 5_000).map(lambda number: b"7" * number)
    opening, leaf = draw(st.sampled_from(FORMS[name])), draw(st.sampled_from(LEAVES) | digits)
    depth, breadth = draw(st.integers(0, 20_000)), draw(st.integers(1, 20_000))
    breadth = min(breadth, MOST_BYTES // (len(leaf) + 1))
    closing = {b"[": b"]", b"{": b"}", b"(": b")"}
    ends = b"".join(closing.get(bytes([sign]), b"") for sign in reversed(opening))
    inner = b",".join([leaf] * breadth) + b"x" * draw(st.integers(0, 100_000))
    return name, opening * depth + inner + ends * (depth if draw(st.booleans()) else 0)


@settings(max_examples=60, deadline=None)
@given(bombs())
def test_any_file_is_read_or_refused_in_bounds(bomb: tuple[str, bytes]) -> None:
    name, content = bomb
    started, memory = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with contextlib.suppress(UsageError):
        values.nested(content, name)
    assert time.process_time() - started < 5
    unit = 1 if sys.platform == "darwin" else 1024
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) * unit < MEMORY


@pytest.mark.parametrize(
    ("content", "name"),
    [(b'{"a": %s}', "m.json"), (b"a = %s", "p.toml"), (b"a = %s", "p.py"), (b"a: %s", "p.yaml")],
)
def test_more_levels_than_anybody_writes_are_refused(content: bytes, name: str) -> None:
    """Every parser goes deeper than that, and what comes after it would not."""
    most = 98
    assert values.nested(content % (b"[" * most + b"]" * most), name)
    with pytest.raises(UsageError, match="levels"):
        values.nested(content % (b"[" * (most + 2) + b"]" * (most + 2)), name)


@pytest.mark.parametrize("name", ["m.json", "p.toml", "p.py", "p.yaml"])
def test_more_bytes_than_anybody_writes_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="is larger than"):
        values.nested(b"#" * 8_000_001, name)


def test_a_link_to_a_device_is_no_file(tmp_path: Path) -> None:
    from mlgit.world.files import read_bytes

    (tmp_path / "params.yaml").symlink_to("/dev/zero")
    with pytest.raises(UsageError, match="pipe or a device"):
        read_bytes(tmp_path / "params.yaml")
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match="is a folder"):
        read_bytes(tmp_path / "folder")


@pytest.mark.parametrize(
    ("content", "name"),
    [(rb'{"a": "\ud800"}', "m.json"), (rb'{"\ud800": 1}', "m.json"), (rb"a = '\ud800'", "p.py")],
)
def test_half_a_character_is_refused_before_it_is_printed(content: bytes, name: str) -> None:
    with pytest.raises(UsageError, match="half a character"):
        values.nested(content, name)
