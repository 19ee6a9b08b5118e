"""A server and what happens on it: rendered workflows, really executed, one event after another.

A bare repository is the server, a folder or an S3 server the remote of DVC, GitHub's API a stub server.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mlgit.commands.run.prepare import Request
from mlgit.commands.run.run import run
from mlgit.git.repository import Repository
from mlgit.host.github.workflows import runner as runners
from mlgit.host.outcome import JobOutcome
from mlgit.world.context import Context, SilentConsole, real_context
from mlgit.world.processes import SystemProcesses
from tests.cli.retrain_repository import SETTINGS as SETTINGS
from tests.cli.retrain_repository import Works
from tests.github.stub_server import StubServer

TOKEN = "token-of-the-workflow-1234"
RIGHTS = frozenset({"issues", "pull_requests", "contents"})
RETRAINING = 'ct: {schedule: "17 3 * * 1", events: [new-data, drift]}\n'
BUCKET = "mlgit-retraining"
KEYS = {"KEY_ID": "key-id-of-the-storage", "KEY": "key-of-the-storage"}
REMOTE = """\
remote:
  kind: s3
  environment: storage
  secrets: {AWS_ACCESS_KEY_ID: KEY_ID, AWS_SECRET_ACCESS_KEY: KEY}
"""


class Stage:
    """A server and what happens on it, one event after another."""

    def __init__(
        self,
        folder: Path,
        github: StubServer,
        monkeypatch: pytest.MonkeyPatch,
        endpoint: str = "",
        *,
        ct: str = RETRAINING,
        settings: str = SETTINGS,
        kind: type[Works] = Works,
    ) -> None:
        self.github = github
        self.jobs: dict[str, JobOutcome] = {}
        """The jobs of the event that happened last, by their names in the file."""
        self.secrets = {"GITHUB_TOKEN": TOKEN, **(KEYS if endpoint else {})}
        self.works = kind(folder, ct + (REMOTE if endpoint else ""), settings)
        self.desk = self.works.desk
        url = f"s3://{BUCKET}/dvc" if endpoint else str(folder / "storage")
        self.desk.dvc("remote", "modify", "--quiet", "storage", "url", url)
        if endpoint:
            self.desk.dvc("remote", "modify", "--quiet", "storage", "endpointurl", endpoint)
            self.desk.dvc("push", "--quiet")
        self.desk.commit("The remote by its whole path")
        self.desk.git("push", "--quiet", "origin", "main")
        Repository(real_context(SilentConsole()), self.works.server).run(
            "config", "uploadpack.allowAnySHA1InWant", "true"
        )
        build = runners.build

        def on_the_server(*arguments: Any, **named: Any) -> runners.Runner:
            made = build(*arguments, **named)
            made.server.rename(made.server.with_name("copy"))
            made.server.symlink_to(self.works.server)
            return made

        monkeypatch.setattr(runners, "build", on_the_server)
        monkeypatch.setattr(runners, "share_storage", lambda *_: 0)

    def happens(
        self, event: Any, *, workflow: str = "mlgit-ct", **payload: Any
    ) -> tuple[bool, dict[str, str]]:
        """Play an event; return whether the workflow started, and the results of its jobs."""
        place = self.works.folder / "event.json"
        common = {"repository": {"full_name": "local/desk", "default_branch": "main"}}
        place.write_text(json.dumps({**common, **payload}))
        here = real_context(SilentConsole())
        context = Context(
            directory=self.desk.folder,
            environment=here.environment,
            processes=SystemProcesses(),
            console=SilentConsole(),
        )
        request = Request(
            event=event,
            workflow=workflow,
            payload=None if event in ("push", "pull_request") else place,
            secrets=self.secrets,
            interface=self.github.url,
        )
        (outcome,) = run(context, request).workflows
        self.jobs = {job.id: job for job in outcome.jobs}
        return outcome.started, {job.id: job.result for job in outcome.jobs}

    def merge(self, kind: str = "retrain") -> None:
        """Merge the proposal as a person does."""
        (branch,) = [one for one in self.works.branches() if one.startswith(f"mlgit/{kind}/")]
        self.desk.git("fetch", "--quiet", "origin")
        self.desk.git("merge", "--quiet", "--ff-only", f"origin/{branch}")
        self.desk.git("push", "--quiet", "origin", "main", f":{branch}")
