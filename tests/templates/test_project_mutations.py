"""The rendered tests test something: code, data or a model that is broken makes them fail."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from .sample_tables import write_table
from .scaffolding import MODEL, PACKAGE, Project, make_project

pytestmark = pytest.mark.slow

CODE = {
    "ids from one": ("extract.py", "row_number() OVER () - 1", "row_number() OVER ()"),
    "rows without a label stay": ("extract.py", " WHERE label IS NOT NULL", ""),
    "missing words are texts": ("extract.py", '("", *settings.missing)', '("",)'),
    "casts on hope": ("extract.py", 'cast: str = "CAST"', 'cast: str = "TRY_CAST"'),
    "Sunday is the first day": ("features.py", "isodow", "dayofweek"),
    "missing categories stay empty": ("features.py", "coalesce({name}, 'missing')", "{name}"),
    "numbers are not bounded": ("features.py", "CASE WHEN {name} > {LARGEST} THEN {LARGEST}", "CASE"),
    "the split is turned round": ("prepare.py", "'IN' if held_out else 'NOT IN'", "'NOT IN' if held_out else 'IN'"),
    "rows in any order": ("prepare.py", "ORDER BY id", "ORDER BY hash(id)"),
    "unknown classes pass": ("prepare.py", "    if unknown:", "    if False:"),
    "the worst is chosen": ("models.py", "best = min(found", "best = max(found"),
    "groups on both sides of a fold": ("models.py", "if table.groups is not None and", "if False and"),
    "weights are forgotten": ("models.py", '{"class_weight": training.class_weight} if', "{} if"),
    "forms are forgotten": ("extract.py", 'if form == "decimal-comma"', 'if form == "no"'),
    "the baseline is the smallest": ("models.py", "float(np.mean(labels))", "float(np.min(labels))"),
    "one tree": ("models.py", "max_iter=candidate.iterations or training.max_iter", "max_iter=1"),
    "memory addresses in the file": ("files.py", 'if "__id__" in copy:', 'if "no" in copy:'),
    "every type is trusted": (
        "files.py",
        "trusted=list(trusted_types)",
        "trusted=skops.io.get_untrusted_types(file=folder / MODEL)",
    ),
    "a twin that differs is kept": ("export.py", "not largest <= tolerance", "False"),
    "the wrong class is positive": ("scoring.py", "actual = labels == settings", "actual = labels != settings"),
    "errors are better high": ("scoring.py", '("mae", "rmse", ', '("mae", '),
    "the score of the other class": ("evaluate.py", "index(settings.positive_class)", "index('no')"),
    "three digits": ("scoring.py", ":.9g}\") for value in values", ":.3g}\") for value in values"),
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
    module, old, new = CODE[what]
    copy.change(f"src/{PACKAGE}/{module}", old, new)
    done = copy.test("-x", "tests/code")
    assert done.returncode == 1, done.stdout
    assert "= FAILURES =" in done.stdout


def test_the_whole_passes(copy: Project) -> None:
    assert copy.test().returncode == 0


def test_a_row_in_both_tables_fails(copy: Project) -> None:
    shutil.copy(copy.folder / "data/prepared/train.parquet", copy.folder / "data/prepared/test.parquet")
    done = copy.test("tests/data")
    assert "test_no_row_is_trained_on_and_tested_on" in done.stdout


def test_a_leak_fails(copy: Project) -> None:
    copy.change(f"src/{PACKAGE}/features.py", "return []", "return [Feature('told', 'category', 'label')]")
    copy.stage("prepare")
    done = copy.test("tests/data")
    assert "test_no_feature_is_the_label_in_disguise" in done.stdout


def test_a_number_without_end_fails(copy: Project) -> None:
    copy.change(
        f"src/{PACKAGE}/features.py",
        'return f"CAST({bounded} AS FLOAT) AS {name}"',
        "return f\"CAST('inf' AS FLOAT) AS {name}\"",
    )
    copy.stage("prepare")
    assert "test_numbers_are_finite_or_missing" in copy.test("tests/data").stdout


def test_a_model_of_other_settings_fails(copy: Project) -> None:
    copy.change("params.yaml", "model: best", "model: boosting")
    copy.change("params.yaml", "learning_rate: 0.1", "learning_rate: 0.001")
    copy.stage("train")
    done = copy.test("tests/model")
    assert "test_the_predictions_are_those_of_the_model" in done.stdout
    assert "test_the_metrics_are_those_of_the_model" in done.stdout


def test_a_model_that_learned_nothing_fails(copy: Project) -> None:
    copy.change(
        f"src/{PACKAGE}/train.py",
        ".fit(table.rows, table.labels)",
        ".fit(table.rows, np.roll(table.labels, 7))",
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


def test_a_pickle_beside_the_model_fails(copy: Project) -> None:
    copy.write(f"models/{MODEL}/model.pkl", b"\x80\x04N.")
    assert "test_the_folder_holds_nothing_else" in copy.test("tests/model").stdout


def test_a_wider_allow_list_fails(copy: Project) -> None:
    copy.change("params.yaml", "trusted_types:\n", "trusted_types:\n  - builtins.eval\n")
    assert "test_only_reviewed_types_are_in_the_file" in copy.test("tests/model").stdout


def test_another_twin_fails(copy: Project) -> None:
    copy.change("params.yaml", "model: best", "model: forest")
    twin = copy.folder / "models" / MODEL / "model.onnx"
    kept = (copy.folder / "models" / MODEL / "model.skops").read_bytes()
    copy.stage("train")
    assert twin.exists()
    copy.write(f"models/{MODEL}/model.skops", kept)
    assert "test_onnx_says_the_same_or_says_why_not" in copy.test("tests/model").stdout
