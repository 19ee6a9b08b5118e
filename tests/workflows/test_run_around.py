"""`mlgit run` where people are: in a fresh project, in odd folders, interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.driver import Person
from tests.workflows.small import code_only, results, run

GOOD = {"changes": "success", "data": "success", "model": "success", "required": "success"}


@pytest.mark.slow
def test_a_freshly_made_project_is_good(person: Person) -> None:
    person.mlgit("init", "churn", "--no-input")
    project = person.into("churn")
    told = project.mlgit("run", "pull_request", exit_code=1).out
    assert "stages are out of date" in told
    assert "all files are played as the pull request" in told
    project.mlgit("train")
    project.commit("Train")
    before = project.contents()
    outcome = run(project, "pull_request")
    assert {name: result for name, result in results(outcome).items() if name != "code"} == GOOD
    assert results(run(project, "push"))["required"] == "success"
    fork = results(run(project, "pull_request", "--fork"))
    assert fork["required"] == "success"
    assert project.contents() == before


def test_odd_folders_a_subfolder_and_another_work_tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = tmp_path / 'my desk\'s "$x" ü'
    person = code_only(odd / "repository")
    person.git("worktree", "add", "--quiet", str(odd / "other tree"), "-b", "other")
    temporary = tmp_path / "t m'p"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    assert results(run(person.into("tests", "code"), "pull_request"))["code"] == "success"
    assert (
        results(run(Person(odd / "other tree"), "pull_request", "--job", "changes"))["changes"] == "success"
    )
    assert list(temporary.iterdir()) == []


def left_of(folder: Path) -> list[str]:
    """Return the command lines of the processes that were started with this folder for temporary files."""
    mark = f"TMPDIR={folder}".encode()
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark in (place / "environ").read_bytes().split(b"\0"):
                found.append((place / "cmdline").read_bytes().decode(errors="replace").replace("\0", " "))
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_leaves_nothing_running_and_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    person = code_only(tmp_path / "desk")
    marker = tmp_path / "running"
    person.write(
        "tests/code/test_slow.py",
        f"import time\nfrom pathlib import Path\n\n\ndef test_slow():\n    Path({str(marker)!r}).write_text('x')\n    time.sleep(600)\n",
    )
    person.commit("A slow test")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    child = subprocess.Popen(
        (sys.executable, "-m", "mlgit", "run", "pull_request"),
        cwd=person.folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever starts the tests in the background hands down an ignored SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while not marker.exists():
        assert child.poll() is None
        time.sleep(0.1)
    assert any("pytest" in line for line in left_of(temporary))
    child.send_signal(number)
    _, told = child.communicate(timeout=120)
    assert child.returncode == 130
    assert "interrupted" in told
    assert "Traceback" not in told
    assert list(temporary.iterdir()) == []
    assert left_of(temporary) == []
