"""The pin table is well formed, and the script that refreshes it asks, compares and rewrites as it says."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest

from mlgit.errors import UsageError
from mlgit.render.pins import COMMIT, PINS, VERSION, pinned

SCRIPT = Path(__file__).resolve().parents[3] / "docs" / "refresh_pins.py"
LONG_AGO = "2020-01-01T00:00:00Z"


class GitHub(BaseHTTPRequestHandler):
    """The three questions that the script asks, answered from a table."""

    answers: ClassVar[dict[str, Any]] = {}
    asked: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers.get("Authorization", "")))
        answer = self.answers.get(self.path)
        body = json.dumps(answer if answer is not None else {"message": "Not Found"}).encode()
        self.send_response(200 if answer is not None else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def github() -> Iterator[str]:
    """A server that knows each action in its present version."""
    GitHub.answers, GitHub.asked = {}, []
    for action, pin in PINS.items():
        GitHub.answers[f"/repos/{action}/releases/latest"] = {
            "tag_name": pin.version,
            "published_at": LONG_AGO,
        }
    server = ThreadingHTTPServer(("127.0.0.1", 0), GitHub)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def release(action: str, version: str, published: str = LONG_AGO, *, annotated: bool = False) -> str:
    commit = "d" * 40
    GitHub.answers[f"/repos/{action}/releases/latest"] = {"tag_name": version, "published_at": published}
    named = {"type": "tag", "sha": "e" * 40} if annotated else {"type": "commit", "sha": commit}
    GitHub.answers[f"/repos/{action}/git/ref/tags/{version}"] = {"object": named}
    GitHub.answers[f"/repos/{action}/git/tags/{'e' * 40}"] = {"object": {"type": "commit", "sha": commit}}
    return commit


def refresh(github: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "GITHUB_API_URL": github,
        "GITHUB_TOKEN": "a-token",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    return subprocess.run(
        (sys.executable, str(SCRIPT), *arguments),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def script() -> ModuleType:
    specification = importlib.util.spec_from_file_location("refresh_pins", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize("action", PINS)
def test_every_pin_is_a_commit_with_its_version(action: str) -> None:
    assert COMMIT.match(PINS[action].commit)
    assert VERSION.match(PINS[action].version)
    assert re.fullmatch(rf"{action}@[0-9a-f]{{40}} # v\d+\.\d+\.\d+", pinned(action))


def test_no_commit_stands_for_two_actions_and_unknown_ones_are_refused() -> None:
    assert len({pin.commit for pin in PINS.values()}) == len(PINS)
    for name in ("owner/action", "actions", ""):
        with pytest.raises(UsageError, match="no action"):
            pinned(name)


def test_nothing_newer(github: str) -> None:
    before = script().TABLE.read_text()
    done = refresh(github, "--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert {authorization for _, authorization in GitHub.asked} == {"Bearer a-token"}
    assert script().TABLE.read_text() == before


@pytest.mark.parametrize("annotated", [False, True])
def test_a_newer_release_is_named_and_written(
    github: str, annotated: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = release("actions/checkout", "v99.0.1", annotated=annotated)
    done = refresh(github, "--check")
    assert done.returncode == 1
    assert f"actions/checkout: {PINS['actions/checkout'].version} -> v99.0.1 ({commit})" in done.stdout
    module = script()
    table = tmp_path / "pins.py"
    table.write_text(module.TABLE.read_text())
    monkeypatch.setenv("GITHUB_API_URL", github)
    assert module.main([], table) == 0
    changed = set(table.read_text().splitlines()) - set(module.TABLE.read_text().splitlines())
    assert changed == {f'    "actions/checkout": Pin("{commit}", "v99.0.1"),'}


def test_a_release_of_this_week_waits(github: str) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    release("actions/checkout", "v99.0.1", published=yesterday)
    assert refresh(github, "--check").returncode == 0


@pytest.mark.parametrize("version", ["v1.0.0", "nightly", "v99", "v99.0.1; rm -rf /"])
def test_older_and_odd_versions_are_left(github: str, version: str) -> None:
    release("actions/checkout", version)
    assert refresh(github, "--check").returncode == 0


def test_a_tag_that_names_no_commit_and_a_server_that_is_away(github: str) -> None:
    release("actions/checkout", "v99.0.1")
    GitHub.answers["/repos/actions/checkout/git/ref/tags/v99.0.1"] = {"object": {"type": "blob", "sha": "x"}}
    done = refresh(github)
    assert (done.returncode, "names no commit" in done.stderr, "a-token" in done.stderr) == (4, True, False)
    del GitHub.answers["/repos/actions/cache/releases/latest"]
    assert "answered 404" in refresh(github).stderr
    assert "cannot be reached" in refresh("http://127.0.0.1:9").stderr
