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

import pytest

from mlgit.dvc import lockfile
from tests.cli.retrain_repository import Works, without_record
from tests.github.answers import Account
from tests.github.standin import GitHubStandIn

TOKEN = "token-of-the-workflow-1234"
RIGHTS = frozenset({"issues", "pull_requests"})


class Play:
    """A repository with new data, a forge, and a run that can be killed."""

    def __init__(self, template: Path, folder: Path, github: GitHubStandIn) -> None:
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

    def finished(self) -> None:
        run = self.start()
        said, _ = run.communicate(timeout=180)
        assert run.returncode == 0, said.decode()

    def check(self) -> None:
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
        assert works.desk.git("status", "--porcelain") == ""
        assert not list((works.desk.folder / ".git/mlgit/workplaces").iterdir())
        assert self.github.state.violations == []


@pytest.fixture
def template(works_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRAININGS", str(tmp_path / "trainings"))
    works = Works.copied(works_once, tmp_path / "template")
    works.data("1\n2\n4\n")
    return works.folder


def trials(template: Path, folder: Path, number: int, seed: int) -> None:
    """Measure a run that is left alone, then kill others at moments drawn from its length."""
    chance, longest = random.Random(seed), 0.0
    for trial in range(number + 1):
        with GitHubStandIn("octo-org/churn") as github:
            github.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", RIGHTS)}
            play = Play(template, folder / f"{trial}", github)
            if trial:
                play.killed_after(chance.uniform(0.2, longest), everything=trial % 2 == 0)
            started = time.monotonic()
            play.finished()
            longest = longest or time.monotonic() - started
            play.check()


def test_killed_twice(template: Path, tmp_path: Path) -> None:
    trials(template, tmp_path, 2, seed=3)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_killed_two_hundred_times(block: int, template: Path, tmp_path: Path) -> None:
    trials(template, tmp_path, 20, seed=100 + block)
