"""Number by number, `mlgit compare` says what `dvc metrics diff` and `dvc params diff` say."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .compare_repository import Sandbox

DVC = Path(sys.executable).parent / "dvc"

PIPELINE = """
stages:
  train:
    cmd: python train.py
    deps: [train.py]
    params:
      - seed
      - train.rate
      - config/model.toml:
      - settings.json:
          - layers
          - optimizer.name
    metrics:
      - metrics/test.json:
          cache: false
      - metrics/train.yaml:
          cache: false
  tune:
    foreach: [a, b]
    do:
      cmd: python tune.py ${item}
      metrics:
        - metrics/tune_${item}.json:
            cache: false
metrics:
  - metrics/extra.toml
params:
  - config/whole.yaml
"""
OLD = {
    "dvc.yaml": PIPELINE,
    "params.yaml": "seed: 1\ntrain:\n  rate: 1e-3\n  depth: 5\n  shuffle: true\n  sizes: [10, 20]\n  one: [3]\n"
    "  none: null\n  name: tree\n  empty: {}\n",
    "config/model.toml": "width = 32\n[head]\nkind = 'linear'\nbias = true\n",
    "config/whole.yaml": "alpha: .5\nbeta: [1.0, 2.0]\nnested:\n  gamma: 010\n  yes_word: yes\n",
    "settings.json": '{"layers": [1, 2], "optimizer": {"name": "adam", "beta": 0.9}, "unused": 1}',
    "metrics/test.json": '{"accuracy": 0.9, "by_class": {"a": {"f1": 0.5}, "b": {"f1": 0.25}}, "n": 100, "loss": 1e-3,'
    ' "ok": true, "label": "x", "list": [1], "nothing": null, "gone": 3}',
    "metrics/train.yaml": "accuracy: 0.99\nloss: 1e-4\nbig: 12345678901234567890\n",
    "metrics/extra.toml": "latency = 12.5\n[size]\nbytes = 1000\n",
    "metrics/tune_a.json": '{"auc": 0.7}',
    "metrics/tune_b.json": '{"auc": 0.71}',
}
NEW = {
    **OLD,
    "params.yaml": "seed: 2\ntrain:\n  rate: 2e-3\n  depth: 5\n  shuffle: false\n  sizes: [10, 30]\n  one: [4]\n"
    "  none: 3\n  name: forest\n  fresh: 1.5\n",
    "config/model.toml": "width = 64\n[head]\nkind = 'linear'\nbias = false\n",
    "config/whole.yaml": "alpha: .25\nbeta: [1.0, 3.0]\nnested:\n  gamma: 011\n  yes_word: no\n",
    "settings.json": '{"layers": [1, 2, 3], "optimizer": {"name": "sgd", "beta": 0.8}, "unused": 2}',
    "metrics/test.json": '{"accuracy": 0.95, "by_class": {"a": {"f1": 0.55}, "b": {"f1": 0.25}, "c": {"f1": 1}},'
    ' "n": 101, "loss": 9e-4, "ok": false, "label": "y", "list": [2], "nothing": null}',
    "metrics/train.yaml": "accuracy: 0.99\nloss: 2e-4\nbig: 12345678901234567891\n",
    "metrics/extra.toml": "latency = 13\n[size]\nbytes = 900\n",
    "metrics/tune_b.json": '{"auc": 0.72}',
}
NESTED = {
    "models/a/dvc.yaml": "stages:\n  s:\n    cmd: x\n    params: [deep.rate]\n    metrics:\n"
    "      - ../../shared/a.json:\n          cache: false\n      - own.json:\n          cache: false\n",
    "models/a/params.yaml": "deep:\n  rate: 0.1\nother: 1\n",
    "models/a/own.json": '{"r2": 0.5}',
    "shared/a.json": '{"mae": 3}',
    "models/b/dvc.yaml": "stages:\n  s:\n    cmd: x\n    wdir: work\n    params:\n      - ../b.yaml: [k]\n"
    "    metrics:\n      - m.json:\n          cache: false\n",
    "models/b/b.yaml": "k: 1\n",
    "models/b/work/m.json": '{"rmse": 2.5}',
}
NESTED_NEW = {
    **NESTED,
    "models/a/params.yaml": "deep:\n  rate: 0.2\nother: 2\n",
    "models/a/own.json": '{"r2": 0.75}',
    "shared/a.json": '{"mae": 2.5}',
    "models/b/b.yaml": "k: 2\n",
    "models/b/work/m.json": '{"rmse": 2.25, "new": 1}',
}


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path / "repository")


def dvc(root: Path, *arguments: str) -> Any:
    done = subprocess.run([DVC, *arguments], cwd=root, capture_output=True, text=True, check=True)
    return json.loads(done.stdout or "{}")


def ours(report: dict[str, Any], kind: str) -> dict[str, dict[str, dict[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for model in report["models"]:
        for row in model[kind]:
            if row["state"] in ("changed", "new", "gone"):
                found.setdefault(row["file"], {})[row["name"]] = row
    return found


def as_dvc_writes(value: Any) -> Any:
    """DVC turns a list into Python's text of it; a list of one against another of one it compares inside."""
    return str(value) if isinstance(value, list) else value


