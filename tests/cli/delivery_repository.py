"""A server, a desk and a small gated model in three qualities: what versions and environments are played on.

Its dvc.lock, cache and DVC remote are written by hand: they are what DVC would write, and cost no process.
"""

from __future__ import annotations

import io
import json
import os
import shutil
from contextlib import redirect_stderr, redirect_stdout
from hashlib import md5
from pathlib import Path
from typing import Any

from mlgit.cli.main import main
from tests.driver import Answer, Person

SETTINGS = """\
version: 1
models:
  small:
    task: regression
    artifact: model.json
    metrics: [metrics.json]
    gates:
      - slope: {mode: point, min: 1.0, no_worse_than: {margin: 1.0}}
    directions: {slope: higher}
    golden: {file: golden.json}
environments:
  staging: {approval: gate}
  production: {approval: gate}
"""
PIPELINE = """\
stages:
  train:
    cmd: python train.py
    deps: [data.csv, train.py]
    params: [factor]
    outs: [model.json]
    metrics:
      - metrics.json: {cache: false}
artifacts:
  small: {path: model.json, type: model}
"""
SERVER = """\
import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

slope = json.loads(Path(os.environ["MLGIT_PATH"]).read_text())["slope"]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer({name: text for name, text in os.environ.items() if name.startswith("MLGIT_")})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer({"predictions": [slope * row["x"] for row in asked["rows"]]})

    def answer(self, value):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(value).encode())

    def log_message(self, *arguments):
        pass


HTTPServer(("127.0.0.1", int(os.environ["MLGIT_PORT"])), Handler).serve_forever()
"""
FILES = {
    "mlgit.yaml": SETTINGS,
    "dvc.yaml": PIPELINE,
    "serve.py": SERVER,
    "train.py": "# reads data.csv and factor\n",
    "data.csv": "x,y\n1,2\n2,4\n",
    ".dvc/config": "[core]\n    remote = storage\n['remote \"storage\"']\n    url = ../../storage\n",
    ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n",
    ".gitignore": "/model.json\n",
}


WRONG = 4
"""The factor of the training whose golden predictions are planted wrong."""


