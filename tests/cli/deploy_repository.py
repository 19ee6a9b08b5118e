"""The three registered versions in environments that have targets.

v0.1.0 and v0.2.0 answer as their golden predictions say; those of v0.3.0 are planted wrong.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cli.delivery_repository import Delivery
from tests.cli.retrain_repository import TOKEN
from tests.github.answers import Account
from tests.github.stub_server import StubServer

COMMAND = """\
import json
import os
import sys
from hashlib import md5
from pathlib import Path

state = Path({state!r}) / (os.environ["MLGIT_ENVIRONMENT"] + "-" + os.environ["MLGIT_MODEL"])
with Path({state!r}, "calls").open("a") as calls:
    calls.write(f"{{sys.argv[1]}} {{os.environ['MLGIT_VERSION']}}\\n")
if sys.argv[1] == "check":
    sys.exit(state.read_text() if state.name == "broken" else print(state.read_text() if state.exists() else ""))
if not os.environ["MLGIT_VERSION"]:
    state.unlink(missing_ok=True)
    sys.exit()
content = Path(os.environ["MLGIT_PATH"]).read_bytes()
assert os.environ["MLGIT_DIGEST"] == "md5:" + md5(content).hexdigest()
assert not [name for name in os.environ if name.endswith("TOKEN")]
state.write_text(f"{{os.environ['MLGIT_VERSION']}} {{os.environ['MLGIT_DIGEST']}}")
"""


class Deployable(Delivery):
    """A server and a desk, and places where models run."""

    def target(self, environment: str, text: str) -> None:
        """Give an environment a target, on the default branch."""
        self.pull()
        settings = self.desk.read("mlgit.yaml")
        line = next(one for one in settings.splitlines() if one.startswith(f"  {environment}: "))
        self.desk.write(
            "mlgit.yaml", settings.replace(line, f"  {environment}: {{approval: gate, target: {text}}}")
        )
        self.desk.commit(f"Where {environment} runs")
        self.push()

    def local(self, environment: str = "staging", more: str = "") -> int:
        """Let an environment run here, and return its port."""
        port = free_port()
        self.target(environment, f"{{kind: local, run: [python, serve.py], port: {port}, seconds: 20{more}}}")
        return port

    def command(self, environment: str, address: str = "") -> Path:
        """Let an environment run by commands that keep what runs in a folder; return that folder."""
        state = self.folder / "platform"
        state.mkdir(exist_ok=True)
        self.desk.write("ops/target.py", COMMAND.format(state=str(state)))
        at = f", address: {json.dumps(address)}" if address else ""
        words = "{kind: command, apply: [python, ops/target.py, apply], check: [python, ops/target.py, check]"
        self.target(environment, f"{words}{at}}}")
        return state

    def deployed(self, environment: str = "staging", *options: str, exit_code: int = 0) -> dict[str, Any]:
        """What `mlgit deploy --json` answers."""
        found: dict[str, Any] = json.loads(
            self.mlgit("deploy", environment, *options, "--json", exit_code=exit_code).out
        )
        return found


@contextmanager
def delivering_job(monkeypatch: pytest.MonkeyPatch) -> Iterator[StubServer]:
    """A host, and the environment of a job of it that may write issues and pull requests."""
    with StubServer("octo-org/churn") as made:
        rights = frozenset({"issues", "pull_requests"})
        made.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", rights)}
        for name, value in made.environment(TOKEN).items():
            monkeypatch.setenv(name, value)
        yield made
        assert made.state.violations == []


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port
