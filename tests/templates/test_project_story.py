"""A rendered repository at work: it trains, beats the baseline, passes its own tests, and does so again in a clone."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
import yaml

from .sample_tables import TABLES, write_table
from .scaffolding import MODEL, Project, make_project

SMALL = {"iris", "wine", "linnerud"}
LOWER = {"rmse"}
SHORT = ("mixed", "linnerud")


def trained(name: str, folder: Path, ending: str = "csv") -> Project:
    project = make_project(folder / "project", *write_table(name, folder, ending))
    project.train()
    return project


def main_values(project: Project) -> tuple[str, float, float]:
    """Return the main metric's name, the model's value and the baseline's."""
    metrics = project.metrics()
    name = "rmse" if "rmse" in metrics else "roc_auc" if "roc_auc" in metrics else "balanced_accuracy"
    return name, metrics[name], metrics["baseline"][name]


def predicted_ids(project: Project) -> set[str]:
    """Return the ids of the predictions, every one of them once."""
    settings = yaml.safe_load(project.read("params.yaml"))
    path = project.folder / settings["evaluate"]["predictions"]
    with duckdb.connect() as connection:
        options = "" if path.suffix == ".parquet" else ", all_varchar=true, header=true"
        reader = "read_parquet" if path.suffix == ".parquet" else "read_csv"
        rows = connection.execute(f"SELECT CAST(id AS VARCHAR) FROM {reader}('{path}'{options})").fetchall()
    assert len(rows) == project.metrics()["test_rows"] == len(set(rows))
    return {row[0] for row in rows}


def check_story(project: Project, name: str) -> None:
    metric, model, trivial = main_values(project)
    if name != "linnerud":
        assert model < trivial if metric in LOWER else model > trivial
    assert ("Too small to judge" in project.read("reports/evaluation.md")) == (name in SMALL)
    assert project.export()["format"] == "onnx", project.export()["reason"]
    assert json.loads(project.read("reports/data.json"))["passed"]
    assert predicted_ids(project) == set(project.read(f"splits/{name}.csv").splitlines()[1:])
    tests = project.test()
    assert tests.returncode == 0, tests.stdout
    assert project.run("dvc", "status", "-q", check=False).returncode == 0
    changed = project.run("git", "status", "--porcelain").stdout.split()[1::2]
    assert set(changed) <= {"dvc.lock", "metrics/", "plots/", "predictions/", "reports/"}
    rendered = {"src": 400, "tests": 250}
    for folder, most in rendered.items():
        texts = [path.read_text() for path in (project.folder / folder).rglob("*.py")]
        assert sum(text.count("\n") for text in texts) <= most, folder


@pytest.mark.parametrize("name", SHORT)
def test_a_table_becomes_a_tested_model(name: str, tmp_path: Path) -> None:
    check_story(trained(name, tmp_path), name)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(TABLES) - set(SHORT)))
def test_any_table_becomes_a_tested_model(name: str, tmp_path: Path) -> None:
    check_story(trained(name, tmp_path), name)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mixed", "hostile"])
def test_parquet_becomes_a_tested_model(name: str, tmp_path: Path) -> None:
    check_story(trained(name, tmp_path, "parquet"), name)


def test_two_clones_make_the_same_files(tmp_path: Path) -> None:
    first = make_project(tmp_path / "project", *write_table("breast_cancer", tmp_path))
    second = first.clone(tmp_path / "clone")
    first.train(OMP_NUM_THREADS="1", PYTHONHASHSEED="1")
    second.train(OMP_NUM_THREADS="2", PYTHONHASHSEED="2")
    for path in ("dvc.lock", "metrics/test.json", "predictions/test.csv", "reports/evaluation.md"):
        assert first.read(path) == second.read(path), path
    choice = json.loads(first.read(f"models/{MODEL}/choice.json"))
    found = choice["cross_validated"]
    most = max(found, key=lambda name: found[name]["roc_auc"])
    assert choice["chosen"] != most, "the area under the curve is nearly the same, the log-loss is not"
    assert found[most]["roc_auc"] - found[choice["chosen"]]["roc_auc"] < 0.001
    assert found[choice["chosen"]]["log_loss"] < found[most]["log_loss"]


def test_wrong_data_stop_the_pipeline(tmp_path: Path) -> None:
    raw, target = write_table("mixed", tmp_path)
    project = make_project(tmp_path / "project", raw, target)
    project.change("data/raw/mixed.csv", ",basic,", ",Basic,")
    done = project.run("dvc", "repro", check=False)
    assert done.returncode != 0
    assert "validate" in done.stderr
    assert not (project.folder / "models" / MODEL).exists()


def test_a_value_that_does_not_fit_is_named_in_one_line(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", *write_table("mixed", tmp_path))
    lines = project.read("data/raw/mixed.csv").splitlines()
    cells = lines[7].split(",")
    lines[7] = ",".join([cells[0], "young", *cells[2:]])
    project.write("data/raw/mixed.csv", "\n".join(lines) + "\n")
    done = project.stage("train", check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("error: data/raw/mixed.csv: column 'age' has 'young' in row 7")
    assert "mlgit data check" in done.stderr


def test_a_split_of_another_table_is_refused(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", *write_table("mixed", tmp_path))
    project.write("splits/mixed.csv", "id\nZ1\nZ2\n")
    done = project.stage("train", check=False)
    assert done.returncode == 1
    assert "none of the 2 ids" in done.stderr
    assert "Traceback" not in done.stderr


def test_before_training_the_tests_say_what_to_run(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", *write_table("linnerud", tmp_path))
    assert project.test("tests/code").returncode == 0
    assert project.test("tests/data").returncode == 0
    done = project.test("tests/model")
    assert done.returncode == 1
    assert "run: mlgit train" in done.stdout
    assert "skipped" not in done.stdout
    assert "No such file" not in done.stdout
    assert "metrics/test.json is not there; run: mlgit train" in done.stdout
