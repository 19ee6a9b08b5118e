"""Programs that are ended take with them whatever they started, wherever it hides."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlgit.errors import ExternalError
from mlgit.world import streaming
from mlgit.world.descendants import descendants, end_all, parents, parents_listed
from mlgit.world.processes import SystemProcesses, runs

HIDDEN = """
import os, subprocess, sys, time
started = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"], start_new_session=True,
    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
open("hidden", "w").write(str(started.pid))
print("ready", flush=True)
"""
ORPHAN = """
import os, subprocess, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.close(1), os.close(2)
        open("hidden", "w").write(str(os.getpid()))
        time.sleep(300)
    os._exit(0)
os.wait()
while not os.path.exists("hidden") or not open("hidden").read():
    time.sleep(0.01)
print("ready", flush=True)
"""
SPAWNER = """
import subprocess, sys, time
if len(sys.argv) == 1:
    subprocess.Popen([sys.executable, __file__, "more"], start_new_session=True, stdout=subprocess.DEVNULL)
    time.sleep(300)
while True:
    subprocess.Popen(["sleep", "300"], start_new_session=True, stdout=subprocess.DEVNULL)
    time.sleep(0.005)
"""


def stream(folder: Path, script: str, *, limit: float | None = None, outlived: bool = True) -> list[str]:
    program = folder / "program.py"
    program.write_text(script)
    heard: list[str] = []
    SystemProcesses().stream(
        (sys.executable, str(program)),
        directory=folder,
        environment={**os.environ, "MARK": str(folder)},
        on_line=heard.append,
        limit=limit,
        outlived=outlived,
    )
    return heard


def living(folder: Path) -> int:
    """Return how many processes of a test still run."""
    mark, count = f"MARK={folder}".encode(), 0
    for number, _ in parents():
        try:
            count += mark in Path(f"/proc/{number}/environ").read_bytes().split(b"\0")
        except OSError:
            continue
    return count


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(("sleep", "300")) as child:
        yield child
        child.kill()


@pytest.mark.parametrize("script", [HIDDEN, ORPHAN], ids=["in a session of its own", "without a parent"])
def test_what_hides_is_ended_with_a_program_whose_time_is_over(
    tmp_path: Path, script: str, bystander: subprocess.Popen[bytes]
) -> None:
    with pytest.raises(ExternalError, match="did not finish within") as caught:
        stream(tmp_path, f"{script}\ntime.sleep(300)\n", limit=2)
    assert caught.value.code == "process-timeout"
    assert (tmp_path / "hidden").read_text()
    assert living(tmp_path) == 0
    assert bystander.poll() is None


def test_the_end_of_one_program_does_not_reach_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(root: int, spared: frozenset[int]) -> None:
        if threading.current_thread() is not threading.main_thread():
            time.sleep(0.5)
        end_all(root, spared)

    monkeypatch.setattr(streaming, "end_all", late)
    with pytest.raises(ExternalError):
        stream(tmp_path, "import time; time.sleep(300)", limit=0.3)
    assert stream(tmp_path, "import time; time.sleep(1); print('well')") == ["well"]


def test_what_starts_more_and_more_is_ended_too(tmp_path: Path) -> None:
    with pytest.raises(ExternalError):
        stream(tmp_path, SPAWNER, limit=1.5)
    assert living(tmp_path) == 0


@pytest.mark.parametrize("script", [HIDDEN, ORPHAN], ids=["in a session of its own", "without a parent"])
def test_what_a_program_leaves_running_lives_on_only_where_it_may(tmp_path: Path, script: str) -> None:
    assert stream(tmp_path, script) == ["ready"]
    assert living(tmp_path) == 1
    os.kill(int((tmp_path / "hidden").read_text()), signal.SIGKILL)
    assert stream(tmp_path, script, outlived=False) == ["ready"]
    assert living(tmp_path) == 0


def test_both_ways_to_see_the_tree_agree(bystander: subprocess.Popen[bytes]) -> None:
    assert bystander.pid in descendants(os.getpid())
    for _ in range(50):
        seen, listed = dict(parents()), dict(parents_listed())
        if (seen.get(bystander.pid), listed.get(bystander.pid)) == (os.getpid(), os.getpid()):
            return
        time.sleep(0.05)
    raise AssertionError("ps and /proc do not agree on who started a process")


def test_a_process_that_ended_does_not_run_whoever_waits_for_it() -> None:
    assert runs(os.getpid())
    ended = subprocess.Popen(["true"])
    while (
        Path(f"/proc/{ended.pid}/stat").exists() and " Z " not in Path(f"/proc/{ended.pid}/stat").read_text()
    ):
        time.sleep(0.01)
    assert not runs(ended.pid) or not Path("/proc/self/stat").exists()
    ended.wait()
    assert not runs(ended.pid)


def test_what_git_writes_and_what_others_write_is_taken_whole(tmp_path: Path) -> None:
    def written(*arguments: str) -> bytes:
        return SystemProcesses().run(arguments, directory=tmp_path, environment=dict(os.environ)).stdout

    subprocess.run(("git", "init", "--quiet", "."), cwd=tmp_path, check=True)
    (tmp_path / "large").write_bytes(bytes(range(256)) * 20_000)
    name = written("git", "hash-object", "-w", "large").decode().strip()
    assert written("git", "cat-file", "blob", name) == (tmp_path / "large").read_bytes()
    again = "import os; os.write(1, b'one'); open('/dev/stdout', 'ab').write(b'two')"
    assert written(sys.executable, "-c", again) == b"onetwo"
