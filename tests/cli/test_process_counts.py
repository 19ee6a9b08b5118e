"""What a verb costs in git processes: reading goes in rounds, and no verb reads the same twice."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.cli.compare_repository import Sandbox
from tests.driver import Person

FILES = {
    "mlgit.yaml": """\
version: 1
models:
  price: {pipeline: ., predictions: predictions.csv, metrics: [metrics.json]}
  deep: {pipeline: models/deep}
""",
    "dvc.yaml": """\
stages:
  train:
    cmd: python train.py
    deps: [train.py]
    params: [rate]
    metrics: [metrics.json: {cache: false}]
""",
    "models/deep/dvc.yaml": "stages:\n  make:\n    cmd: make\n    outs: [out.json]\n",
    "params.yaml": "rate: 1\n",
    "train.py": "pass\n",
    "metrics.json": '{"loss": 0.5}\n',
    "predictions.csv": "id,prediction\n1,2\n",
}


@pytest.fixture
def repository(tmp_path: Path) -> Sandbox:
    made = Sandbox(tmp_path / "repository").with_dvc().write(FILES)
    made.commit()
    made.write({"params.yaml": "rate: 2\n"}).commit()
    return made


@pytest.mark.parametrize(
    ("verb", "most"),
    [
        ("sync --check", 0),
        ("status", 1),
        ("status --at HEAD", 5),
        ("affected HEAD~1", 8),
        ("compare HEAD~1 HEAD", 6),
        ("gate HEAD~1 HEAD", 6),
        ("lineage HEAD", 6),
        ("lineage price", 5),
        ("doctor", 3),  # the third lists what DVC keeps, where no way leads to it
        ("history", 3),
        ("models", 2),
        ("retrain --dry-run --local", 7),
    ],
)
def test_a_verb_starts_at_most_so_many_git_processes(
    repository: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str, most: int
) -> None:
    log, shim = tmp_path / "log", tmp_path / "shim" / "git"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\necho "$1" >> "{log}"\nexec "{shutil.which("git")}" "$@"\n')
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}{os.pathsep}{os.environ['PATH']}")
    log.touch()
    Person(repository.root).mlgit(*verb.split(), exit_code=None)
    started = log.read_text().split()
    assert len(started) <= most, started
