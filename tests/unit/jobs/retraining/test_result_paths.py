"""What a training may change in Git, told from the text of its base."""

from __future__ import annotations

import json

import pytest

from mlgit.config import reader
from mlgit.dvc import lockfile, pipeline
from mlgit.dvc.paths import SortedPaths
from mlgit.dvc.state import PipelineState
from mlgit.jobs.retraining.result_paths import ResultPaths, result_paths

SETTINGS = """\
version: 1
models:
  churn:
    task: regression
    pipeline: models/churn
    metrics: [models/churn/scores.json, models/churn/extra.json]
    predictions: models/churn/out/predictions.csv
"""
STAGES = """\
stages:
  train:
    cmd: python train.py
    wdir: ..
    outs:
      - churn/out
      - churn/report.md: {cache: false}
    metrics:
      - churn/scores.json: {cache: false}
    plots:
      - churn/points: {cache: false}
"""
UNKNOWN = """\
stages:
  each:
    foreach: ${names}
    do:
      cmd: python train.py ${item}
      outs: ["${item}.json"]
"""
UNKNOWN_LOCK = """\
schema: '2.0'
stages:
  each@a:
    cmd: python train.py a
    outs:
    - path: a.json
      md5: 0123456789abcdef0123456789abcdef
  each@b:
    cmd: python train.py b
    outs:
    - path: b.json
      md5: 0123456789abcdef0123456789abcdef
"""


def of(text: str, folder: str, lock: str = "", tracked: tuple[str, ...] = ()) -> ResultPaths:
    state = PipelineState(
        folder=folder,
        exists=True,
        pipeline=pipeline.read(text),
        lock=lockfile.read(lock) if lock else None,
    )
    return result_paths(reader.read(SETTINGS.encode()), [state], SortedPaths(tracked))


@pytest.mark.parametrize(
    ("path", "held"),
    [
        ("models/churn/dvc.lock", True),
        ("models/churn/report.md", True),
        ("models/churn/scores.json", True),
        ("models/churn/extra.json", True),
        ("models/churn/points/curve.csv", True),
        (".mlgit/runs/models/churn/20260105T120000Z-0123456789ab.json", True),
        (".mlgit/runs/.gitattributes", True),
        ("models/churn/out/model.onnx", False),
        ("models/churn/out/predictions.csv", False),
        ("models/churn/train.py", False),
        ("models/churn/dvc.yaml", False),
        ("models/churn/report.md.bak", False),
        ("dvc.lock", False),
        ("catboost_info/learn.tsv", False),
        (".mlgit/runs/notes.txt", False),
        (".mlgit/lock.yaml", False),
        (".gitignore", False),
        ("models/churn/points/.gitignore", False),
        ("models/churn/points/.GitAttributes", False),
        ("", False),
    ],
)
def test_only_locks_records_and_what_git_keeps_of_the_stages(path: str, held: bool) -> None:
    assert of(STAGES, "models/churn").holds(path) is held


@pytest.mark.parametrize(
    ("path", "before", "after", "may"),
    [
        ("models/churn/.gitignore", b"", b"/out\n", True),
        ("models/churn/.gitignore", b"*.log\n", b"*.log\n/out\n", True),
        ("models/churn/.gitignore", b"*.log", b"*.log\n/out\n", True),
        ("models/churn/.gitignore", b"\r\n", b"\r\n/out\n/out\n", True),
        ("models/churn/.gitignore", b"*.log", b"*.log/out\n", False),
        ("models/churn/.gitignore", b"*.log\n", b"/out\n", False),
        ("models/churn/.gitignore", b"*.log\n", b"*.log\n", False),
        ("models/churn/.gitignore", b"", b"", False),
        ("models/churn/.gitignore", b"", b"/out", False),
        ("models/churn/.gitignore", b"", b"\n/out\n", False),
        ("models/churn/.gitignore", b"", b"/out\n*\n", False),
        ("models/churn/.gitignore", b"", b"!/out\n", False),
        ("models/churn/.gitignore", b"", b"out\n", False),
        ("models/churn/.gitignore", b"", b"/report.md\n", False),
        ("models/.gitignore", b"", b"/out\n", False),
        (".gitignore", b"", b"/out\n", False),
        (".gitignore", b"", b"/models/churn/out\n", False),
        ("models/churn/ignore", b"", b"/out\n", False),
    ],
)
def test_a_list_of_what_git_ignores_may_gain_the_results_beside_it(
    path: str, before: bytes, after: bytes, may: bool
) -> None:
    assert of(STAGES, "models/churn").ignores(path, before, after) is may


@pytest.mark.parametrize(
    ("name", "line", "may"),
    [
        ("a b.bin", b"/a b.bin", True),
        ("x[1].bin", rb"/x\[1\].bin", True),
        ("x[1].bin", b"/x[1].bin", False),
        ("st*r#q!?", rb"/st\*r\#q\!\?", True),
        ("*", b"/*", False),
        ("ü.bin", "/ü.bin".encode(), True),
    ],
)
def test_names_are_written_as_dvc_writes_them(name: str, line: bytes, may: bool) -> None:
    text = json.dumps({"stages": {"train": {"cmd": "x", "outs": [name]}}})
    assert of(text, "").ignores(".gitignore", b"", line + b"\n") is may


def test_of_a_stage_that_only_dvc_can_read_the_lock_tells_as_far_as_git_has_it() -> None:
    held = of(UNKNOWN, "", UNKNOWN_LOCK, tracked=("a.json",))
    assert [path for path in ("a.json", "b.json", "c.json", "dvc.lock") if held.holds(path)] == [
        "a.json",
        "dvc.lock",
    ]


def test_metrics_and_plots_that_dvc_yaml_names_beside_its_stages_belong_to_the_results() -> None:
    text = """\
stages:
  train: {cmd: python train.py, outs: [model.pkl]}
metrics: [live/metrics.json, model.pkl]
plots:
  - live/plots: {x: step}
  - README.md
"""
    tracked = ("live/metrics.json", "live/plots/loss.tsv", "model.pkl", "train.py")
    held = of(text, "", tracked=tracked)
    assert [path for path in (*tracked, "README.md") if held.holds(path)] == [
        "live/metrics.json",
        "live/plots/loss.tsv",
    ]
