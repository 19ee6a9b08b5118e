"""What delivery is played on under act: environments that run what the user's commands write, behind a small HTTP server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.cli.retrain_repository import PIPELINE, SETTINGS, TRAINER
from tests.driver import Person
from tests.github.answers import Account
from tests.github.stub_server import StubServer
from tests.workflows.stage import RIGHTS, TOKEN, Stage

COMMANDS = """\
import os
import sys
from pathlib import Path

one = os.environ["MLGIT_MODEL"]
state = Path({state!r}, os.environ["MLGIT_ENVIRONMENT"] + ("" if one == "small" else "-" + one))
if sys.argv[1] == "check":
    print(state.with_suffix(".version").read_text() if state.exists() else "")
    sys.exit()
assert not [name for name in os.environ if name in ("GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN")]
with state.with_suffix(".log").open("a") as log:
    log.write(os.environ["MLGIT_VERSION"] + "\\n")
state.write_bytes(Path(os.environ["MLGIT_PATH"]).read_bytes())
told = [os.environ.get(name, "") for name in ("MLGIT_VERSION", "MLGIT_DIGEST", "MLGIT_IMAGE")]
state.with_suffix(".version").write_text(" ".join(told).strip())
"""
ANSWERS = """
Path("golden.json").write_text(json.dumps([{"send": 1, "expect": {"model": Path("model.txt").read_text()}}]))
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

    def image(self, environment: str) -> str:
        """The image that it runs from."""
        return (self.folder / f"{environment}.version").read_text().split()[2]

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

    def answers(self, environment: str) -> Any:
        """What the address of an environment answers."""
        address = f"{self.platform.address}/{environment}/predict"
        with urlopen(Request(address, data=b"1"), timeout=30) as answer:
            return json.loads(answer.read())

    def swap(self, content: str, other: str) -> None:
        """Put another content where the DVC remote keeps a file."""
        digest = md5(content.encode()).hexdigest()
        place = self.works.folder / "storage" / "files" / "md5" / digest[:2] / digest[2:]
        place.chmod(0o644)
        place.write_text(other)
        place.chmod(0o444)  # as DVC leaves it: it hashes again, and takes away, only what is not protected

    def desired(self, environment: str) -> str:
        return Person(self.works.server).git("show", f"main:deploy/{environment}.yaml")

    def merge_proposal(self, environment: str, model: str = "small") -> None:
        """Merge the pull request of a promotion as a person does: by a merge commit."""
        desk = self.desk
        desk.git("pull", "--quiet", "origin", "main")
        desk.git("fetch", "--quiet", "origin")
        desk.git(
            "merge", "--quiet", "--no-ff", "--message", "Merge", f"origin/mlgit/promote/{environment}/{model}"
        )
        desk.git("push", "--quiet", "origin", "main")

    def learns_its_answers(self) -> None:
        """Let the pipeline itself leave the golden predictions of what it trains."""
        desk = self.desk
        desk.write("train.py", TRAINER.replace("LOG", str(self.works.log)) + ANSWERS)
        desk.write(
            "dvc.yaml",
            PIPELINE.replace("outs: [model.txt]", "outs: [model.txt, golden.json: {cache: false}]"),
        )
        desk.dvc("repro", "--quiet")
        desk.dvc("push", "--quiet")
        desk.commit("Golden predictions of every training")
        desk.git("push", "--quiet", "origin", "main")


@contextmanager
def delivering(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    environments: str = ENVIRONMENTS,
    ct: str = "",
    models: str = SETTINGS,
) -> Iterator[Delivery]:
    """Give a server with two environments, and end what answers in them; the token never did what it may not."""
    platform = Platform(folder / "platform")
    settings = models.replace("    gates:", "    golden: {file: golden.json}\n    gates:", 1)
    with StubServer("local/desk") as github:
        github.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", RIGHTS)}
        there = environments.replace("ADDRESS", platform.address)
        made = Delivery(folder / "works", github, monkeypatch, ct=there + ct, settings=settings)
        made.platform = platform
        made.desk.write("ops/target.py", COMMANDS.format(state=str(platform.folder)))
        try:
            yield made
            assert github.state.violations == []
        finally:
            platform.server.shutdown()
            platform.server.server_close()
