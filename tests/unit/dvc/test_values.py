"""Files of parameters and metrics: YAML, JSON, TOML; numbers that JSON has not; broken files."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgit.dvc import values


def test_metrics_are_numbers_truths_and_texts() -> None:
    found = values.metrics(
        b'{"a": {"b": 1, "c": 0.5}, "t": true, "s": "x", "l": [1], "n": null, "e": {}}', "m.json"
    )
    assert found.values == {"a.b": 1, "a.c": 0.5, "t": True, "s": "x"}
    assert values.metrics(b"a: 1e-3\nb: {1: 2}\n", "m.yaml").values == {"a": 0.001, "b.1": 2}
    assert values.metrics(b"a = 1.5\n[b]\nc = 2\n", "m.toml").values == {"a": 1.5, "b.c": 2}
    assert values.metrics(b"0.75", "accuracy").values == {"": 0.75}


def test_numbers_that_are_none() -> None:
    found = values.metrics(b'{"a": NaN, "b": Infinity, "c": -Infinity}', "m.json")
    assert found.values == {"a": "NaN", "b": "Infinity", "c": "-Infinity"}
    assert values.metrics(b"a: .nan\nb: -.inf\n", "m.yaml").values == {"a": "NaN", "b": "-Infinity"}
    assert values.parameters(b"a = [nan, inf]\n", "p.toml").values == {"a": ["NaN", "Infinity"]}


PYTHON = """
import os
lr: float = 1e-3
size = (1, 2)
names = ["a", {"b": 1}]
options = {"deep": {"x": -1}}
computed = os.getpid()
a = b = 3
bare: int
class Train:
    epochs = 10
    class Inner:
        flag = True
    def __init__(self):
        self.seed = 7
        local = 8
        other.attribute = 9
    def fit(self):
        self.late = 1
def f():
    hidden = 1
"""


def test_a_python_file_is_read_as_dvc_reads_it() -> None:
    from dvc.utils.serialize import parse_py

    found = values.nested(PYTHON.encode(), "hp.py")
    assert found == parse_py(PYTHON, "hp.py")
    assert found["Train"] == {"epochs": 10, "Inner": {"flag": True}, "seed": 7}
    read = values.parameters(PYTHON.encode(), "hp.py", ["lr", "Train"]).values
    assert read == {"lr": 0.001, "Train.epochs": 10, "Train.Inner.flag": True, "Train.seed": 7}


@pytest.mark.parametrize(
    ("content", "path", "said"),
    [
        (b"a = (\n", "hp.py", "hp.py is not valid Python: '(' was never closed"),
        (b"a = 1\0", "hp.py", "hp.py is not valid Python"),
        (b"\xff = 1", "hp.py", "hp.py is not valid Python in UTF-8"),
        (b'{"a": {"b": 1, "b": 2}}', "m.json", "the name 'b' stands twice in m.json"),
        (b'<<<<<<< HEAD\n{"a": 1}\n=======\n{}\n>>>>>>> x\n', "m.json", "markers of an unfinished merge"),
        (b"<<<<<<< HEAD\na = 1\n=======\na = 2\n>>>>>>> x\n", "hp.py", "markers of an unfinished merge"),
    ],
)
def test_what_is_broken_says_how(content: bytes, path: str, said: str) -> None:
    found = values.metrics(content, path)
    assert found.state == "unreadable"
    assert said in found.reason


def test_chosen_parameters() -> None:
    content = b"a: {b: {c: 1, d: [1, {x: 2}]}}\n1: one\nlist: [p, q]\n"
    assert values.parameters(content, "p.yaml", ("a.b", "1", "list.1", "gone")).values == {
        "a.b.c": 1,
        "a.b.d": [1, {"x": 2}],
        "1": "one",
        "list.1": "q",
    }
    assert values.parameters(b"", "p.yaml").values == {}
    assert values.parameters(b"d = 2026-01-05\n", "p.toml").values == {"d": "2026-01-05"}


@pytest.mark.parametrize(
    ("content", "path", "where"),
    [
        (b'{"a": 1', "m.json", "m.json:1"),
        (b'{\n"a": \n}', "m.json", "m.json:3"),
        (b"\xff\xfe", "m.json", "m.json"),
        (b"a: [1\n", "m.yaml", "m.yaml:2"),
        (b"a: 1\na: 2\n", "m.yaml", "m.yaml:2"),
        (b"a = \n", "m.toml", "m.toml"),
        (b"\xff = 1", "m.toml", "m.toml"),
        (b"<<<<<<< HEAD\n", "m.json", "m.json:1"),
        (b"[" * 5000 + b"]" * 5000, "m.json", "m.json"),
        (b'{"a":' * 700 + b"1" + b"}" * 700, "m.json", "m.json"),
        (b".".join([b"a"] * 700) + b" = 1", "m.toml", "m.toml"),
        (b'{"a":' * 101 + b"NaN" + b"}" * 101, "m.json", "m.json"),
        (b" " * 8_000_001, "m.json", "m.json"),
        (b"[1, 2]", "m.json", "m.json"),
        (b"", "m.json", "m.json:1"),
    ],
)
def test_a_broken_file_is_unreadable_at_its_line(content: bytes, path: str, where: str) -> None:
    found = values.metrics(content, path)
    assert (found.state, found.values) == ("unreadable", {})
    assert found.where.startswith(where)
    assert found.reason


def test_a_file_of_parameters_that_holds_a_list_is_unreadable() -> None:
    assert values.parameters(b"- 1\n", "p.yaml").state == "unreadable"


def test_a_byte_order_mark_is_no_fault() -> None:
    assert values.metrics(b'\xef\xbb\xbf{"a": 1}', "m.json").values == {"a": 1}
    assert values.metrics(b'\xef\xbb\xbf{"a": NaN}', "m.json").values == {"a": "NaN"}


LEAVES = st.one_of(
    st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.text(max_size=5)
)
KEYS = st.text(st.characters(blacklist_characters=".", blacklist_categories=["Cs"]), min_size=1, max_size=6)
TREES = st.recursive(LEAVES, lambda inner: st.dictionaries(KEYS, inner, max_size=4), max_leaves=12)


def leaves(tree: Any, name: str = "") -> dict[str, Any]:
    if not isinstance(tree, dict):
        return {name: tree}
    return {
        key: value
        for part, inner in tree.items()
        for key, value in leaves(inner, f"{name}.{part}" if name else part).items()
    }


@given(st.dictionaries(KEYS, TREES, max_size=4))
def test_json_comes_back_flat(tree: dict[str, Any]) -> None:
    found = values.metrics(json.dumps(tree).encode(), "m.json")
    assert found.values == leaves(tree)


@given(st.binary(max_size=120), st.sampled_from(["m.json", "m.yaml", "m.toml", "m"]))
def test_bytes_are_read_or_unreadable(content: bytes, path: str) -> None:
    for found in (values.metrics(content, path), values.parameters(content, path)):
        assert found.state in ("read", "unreadable")
        assert not any(
            isinstance(value, float) and not math.isfinite(value) for value in found.values.values()
        )
