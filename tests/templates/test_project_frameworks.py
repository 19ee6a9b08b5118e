"""Every template is a working small project: it trains, its tests and `mlgit check` are green, and its model answers raw rows."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from mlgit.render.frameworks import FRAMEWORKS
from mlgit.render.lockfile import named, pins

from .sample_tables import write_table
from .scaffolding import MODEL, PACKAGE, Project, files_of

MODULES = {"lightgbm": "lightgbm", "xgboost": "xgboost", "pytorch": "torch"}
TABLES = {"mixed": "binary", "diabetes": "regression", "iris": "multiclass"}
OUTPUTS = {"metrics/test.json", "predictions/test.csv", "predictions/golden.json", "plots"}
OTHERS = sorted(set(FRAMEWORKS) - {"sklearn"})


@pytest.mark.parametrize("template", OTHERS)
def test_a_template_renders_whole_files(template: str, tmp_path: Path) -> None:
    files = files_of(*write_table("mixed", tmp_path), template)
    stages = yaml.safe_load(files["dvc.yaml"])["stages"]
    settings = yaml.safe_load(files["params.yaml"])
    for stage in stages.values():
        assert {one.split(".")[0] for one in stage.get("params", ())} <= set(settings)
        assert all(one in files for one in stage["deps"] if one.startswith("src/"))
    lines = {"src": 0, "tests": 0}
    for path, content in files.items():
        assert content.endswith(b"\n"), path
        place = tmp_path / "rendered" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        if path.endswith(".py"):
            ast.parse(content)
            lines[path.split("/")[0]] += content.count(b"\n")
    assert lines["src"] <= 400
    assert lines["tests"] <= 250
    for words in (("check",), ("format", "--check")):
        done = subprocess.run(
            (sys.executable, "-m", "ruff", *words, "src", "tests"),
            cwd=tmp_path / "rendered",
            text=True,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
    lock = pins(files["requirements.lock"].decode())
    assert len({pin.split()[0] + pin.partition(";")[2].split("\\")[0] for pin in lock}) == len(lock)
    assert all(pin.count("--hash=") for pin in lock)
    wanted = {"own": "numpy", "pytorch": "torch", "xgboost": "xgboost-cpu"}.get(template, template)
    assert wanted in {named(pin) for pin in lock}


@pytest.mark.parametrize("template", sorted(FRAMEWORKS))
def test_the_tests_of_a_template_find_every_fixture(template: str, tmp_path: Path) -> None:
    files = files_of(*write_table("mixed", tmp_path), template)
    functions = [
        one
        for path, content in files.items()
        if path.startswith("tests/") and path.endswith(".py")
        for one in ast.walk(ast.parse(content))
        if isinstance(one, ast.FunctionDef)
    ]
    fixtures = {one.name for one in functions if any("fixture" in ast.unparse(d) for d in one.decorator_list)}
    asked = {
        word.arg
        for one in functions
        if one.name.startswith("test_") and not one.decorator_list
        for word in one.args.args
    }
    assert {"table", "model", "metrics"} <= asked
    assert asked <= fixtures | {"tmp_path", "monkeypatch", "capsys", "request"}


@pytest.mark.slow
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("template", OTHERS)
def test_a_template_trains_and_is_checked(template: str, table: str, tmp_path: Path) -> None:
    if template in MODULES:
        pytest.importorskip(MODULES[template])
    project = made(tmp_path, table, template)
    project.train()
    assert project.test().returncode == 0, project.test().stdout
    checked = project.run("mlgit", "check", check=False)
    assert checked.returncode == 0, checked.stdout
    export = project.export()
    if template == "own":
        assert export["format"] == "own"
    else:
        assert export["format"] == "onnx", export["reason"]
    written = yaml.safe_load(project.read("dvc.lock"))["stages"]["evaluate"]["outs"]
    assert {one["path"] for one in written} >= OUTPUTS
    answers_raw_rows(project, table)


def made(folder: Path, table: str, template: str) -> Project:
    """A repository as `mlgit init` makes it."""
    raw, target = write_table(table, folder)
    project = Project(folder / MODEL)
    project.folder.mkdir()
    project.run("mlgit", "init", ".", "--data", str(raw), "--target", target, "--template", template)
    return project


def answers_raw_rows(project: Project, table: str) -> None:
    """The model says of rows of the raw table what it said of them when it was evaluated."""
    project.run("mlgit", "predict", f"models/{MODEL}", f"data/raw/{table}.csv", "-o", "said.csv")
    said = project.read("said.csv").splitlines()
    assert len(said) == len(project.read(f"data/raw/{table}.csv").splitlines())
    golden = json.loads(project.read("predictions/golden.json"))
    assert golden


@pytest.mark.slow
def test_the_gate_of_a_template_is_the_same(tmp_path: Path) -> None:
    plain = yaml.safe_load(files_of(*write_table("mixed", tmp_path))["mlgit.yaml"])
    for template in OTHERS:
        found = yaml.safe_load(files_of(*write_table("mixed", tmp_path), template)["mlgit.yaml"])
        assert found["models"][MODEL]["gates"] == plain["models"][MODEL]["gates"]
        assert f"src/{PACKAGE}/loader.py" == found["models"][MODEL]["serve"].get(
            "loader", f"src/{PACKAGE}/loader.py"
        )
