"""Where a result goes: a full disk, a closed stream, a terminal without the letters, a device, a link; and a fault of ours."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from .compare_repository import Sandbox


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    made = Sandbox(tmp_path / "repository")
    made.write({"dvc.yaml": "metrics: [m.json]\n", "m.json": '{"größe": 1}'}).commit()
    made.write({"m.json": '{"größe": 2}'}).commit()
    return made


def started(sandbox: Sandbox, line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line of a shell in which `$M` is mlgit."""
    return subprocess.run(
        ["bash", "-c", line],
        cwd=sandbox.root,
        env={**os.environ, "M": f"{sys.executable} -m mlgit", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.parametrize(
    "line", ["$M compare HEAD~1 > /dev/full", "$M compare HEAD~1 --json >&-", "$M help gates > /dev/full"]
)
def test_a_result_that_is_lost_is_an_error_of_the_environment(sandbox: Sandbox, line: str) -> None:
    done = started(sandbox, line)
    assert done.returncode == 4
    assert "error[output-unwritable]: standard output cannot be written: " in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_closed_streams_that_nobody_needs_do_no_harm(sandbox: Sandbox) -> None:
    assert started(sandbox, "$M compare HEAD~1 2>&-").returncode == 0
    assert started(sandbox, "$M compare HEAD~1 0<&-").returncode == 0
    assert started(sandbox, "$M compare HEAD~1 --output kept.txt >&- 2>&- 0<&-").returncode == 0
    assert "größe" in (sandbox.root / "kept.txt").read_text(encoding="utf-8")


def test_json_is_json_whatever_the_locale(sandbox: Sandbox) -> None:
    done = started(sandbox, "$M compare HEAD~1 --json", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert (done.returncode, "gr\\u00f6\\u00dfe" in done.stdout) == (0, True)
    assert "größe" in str(json.loads(done.stdout))


def test_a_terminal_that_lacks_a_letter_shows_its_number(sandbox: Sandbox) -> None:
    command = f"{sys.executable} -m mlgit compare HEAD~1"
    done = started(sandbox, f"script --quiet --command '{command}' /dev/null", PYTHONIOENCODING="ascii")
    assert "gr\\u00f6\\u00dfe" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_device_is_written_to_and_stays(sandbox: Sandbox) -> None:
    done = started(sandbox, "$M compare HEAD~1 --output /dev/stdout")
    assert "größe" in done.stdout
    assert Path("/dev/stdout").is_symlink()
    done = started(sandbox, "$M compare HEAD~1 --output /dev/full")
    assert (done.returncode, "No space left" in done.stderr) == (4, True)
    assert Path("/dev/full").is_char_device()
    done = started(sandbox, "mkfifo pipe; cat pipe & $M compare HEAD~1 --output pipe; wait")
    assert "größe" in done.stdout
    assert (sandbox.root / "pipe").is_fifo()


def test_a_link_stays_and_what_it_leads_to_is_written(sandbox: Sandbox) -> None:
    (sandbox.root / "folder").mkdir()
    (sandbox.root / "link").symlink_to("folder/real")
    assert started(sandbox, "$M compare HEAD~1 --output link").returncode == 0
    assert (sandbox.root / "link").is_symlink()
    assert "größe" in (sandbox.root / "folder/real").read_text(encoding="utf-8")
    assert started(sandbox, "$M compare HEAD~1 --output folder").returncode == 2


def test_a_fault_of_ours_is_named_and_kept_without_secrets(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import mlgit.cli.verbs.affected as verb

    def broken(*_: object) -> int:
        raise ZeroDivisionError("hunter2hunter2")

    monkeypatch.setattr(verb, "execute", broken)
    monkeypatch.setenv("MY_TOKEN", "hunter2hunter2")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    answer = sandbox.mlgit("affected")
    assert (answer.exit_code, answer.stdout) == (4, "")
    found = re.fullmatch(
        r"error\[fault\]: this is a fault of mlgit, not of yours\nhint: report it with (\S+)\n", answer.stderr
    )
    assert found is not None, answer.stderr
    report = Path(found[1]).read_text(encoding="utf-8")
    assert "ZeroDivisionError" in report
    assert "hunter2" not in report


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_request_to_end_is_taken_alike(tmp_path: Path, number: int) -> None:
    """While it waits for another program, too: here for a Git that never answers."""
    sandbox = Sandbox(tmp_path / "repository").write({"dvc.yaml": "metrics: [m.json]\n", "m.json": "{}"})
    sandbox.commit()
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text('#!/bin/sh\ntouch "$0.called"\nexec sleep 60\n')
    slow.chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, "-m", "mlgit", "compare", "HEAD"],
        cwd=sandbox.root,
        env={**os.environ, "PATH": f"{slow.parent}:{os.environ['PATH']}"},
        stderr=subprocess.PIPE,
        text=True,
    )
    while not slow.with_name("git.called").exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, "interrupted\n")
