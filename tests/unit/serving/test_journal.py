"""The log of predictions: lines that are whole, also after one that was not."""

from __future__ import annotations

import json
import os
import resource
import signal
import stat
from pathlib import Path

import pytest

from mlgit.errors import ExternalError
from mlgit.serving.journal import Journal


def readable(path: Path) -> list[int]:
    found = []
    for line in path.read_bytes().splitlines():
        try:
            found.append(json.loads(line)["n"])
        except ValueError:
            continue
    return found


def test_lines_are_appended_and_the_file_begins_anew_at_its_size(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "log.jsonl"
    journal = Journal(path, largest=25)
    for number in range(5):
        assert journal.write(b'{"n": %d}' % number)
    journal.close()
    assert [readable(tmp_path / "logs" / name) for name in ("log.jsonl.1", "log.jsonl.2", "log.jsonl")] == [
        [0, 1],
        [2, 3],
        [4],
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = Journal(path)
    again.write(b'{"n": 5}')
    again.close()
    assert readable(path) == [4, 5]


def test_a_line_that_was_cut_does_not_spoil_the_next(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b'{"n": 0}\n{"n": 1')
    journal = Journal(path)
    journal.write(b'{"n": 2}')
    journal.close()
    assert readable(path) == [0, 2]


def test_a_full_disk_is_counted_and_lets_answers_go_on(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    journal = Journal(path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20, before[1]))
    try:
        written = [journal.write(b'{"n": %d}' % number) for number in range(4)]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert written == [True, True, False, False]
    assert journal.write(b'{"n": 4}')
    journal.close()
    assert readable(path) == [0, 1, 4]


def test_the_sample_is_chosen_by_the_request(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "log.jsonl", share=0.25)
    kept = [number for number in range(4000) if journal.keeps(f"r-{number}")]
    assert 880 < len(kept) < 1120
    assert all(journal.keeps(f"r-{number}") for number in kept)
    journal.close()


def test_a_log_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(ExternalError) as raised:
        Journal(tmp_path / "folder")
    assert raised.value.code == "serve-log"
    assert [one.name for one in tmp_path.iterdir()] == ["folder"]


def test_several_processes_write_one_log_and_one_of_them_begins_the_new_file(tmp_path: Path) -> None:
    """Every line is whole and there once, no file is larger than it may be, and none but the last is small."""
    path = tmp_path / "log.jsonl"
    writers, lines = 3, 400
    pids = []
    for writer in range(writers):
        if not (pid := os.fork()):
            journal = Journal(path, largest=1000, several=True)
            written = [journal.write(b'{"n": %d}' % (writer * lines + line)) for line in range(lines)]
            os._exit(0 if all(written) else 1)
        pids.append(pid)
    assert [os.waitpid(pid, 0)[1] for pid in pids] == [0] * writers
    files = [path, *tmp_path.glob("log.jsonl.*")]
    assert sorted(one for file in files for one in readable(file)) == list(range(writers * lines))
    assert all(950 < file.stat().st_size <= 1000 for file in files[1:])


def test_a_line_that_another_process_cut_does_not_spoil_the_next(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    one, two = Journal(path, several=True), Journal(path, several=True)
    one.write(b'{"n": 0}')
    with path.open("ab") as stream:
        stream.write(b'{"n": 1')
    assert two.write(b'{"n": 2}')
    assert one.write(b'{"n": 3}')
    assert readable(path) == [0, 2, 3]
    one.close()
    two.close()
