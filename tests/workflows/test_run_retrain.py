"""mlgit-ct, really executed: a bare repository as the server, a folder as the remote, GitHub's API as a stand-in."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request as Request_
from urllib.request import urlopen

import pytest

from mlgit.commands.run.prepare import Request
from mlgit.commands.run.walk import run
from mlgit.git.repository import Repository
from mlgit.workflows import scene as scenes
from mlgit.world.processes import SystemProcesses
from mlgit.world.world import Silence, World, real_world
from tests.cli.retrain_repository import Works
from tests.github.answers import Account
from tests.github.standin import GitHubStandIn

TOKEN = "token-of-the-workflow-1234"
APP_TOKEN = "token-of-the-app-5678"
APP = '  app: {id: "4711", environment: retraining, secret: RETRAINING_KEY}\n'
RIGHTS = frozenset({"issues", "pull_requests", "contents"})
SETTINGS = 'ct: {schedule: "17 3 * * 1", events: [new-data, drift]}\n'
BUCKET = "mlgit-retraining"
KEYS = {"KEY_ID": "key-id-of-the-storage", "KEY": "key-of-the-storage"}
REMOTE = """\
remote:
  kind: s3
  environment: storage
  secrets: {AWS_ACCESS_KEY_ID: KEY_ID, AWS_SECRET_ACCESS_KEY: KEY}
