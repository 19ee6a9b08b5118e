"""The record that a training leaves: what stands in it, when there is one, and what it does not touch."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from hashlib import md5, sha256
from pathlib import Path

import pytest

from mlgit.runs.place import KEPT, record_path
from tests.cli.small_pipeline import FILES, make_small, newest, records, what_happened
from tests.driver import Person
from tests.unit.runs.specification import validate

UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def dependencies(record: dict) -> dict[str, dict]:
    return {one["name"]: one for one in record["predicate"]["buildDefinition"]["resolvedDependencies"]}


def outcomes(person: Person) -> list[str]:
    return [what_happened(json.loads(file.read_text()))["outcome"] for file in records(person)]


def test_a_record_tells_what_went_in_and_what_came_out(small: Person) -> None:
    (file,) = records(small)
    content = file.read_bytes()
    assert file.name.endswith(f"-{sha256(content).hexdigest()[:12]}.json")
    record = json.loads(content)
    validate(record)
    subjects = {one["name"]: one["digest"] for one in record["subject"]}
    assert set(subjects) == {"prepared", "model.json", "metrics.json"}
    made = (small.folder / "model.json").read_bytes()
    assert subjects["model.json"] == {"md5": md5(made).hexdigest()}
    assert subjects["prepared"].keys() == {"dvcDirMd5"}
    taken = dependencies(record)
    assert set(taken) == {
        "repository", "data/raw.csv", "data/raw.csv.dvc", "dvc.yaml", "prepare.py", "train.py", "requirements.lock",
    }  # fmt: skip
    assert taken["repository"]["digest"] == {"gitCommit": small.git("rev-parse", "HEAD~1")}
    assert taken["repository"]["annotations"]["mlgit_dirty"] is False
    assert taken["train.py"]["digest"] == {"md5": md5(FILES["train.py"].encode()).hexdigest()}
    assert [taken[name]["annotations"]["mlgit_kind"] for name in ("data/raw.csv", "train.py")] == [
        "data",
        "code",
    ]
    lock = FILES["requirements.lock"].encode()
    assert taken["requirements.lock"]["digest"] == {"sha256": sha256(lock).hexdigest()}
    definition = record["predicate"]["buildDefinition"]
    assert definition["externalParameters"] == {"pipeline": ".", "parameters": {"params.yaml": {"factor": 3}}}


def test_a_record_tells_when_where_how_long_and_why(small: Person) -> None:
    record = newest(small)
    details, run = record["predicate"]["runDetails"], what_happened(record)
    begin, end = details["metadata"]["startedOn"], details["metadata"]["finishedOn"]
    assert UTC.fullmatch(begin)
    assert UTC.fullmatch(end)
    assert begin < end
    assert run["outcome"] == "succeeded"
    assert run["trigger"] == "by hand"
    assert [(one["name"], one["outcome"]) for one in run["stages"]] == [("prepare", "ran"), ("train", "ran")]
    assert 0 < run["usage"]["cpuSeconds"] < 300
    assert run["usage"]["wallSeconds"] > 0
    assert run["usage"]["peakMemoryBytes"] > 10_000_000
    assert run["runner"].keys() == {"system", "architecture", "python"}
    assert details["builder"]["id"] == "urn:mlgit:builder:person"
    assert str(Path.home()) not in json.dumps(record)


def test_nothing_to_do_no_record(small: Person) -> None:
    answer = small.mlgit("train")
    assert "recorded" not in answer.out
    assert small.git("status", "--porcelain") == ""


def test_what_is_restored_from_the_run_cache_is_on_record_as_that(small: Person) -> None:
    """A run that was killed after DVC ended leaves everything in the cache and no record."""
    small.write("params.yaml", "factor: 4\nunused: 1\n")
    small.commit("Four")
    small.dvc("repro", "--quiet")
    small.git("checkout", "--quiet", ".")
    answer = small.mlgit("train", "--trigger", "new data")
    assert "restored: train" in answer.out
    assert "recorded: .mlgit/runs/" in answer.out
    record = newest(small)
    validate(record)
    run = what_happened(record)
    assert (run["outcome"], run["trigger"]) == ("succeeded", "new data")
    stages = {one["name"]: one for one in run["stages"]}
    assert {name: one["outcome"] for name, one in stages.items()} == {
        "train": "restored",
        "prepare": "skipped",
    }
    assert stages["train"]["because"][0] == "factor: 3 -> 4"
    made = (small.folder / "model.json").read_bytes()
    (model,) = [one for one in record["subject"] if one["name"] == "model.json"]
    assert model["digest"] == {"md5": md5(made).hexdigest()}
    standing = len(records(small))
    assert "recorded" not in small.mlgit("train").out
    assert len(records(small)) == standing


def test_a_run_that_fails_is_on_record_with_its_exit_code(
    small: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_EVENT_NAME", "schedule")
    monkeypatch.setenv("GITHUB_ACTOR", "octocat")
    monkeypatch.setenv("GITHUB_REPOSITORY", "owner/name")
    monkeypatch.setenv("GITHUB_RUN_ID", "7")
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    monkeypatch.setenv("RUNNER_NAME", "secret-machine")
    small.write("train.py", "raise SystemExit(3)\n")
    answer = small.mlgit("train", exit_code=1)
    assert "recorded: .mlgit/runs/" in answer.out
    record = newest(small)
    validate(record)
    run = what_happened(record)
    assert run["outcome"] == "failed"
    assert run["trigger"] == "schedule"
    assert {one["name"]: one["outcome"] for one in run["stages"]} == {"train": "failed", "prepare": "skipped"}
    (failed,) = (one for one in run["stages"] if one["outcome"] == "failed")
    assert failed["exitCode"] == 3
    assert failed["because"] == ["train.py: content changed"]
    assert [one["name"] for one in record["subject"]] == ["dvc.yaml"]
    assert dependencies(record)["repository"]["annotations"]["mlgit_dirty"] is True
    assert dependencies(record)["repository"]["uri"] == "git+https://github.com/owner/name"
    assert run["runner"]["github"]["actor"] == "octocat"
    assert record["predicate"]["runDetails"]["builder"]["id"].startswith("https://github.com/actions/runner/")
    assert record["predicate"]["runDetails"]["metadata"]["invocationId"].endswith(
        "/actions/runs/7/attempts/1"
    )
    assert "secret-machine" not in json.dumps(record)
    assert outcomes(small) == ["succeeded", "failed"]


@pytest.mark.parametrize("way", ["argument", "environment"])
def test_why_can_be_given(small: Person, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    small.write("params.yaml", "factor: 4\nunused: 1\n")
    if way == "argument":
        small.mlgit("train", "small", "--trigger", "new data")
    else:
        monkeypatch.setenv("MLGIT_TRIGGER", "new data")
        small.mlgit("train", "small")
    assert what_happened(newest(small))["trigger"] == "new data"
    assert what_happened(newest(small))["stages"][0]["because"] == ["factor: 3 -> 4"]


@pytest.mark.parametrize("trigger", ["two\nlines", "x" * 201])
def test_a_trigger_that_is_no_line(small: Person, trigger: str) -> None:
    answer = small.mlgit("train", "--trigger", trigger, exit_code=2)
    assert "one line of at most 200 characters" in answer.err


def old_records(person: Person, count: int) -> None:
    """Write records like the newest one: as alike as those of one pipeline are."""
    text = records(person)[-1].read_text()
    started = newest(person)["predicate"]["runDetails"]["metadata"]["startedOn"]
    for day in range(1, count + 1):
        then = f"2020-01-{day:02}T00:00:00.000Z"
        content = text.replace(started, then).encode()
        (person.folder / record_path(".", then, content)).write_bytes(content)
    person.commit("Old records")


def test_on_the_default_branch_the_newest_twenty_stay(small: Person) -> None:
    old_records(small, 22)
    small.write("params.yaml", "factor: 4\nunused: 1\n")
    small.mlgit("train")
    names = [file.name[:8] for file in records(small)]
    assert len(names) == KEPT
    assert names[0] == "20200105"


def test_branches_that_both_trained_merge_without_a_conflict(small: Person) -> None:
    old_records(small, 22)
    for factor, branch in ((4, "four"), (5, "five")):
        small.git("switch", "--quiet", "--create", branch, "main")
        small.write("params.yaml", f"factor: {factor}\nunused: 1\n")
        small.mlgit("train")
        small.git("add", ".mlgit")
        small.git("commit", "--quiet", "--message", branch)
        small.git("checkout", "--quiet", "--force", branch)
    small.git("switch", "--quiet", "main")
    small.git("merge", "--quiet", "four")
    small.git("merge", "--quiet", "--no-edit", "five")
    assert len(records(small)) == 25


def test_a_record_concerns_no_job(small: Person) -> None:
    small.write(".mlgit/runs/models/x/20260105T120000Z-000000000000.json", "{}\n")
    small.commit("A record alone")
    told = json.loads(small.mlgit("affected", "HEAD~1", "--json").out)
    assert (told["code"], told["data"], told["model"], told["models"]) == (False, False, False, [])


def test_several_pipelines_leave_a_record_each(small: Person) -> None:
    for name in ("a", "b"):
        small.write(
            f"models/{name}/dvc.yaml",
            "stages:\n  copy:\n    cmd: cp in.txt out.txt\n    deps: [in.txt]\n    outs: [out.txt]\n",
        )
        small.write(f"models/{name}/in.txt", name)
    answer = small.mlgit("train")
    assert answer.out.count("recorded: ") == 2
    for name in ("a", "b"):
        record = newest(small, f"models/{name}")
        assert [one["name"] for one in record["subject"]] == [f"models/{name}/out.txt"]
        assert what_happened(record)["usage"]["pipelines"] == 2
        assert [one["name"] for one in what_happened(record)["stages"]] == ["copy"]
    assert len(records(small)) == 1


def test_a_run_that_is_interrupted_is_on_record(small: Person) -> None:
    small.write("train.py", "import time; print('asleep', flush=True); time.sleep(60)\n")
    command = [sys.executable, "-m", "mlgit", "train"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(
        command,
        cwd=small.folder,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever starts the tests in the background hands down an ignored SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as running:
        assert running.stderr is not None
        assert any("asleep" in line for line in running.stderr)
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=60) == 130
    record = newest(small)
    validate(record)
    run = what_happened(record)
    assert run["outcome"] == "interrupted"
    assert [(one["name"], one["outcome"]) for one in run["stages"]] == [("train", "failed")]
    assert outcomes(small) == ["succeeded", "interrupted"]


def test_before_the_first_commit(tmp_path: Path) -> None:
    person = make_small(tmp_path / "fresh")
    shutil.rmtree(person.folder / ".git")
    person.git("init", "--quiet", ".")
    assert "recorded: " in person.mlgit("train").out
    assert "repository" not in dependencies(newest(person))
    assert "no commit yet" in person.mlgit("lineage", exit_code=2).err


def test_a_record_that_cannot_be_written_does_not_undo_the_training(small: Person) -> None:
    small.git("rm", "-r", "--quiet", ".mlgit")
    small.write(".mlgit", "a file where the folder would be")
    small.write("params.yaml", "factor: 4\nunused: 1\n")
    answer = small.mlgit("train")
    assert "warning: this training leaves no record" in answer.err
    assert "factor: 4" in small.read("dvc.lock")


def test_a_training_is_committed_where_nothing_else_differs(small: Person) -> None:
    small.write("params.yaml", "factor: 4\nunused: 1\n")
    refused = small.mlgit("train", "--commit", exit_code=2)
    assert "error[train-uncommitted]: params.yaml differ" in refused.err
    small.git("commit", "--quiet", "--all", "--message", "Four")
    assert "committed: " in small.mlgit("train", "--commit").out
    assert small.git("status", "--porcelain") == ""
    changed = small.git("show", "--name-only", "--format=%s", "HEAD").split("\n")
    assert changed[0] == "Train"
    assert {"dvc.lock", "metrics.json"} < set(changed)
    assert "everything is up to date" in small.mlgit("train", "--commit").out
    assert small.git("log", "-1", "--format=%s") == "Train"
