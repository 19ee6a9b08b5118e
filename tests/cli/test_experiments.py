"""`mlgit experiments` over real DVC: sweep, ranks with ties, promote; interrupted, failed, refused; nothing of the user's is touched."""

from __future__ import annotations

import json
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
    }.items():
        assert f"error[{code}]" in person.mlgit("experiments", *words, exit_code=2).err
    Path(person.folder / "train.py").write_text("changed")
    assert "error[experiments-uncommitted]" in person.mlgit("experiments", "sweep", exit_code=2).err
