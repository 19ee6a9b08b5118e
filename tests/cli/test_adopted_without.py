"""Adopted repositories that lack something: stages, data on this machine, anything that DVC keeps; what is said can be done."""

from __future__ import annotations

import shlex

import pytest

from tests.driver import Person

LIVE = "metrics: [metrics.json]\n"
STAGE = "stages:\n  train: {cmd: cp in.json metrics.json, deps: [in.json], metrics: [metrics.json: {cache: false}]}\n"


@pytest.fixture
def live(person: Person) -> Person:
    """A person in a repository with what DVCLive leaves: numbers, and a dvc.yaml without stages."""
    person.git("init", "--quiet", ".")
    person.write(".dvc/config", "")
    person.write("dvclive/dvc.yaml", LIVE)
    person.write("dvclive/metrics.json", '{"accuracy": 0.8}')
    person.write("requirements.txt", "")
    person.commit("Mine")
    return person


def test_numbers_that_no_stage_makes_are_green_as_init_says(live: Person) -> None:
    said = live.mlgit("init", "--no-input").out
    assert "no stage in dvclive/dvc.yaml, so nothing can make its numbers again: verify: off" in said
    assert "storage: DVC keeps no data and no output here: the jobs have nothing to fetch\n" in said
    assert "green at the first push: what changed, code, data, model\n" in said
    assert '  dvclive: {pipeline: "dvclive", verify: off}\n' in live.read("mlgit.yaml")
    assert "DVC keeps no data" in live.mlgit("doctor", exit_code=None).out
    live.commit("Adopted")
    answer = live.mlgit("check", "model", "--base", "HEAD~1").out
    assert "skipped  model  pipeline of dvclive: dvclive/dvc.yaml has no stages, and verify is off" in answer
    assert live.mlgit("status").out == "no stage: no dvc.yaml that could be read has one\n"
    live.write("mlgit.yaml", live.read("mlgit.yaml").replace(", verify: off", ""))
    assert "verify: off there where no stage" in live.mlgit("check", "model", exit_code=1).out


def test_whoever_takes_the_stages_away_is_red_whatever_he_says_of_verify(live: Person) -> None:
    live.write("mlgit.yaml", "version: 1\nmodels: {m: {pipeline: dvclive}}\n")
    live.write("dvclive/dvc.yaml", STAGE)
    live.write("dvclive/in.json", '{"accuracy": 0.8}')
    live.commit("With a stage")
    live.git("switch", "--quiet", "--create", "change")
    live.write("mlgit.yaml", "version: 1\nmodels: {m: {pipeline: dvclive, verify: off}}\n")
    live.write("dvclive/dvc.yaml", LIVE)
    live.write("dvclive/metrics.json", '{"accuracy": 0.99}')
    live.commit("Better")
    answer = live.mlgit("check", "model", "--base", "main", exit_code=1).out
    assert "FAILED   model  pipeline of m: dvclive/dvc.yaml has no stages" in answer


def test_metrics_that_no_stage_writes_are_lent_to_no_model(live: Person) -> None:
    live.write("dvc.yaml", "stages:\n  copy: {cmd: cp a b, deps: [a], outs: [b]}\n")
    live.mlgit("init", "--no-input")
    written = live.read("mlgit.yaml")
    assert '  dvclive: {pipeline: "dvclive", verify: off}\n' in written
    assert "metrics:" not in written
    live.write("dvc.yaml", STAGE.replace("metrics.json", "dvclive/metrics.json"))
    (live.folder / "mlgit.yaml").unlink()
    live.mlgit("init", "--no-input")
    assert 'metrics: ["dvclive/metrics.json"]' in live.read("mlgit.yaml")


def test_a_clone_without_data_is_told_to_bring_them(person: Person) -> None:
    person.git("init", "--quiet", ".")
    person.write(".dvc/config", "")
    person.write(".dvc/.gitignore", "/tmp\n/cache\n")
    person.write("my data/a b.csv", "1\n")
    person.write(
        "dvc.yaml", "stages:\n  t: {cmd: cp 'my data/a b.csv' out, deps: [my data/a b.csv], outs: [out]}\n"
    )
    person.write("mlgit.yaml", "version: 1\n")
    person.dvc("add", "--quiet", "my data/a b.csv")
    person.dvc("repro", "--quiet")
    for path in ("my data/a b.csv", "out"):
        (person.folder / path).unlink()
    status = person.mlgit("status").out
    assert (
        "; dvc pull brings what DVC keeps of what is not here, then mlgit train runs what is stale\n"
        in status
    )
    checked = person.mlgit("check", "model", exit_code=1).out
    assert "hint: dvc pull brings what DVC keeps of it; mlgit train makes the rest\n" in checked
    command = next(line for line in status.splitlines() if "  missing  " in line).partition("it is not here")[
        2
    ]
    person.dvc(*shlex.split(command.replace("pull", "checkout"))[1:])
    assert person.read("my data/a b.csv") == "1\n"


def test_a_model_that_is_not_there_is_refused_before_any_test_runs(live: Person) -> None:
    live.write("mlgit.yaml", "version: 1\nmodels: {m: {pipeline: dvclive}}\n")
    live.write("tests/code/test_a.py", "def test_a():\n    open('ran', 'w').close()\n")
    assert "mlgit.yaml has no model 'k'" in live.mlgit("check", "--only", "k", exit_code=2).err
    assert not (live.folder / "ran").exists()


def test_what_git_lfs_keeps_is_told(live: Person) -> None:
    live.write(".gitattributes", "*.bin filter=lfs\n")
    live.write("a.bin", "version https://git-lfs.github.com/spec/v1\n")
    live.write(".lfsconfig", "[lfs]\n\turl = https://lfs.example.org/x\n")
    live.git("-c", "filter.lfs.clean=cat", "add", "--all")
    live.git("commit", "--quiet", "--message", "Large")
    said = live.mlgit("init", "--no-input").out
    assert "  Git LFS: the checkouts of the jobs bring what it keeps, 1 file\n" in said
    assert "they come from https://lfs.example.org/x, as .lfsconfig says" in said
    assert 'lfs: "true"' in live.read(".github/workflows/mlgit-ci.yml")


def test_what_lies_outside_is_said_before_the_first_push_with_the_command_that_mends_it(
    person: Person,
) -> None:
    person.git("init", "--quiet", ".")
    person.write(".dvc/config", "")
    person.write(".dvc/.gitignore", "/tmp\n/cache\n")
    person.write("../table.csv", "1\n")
    person.write("dvc.yaml", "stages:\n  t: {cmd: cp ../table.csv out, deps: [../table.csv], outs: [out]}\n")
    person.dvc("repro", "--quiet")
    person.commit("Start")
    said = person.mlgit("init", "--no-input").out
    red = said.partition("not green yet: ")[2]
    assert "model" in red.partition(", because\n")[0].split(", ")
    assert (
        "  model: nobody can tell whether t is up to date: ../table.csv is outside of the repository\n" in red
    )
    checked = person.mlgit("check", "model", exit_code=1).out
    command = "dvc import-url ../table.csv"
    for told in (said, checked):
        assert f"{command} keeps a version of it here: let the stage read that file instead\n" in told
    person.dvc(*command.split()[1:], "--quiet")
    person.write("dvc.yaml", person.read("dvc.yaml").replace("../table.csv", "table.csv"))
    person.mlgit("train")
    assert person.mlgit("check", "model").out.startswith("passed   model  stages: 1 stage is up to date\n")
