"""Full logs of predictions become Parquet: nothing lost, nothing twice, and a log goes when its rows are on the disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mlgit.errors import ExternalError, UsageError
from mlgit.serving import compaction
from mlgit.serving.compaction import compact
from mlgit.serving.journal import Journal


def line(request: str, inputs: dict[str, list[Any]], outputs: dict[str, Any], version: str = "v1") -> bytes:
    about = {"request": request, "at": 1_700_000_000.25, "model": "m", "version": version, "digest": "d"}
    said = {**about, "variant": "live", "inputs": inputs, "redacted": ["name"], "outputs": outputs}
    return json.dumps(said).encode()


FIRST = line("a", {"x": [1, 2.5], "plan": ["pro", None]}, {"predictions": [1.0, None]})
SECOND = line(
    "b",
    {'odd "one"': [True]},
    {"predictions": [2], "probabilities": [[0.1, 0.9]], "classes": ["u", "v"]},
    "v2",
)


def read(path: Path, columns: str = "*") -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = duckdb.sql(f"SELECT {columns} FROM '{path}'").fetchall()
    return found


def test_a_full_log_becomes_a_row_for_each_answer_with_types(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(FIRST + b"\n")
    full = tmp_path / "log.jsonl.1"
    full.write_bytes(FIRST + b'\n{"request": "cut\n' + SECOND + b'\n{}\n{"request": "cu')
    (done,) = compact(log)
    assert (done.lines, done.torn, done.rows) == (5, 3, 3)
    assert not full.exists()
    assert log.read_bytes() == FIRST + b"\n"
    place = tmp_path / "log.jsonl.1.parquet"
    columns = 'request, version, row, input_x, input_plan, "input_odd ""one""", prediction, probabilities[2]'
    assert read(place, columns) == [
        ("a", "v1", 0, 1.0, "pro", None, 1.0, None),
        ("a", "v1", 1, 2.5, None, None, None, None),
        ("b", "v2", 0, None, None, True, 2.0, 0.9),
    ]
    assert read(place, "typeof(answered_at), epoch_ms(answered_at), redacted, classes")[2] == (
        "TIMESTAMP", 1_700_000_000_250, ["name"], ["u", "v"],
    )  # fmt: skip
    assert list(compact(log)) == []


def test_a_server_that_goes_on_takes_no_number_again(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    journal = Journal(log, largest=len(FIRST) + 10)
    for request in "abcd":
        journal.write(FIRST.replace(b'"a"', b'"%s"' % request.encode()))
        list(compact(log))
    journal.close()
    names = [f"log.jsonl.{number}.parquet" for number in (1, 2, 3)]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["log.jsonl", *names]
    assert [read(tmp_path / name, "DISTINCT request") for name in names] == [[("a",)], [("b",)], [("c",)]]


def test_whoever_comes_after_a_kill_writes_the_same_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = tmp_path / "log.jsonl.1"
    full.write_bytes(FIRST)

    def killed(place: Path) -> None:
        if place.is_dir():
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(compaction, "on_the_disk", killed)
        with pytest.raises(KeyboardInterrupt):
            list(compact(tmp_path / "log.jsonl"))
    assert full.exists()
    (done,) = compact(tmp_path / "log.jsonl")
    assert done.rows == 2
    assert [one.name for one in tmp_path.iterdir()] == ["log.jsonl.1.parquet"]


def test_what_is_not_written_whole_leaves_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = tmp_path / "log.jsonl.1"
    full.write_bytes(FIRST)
    monkeypatch.setattr(compaction, "rows_of", lambda *_: "SELECT 1 AS one")
    with pytest.raises(ExternalError, match="2 rows were answered, and 1 written") as raised:
        list(compact(tmp_path / "log.jsonl"))
    assert raised.value.code == "log-parquet"
    assert [one.name for one in tmp_path.iterdir()] == ["log.jsonl.1"]


@pytest.mark.parametrize(("content", "code"), [(b"no JSON\n", "log-lines"), (None, "log-none")])
def test_what_is_no_log_is_refused(tmp_path: Path, content: bytes | None, code: str) -> None:
    if content is not None:
        (tmp_path / "log.jsonl.1").write_bytes(content)
    with pytest.raises(UsageError) as raised:
        list(compact(tmp_path / "log.jsonl"))
    assert raised.value.code == code


def test_memory_does_not_grow_with_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "MEMORY", "256MB")
    with (tmp_path / "log.jsonl.1").open("wb") as stream:
        for number in range(40_000):
            stream.write(line(f"r{number}", {"x": [number] * 3}, {"predictions": [1.5] * 3}) + b"\n")
    (done,) = compact(tmp_path / "log.jsonl")
    assert (done.lines, done.rows) == (40_000, 120_000)
