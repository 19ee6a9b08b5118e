"""The rendered tests test something: code, data or a model that is broken makes them fail."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from .sample_tables import write_table
from .scaffolding import PACKAGE, Project, make_project

pytestmark = pytest.mark.slow

CODE = {
    "groups on both sides of a fold": ("if table.groups is not None and", "if False and"),
    "labels of another table": ("model.fit(table.train.rows, table.train.labels)", "model.fit(table.rows, table.labels[::-1])"),
    "no median": ('SimpleImputer(strategy="median", keep_empty_features=True)', '"passthrough"'),
    "an unknown category is an error": ('handle_unknown="ignore"', 'handle_unknown="error"'),
}  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, module_environment: None) -> Project:
    """A trained repository; tests work on copies of it."""
    folder = tmp_path_factory.mktemp("whole")
    project = make_project(folder / "project", *write_table("mixed", folder))
    project.train()
    return project


@pytest.fixture(scope="module")
def module_environment(tmp_path_factory: pytest.TempPathFactory) -> object:
    """A home and an author for what is made once for the module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        for role in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{role}_NAME", "Test Author")
            patch.setenv(f"GIT_{role}_EMAIL", "author@example.org")
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("DVC_NO_ANALYTICS", "1")
        yield None


@pytest.fixture
def copy(whole: Project, tmp_path: Path) -> Project:
    shutil.copytree(whole.folder, tmp_path / "project", ignore=shutil.ignore_patterns(".git", ".dvc"))
    return Project(tmp_path / "project")


@pytest.mark.parametrize("what", sorted(CODE))
def test_broken_code_fails(what: str, copy: Project) -> None:
    old, new = CODE[what]
    copy.change(f"src/{PACKAGE}/pipeline.py", old, new)
    if copy.test("-x", "tests/code").returncode == 0:
        copy.stage("train")
        assert copy.test("tests/model").returncode == 1


def test_the_whole_passes(copy: Project) -> None:
    assert copy.test().returncode == 0


def test_a_leak_fails(copy: Project) -> None:
    header, *rows = csv.reader(copy.read("data/raw/mixed.csv").splitlines())
    place = header.index("churned")
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([[*header, "told"], *([*row, f"x{row[place]}"] for row in rows)])
    copy.write("data/raw/mixed.csv", stream.getvalue())
    copy.change("params.yaml", "  categories:\n", '  categories:\n    - "told"\n')
    assert "test_no_feature_is_the_label_in_disguise" in copy.test("tests/data").stdout


def test_a_model_of_other_settings_fails(copy: Project) -> None:
    copy.change("params.yaml", "model: best", "model: boosting")
    copy.change("params.yaml", "learning_rate: 0.1", "learning_rate: 0.001")
    copy.stage("train")
    assert "test_the_metrics_are_those_of_the_model" in copy.test("tests/model").stdout


def test_a_model_that_learned_nothing_fails(copy: Project) -> None:
    copy.change(
        f"src/{PACKAGE}/pipeline.py",
        "model.fit(table.train.rows, table.train.labels)",
        "model.fit(table.train.rows, np.roll(table.train.labels, 7))",
    )
    copy.stage("train")
    copy.stage("evaluate")
    metrics = copy.metrics()
    done = copy.test("tests/model")
    if metrics["roc_auc"] <= metrics["baseline"]["roc_auc"]:
        assert "test_it_beats_the_baseline" in done.stdout
    else:
        assert metrics["roc_auc"] < 0.65


def test_a_metric_that_was_edited_fails(copy: Project) -> None:
    metrics = copy.metrics()
    copy.write("metrics/test.json", json.dumps({**metrics, "accuracy": 0.999}))
    assert "test_the_metrics_are_those_of_the_model" in copy.test("tests/model").stdout
