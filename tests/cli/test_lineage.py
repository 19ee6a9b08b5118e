"""`mlgit lineage`: where a model came from, in three forms; what no record tells is said."""

from __future__ import annotations

import json
import re

import jsonschema
import pytest

from mlgit.views.json_form import schema
from tests.cli.small_pipeline import newest, records
from tests.driver import Person


def told(person: Person, *arguments: str) -> dict:
    answer = json.loads(person.mlgit("lineage", "--json", *arguments).out)
    jsonschema.Draft202012Validator(schema("lineage-1")).validate(answer)
    (model,) = answer["models"]
    return model


def test_who_what_why_when_and_how_long(small: Person) -> None:
    text = small.mlgit("lineage").out
    commit = small.git("rev-parse", "HEAD")
    assert text.startswith(f"small at HEAD ({commit[:9]}): model.json\n")
    assert "why        by hand" in text
    assert f"who        Test Author, in commit {commit[:9]} of 2026-01-05: Train the first model" in text
    assert f"on top of  commit {small.git('rev-parse', 'HEAD~1')[:9]}\n" in text
    assert re.search(
        r"when       20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC, [\d.]+ s, [\d.]+ s of processors, [\d.]+ MB", text
    )
    assert re.search(r"data\n    data/raw.csv +\d+ B  md5:[0-9a-f]{12}\n", text)
    assert re.search(r"libraries\n    requirements.lock +\d+ B  sha256:", text)
    assert "parameters\n    factor  3\n" in text
    assert records(small)[0].name in text


def test_the_json_has_its_schema(small: Person) -> None:
    model = told(small)
    assert [one["name"] for one in model["inputs"] if one["kind"] == "code"] == ["prepare.py", "train.py"]
    assert model["run"]["trigger"] == "by hand"
    assert model["run"]["dirty"] is False
    assert model["recorder"]["name"] == "Test Author"
    assert [one["name"] for one in model["stages"]] == ["prepare", "train"]
    assert model["in_tree"] is True


@pytest.mark.parametrize("target", ["small", "HEAD", "small@HEAD", "main", "small@v1.2.0", "v1"])
def test_the_ways_to_name_a_model(small: Person, target: str) -> None:
    small.git("tag", "small@v1.2.0")
    small.git("tag", "v1")
    small.write("params.yaml", "factor: 4\nunused: 1\n")
    small.commit("Later")
    if target in ("small", "HEAD", "small@HEAD", "main"):
        small.git("reset", "--quiet", "--hard", "HEAD~1")
    assert (
        told(small, target)["run"]["started"]
        == newest(small)["predicate"]["runDetails"]["metadata"]["startedOn"]
    )


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("nobody", "names no commit"),
        ("nobody@HEAD", "no model 'nobody'"),
        ("small@nowhere", "'nowhere' names no commit"),
        ("--upload-pack=x", ""),
        ("small@--all", "names no commit"),
    ],
)
def test_names_of_nothing(small: Person, target: str, said: str) -> None:
    assert said in small.mlgit("lineage", target, exit_code=2).err


def test_a_drawing(small: Person) -> None:
    drawn = small.mlgit("lineage", "--format", "mermaid").out
    assert drawn.startswith("flowchart LR\n  subgraph m0[")
    edges = set(re.findall(r"(\w+) --> (\w+)", drawn))
    node = {name: number for number, name in re.findall(r'(m0n\d)\W+"([^"]+)"', drawn)}
    assert edges == {
        (node["data/raw.csv"], "m0s0"), ("m0s0", node["prepared"]), (node["prepared"], "m0s1"),
        ("m0s1", node["model.json"]), ("m0s1", node["metrics.json"]),
    }  # fmt: skip
    assert f'{node["model.json"]}{{{{"model.json"}}}}' in drawn


def test_a_commit_before_the_first_training(small: Person) -> None:
    text = small.mlgit("lineage", "HEAD~1").out
    assert "there is no dvc.lock at this commit: nothing was trained" in text
    assert small.mlgit("lineage", "HEAD~1", "--verify", exit_code=3)


def test_a_record_that_is_not_committed_yet(small: Person) -> None:
    small.git("rm", "-r", "--quiet", "--cached", ".mlgit")
    small.git("commit", "--quiet", "--amend", "--message", "Forgot the record")
    said = "a record of this pipeline is on disk and not committed yet: git add .mlgit/runs"
    assert said in small.mlgit("lineage").out


