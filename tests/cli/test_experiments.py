"""`mlgit experiments` over real DVC: sweep, ranks with ties, promote; interrupted, failed, refused; nothing of the user's is touched."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.driver import Person

FILES = {
    "mlgit.yaml": """\
version: 1
models:
  coin:
    pipeline: .
    artifact: model.txt
    metrics: [metrics.json]
    predictions: predictions.csv
    task: binary-classification
    positive: "yes"
    gates:
      - accuracy: {no_worse_than: {margin: 0.02}}
""",
    "params.yaml": "coin:\n  wrong: 40\n  kind: plain\nsweep:\n  coin.wrong: [5, 10]\n",
    "train.py": """\
import json, pathlib, random, time
words = dict(line.split(": ") for line in pathlib.Path("params.yaml").read_text().splitlines() if ": " in line)
wrong = int(words["  wrong"])
time.sleep(float(words["  kind"]) if words["  kind"].replace(".", "").isdigit() else 0)
if wrong == 99:
    raise SystemExit("no coin is that wrong")
chance, lines, right = random.Random(20), ["id,label,prediction,score"], 0
for place in range(400):
    label = chance.random() < 0.5
    said = label if chance.random() * 100 >= wrong else not label
    right += said == label
    lines.append(f"{place},{'yes' if label else 'no'},{'yes' if said else 'no'},{0.9 if said else 0.1}")
pathlib.Path("predictions.csv").write_text("\\n".join(lines) + "\\n")
pathlib.Path("metrics.json").write_text(json.dumps({"accuracy": right / 400}))
pathlib.Path("model.txt").write_text(str(wrong))
""",
    "dvc.yaml": """\
stages:
  train:
    cmd: python train.py
    deps: [train.py]
    params: [coin]
    outs:
      - model.txt
      - predictions.csv: {cache: false}
    metrics:
      - metrics.json: {cache: false}
""",
}


@pytest.fixture
def coins(person: Person, monkeypatch: pytest.MonkeyPatch) -> Person:
    """A trained and committed pipeline whose model is right in 60 of 100 rows."""
    for name in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"):  # DVC reads no date as ISO writes it
        monkeypatch.delenv(name, raising=False)
    return trained(person)


def trained(person: Person) -> Person:
    """The pipeline in a person's folder, trained and committed."""
    for path, text in FILES.items():
        person.write(path, text)
    person.git("init", "--quiet", ".")
    person.dvc("init", "--quiet")
    person.dvc("repro", "--quiet")
    person.commit("Start")
    return person


def state(person: Person) -> tuple[str, str, str]:
    return (
        person.git("status", "--porcelain"),
        person.git("branch", "--list"),
        person.git("rev-parse", "HEAD"),
    )


def names(person: Person) -> list[str]:
    refs = person.git("for-each-ref", "--format=%(refname)", "refs/exps").splitlines()
    return sorted(ref.rpartition("/")[2] for ref in refs if "sweep-" in ref)


@pytest.mark.slow
def test_a_sweep_is_ranked_and_one_is_promoted(coins: Person) -> None:
    before, files = state(coins), coins.read("params.yaml")
    # With 41 the coin is wrong in two rows more, too few to tell.
    answer = coins.mlgit("experiments", "sweep", "coin.wrong=5,41")
    assert answer.out.startswith("2 experiments ran\n")
    ranks = re.findall(r"^ +(\d) +(\S+) +([\d.]+) \[([\d.]+), ([\d.]+)\] +(.*?)(?:  |$)", answer.out, re.M)
    assert [(rank, changes.strip() if "=" in changes else "") for rank, *_, changes in ranks] == [
        ("1", "coin.wrong=5"),
        ("2", ""),
        ("2", "coin.wrong=41"),
    ]
    assert (state(coins), coins.read("params.yaml")) == (before, files)
    best = ranks[0][1]
    again = coins.mlgit("experiments", "sweep", "coin.wrong=5,41")
    assert again.out.startswith("0 experiments ran, 2 had been run before\n")
    found = json.loads(coins.mlgit("experiments", "list", "--json").out)
    assert found["version"] == 1
    assert {one["name"]: one["settings"] for one in found["experiments"]}[best] == {"coin.wrong": 5}
    promoted = coins.mlgit("experiments", "promote", best, "better")
    assert "git switch better && dvc checkout" in promoted.out
    assert coins.git("show", "better:metrics.json") != coins.git("show", "HEAD:metrics.json")
    assert coins.mlgit("experiments", "promote", best, "better").out == promoted.out
    refused = coins.mlgit("experiments", "promote", best, "main", exit_code=2)
    assert "error[experiments-branch]" in refused.err
    coins.git("switch", "--quiet", "better")
    coins.dvc("checkout", "--quiet")
    assert coins.read("model.txt") == "5"
    assert coins.mlgit("gate", before[2], "HEAD").exit_code == 0


@pytest.mark.slow
def test_one_that_fails_is_named_and_the_others_stay(coins: Person) -> None:
    answer = coins.mlgit("experiments", "sweep", "coin.wrong=99,5", exit_code=1)
    assert "1 experiment ran\n" in answer.out
    assert re.search(r"failed: sweep-[0-9a-f]{8}, ", answer.out)
    assert "coin.wrong=5" in answer.out
    assert state(coins)[0] == ""