"""
ALL = {"claim": "success", "train": "success", "conclude": "success"}


class Stage:
    """A server and what happens on it, one event after another."""

    def __init__(
        self,
        folder: Path,
        github: GitHubStandIn,
        monkeypatch: pytest.MonkeyPatch,
        endpoint: str = "",
        settings: str = SETTINGS,
    ) -> None:
        self.github = github
        self.secrets = {"GITHUB_TOKEN": TOKEN, **(KEYS if endpoint else {})}
        self.works = Works(folder, settings + (REMOTE if endpoint else ""))
        self.desk = self.works.desk
        url = f"s3://{BUCKET}/dvc" if endpoint else str(folder / "storage")
        self.desk.dvc("remote", "modify", "--quiet", "storage", "url", url)
        if endpoint:
            self.desk.dvc("remote", "modify", "--quiet", "storage", "endpointurl", endpoint)
            self.desk.dvc("push", "--quiet")
        self.desk.commit("The remote by its whole path")
        self.desk.git("push", "--quiet", "origin", "main")
        Repository(real_world(Silence()), self.works.server).run(
            "config", "uploadpack.allowAnySHA1InWant", "true"
        )
        build = scenes.build

        def on_the_server(*arguments: Any) -> scenes.Scene:
            made = build(*arguments)
            made.server.rename(made.server.with_name("copy"))
            made.server.symlink_to(self.works.server)
            return made

        monkeypatch.setattr(scenes, "build", on_the_server)
        monkeypatch.setattr(scenes, "share_storage", lambda *_: 0)

    def happens(self, event: Any, **payload: Any) -> tuple[bool, dict[str, str]]:
        """Play an event; return whether mlgit-ct started, and the results of its jobs."""
        place = self.works.folder / "event.json"
        common = {"repository": {"full_name": "local/desk", "default_branch": "main"}}
        place.write_text(json.dumps({**common, **payload}))
        here = real_world(Silence())
        world = World(
            directory=self.desk.folder,
            environment=here.environment,
            processes=SystemProcesses(),
            talk=Silence(),
        )
        request = Request(
            event=event,
            workflow="mlgit-ct",
            payload=None if event == "push" else place,
            secrets=self.secrets,
            interface=self.github.url,
        )
        (outcome,) = run(world, request).workflows
        return outcome.started, {job.id: job.result for job in outcome.jobs}

    def merge(self) -> None:
        """Merge the proposal as a person does."""
        (branch,) = [one for one in self.works.branches() if one.startswith("mlgit/retrain/")]
        self.desk.git("fetch", "--quiet", "origin")
        self.desk.git("merge", "--quiet", "--ff-only", f"origin/{branch}")
        self.desk.git("push", "--quiet", "origin", "main", f":{branch}")


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with GitHubStandIn("local/desk") as github:
        github.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", RIGHTS)}
        made = Stage(tmp_path / "works", github, monkeypatch)
        yield made
        assert github.state.violations == []


@pytest.mark.slow
def test_new_data_are_trained_once_proposed_once_and_the_merge_starts_nothing(stage: Stage) -> None:
    stage.works.data("1\n2\n4\n")
    assert stage.happens("push") == (True, ALL)
    assert stage.works.trainings == 1
    (pull,) = stage.github.contents.pulls()
    assert pull["head"]["ref"] == "mlgit/retrain/small-data"
    assert "r2" in pull["body"]
    assert stage.works.endings() == ["proposed"]
    started, jobs = stage.happens("schedule", schedule="17 3 * * 1")
    assert (started, jobs["claim"], jobs["train"], jobs["conclude"]) == (
        True,
        "success",
        "skipped",
        "skipped",
    )
    stage.merge()
    assert stage.happens("push")[0] is False
    assert (stage.works.trainings, len(stage.github.contents.pulls())) == (1, 1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("event", "payload", "cause"),
    [
        ("schedule", {"schedule": "17 3 * * 1"}, "schedule"),
        ("repository_dispatch", {"action": "drift", "client_payload": {"id": "7", "psi": 0.3}}, "drift"),
        ("workflow_dispatch", {"inputs": {"because": "new labels"}}, "hand"),
    ],
)
def test_every_other_trigger_makes_one_proposal(
    stage: Stage, event: str, payload: dict[str, Any], cause: str
) -> None:
    stage.works.data("1\n2\n4\n")
    assert stage.happens(event, **payload) == (True, ALL)
    (pull,) = stage.github.contents.pulls()
    assert pull["head"]["ref"] == f"mlgit/retrain/small-{cause}"
    started, jobs = stage.happens(event, **payload)
    assert (started, jobs["train"]) == (True, "skipped")
    assert (stage.works.trainings, len(stage.github.contents.pulls())) == (1, 1)


@pytest.mark.slow
def test_an_app_proposes_under_its_own_name_and_the_job_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with GitHubStandIn("local/desk") as github:
        github.state.accounts = {
            TOKEN: Account("github-actions[bot]", "Bot", frozenset()),
            APP_TOKEN: Account("app-4711[bot]", "Bot", RIGHTS),
        }
        settings = f"ct:\n  data: true\n{APP}"
        stage = Stage(tmp_path / "works", github, monkeypatch, settings=settings)
        stage.secrets["RETRAINING_KEY"] = APP_TOKEN
        stage.works.data("1\n2\n4\n")
        assert stage.happens("push") == (True, ALL)
        (pull,) = github.contents.pulls()
        assert (pull["user"]["login"], pull["head"]["ref"]) == ("app-4711[bot]", "mlgit/retrain/small-data")
        stage.merge()
        stage.works.data("1\n-5\n")
        assert stage.happens("push") == (True, {**ALL, "conclude": "failure"})
        (issue,) = github.contents.issues()
        assert issue["user"]["login"] == "app-4711[bot]"
        assert github.state.violations == []


@pytest.mark.slow
@pytest.mark.parametrize(("rows", "ending", "said"), [("1\n-5\n", "bad-data", "-5"), ("1\n", "worse", "r2")])
def test_bad_data_and_worse_models_are_reported_and_not_proposed(
    stage: Stage, rows: str, ending: str, said: str
) -> None:
    stage.works.data(rows)
    assert stage.happens("push") == (True, {**ALL, "conclude": "failure"})
    (issue,) = stage.github.contents.issues()
    assert said in issue["body"]
    assert stage.works.endings() == [ending]
    assert stage.works.trainings == (0 if ending == "bad-data" else 1)
    assert (stage.github.contents.pulls(), stage.works.branches()) == ([], ["main"])


@pytest.mark.slow
def test_an_old_model_with_nothing_new_is_reported_once_and_not_trained(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as then:
        then.setenv("GIT_COMMITTER_DATE", "2020-01-05 12:00 +0000")
        stage.desk.write("dvc.lock", stage.desk.read("dvc.lock") + "\n")
        stage.desk.commit("Trained long ago")
    stage.desk.write("mlgit.yaml", stage.desk.read("mlgit.yaml").replace("ct: {", "ct: {max_age_days: 30, "))
    stage.desk.mlgit("sync")
    stage.desk.commit("No model older than a month")
    stage.desk.git("push", "--quiet", "origin", "main")
    assert stage.happens("schedule", schedule="17 3 * * 1") == (True, {**ALL, "train": "skipped"})
    (issue,) = stage.github.contents.issues()
    assert issue["title"].startswith("The model small is ")
    assert "mlgit data update" in issue["body"]
    started, jobs = stage.happens("schedule", schedule="17 3 * * 1")
    assert (started, jobs) == (True, {"claim": "success", "train": "skipped", "conclude": "skipped"})
    assert len(stage.github.contents.issues()) == 1
    assert stage.works.trainings == 0
    assert {path.partition("/")[0] for path in stage.works.pages()} == {"triggers", "notices"}


@pytest.mark.slow
def test_a_pipeline_that_fails_is_one_issue_however_often_it_is_tried(stage: Stage) -> None:
    stage.desk.write("train.py", "import os\nraise SystemExit('no model today ' + str(sorted(os.environ)))\n")
    stage.desk.commit("Break it")
    stage.desk.git("push", "--quiet", "origin", "main")
    for _ in range(2):
        assert stage.happens("schedule") == (True, {**ALL, "conclude": "failure"})
        (issue,) = stage.github.contents.issues()
    assert issue["title"] == "Retraining small: the pipeline failed"
    assert "no model today" in issue["body"]
    assert TOKEN not in issue["body"]
    assert stage.works.endings() == ["failed", "failed"]


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an S3 server with an empty bucket; what speaks to it has to bring keys."""
    for module in ("dvc_s3", "moto", "flask"):
        pytest.importorskip(module)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    paths = os.pathsep.join(path for path in sys.path if path)
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "PYTHONPATH": paths}
    server = subprocess.Popen(
        (sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)),
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                urlopen(Request_(f"{address}/{BUCKET}", method="PUT"), timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS["KEY_ID"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS["KEY"])
        yield address
    finally:
        server.terminate()
        server.wait()


@pytest.mark.slow
def test_the_same_with_a_remote_that_speaks_s3(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, storage: str
) -> None:
    with GitHubStandIn("local/desk") as github:
        github.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", RIGHTS)}
        stage = Stage(tmp_path / "works", github, monkeypatch, storage)
        stage.works.data("1\n2\n4\n")
        shutil.rmtree(stage.desk.folder / ".dvc" / "cache")
        assert stage.happens("push") == (True, ALL)
        (pull,) = github.contents.pulls()
        assert pull["head"]["ref"] == "mlgit/retrain/small-data"
        assert (stage.works.trainings, stage.works.endings()) == (1, ["proposed"])
        stage.merge()
        stage.desk.dvc("pull", "--quiet", "--force")
        assert "4.0" in stage.desk.read("model.txt")
        assert github.state.violations == []
