"""Paths in mlgit.yaml are from the root of the repository, whatever the folder of the pipeline, and for every verb."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.driver import Person
from tests.made_once import made_once

SCRIPT = """\
import json, pathlib
pathlib.Path("model.txt").write_text("a model")
pathlib.Path("latency.json").write_text(json.dumps({"latency_ms": json.load(open("params.yaml"))["value"]}))
pathlib.Path("said.csv").write_text("id,label,prediction\\n1,1,1\\n")
"""
PIPELINE = """\
stages:
  train:
    cmd: python train.py
    deps: [train.py]
    params: [value]
    outs: [model.txt, said.csv: {cache: false}]
    metrics: [latency.json: {cache: false}]
"""
MODEL = """\
  {name}:
    pipeline: models/{name}
    artifact: {folder}model.txt
    metrics: [{folder}latency.json, reports/{name}.json]
    predictions: {folder}said.csv
    gates: [{{latency_ms: {{mode: point, max: 5}}}}]
"""


def two_pipelines(person: Person, *, from_root: bool = True) -> Person:
    """Two trained pipelines in folders, and a branch on which the first is trained again with another value."""
    person.git("init", "--quiet", ".")
    person.dvc("init", "--quiet")
    text = "version: 1\nmodels:\n"
    for name in ("a", "b"):
        text += MODEL.format(name=name, folder=f"models/{name}/" if from_root else "")
        person.write(f"models/{name}/train.py", SCRIPT)
        person.write(f"models/{name}/params.yaml", '{"value": 3}\n')
        person.write(f"models/{name}/dvc.yaml", PIPELINE)
        person.write(f"reports/{name}.json", '{"size_mb": 1}\n')
    person.write("mlgit.yaml", text)
    person.write(".gitignore", "__pycache__/\nmodel.txt\n")
    person.mlgit("train")
    person.commit("Start")
    person.git("switch", "--quiet", "--create", "slower")
    person.write("models/a/params.yaml", '{"value": 4}\n')
    person.mlgit("train")
    person.commit("Slower")
    return person


@pytest.fixture
def desk(person: Person) -> Person:
    made_once(two_pipelines, lambda place: two_pipelines(Person(place)), person.folder)
    return person


def test_compare_gate_and_lineage_read_the_file_that_is_named_from_the_root(desk: Person) -> None:
    (model,) = [
        one
        for one in json.loads(desk.mlgit("compare", "main", "HEAD", "--json").out)["models"]
        if one["name"] == "a"
    ]
    rows = {(row["file"], row["name"]): row["head"] for row in model["metrics"]}
    assert rows[("models/a/latency.json", "latency_ms")] == 4
    assert rows[("reports/a.json", "size_mb")] == 1
    assert "PASS" in desk.mlgit("gate", "main", "HEAD", "--model", "a").out
    lineage = json.loads(desk.mlgit("lineage", "a", "--json").out)
    assert lineage["models"][0]["artifact"] == "models/a/model.txt"


@pytest.mark.parametrize(
    "path", ["reports/a.json", "models/a/latency.json", "models/a/said.csv", "models/a/model.txt.dvc"]
)
def test_affected_knows_whose_the_file_is(desk: Person, path: str) -> None:
    before = desk.git("rev-parse", "HEAD")
    desk.write(path, "{}\n")
    desk.commit("By hand")
    answer = json.loads(desk.mlgit("affected", before, "--json").out)
    assert answer["models"] == (["a", "b"] if path.endswith(".dvc") else ["a"])


def test_a_file_named_from_the_folder_of_the_pipeline_is_found_by_no_verb(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    folder.mkdir()
    desk = two_pipelines(Person(folder), from_root=False)
    assert (
        "there is no latency.json" in desk.mlgit("gate", "main", "HEAD", "--model", "a", exit_code=None).out
    )
    assert "latency_ms  3" not in desk.mlgit("compare", "main", "HEAD").out
    assert json.loads(desk.mlgit("lineage", "a", "--json").out)["models"][0]["artifact"] == ""