class Delivery:
    """A bare server, and a desk that pushes to it."""

    artifact = "model.json"
    """The file that is the model."""
    golden_slope: float | None = None
    """What the golden predictions of the next training are made from; None: the model itself."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = folder / "server.git"
        self.desk = Person(folder / "desk")

    @classmethod
    def made(cls, folder: Path) -> Delivery:
        """Make it from nothing: trained with 2, 3 and 4, the better model later; pushed, nothing registered."""
        made, desk = cls(folder), Person(folder / "desk")
        desk.folder.mkdir()
        Person(folder).git("init", "--quiet", "--bare", "server.git")
        desk.git("init", "--quiet", ".")
        desk.git("remote", "add", "origin", str(made.server))
        for path, text in cls.files().items():
            desk.write(path, text)
        for factor in (2, 3, 4):
            made.train(factor)
        return made

    @classmethod
    def files(cls) -> dict[str, str]:
        """What the desk holds before the first training."""
        return FILES

    def model(self, factor: int) -> bytes:
        """The model that a training with a factor leaves."""
        return json.dumps({"slope": factor * 2.5}).encode()

    @classmethod
    def copied(cls, template: Path, folder: Path) -> Delivery:
        """A copy of one that was made before."""
        shutil.copytree(template, folder, symlinks=True, dirs_exist_ok=True)
        made = cls(folder)
        made.desk.git("remote", "set-url", "origin", str(made.server))
        return made

    def register_all(self) -> Delivery:
        """Register all three: v0.1.0, v0.2.0, v0.3.0."""
        for factor in (2, 3, 4):
            self.mlgit("register", "small", "--at", self.trained(factor))
        return self

    def trained(self, factor: int) -> str:
        """The commit that trained with a factor."""
        return self.desk.git("rev-parse", f":/Train with {factor}")

    def train(self, factor: int) -> str:
        """Leave what a training with a factor and `dvc push` leave; commit and push; return the commit."""
        desk = self.desk
        desk.write("params.yaml", f"factor: {factor}\n")
        desk.write("metrics.json", json.dumps({"slope": factor * 2.5, "rows": 2}))
        desk.write(
            "golden.json", json.dumps(golden(self.golden_slope or (1.0 if factor == WRONG else factor * 2.5)))
        )
        content = self.model(factor)
        (desk.folder / self.artifact).write_bytes(content)
        for store in (self.folder / "storage", desk.folder / ".dvc" / "cache"):
            place = self.stored(store, content)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
            place.chmod(0o444)
        files = {
            name: (desk.folder / name).read_bytes()
            for name in ("data.csv", "train.py", "metrics.json", self.artifact)
        }
        listed = {
            name: f"    - path: {name}\n      hash: md5\n      md5: {md5(text).hexdigest()}\n      size: {len(text)}\n"
            for name, text in files.items()
        }
        desk.write(
            "dvc.lock",
            "schema: '2.0'\nstages:\n  train:\n    cmd: python train.py\n    deps:\n"
            f"{listed['data.csv']}{listed['train.py']}    params:\n      params.yaml:\n        factor: {factor}\n"
            f"    outs:\n{listed['metrics.json']}{listed[self.artifact]}",
        )
        commit = desk.commit(f"Train with {factor}")
        self.push()
        return commit

    def stored(self, store: Path, content: bytes) -> Path:
        """Where a cache or a remote keeps a content."""
        digest = md5(content).hexdigest()
        return store / "files" / "md5" / digest[:2] / digest[2:]

    def push(self) -> None:
        self.desk.git("push", "--quiet", "origin", "main")

    def protect(self, *, every: str = "refs/heads/main") -> None:
        """Let the server take no push to its default branch (or to every ref of a pattern), as rules of a host do."""
        hook = self.server / "hooks" / "update"
        hook.parent.mkdir(exist_ok=True)
        words = "Changes must be made through a pull request"
        hook.write_text(f'#!/bin/sh\ncase "$1" in {every}) echo "{words}" >&2; exit 1;; esac\n')
        hook.chmod(0o755)

    def unprotect(self) -> None:
        """Let a person merge."""
        (self.server / "hooks" / "update").unlink()

    def pull(self) -> None:
        self.desk.git("pull", "--quiet", "origin", "main")

    def mlgit(self, *arguments: str, exit_code: int | None = 0) -> Answer:
        """Run the command line at the desk, in this process: most of a short command is the start of Python."""
        out, err, before = io.StringIO(), io.StringIO(), Path.cwd()
        os.chdir(self.desk.folder)
        try:
            with redirect_stdout(out), redirect_stderr(err):
                code = main(arguments)
        except SystemExit as end:
            code = int(str(end.code))
        finally:
            os.chdir(before)
        answer = Answer(("mlgit", *arguments), code, out.getvalue(), err.getvalue())
        assert "Traceback" not in answer.err, str(answer)
        assert exit_code in (None, code), str(answer)
        return answer

    def json(self, *arguments: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.mlgit(*arguments, "--json").out)
        return found

    def refused(self, code: str, *arguments: str, exit_code: int = 2) -> str:
        """The verb refuses with this code and a hint, and the server is as it was; return what it said."""
        before = self.refs()
        answer = self.mlgit(*arguments, exit_code=exit_code)
        assert f"error[{code}]" in answer.err, str(answer)
        assert "hint: " in answer.err, str(answer)
        assert self.refs() == before
        return answer.err

    def refs(self) -> str:
        """What the server holds."""
        return Person(self.server).git(
            "for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/tags"
        )

    def clone(self, name: str, *options: str) -> Delivery:
        """Another desk of the same server."""
        Person(self.folder).git("clone", "--quiet", *options, f"file://{self.server}", name)
        other = Delivery(self.folder)
        other.desk = Person(self.folder / name)
        return other

    def desired(self, environment: str) -> str:
        """What the server's default branch wants an environment to run."""
        return Person(self.server).git("show", f"main:deploy/{environment}.yaml")

    def runs(self, environment: str) -> str:
        """The version that an environment has to run."""
        found = [
            line for line in self.desired(environment).splitlines() if line.strip().startswith('version: "')
        ]
        return found[0].split('"')[1]


def golden(slope: float) -> list[dict[str, Any]]:
    """Two requests of two rows, and what a model answers."""
    return [
        {
            "send": {"rows": [{"x": x}, {"x": 2}]},
            "expect": {"predictions": [slope * x, slope * 2]},
        }
        for x in (1, 3)
    ]
