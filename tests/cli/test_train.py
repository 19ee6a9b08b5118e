"""`mlgit train`: what is stale runs, what is not is named, a failure is check failed with a name."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from mlgit.world.processes import BETWEEN, own_name
from tests.driver import Person


def set_parameter(person: Person, name: str, value: str) -> None:
    lines = person.read("params.yaml").splitlines(keepends=True)
    changed = [
        f"{line.split(name)[0]}{name}: {value}\n" if line.strip().startswith(f"{name}:") else line
        for line in lines
    ]
    assert changed != lines
    person.write("params.yaml", "".join(changed))


def test_what_is_up_to_date_does_not_run(trained: Person) -> None:
    answer = trained.mlgit("train")
    assert "everything is up to date" in answer.out
    assert "skipped:  validate, train, evaluate" in answer.out
    assert trained.git("status", "--porcelain") == ""


def test_a_parameter_runs_the_stages_that_read_it_and_says_why(trained: Person) -> None:
    set_parameter(trained, "learning_rate", "0.31")
    answer = trained.mlgit("train")
    assert "skipped:  validate" in answer.out
    assert "train has to run" in answer.err
    assert "0.31" in answer.err
    assert "running evaluate" in answer.err
    assert "Running stage" not in answer.err


def test_a_run_from_before_is_restored(trained: Person) -> None:
    set_parameter(trained, "learning_rate", "0.31")
    trained.mlgit("train", "p")
    trained.git("checkout", "--quiet", ".")
    (record,) = trained.git("status", "--porcelain").splitlines()
    assert record.startswith("?? .mlgit/runs/")
    answer = trained.mlgit("train")
    assert "restored: train" in answer.out
    assert trained.git("status", "--porcelain") == record


def test_a_stage_that_fails_is_named(trained: Person) -> None:
    trained.write("src/p/train.py", "raise SystemExit('no luck today')\n")
    answer = trained.mlgit("train", exit_code=1)
    assert "failed:   train" in answer.out
    assert "skipped:  validate: command, parameters and inputs did not change" in answer.out
    assert "not reached: evaluate\n" in answer.out
    assert "no luck today" in answer.err
    assert json.loads(trained.read("metrics/test.json"))


def test_wrong_data_stop_the_pipeline(trained: Person) -> None:
    table = "data/raw/breast-cancer.csv"
    rows = trained.read(table).splitlines(keepends=True)
    (trained.folder / table).unlink()
    trained.write(
        table,
        "".join([rows[0], *(row.replace(row.split(",")[0], "-999", 1) for row in rows[1:200]), *rows[200:]]),
    )
    trained.dvc("add", "--quiet", table)
    answer = trained.mlgit("train", exit_code=1)
    assert "failed:   validate" in answer.out
    assert f"{table}:2" in answer.err
    assert "running train" not in answer.err


def test_a_model_that_is_not_there(trained: Person) -> None:
    answer = trained.mlgit("train", "nobody", exit_code=2)
    assert "its models are: p" in answer.err


@pytest.mark.slow
def test_two_clones_train_the_same_model(trained: Person) -> None:
    trained.dvc("push", "--quiet")
    texts = []
    for name in ("one", "two"):
        trained.into("..").git("clone", "--quiet", "p", name)
        clone = trained.into("..", name)
        clone.dvc("pull", "--quiet", "data/raw/breast-cancer.csv.dvc")
        (clone.folder / "dvc.lock").unlink()
        clone.mlgit("train")
        texts.append(
            (clone.read("metrics/test.json"), clone.read("predictions/test.csv"), clone.read("dvc.lock"))
        )
    assert texts[0] == texts[1]
    assert texts[0][0] == trained.read("metrics/test.json")


def test_what_an_interrupted_dvc_left_goes_with_the_next_training(small: Person) -> None:
    """What Git tracks stays, whatever its name."""
    left, kept = ".AtpZnBRxeCPzi03pUqFdkw.tmp", "data/.BtpZnBRxeCPzi03pUqFdkw.tmp"
    small.write(kept, "tracked")
    small.commit("A strange name")
    small.write(left, "")
    small.mlgit("train")
    assert not (small.folder / left).exists()
    assert (small.folder / kept).exists()


def test_a_run_that_dvc_wrote_down_by_half_does_not_stop_the_next_training(small: Person) -> None:
    """DVC takes the newest file for the run, whatever its name, and fails at one without outputs."""
    for factor in (5, 3):
        small.write("params.yaml", f"factor: {factor}\nunused: 1\n")
        small.mlgit("train")
    runs = (small.folder / ".dvc/cache/runs").glob("*/*/*")
    (run,) = (one for one in runs if "factor: 5" in one.read_text())
    run.rename(run.with_name(".abcdefghijklmnopqrstuv.tmp"))
    torn = run.with_name(".abcdefghijklmnopqrstuv.tmp")
    torn.write_text(torn.read_text().partition("outs:")[0])
    small.write("params.yaml", "factor: 5\nunused: 1\n")
    small.mlgit("train")
    assert json.loads(small.read("metrics.json")) == {"slope": 65 / 6, "rows": 3}


TEARS = """\
import os, pathlib, psutil, signal
lock = pathlib.Path("dvc.lock")
if lock.exists() and pathlib.Path("tear").exists():
    pathlib.Path("tear").unlink()
    lock.write_bytes(lock.read_bytes()[:-40])
    for one in psutil.Process().parents():
        if one.cmdline()[1:3] in (["-m", "mlgit.dvc.process"], ["-m", "mlgit"][: 2 * MLGIT]):
            one.kill()
    raise SystemExit(1)
