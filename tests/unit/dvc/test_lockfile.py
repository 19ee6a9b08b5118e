"""dvc.lock of both schemas, and what is not one."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgit.dvc import lockfile
from mlgit.dvc.lockfile import Entry
from mlgit.errors import UsageError

TWO = """
schema: '2.0'
stages:
  train:
    cmd: python train.py
    deps:
    - path: data
      hash: md5
      md5: f437247ec66d73ba66b0ade0246fcb49.dir
      size: 4
      nfiles: 2
    params:
      params.yaml:
        train.rate: 1e-3
        train: {depth: 3, sizes: [1, 2]}
    outs:
    - path: model.bin
      md5: 764efa883dda1e11db47671c4a3bbd9e
      size: 3
"""


def test_schema_two() -> None:
    stage = lockfile.read(TWO).stages["train"]
    assert stage.command == "python train.py"
    folder = Entry(path="data", digest="f437247ec66d73ba66b0ade0246fcb49.dir", size=4, files=2)
    assert stage.dependencies == (folder,)
    assert folder.is_folder
    assert stage.outputs == (
        Entry(path="model.bin", digest="764efa883dda1e11db47671c4a3bbd9e", size=3, legacy=True),
    )
    assert stage.parameters == {"params.yaml": {"train.rate": 0.001, "train": {"depth": 3, "sizes": [1, 2]}}}


def test_schema_one_has_the_stages_at_its_top() -> None:
    old = "train:\n  cmd: [a, b]\n  deps:\n  - {path: x, md5: abc}\n  outs:\n  - {path: y, etag: '\"q\"', size: 1}\n"
    stage = lockfile.read(old).stages["train"]
    assert stage.command == ("a", "b")
    assert (stage.dependencies[0].legacy, stage.outputs[0].digest) == (True, '"q"')


@pytest.mark.parametrize("content", ["", "schema: '2.0'\n", "schema: '2.0'\nstages: {}\n"])
def test_an_empty_one(content: str) -> None:
    assert lockfile.read(content).stages == {}


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ("schema: '3.0'\nstages: {}\n", 1, "schema '3.0'"),
        ("schema: '2.0'\nstages: []\n", 2, "stages has to be a mapping"),
        ("schema: '2.0'\nstages:\n  a: {deps: []}\n", 3, "cmd has to be a text"),
        ("schema: '2.0'\nstages:\n  a: {cmd: x, outs: [{md5: y}]}\n", 3, "path has to be a text"),
        (
            "schema: '2.0'\nstages:\n  a: {cmd: x, outs: [{path: y, size: -1}]}\n",
            3,
            "size has to be a whole number",
        ),
        ("schema: '2.0'\nstages:\n  a: {cmd: x, outs: [{path: y, md5: 123}]}\n", 3, "md5 has to be a text"),
        ("a: {cmd: x}\n<<<<<<< HEAD\n", 2, "not valid YAML"),
    ],
)
def test_bad_input_is_named_with_its_line(content: str, line: int, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        lockfile.read(content, "p/dvc.lock")
    assert words in caught.value.message
    assert caught.value.where == f"p/dvc.lock:{line}" or line == 2


@given(st.binary(max_size=200))
def test_bytes_are_read_or_refused(content: bytes) -> None:
    with suppress(UsageError):
        lockfile.read(content)
