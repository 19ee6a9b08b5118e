"""The one YAML reader: the core schema, places, and what it refuses."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mlgit import yamlfile
from mlgit.errors import UsageError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1.5E+2", 150.0),
        (".5", 0.5),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("+7", 7),
        ("on", "on"),
        ("yes", "yes"),
        ("True", True),
        ("null", None),
        ("~", None),
        ("400_000", 400_000),
        ("-1_0", -10),
        ("1_0.5_0", 10.5),
        ("0b11", 3),
        ("0x_F", 15),
        ("_1", "_1"),
        (".5e3", ".5e3"),
        ("1_000,5", "1_000,5"),
        ("1:30", "1:30"),
        ("2026-01-05", "2026-01-05"),
        ("-.inf", -math.inf),
        ("''", ""),
        ("=", "="),
        ("1e", "1e"),
    ],
)
def test_plain_values_are_those_of_yaml_1_2(text: str, value: object) -> None:
    found = yamlfile.read(f"a: {text}\n", "x").value["a"]
    assert (found, type(found)) == (value, type(value))


def test_nan_is_a_number() -> None:
    assert math.isnan(yamlfile.read("a: .nan", "x").value["a"])


def test_places() -> None:
    document = yamlfile.read("a:\n  b:\n    - 1\n    - c: 2\nd: 3\n", "file.yaml")
    assert document.place("a", "b", 1, "c") == "file.yaml:4"
    assert document.place("d") == "file.yaml:5"
    assert document.place("a", "nowhere", 3) == "file.yaml:1"
    assert yamlfile.read("", "x").place("a") == "x:1"


def test_aliases_and_merges_are_read() -> None:
    text = "base: &b {x: 1, y: 2}\nmore:\n  <<: *b\n  y: 3\nlist: [*b, *b]\n"
    assert yamlfile.read(text, "x").value["more"] == {"x": 1, "y": 3}


@pytest.mark.parametrize(
    ("content", "code", "where"),
    [
        (b"a: 1\nb: 2\na: 3\n", "yaml-duplicate-key", "x:3"),
        (b"a:\n  b: 1\n  b: 2\n", "yaml-duplicate-key", "x:3"),
        (b"a: !!python/object/apply:os.system ['true']\n", "yaml-syntax", "x:1"),
        (b"a: !custom 1\n", "yaml-syntax", "x:1"),
        (b"? [1, 2]\n: 3\n", "yaml-key", "x:1"),
        (b"a: 1\n---\nb: 2\n", "yaml-syntax", "x:2"),
        (b"a: [1, 2\n", "yaml-syntax", "x:2"),
        (b"a: *nowhere\n", "yaml-syntax", "x:1"),
        (b"\xff\xfea", "yaml-encoding", "x:1"),
        (b"a: 1\nb: \xff\n", "yaml-encoding", "x:2"),
        (b"a: \x07\n", "yaml-syntax", "x"),
        (b"[" * 101 + b"]" * 101, "yaml-too-deep", "x:1"),
        (b" " * 8_000_001, "yaml-too-large", "x"),
        (b"a: &a [*a]\n", "yaml-too-deep", "x:1"),
    ],
)
def test_what_is_refused(content: bytes, code: str, where: str) -> None:
    with pytest.raises(UsageError) as caught:
        yamlfile.read(content, "x")
    assert (caught.value.code, caught.value.where) == (code, where)


def test_a_few_bytes_that_would_expand_to_gigabytes() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 10))
    with pytest.raises(UsageError) as caught:
        yamlfile.read(bomb, "x")
    assert caught.value.code == "yaml-too-large"


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(TEXTS)
def test_quoted_text_reads_back_as_it_was(text: str) -> None:
    assert yamlfile.read(f"a: {yamlfile.quoted(text)}\n", "x").value == {"a": text}
    assert yamlfile.read(f"{yamlfile.quoted(text)}: 1\n", "x").value == {text: 1}


LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=15,
)


def written(tree: Any) -> str:
    if isinstance(tree, str):
        return yamlfile.quoted(tree)
    if isinstance(tree, dict):
        return (
            "{" + ", ".join(f"{yamlfile.quoted(key)} : {written(value)}" for key, value in tree.items()) + "}"
        )
    if isinstance(tree, list):
        return "[" + ", ".join(map(written, tree)) + "]"
    if isinstance(tree, float) and math.isinf(tree):
        return ".inf" if tree > 0 else "-.inf"
    if tree is None or isinstance(tree, bool):
        return {None: "null", True: "true", False: "false"}[tree]
    return repr(tree)


@given(TREES)
def test_any_tree_reads_back(tree: Any) -> None:
    assert yamlfile.read(f"a: {written(tree)}\n", "x").value == {"a": tree}


SCALARS = st.one_of(
    st.text("0123456789abcdefxo.e+-_:/@ \n", max_size=12), st.booleans(), st.integers(), st.none()
)


@given(st.lists(st.dictionaries(st.text("abc~1/", min_size=1, max_size=5), SCALARS, max_size=4), max_size=3))
def test_what_is_written_reads_back_by_both_versions_of_yaml(documents: list[dict[str, Any]]) -> None:
    for one in documents:
        text = yamlfile.written([one])
        assert yamlfile.read(text, "x").value == one
        assert yaml.safe_load(text) == one
    assert list(yaml.safe_load_all(yamlfile.written(documents))) == documents


@given(st.binary(max_size=300))
def test_bytes_are_read_or_refused_with_a_place(content: bytes) -> None:
    with suppress(UsageError):
        yamlfile.read(content, "x")


@given(st.text("ab:-[]{}&*!|>'\"%@#? \n\t0123.e", max_size=60))
def test_text_that_looks_like_yaml_is_read_or_refused(text: str) -> None:
    with suppress(UsageError):
        document = yamlfile.read(text, "x")
        assert document.line("a", 0) >= 1


def test_the_markers_of_a_merge_are_named_with_the_way_out() -> None:
    text = "a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> other\n"
    for content in (text, text.encode()):
        with pytest.raises(UsageError) as caught:
            yamlfile.read(content, "sub/dvc.lock")
        assert (caught.value.code, caught.value.where) == ("merge-conflict", "sub/dvc.lock:2")
        assert caught.value.hint.startswith("git checkout --ours -- sub/dvc.lock, then mlgit train")
    with pytest.raises(UsageError) as caught:
        yamlfile.read(text, "params.yaml")
    assert caught.value.hint.endswith("git add params.yaml")
    assert yamlfile.read("a: |\n  <<<<<<< HEAD\n", "x").value == {"a": "<<<<<<< HEAD\n"}
