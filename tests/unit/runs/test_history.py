"""Records by their names, and what a budget reads of them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from mlgit.runs import history, place, statement
from mlgit.runs.history import Record
from mlgit.runs.statement import StageRecord, Statement
from tests.unit.runs.sample import sample, stored

FIRST = sample("2026-01-05T12:00:00.250Z", "failed", "models/churn")
SECOND = sample("2026-01-06T07:30:00.000Z", "succeeded", "models/churn")
ELSEWHERE = sample("2026-01-07T07:30:00.000Z", "succeeded", "models")


def test_how_long_trainings_took_is_told_by_those_that_did_all_the_work() -> None:
    run = SECOND.run
    half = msgspec.structs.replace(run.stages[0], outcome="restored")
    records = [
        Record(path="", content=b"", statement=one)
        for one in (
            FIRST,
            SECOND,
            with_stages(SECOND, (half, *run.stages[1:])),
            with_stages(SECOND, run.stages[:1]),
        )
    ]
    assert history.seconds_of(records) == (4.0,)
    assert history.seconds_of(records[1:2] * 3) == (4.0, 4.0, 4.0)


def with_stages(one: Statement, stages: tuple[StageRecord, ...]) -> Statement:
    replace = msgspec.structs.replace
    details = one.predicate.run_details
    metadata = replace(details.metadata, run=replace(one.run, stages=stages))
    return replace(one, predicate=replace(one.predicate, run_details=replace(details, metadata=metadata)))


def test_records_that_cannot_be_read_or_were_changed_are_told_apart() -> None:
    path, content = stored(SECOND)
    found, wrong = history.readable({path: content, f"x/{path}": b"<<<<<<< HEAD\n", f"y/{path}": b""})
    assert [one.path for one in found] == [path]
    assert [error.code for error in wrong] == ["run-record", "run-record"]
    assert {error.where for error in wrong} == {f"x/{path}", f"y/{path}"}


def test_the_records_on_disk_of_one_pipeline_the_oldest_first(tmp_path: Path) -> None:
    for path, content in map(stored, (SECOND, FIRST, ELSEWHERE)):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    (tmp_path / ".mlgit/runs/models/churn/notes.txt").write_text("not a record")
    expected = dict(map(stored, (FIRST, SECOND)))
    assert list(history.on_disk(tmp_path, "./models/churn/")) == list(expected)
    assert history.on_disk(tmp_path, "models/churn") == expected
    assert history.on_disk(tmp_path, ".") == {}


def test_a_record_has_one_text_and_reads_back() -> None:
    path, content = stored(FIRST)
    assert statement.read(content, path) == FIRST
    assert statement.canonical(statement.read(content, path)) == content
    assert place.pipeline_of(path) == "models/churn"
    assert place.NAME.fullmatch(path.rpartition("/")[2])


@pytest.mark.parametrize(
    "path", ["dvc.lock", ".mlgit/runs", ".mlgit/runs/x.json", "runs/20260105T120000Z-000000000000.json"]
)
def test_what_is_no_record(path: str) -> None:
    assert place.pipeline_of(path) is None


def test_the_newest_twenty_stay() -> None:
    paths = [f".mlgit/runs/a/202601{day:02}T000000Z-{day:012x}.json" for day in range(1, 26)]
    other = ".mlgit/runs/20250101T000000Z-000000000000.json"
    assert place.surplus([*reversed(paths), other], "a") == paths[:5]
    assert place.surplus(paths[:20], "a") == []
