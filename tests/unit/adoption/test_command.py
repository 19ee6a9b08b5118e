"""The stage that a command becomes, told from the files that it names."""

from __future__ import annotations

import json

import pytest

from mlgit.adoption.command import candidates, proposed_stage
from mlgit.dvc import pipeline
from tests.unit.adoption.files import standing

TRAIN = """\
import json, pickle
import pandas as pd
from churn.features import build
from . import beside
table = pd.read_csv("data/raw.csv")
with open("models/model.pkl", "wb") as stream:
    pickle.dump(build(table), stream)
json.dump({"auc": 0.9}, open("metrics.json", mode="w"))
print("no path, this", "1.5", "https://example.org/a.csv")
table.to_csv(f"logs/{table}.csv")
"""
FILES = {
    "train.py": TRAIN,
    "churn/__init__.py": "",
    "churn/features.py": 'SETTINGS = "config/a.yaml"\n',
    "config/a.yaml": "a: 1\n",
    "data/raw.csv": "",
    "beside.py": "",
}
READ = ("train.py", "churn/features.py", "data/raw.csv", "config/a.yaml", "beside.py")
NOTEBOOK = json.dumps(
    {
        "cells": [
            {"cell_type": "code", "source": ["%matplotlib inline\n", "!pip install x\n", TRAIN]},
            {"cell_type": "markdown"},
        ]
    }
)


@pytest.mark.parametrize(
    ("command", "more", "files"),
    [
        ("python train.py", (), {}),
        ("python -m train --depth 3", (), {}),
        ("make fit", ("Makefile",), {"Makefile": "all: fit\n\nfit: data/raw.csv\n\t@python train.py\n"}),
        ("mlflow run .", ("MLproject",), {"MLproject": "entry_points: {main: {command: python train.py}}\n"}),
        ("jupyter nbconvert --execute train.ipynb", ("train.ipynb",), {"train.ipynb": NOTEBOOK}),
    ],
)
def test_a_stage_reads_what_its_code_imports_and_names(
    command: str, more: tuple[str, ...], files: dict[str, str]
) -> None:
    there = {**FILES, **files}
    stage = proposed_stage(standing(there), command, there.__contains__)
    wanted = set(READ) - ({"train.py"} if "train.ipynb" in more else set())
    assert set(stage.dependencies) == {*wanted, *more}
    assert set(stage.outputs) == {"models/model.pkl", "logs", "metrics.json"}


def test_the_text_is_a_dvc_yaml_that_keeps_metrics_and_files_of_git_in_git() -> None:
    stage = proposed_stage(standing(FILES), "python train.py", FILES.__contains__)
    made = pipeline.read(stage.text({"models/model.pkl"})).stages["train"]
    assert made.command == "python train.py"
    assert [(one.path, one.kind, one.cache) for one in made.outputs] == [
        ("models/model.pkl", "output", False),
        ("logs", "output", True),
        ("metrics.json", "metrics", False),
    ]
    assert pipeline.read(stage.text(())).stages["train"].outputs[0].cache


@pytest.mark.parametrize("text", ["def broken(:\n", "\0", "x" * 1_000_001])
def test_code_that_cannot_be_read_is_a_dependency_all_the_same(text: str) -> None:
    stage = proposed_stage(standing({"train.py": text}), "python 'train.py", {"train.py"}.__contains__)
    assert stage.outputs == ()
    stage = proposed_stage(standing({"train.py": text}), "python train.py", {"train.py"}.__contains__)
    assert stage.dependencies == ("train.py",)


def test_what_may_train_by_its_name() -> None:
    files = standing({"src/train.py": "", "a.ipynb": "", "Makefile": "train:\n\ttrue\n", "MLproject": ""})
    assert candidates(files)[:3] == ["python src/train.py", "make train", "mlflow run ."]