"""


@pytest.mark.parametrize("everything", [0, 1])
def test_a_dvc_lock_that_a_killed_training_left_torn_is_put_back(small: Person, everything: int) -> None:
    """DVC writes it in place. Killed is DVC, or mlgit with it: then the next training puts it back."""
    small.mlgit("train")
    whole = small.read("dvc.lock")
    small.write("prepare.py", TEARS.replace("MLGIT", f"{everything}") + small.read("prepare.py"))
    small.write("tear", "")
    small.mlgit("train", exit_code=-9 if everything else 1)
    assert small.read("dvc.lock") == (whole[:-40] if everything else whole)
    said = small.mlgit("train").err
    assert ("was left torn by a training that was cut short" in said) is bool(everything)
    assert json.loads(small.mlgit("status", "--json").out)["stages"][0]["state"] == "fresh"
    assert not (small.folder / ".git/mlgit/locks-before.json").exists()


def test_what_an_interrupted_training_wrote_does_not_stop_the_commit_of_the_next(small: Person) -> None:
    """What a training alone writes may differ; what a person changed may not."""
    retrained(small)
    small.mlgit("train", "--commit")
    assert small.git("status", "--porcelain") == ""
    small.write("metrics.json", "{}")
    small.write("params.yaml", "factor: 5\nunused: 1\n")
    refused = small.mlgit("train", "--commit", exit_code=2).err
    assert "params.yaml differ" in refused
    assert "metrics.json" not in refused


def retrained(small: Person) -> None:
    """Leave the results of a training uncommitted."""
    small.write("params.yaml", "factor: 4\nunused: 1\n")
    small.commit("Another factor")
    small.mlgit("train")


def with_a_note_of_one_that_was_killed(small: Person) -> Path:
    """Return Git's own folder, in which a process that is gone says that it writes."""
    git = small.folder / ".git"
    (git / "mlgit/writing").mkdir(parents=True)
    ended = subprocess.Popen(["true"])
    ended.wait()
    (git / "mlgit/writing" / BETWEEN.join((os.uname().nodename, f"{ended.pid}", "1"))).touch()
    return git


def test_the_locks_of_a_commit_that_was_killed_go_with_the_next(small: Person) -> None:
    retrained(small)
    git = with_a_note_of_one_that_was_killed(small)
    for path in (
        "index.lock",
        "logs/refs/heads/main.lock",
        "refs/tags/a=a@v1.lock",
        "refs/remotes/origin/main.lock",
    ):
        (git / path).parent.mkdir(parents=True, exist_ok=True)
        (git / path).touch()
    small.mlgit("train", "--commit")
    assert not list(git.rglob("*.lock"))
    assert not list((git / "mlgit/writing").iterdir())


def test_the_locks_stay_while_another_still_writes(small: Person) -> None:
    retrained(small)
    git = with_a_note_of_one_that_was_killed(small)
    (git / "mlgit/writing" / own_name()).touch()
    (git / "index.lock").touch()
    small.mlgit("train", "--commit", exit_code=4)
    assert (git / "index.lock").exists()


def test_the_locks_of_somebody_else_stay(small: Person) -> None:
    retrained(small)
    (small.folder / ".git/index.lock").touch()
    small.mlgit("train", "--commit", exit_code=4)
    assert (small.folder / ".git/index.lock").exists()


def test_where_nothing_says_what_trains_init_is_the_hint(person: Person) -> None:
    person.git("init", "--quiet", ".")
    answer = person.mlgit("train", exit_code=2)
    assert "error[pipeline-missing]: there is no dvc.yaml in" in answer.err
    assert 'hint: mlgit init --run "python train.py"' in answer.err
