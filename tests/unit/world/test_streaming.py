"""A program that is followed: interrupted more than once, late by a hair, or gone before its output is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mlgit.errors import ExternalError
from mlgit.world.streaming import Followed, interruptible
from tests.unit.world.test_processes import living, stream

STUBBORN = """
import signal, time
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(300)
"""
DRIVER = """
import os, sys
from pathlib import Path
from mlgit.world.processes import SystemProcesses
SystemProcesses().stream((sys.executable, "program.py"), directory=Path.cwd(), environment=os.environ,
    on_line=lambda line: print(line, flush=True))
"""
LEFT_BEHIND = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
print("done")
sys.exit(3)
"""


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
def test_asked_twice_to_end_it_leaves_nothing_running(tmp_path: Path, first: signal.Signals) -> None:
    (tmp_path / "program.py").write_text(STUBBORN)
    with subprocess.Popen(
        (sys.executable, "-c", DRIVER),
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "MARK": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Whoever starts the tests in the background hands down an ignored SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as driver:
        assert driver.stdout is not None
        assert driver.stdout.readline() == b"ready\n"
        assert living(tmp_path) == 2
        driver.send_signal(first)
        time.sleep(1.5)
        assert driver.poll() is None
        driver.send_signal(signal.SIGTERM)
        _, told = driver.communicate(timeout=30)
    left = living(tmp_path)
    assert left == 0
    assert told.rstrip().endswith(b"KeyboardInterrupt")


def test_interrupted_while_it_starts_it_leaves_nothing_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def interrupted(*arguments: object, **options: object) -> None:
        monkeypatch.setattr(subprocess, "Popen", popen)
        started.append(popen(*arguments, **options))  # type: ignore[call-overload]
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", interrupted)
    with pytest.raises(KeyboardInterrupt):
        stream(tmp_path, "import time; time.sleep(300)")
    with started[0]:
        assert started[0].wait(timeout=5) == -signal.SIGKILL


def asked_with_closed_ears(number: signal.Signals, reached: list[str]) -> None:
    with interruptible() as ears:
        ears.closed = True
        os.kill(os.getpid(), number)
        reached.append("the end")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_asks_at_a_bad_time_is_heard_afterwards(number: signal.Signals) -> None:
    before = signal.signal(number, signal.default_int_handler)
    reached: list[str] = []
    try:
        with pytest.raises(KeyboardInterrupt):
            asked_with_closed_ears(number, reached)
        assert reached == ["the end"]
        assert signal.getsignal(number) is signal.default_int_handler
    finally:
        signal.signal(number, before)


def test_what_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptible():
            os.kill(os.getpid(), signal.SIGHUP)
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_an_alarm_that_goes_off_late_does_not_reach_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_out = Followed.run_out

    def late(followed: Followed) -> None:
        time.sleep(1)
        run_out(followed)

    monkeypatch.setattr(Followed, "run_out", late)
    with pytest.raises(ExternalError, match="did not finish within"):
        stream(tmp_path, "import time; time.sleep(0.5)", limit=0.2)
    assert stream(tmp_path, "import time; time.sleep(1.5); print('well')") == ["well"]


def test_a_program_is_over_when_it_ends_whoever_holds_its_output(tmp_path: Path) -> None:
    began = time.monotonic()
    assert stream(tmp_path, LEFT_BEHIND, limit=30, outlived=False) == ["done"]
    assert time.monotonic() - began < 10
    assert living(tmp_path) == 0


def test_what_is_left_behind_lives_on_where_it_may_and_may_say_a_last_word(tmp_path: Path) -> None:
    child = "import time; time.sleep(0.3); print('last word', flush=True); time.sleep(300)"
    script = f"import subprocess, sys\nprint(subprocess.Popen([sys.executable, '-c', {child!r}]).pid)\n"
    number, word = stream(tmp_path, script, limit=30)
    assert word == "last word"
    assert living(tmp_path) == 1
    os.kill(int(number), signal.SIGKILL)


def test_what_is_left_behind_cannot_talk_us_into_staying(tmp_path: Path) -> None:
    child = "while True: print('and more')"
    script = f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {child!r}])\n"
    *whole, cut = stream(tmp_path, script, limit=30, outlived=False)
    assert set(whole) == {"and more"}
    assert "and more".startswith(cut)
    assert living(tmp_path) == 0


def test_many_lines_come_whole_and_in_order_with_every_kind_of_end(tmp_path: Path) -> None:
    script = """
import os
for number in range(50000):
    print(f"{number} \\u00fc\\u4e2d")
print("carriage\\rreturn\\r\\nboth\\n\\nblank", flush=True)
os.write(1, b"bro\\xffken ")
for one in "\\u4e2d".encode():
    os.write(1, bytes([one]))
"""
    heard = stream(tmp_path, script)
    assert heard[:50000] == [f"{number} ü中" for number in range(50000)]
    assert heard[50000:] == ["carriage", "return", "both", "", "blank", "bro\ufffdken 中"]


def test_a_program_that_closes_its_output_is_waited_for(tmp_path: Path) -> None:
    script = "import os, time; os.close(1); os.close(2); time.sleep(0.5); open('end', 'w'); os._exit(0)"
    assert stream(tmp_path, script) == []
    assert (tmp_path / "end").exists()