def assert_agreement(report: dict[str, Any], kind: str, theirs: dict[str, Any]) -> int:
    mine = ours(report, kind)
    assert {file: set(rows) for file, rows in mine.items()} == {
        file: set(rows) for file, rows in theirs.items()
    }
    for file, rows in theirs.items():
        for name, expected in rows.items():
            row = mine[file][name]
            assert as_dvc_writes(row["base"]) == expected["old"], (file, name)
            assert as_dvc_writes(row["head"]) == expected["new"], (file, name)
            if isinstance(expected["old"], bool):
                assert row["change"] is None  # DVC subtracts truth values; that number means nothing
            elif "diff" in expected:
                assert row["change"] == expected["diff"], (file, name)
            else:
                assert row["change"] is None, (file, name)
    return sum(len(rows) for rows in theirs.values())


@pytest.mark.parametrize(
    ("old", "new", "metrics", "parameters"),
    [(OLD, NEW, 13, 16), (NESTED, NESTED_NEW, 4, 2)],
    ids=["one pipeline", "pipelines in folders"],
)
@pytest.mark.parametrize("head", ["HEAD", None], ids=["commits", "working tree"])
def test_every_number_agrees(
    sandbox: Sandbox,
    old: dict[str, str],
    new: dict[str, str],
    metrics: int,
    parameters: int,
    head: str | None,
) -> None:
    sandbox.with_dvc().write(old).commit("old")
    sandbox.write(new)
    for path in old.keys() - new.keys():
        (sandbox.root / path).unlink()
    if head:
        sandbox.commit("new")
    base = "HEAD~1" if head else "HEAD"
    revisions = [base, *([head] if head else [])]
    done = sandbox.mlgit("compare", *revisions, "--json")
    assert done.exit_code == 0, done.stderr
    report = json.loads(done.stdout)
    assert (
        assert_agreement(report, "metrics", dvc(sandbox.root, "metrics", "diff", "--json", *revisions))
        == metrics
    )
    assert (
        assert_agreement(report, "parameters", dvc(sandbox.root, "params", "diff", "--json", *revisions))
        == parameters
    )


def test_metrics_that_are_no_numbers_of_json_agree(sandbox: Sandbox) -> None:
    pipeline = "stages:\n  s:\n    cmd: x\n    metrics:\n      - m.json:\n          cache: false\n"
    sandbox.with_dvc().write({"dvc.yaml": pipeline, "m.json": '{"a": 0.5, "b": 1, "c": 2}'}).commit("old")
    sandbox.write({"m.json": '{"a": NaN, "b": Infinity, "c": -Infinity}'}).commit("new")
    mine = ours(json.loads(sandbox.mlgit("compare", "HEAD~1", "HEAD", "--json").stdout), "metrics")["m.json"]
    theirs = dvc(sandbox.root, "metrics", "diff", "--json", "HEAD~1", "HEAD")["m.json"]
    assert {name: row["head"] for name, row in mine.items()} == {
        "a": "NaN",
        "b": "Infinity",
        "c": "-Infinity",
    }
    assert math.isnan(theirs["a"]["new"])
    assert theirs["b"]["new"] == math.inf
    assert {row["effect"] for row in mine.values()} == {"unknown"}
