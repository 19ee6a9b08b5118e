"""Records by their names, and what a budget reads of them: from disk and from a commit."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlgit.errors import UsageError
from mlgit.git.repository import Repository
from mlgit.git.snapshot import snapshot
from mlgit.runs import place, statement
from mlgit.runs.history import PastRun, past_runs
from mlgit.runs.statement import Statement
from mlgit.world.world import Silence, real_world
from tests.cli.compare_repository import Sandbox
from tests.unit.runs.sample import sample, stored

FIRST = sample("2026-01-05T12:00:00.250Z", "failed", "models/churn")
SECOND = sample("2026-01-06T07:30:00.000Z", "succeeded", "models/churn")
ELSEWHERE = sample("2026-01-07T07:30:00.000Z", "succeeded", "models")


def write(root: Path, *records: Statement) -> list[str]:
    paths = []
    for path, content in map(stored, records):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
        paths.append(path)
    return paths


def test_the_past_of_a_pipeline_is_read_from_disk_and_from_a_commit(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path)
    write(tmp_path, SECOND, FIRST, ELSEWHERE)
    sandbox.write({".mlgit/runs/models/churn/notes.txt": "not a record"})
    sandbox.commit()
    expected = (
        PastRun(
            started="2026-01-05T12:00:00.250Z", seconds=4.0, succeeded=False, trigger="by hand",
            stages=("train",),
        ),
        PastRun(
            started="2026-01-06T07:30:00.000Z", seconds=4.0, succeeded=True, trigger="by hand",
            stages=("train",),
        ),
    )  # fmt: skip
    assert past_runs(tmp_path, "./models/churn") == expected
    moment = snapshot(Repository(real_world(Silence()), tmp_path), "HEAD")
    assert past_runs(moment, "models/churn/") == expected
    assert past_runs(moment, ".") == ()
    assert [one.started for one in past_runs(moment, "models")] == ["2026-01-07T07:30:00.000Z"]


def test_a_record_that_cannot_be_read_is_an_error_with_its_place(tmp_path: Path) -> None:
    (path,) = write(tmp_path, FIRST)
    (tmp_path / path).write_text("<<<<<<< HEAD\n")
    with pytest.raises(UsageError) as caught:
        past_runs(tmp_path, "models/churn")
    assert caught.value.code == "run-record"
    assert caught.value.where == path


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
