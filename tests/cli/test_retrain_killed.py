"""Killed at any moment and run again: nothing lost, nothing doubled, no half-made branch."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Literal

import pytest

from mlgit.dvc import lockfile
from tests.cli.retrain_repository import Works, without_record
from tests.github.answers import Account
from tests.github.stub_server import StubServer

TOKEN = "token-of-the-workflow-1234"
Kind = Literal["new data", "old", "broken", "taken back"]
RIGHTS = frozenset({"issues", "pull_requests"})


class Play:
    """A repository, a forge, and a run that can be killed; `kind` says what it has to do."""

    def __init__(self, template: Path, folder: Path, github: StubServer, kind: Kind) -> None:
        self.kind = kind
        self.works = Works.copied(template, folder)
        self.github = github
        commit = self.works.desk.git("rev-parse", "main")
        self.event = folder / "push.json"
        self.event.write_text(json.dumps({"after": commit}))
        self.environment = {
            **os.environ,
            **github.environment(TOKEN),
            "TRAININGS": str(folder / "trainings"),
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }

    def start(self) -> subprocess.Popen[bytes]:
        command = (
            sys.executable,
            "-m",
            "mlgit",
            "retrain",
            "--event",
            "push",
            "--event-path",
            str(self.event),
        )
        return subprocess.Popen(
            command,
            cwd=self.works.desk.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def killed_after(self, seconds: float, *, everything: bool) -> None:
        """Kill the run, alone or with the programs it started."""
        run = self.start()
        time.sleep(seconds)
        if everything:
            os.killpg(run.pid, signal.SIGKILL)
        else:
            run.kill()
        assert run.stdout is not None
        run.wait()
        run.stdout.close()

    def finished(self, exit_code: int = 0) -> None:
        run = self.start()
        said, _ = run.communicate(timeout=180)
        assert run.returncode == exit_code, said.decode()

    def take_back(self) -> None:
        """Take the newest commit back: a push of its own."""
        self.works.desk.git("revert", "--no-edit", "HEAD")
        self.works.desk.git("push", "--quiet", "origin", "main")
        self.event.write_text(json.dumps({"after": self.works.desk.git("rev-parse", "main")}))

    def check(self) -> None:
        """Nothing is left behind; then what this kind of play has to come to."""
        {
            "new data": self.check_proposal,
            "old": self.check_report,
            "broken": self.check_failure,
            "taken back": self.check_closed,
        }[self.kind]()
        assert self.works.desk.git("status", "--porcelain") == ""
        assert not list((self.works.desk.folder / ".git/mlgit/sandboxes").iterdir())
        assert self.github.state.violations == []

    def check_report(self) -> None:
        (issue,) = self.github.contents.issues()
        assert issue["title"].startswith("The model small is ")
        folders = [path.partition("/")[0] for path in self.works.entries()]
        assert sorted(folders) == ["notices", "triggers"]
        assert (self.works.branches(), self.github.contents.pulls()) == (["main"], [])

    def check_failure(self) -> None:
        (issue,) = self.github.contents.issues()
        assert issue["title"] == "Retraining small: the pipeline failed"
        assert set(self.works.endings()) == {"failed"}
        assert (self.works.branches(), self.github.contents.pulls()) == (["main"], [])

    def check_closed(self) -> None:
        (issue,) = self.github.contents.issues()
        assert (issue["state"], issue["body"].count("Nothing is left to train")) == ("closed", 1)
        assert [
            entry["about"] for path, entry in self.works.entries().items() if path.startswith("notices/")
        ] == ["settled"]
        assert (self.works.branches(), self.works.endings()) == (["main"], ["bad-data"])

    def check_proposal(self) -> None:
        works, branch = self.works, "mlgit/retrain/small-data"
        assert works.branches() == ["main", branch]
        assert works.server_git("rev-list", "--count", f"main..{branch}") == "1"
        changed = works.server_git("diff", "--name-only", "main", branch).split()
        assert without_record(changed) == ["dvc.lock", "metrics.json"]
        (pull,) = self.github.contents.pulls()
        assert pull["head"]["ref"] == branch
        assert self.github.contents.issues() == []
        assert works.endings() == ["proposed"]
        lock = lockfile.read(works.server_git("show", f"{branch}:dvc.lock").encode(), "dvc.lock")
        for output in lock.stages["train"].outputs:
            if output.path == "model.txt":
                assert (works.folder / "storage/files/md5" / output.digest[:2] / output.digest[2:]).is_file()


@pytest.fixture
def kind() -> Kind:
    """What the run has to do; a test may ask for another."""
    return "new data"


@pytest.fixture
def template(works_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind) -> Path:
    monkeypatch.setenv("TRAININGS", str(tmp_path / "trainings"))
    works = Works.copied(works_once, tmp_path / "template")
    if kind == "old":
        with monkeypatch.context() as then:
            then.setenv("GIT_COMMITTER_DATE", "2020-01-05 12:00 +0000")
            works.aged()
    elif kind == "taken back":
        works.data("1\n-5\n")
    elif kind == "broken":
        works.desk.write("train.py", "raise SystemExit('no model today')\n")
        works.desk.commit("Break it")
        works.desk.git("push", "--quiet", "origin", "main")
    else:
        works.data("1\n2\n4\n")
    return works.folder


def trials(template: Path, folder: Path, number: int, seed: int, kind: Kind = "new data") -> int:
    """Measure a run that is left alone, then kill others at moments drawn from its length; return how many came good."""
    chance, longest, good = random.Random(seed), 0.0, 0
    for trial in range(number + 1):
        with StubServer("octo-org/churn") as github:
            github.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", RIGHTS)}
            play = Play(template, folder / f"{trial}", github, kind)
            if kind == "taken back":
                play.finished(exit_code=1)
                play.take_back()
            if trial:
                play.killed_after(chance.uniform(0.2, longest), everything=trial % 2 == 0)
            started = time.monotonic()
            play.finished(exit_code=1 if kind == "broken" else 0)
            longest = longest or time.monotonic() - started
            play.check()
            good += trial > 0
    return good


def test_killed_twice(template: Path, tmp_path: Path) -> None:
    assert trials(template, tmp_path, 2, seed=3) == 2


@pytest.mark.parametrize("kind", ["old", pytest.param("taken back", marks=pytest.mark.slow)])
def test_killed_twice_while_something_is_reported(template: Path, tmp_path: Path, kind: Kind) -> None:
    assert trials(template, tmp_path, 2, seed=4, kind=kind) == 2


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["old", "broken", "taken back"])
def test_killed_twenty_times_while_something_is_reported(template: Path, tmp_path: Path, kind: Kind) -> None:
    assert trials(template, tmp_path, 20, seed=5, kind=kind) == 20


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_killed_two_hundred_times(block: int, template: Path, tmp_path: Path) -> None:
    assert trials(template, tmp_path, 20, seed=100 + block) == 20