@pytest.mark.slow
def test_an_interrupted_sweep_leaves_what_is_done_and_goes_on(coins: Person) -> None:
    words = ("experiments", "sweep", "coin.kind=0.1,60", "--method", "grid")
    running = subprocess.Popen(
        [sys.executable, "-m", "mlgit", *words], cwd=coins.folder, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while not names(coins) and time.monotonic() < deadline:
        time.sleep(0.5)
    time.sleep(3)
    running.send_signal(signal.SIGINT)
    assert running.wait(60) == 130
    assert len(names(coins)) == 1
    assert state(coins)[0] == ""
    again = coins.mlgit("experiments", "sweep", "coin.kind=0.1,plain")
    assert again.out.startswith("1 experiment ran, 1 had been run before\n")


@pytest.mark.slow
def test_random_and_optuna_try_what_they_are_told(coins: Person) -> None:
    answer = coins.mlgit("experiments", "sweep", "coin.wrong=1..50", "--method", "random", "--tries", "2")
    assert "2 experiments ran" in answer.out
    pytest.importorskip("optuna")
    answer = coins.mlgit("experiments", "sweep", "coin.wrong=1..50", "--method", "optuna", "--tries", "3")
    assert re.match(r"[123] experiments? ran", answer.out)
    assert len(names(coins)) >= 4


def test_what_cannot_be_swept_is_one_sentence(person: Person) -> None:
    for path, text in FILES.items():
        person.write(path, text)
    person.git("init", "--quiet", ".")
    person.commit("Start")
    for words, code in {
        ("sweep", "coin.wrongs=1"): "experiments-parameter",
        ("sweep", "coin.wrong"): "experiments-space",
        ("sweep", "coin.wrong=1..5"): "experiments-grid",
        ("list",): "experiments-none",
        ("promote", "sweep-1", "x"): "experiments-unknown",
        ("sweep", "--model", "nothere", "coin.wrong=1"): "model-unknown",
    }.items():
        assert f"error[{code}]" in person.mlgit("experiments", *words, exit_code=2).err
    Path(person.folder / "train.py").write_text("changed")
    refused = person.mlgit("experiments", "sweep", exit_code=2).err
    assert "train.py differs from HEAD" in refused
    assert "git restore" in refused
    person.git("restore", "train.py")
    person.write("rows.csv", "1\n")
    person.write("rows.csv.dvc", f"outs:\n- {{md5: {'a' * 32}, size: 2, hash: md5, path: rows.csv}}\n")
    person.write(".gitignore", "/rows.csv\n")
    person.commit("Rows that were others")
    refused = person.mlgit("experiments", "sweep", exit_code=2).err
    assert "error[experiments-uncommitted]: rows.csv differs from what HEAD keeps" in refused
    assert "dvc add rows.csv, then git commit; then the sweep" in refused
    person.git("clone", "--quiet", "--depth", "1", person.folder.as_uri(), "../shallow")
    refused = Person(person.folder.with_name("shallow")).mlgit("experiments", "sweep", exit_code=2).err
    assert "error[experiments-shallow]" in refused
    assert "hint: git fetch --unshallow" in refused


def wait_for(folder: Path, pattern: str) -> None:
    """Wait until something below a folder has such a path."""
    deadline = time.monotonic() + 120
    while not list(folder.rglob(pattern)):
        assert time.monotonic() < deadline, pattern
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_what_is_edited_while_a_sweep_runs_stays(coins: Person, number: signal.Signals) -> None:
    """The settings of an experiment stand in no file of the user's, whatever ends it; the branch is the user's, too."""
    before = coins.git("symbolic-ref", "HEAD")
    words = ("experiments", "sweep", "coin.kind=60")
    running = subprocess.Popen(
        [sys.executable, "-m", "mlgit", *words],
        cwd=coins.folder,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    sandboxes = coins.folder / ".git" / "mlgit" / "sandboxes"
    wait_for(sandboxes, "tree/params.yaml")
    coins.write("train.py", "# mine\n" + FILES["train.py"])
    coins.write("notes.md", "mine, too\n")
    wait_for(sandboxes, "standalone/*/params.yaml")
    assert coins.read("train.py").startswith("# mine")
    os.killpg(running.pid, number)
    running.wait(60)
    assert coins.git("status", "--porcelain").splitlines() == ["M train.py", "?? notes.md"]
    assert (coins.git("symbolic-ref", "HEAD"), coins.git("stash", "list")) == (before, "")
    coins.git("restore", "train.py")
    assert coins.mlgit("experiments", "sweep", "coin.wrong=5").out.startswith("1 experiment ran\n")
    assert not list(sandboxes.glob("*"))


@pytest.mark.slow
def test_a_sweep_below_the_top_in_a_second_work_tree_of_a_repository(coins: Person) -> None:
    """Its commits bear the name that the repository alone knows; the other work tree stays as it is."""
    coins.git("config", "user.name", "Ada of here")
    coins.git("config", "user.email", "ada@example.org")
    for name in FILES.keys() - {"mlgit.yaml"} | {"dvc.lock", "metrics.json", "predictions.csv"}:
        coins.write(f"models/coin/{name}", coins.read(name))
        coins.git("rm", "--quiet", name)
    coins.write("mlgit.yaml", FILES["mlgit.yaml"].replace("pipeline: .", "pipeline: models/coin"))
    coins.write("models/coin/.gitignore", "/model.txt\n")
    coins.commit("Below the top")
    beside = coins.folder.with_name("beside")
    coins.git("worktree", "add", "--quiet", "-b", "beside", str(beside))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NAME", "EMAIL"):
            for role in ("AUTHOR", "COMMITTER"):
                patch.delenv(f"GIT_{role}_{name}", raising=False)
        there = Person(beside)
        assert there.mlgit("experiments", "sweep", "coin.wrong=5").out.startswith("1 experiment ran\n")
        (name,) = names(there)
        there.mlgit("experiments", "promote", name, "better")
    assert there.git("show", "--format=%an", "--no-patch", "better").strip() == "Ada of here"
    assert [state(one)[0] for one in (there, coins)] == ["", ""]