def test_a_model_that_no_record_tells_of(small: Person) -> None:
    small.git("rm", "-r", "--quiet", ".mlgit")
    small.git("commit", "--quiet", "--amend", "--message", "Trained elsewhere")
    answer = small.mlgit("lineage")
    assert (
        "no record tells of this model: it was trained before records were kept, or elsewhere" in answer.out
    )
    assert "data/raw.csv" in answer.out
    answer = small.mlgit("lineage", "--verify", exit_code=3)
    assert "small is not verified: no record tells of it" in answer.out


def test_a_record_that_left_the_tree_is_found_in_the_history(small: Person) -> None:
    small.git("rm", "-r", "--quiet", ".mlgit")
    small.commit("Tidy up")
    model = told(small)
    assert model["in_tree"] is False
    assert model["recorder"]["subject"] == "Train the first model"
    assert "(in the history only)" in small.mlgit("lineage", "--verify").out


def test_a_stage_is_told_from_the_run_that_made_what_stands_here(small: Person) -> None:
    first = f".mlgit/runs/{records(small)[-1].name}"
    small.write("params.yaml", "factor: 4\nunused: 1\n")
    small.mlgit("train")
    small.commit("Four")
    stages = {one["name"]: one for one in told(small)["stages"]}
    assert stages["prepare"]["record"] == first
    assert stages["train"]["record"] == f".mlgit/runs/{records(small)[-1].name}"
    assert stages["train"]["because"] == ["factor: 3 -> 4"]
    assert "in an earlier run" in small.mlgit("lineage").out
    assert told(small, "small@HEAD~1")["stages"][1]["record"] == first


def test_other_outputs_that_are_not_from_the_run(small: Person) -> None:
    lock = small.read("dvc.lock")
    small.write(
        "dvc.lock",
        lock.replace(
            "path: metrics.json\n      hash: md5\n      md5: ",
            "path: metrics.json\n      hash: md5\n      md5: f",
            1,
        ),
    )
    assert small.read("dvc.lock") != lock
    small.commit("Measured elsewhere")
    note = told(small)["note"]
    assert (
        note
        == "the record tells of model.json; other outputs at this commit are not from that run: metrics.json"
    )
    answer = small.mlgit("lineage", "--verify", exit_code=1)
    assert "first difference: dvc.lock: content changed" in answer.out


def test_a_pipeline_without_a_model(small: Person) -> None:
    small.write("mlgit.yaml", "version: 1\n")
    small.commit("No model")
    model = told(small)
    assert (model["model"], model["pipeline"]) == ("", ".")
    assert model["record"]
    assert small.mlgit("lineage").out.startswith("the pipeline in . at HEAD")


def test_names_that_mean_something_to_mermaid(small: Person) -> None:
    hostile = 'x"] --> y; click m0 "javascript:alert(1)" %%{init}%% ```.csv'
    lock = small.read("dvc.lock")
    small.write("dvc.lock", lock.replace("path: model.json", f"path: {json.dumps(hostile)}"))
    small.commit("Hostile")
    drawn = small.mlgit("lineage", "--format", "mermaid").out
    assert "javascript" in drawn
    for line in drawn.splitlines():
        assert line.count('"') in (0, 2)
        assert not set("`;%") & set(line)


@pytest.mark.parametrize("known", [True, False])
def test_a_model_that_was_restored_is_told_as_that(small: Person, known: bool) -> None:
    """`known`: the run that made it left its record; else it was killed before."""
    small.write("params.yaml", "factor: 4\nunused: 1\n")
    small.mlgit("train") if known else small.dvc("repro", "--quiet")
    made_by = f".mlgit/runs/{records(small)[-1].name}" if known else ""
    small.git("checkout", "--quiet", "dvc.lock", "metrics.json")
    small.mlgit("train")
    restored_by = f".mlgit/runs/{records(small)[-1].name}"
    small.commit("Four")
    model = told(small)
    assert (model["record"], model["recorder"]["subject"]) == (restored_by, "Four")
    prepare, train = model["stages"]
    assert (train["record"], train["restored"]) == (made_by, restored_by)
    assert train["because"][0] == "factor: 3 -> 4"
    assert (bool(prepare["record"]), prepare["restored"]) == (True, "")
    text = small.mlgit("lineage").out
    by = r"made in \d{8}T\d{6}Z" if known else "its run left no record"
    assert re.search(rf"train +restored from the run cache; {by} +factor: 3 -> 4\n", text)
    assert '(["train (restored from the run cache)"])' in small.mlgit("lineage", "--format", "mermaid").out
    assert "is as recorded in" in small.mlgit("lineage", "--verify").out
