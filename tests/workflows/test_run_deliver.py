"""mlgit-cd, really executed: a bare repository as the server, a folder as the remote, GitHub's API as a stub server.

What runs is a folder that the user's commands write, behind a small HTTP server.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.cli.retrain_repository import SETTINGS
from tests.driver import Person
from tests.github.answers import Account
from tests.github.stub_server import StubServer
from tests.workflows.stage import RIGHTS, TOKEN, Stage

COMMANDS = """\
import os
import sys
from pathlib import Path

state = Path({state!r}, os.environ["MLGIT_ENVIRONMENT"])
if sys.argv[1] == "check":
    print(state.with_suffix(".version").read_text() if state.exists() else "")
    sys.exit()
assert not [name for name in os.environ if name in ("GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN")]
with state.with_suffix(".log").open("a") as log:
    log.write(os.environ["MLGIT_VERSION"] + "\\n")
state.write_bytes(Path(os.environ["MLGIT_PATH"]).read_bytes())
state.with_suffix(".version").write_text(os.environ["MLGIT_VERSION"] + " " + os.environ["MLGIT_DIGEST"])
"""
ENVIRONMENTS = """\
environments:
  staging:
    approval: gate
    target:
      kind: command
      apply: [python, ops/target.py, apply]
      check: [python, ops/target.py, check]
      address: ADDRESS/staging
  production:
    approval: pull_request
    target:
      kind: command
      apply: [python, ops/target.py, apply]
      check: [python, ops/target.py, check]
      address: ADDRESS/production
"""
STAGING = {"release": "success", "deploy-staging": "success", "conclude-staging": "success"}
NO_PRODUCTION = {"deploy-production": "skipped", "conclude-production": "skipped"}
NOTHING = {"release": "success", "deploy-staging": "skipped", "conclude-staging": "skipped", **NO_PRODUCTION}


class Platform:
    """Where models run: a folder, and a server that answers with what stands in it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                text = (folder / self.path.split("/")[1]).read_text()
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps({"model": text}).encode())

            def log_message(self, *arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def runs(self, environment: str) -> str:
        """The version that runs."""
        place = self.folder / f"{environment}.version"
        return place.read_text().split()[0] if place.exists() else ""

    def applied(self, environment: str) -> list[str]:
        """Every version that was made to run, in order."""
        place = self.folder / f"{environment}.log"
        return place.read_text().split() if place.exists() else []


class Delivery(Stage):
    """The stage with two environments, and a person who trains."""

    platform: Platform

    def train(self, weight: int, golden: str = "") -> None:
        """Train, record golden predictions (or plant others), push."""
        desk = self.desk
        desk.git("pull", "--quiet", "origin", "main")
        desk.write("params.yaml", json.dumps({"weight": weight}))
        desk.dvc("repro", "--quiet")
        desk.dvc("push", "--quiet")
        expected = {"model": golden or desk.read("model.txt")}
        desk.write("golden.json", json.dumps([{"send": 1, "expect": expected}]))
        desk.commit(f"Weight {weight}")
        desk.git("push", "--quiet", "origin", "main")

    def pushed(self) -> dict[str, str]:
        """The results of the jobs of the next run."""
        started, jobs = self.happens("push", workflow="mlgit-cd")
        assert started
        if "failure" in jobs.values():
            print([issue["body"] for issue in self.github.contents.issues()])
        return jobs

    def desired(self, environment: str) -> str:
        return Person(self.works.server).git("show", f"main:deploy/{environment}.yaml")


@pytest.fixture
def delivery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Delivery]:
    platform = Platform(tmp_path / "platform")
    settings = SETTINGS.replace("    gates:", "    golden: {file: golden.json}\n    gates:")
    with StubServer("local/desk") as github:
        github.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", RIGHTS)}
        environments = ENVIRONMENTS.replace("ADDRESS", platform.address)
        made = Delivery(tmp_path / "works", github, monkeypatch, ct=environments, settings=settings)
        made.platform = platform
        made.desk.write("ops/target.py", COMMANDS.format(state=str(platform.folder)))
        try:
            yield made
            assert github.state.violations == []
        finally:
            platform.server.shutdown()
            platform.server.server_close()


@pytest.mark.slow
def test_a_merged_model_reaches_staging_by_itself_and_production_by_a_merged_pull_request(
    delivery: Delivery,
) -> None:
    delivery.train(2)
    assert delivery.pushed() == {**STAGING, **NO_PRODUCTION}
    assert (delivery.platform.runs("staging"), delivery.platform.runs("production")) == ("v0.1.0", "")
    (pull,) = delivery.github.contents.pulls()
    assert pull["title"] == "Promote small v0.1.0 to production"
    assert delivery.pushed() == NOTHING
    desk = delivery.desk
    desk.git("pull", "--quiet", "origin", "main")
    desk.git("fetch", "--quiet", "origin")
    desk.git("merge", "--quiet", "--no-ff", "--message", "Merge", f"origin/{pull['head']['ref']}")
    desk.git("push", "--quiet", "origin", "main")
    jobs = delivery.pushed()
    assert jobs == {
        **NOTHING,
        "deploy-production": "success",
        "conclude-production": "success",
    }
    assert delivery.platform.runs("production") == "v0.1.0"
    assert (delivery.platform.applied("staging"), delivery.platform.applied("production")) == (
        ["v0.1.0"],
        ["v0.1.0"],
    )


@pytest.mark.slow
def test_a_failing_smoke_test_ends_in_a_rollback_commit_and_one_issue(delivery: Delivery) -> None:
    delivery.train(2)
    delivery.pushed()
    delivery.train(3, golden="something else")
    jobs = delivery.pushed()
    assert jobs == {
        "release": "success",
        "deploy-staging": "failure",
        "conclude-staging": "failure",
        **NO_PRODUCTION,
    }
    assert delivery.platform.applied("staging") == ["v0.1.0", "v0.2.0", "v0.1.0"]
    assert 'action: "rollback"' in delivery.desired("staging")
    assert "golden predictions are wrong" in delivery.desired("staging")
    subject = Person(delivery.works.server).git("log", "-1", "--format=%s", "main")
    assert subject == "Roll back small to v0.1.0 in staging"
    (issue,) = delivery.github.contents.issues()
    assert issue["title"] == "small v0.2.0 failed in staging"
    assert "something else" in issue["body"]
    assert delivery.pushed() == NOTHING
    assert (len(delivery.github.contents.issues()), delivery.platform.runs("staging")) == (1, "v0.1.0")
