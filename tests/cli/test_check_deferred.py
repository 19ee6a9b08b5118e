"""`mlgit check model --base`: a change of nothing but data may leave its training to what follows its merge."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.retrain_repository import Works

REPORT = """\
stages:
  count:
    cmd: python -c "open('count.txt', 'w').write(open('../data/table.csv').read())"
    deps: [../data/table.csv]
    outs: [count.txt: {cache: false}]
"""
NOBODY = "0" * 40


@pytest.fixture
def works(works_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Works:
    monkeypatch.setenv("TRAININGS", str(tmp_path / "trainings"))
    made = Works.copied(works_once, tmp_path)
    made.data("1\n2\n4\n")
    return made


def test_new_data_alone_wait_for_the_retraining(works: Works) -> None:
    answer = works.desk.mlgit("check", "model", "--base", "HEAD~1")
    assert "1 of 1 stages have new data and wait for the retraining that the merge starts" in answer.out
    assert "train: data/table.csv: content changed" in answer.out
    assert "skipped  model  metrics: not verified: they are measured again by the retraining" in answer.out
    assert works.trainings == 0


@pytest.mark.parametrize("base", ["", "HEAD", NOBODY, "no-such-branch"])
def test_without_a_base_to_change_from_they_are_out_of_date(works: Works, base: str) -> None:
    answer = works.desk.mlgit("check", "model", "--base", base, exit_code=1)
    assert "1 of 1 stages are out of date" in answer.out


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("metrics.json", '{"r2": 1000000.0}'),
        ("train.py", "# another\n"),
        ("schemas/table.yaml", "version: 1\n"),
        ("notes.md", "a note"),
        ("data/table.csv.dvc.bak", "beside it"),
    ],
)
def test_anything_beside_the_data_has_to_be_trained_with_them(works: Works, path: str, text: str) -> None:
    works.desk.write(path, text)
    works.desk.git("add", "--force", path)
    assert "are out of date" in works.desk.mlgit("check", "model", "--base", "HEAD~1", exit_code=1).out
    works.desk.commit("More than data")
    assert "are out of date" in works.desk.mlgit("check", "model", "--base", "HEAD~2", exit_code=1).out


def test_a_change_does_not_say_itself_what_data_are(works: Works) -> None:
    more = "  metrics: {path: metrics.json, schema: schemas/table.yaml}\n  settings: {path: mlgit.yaml, schema: schemas/table.yaml}\n"
    works.desk.write("mlgit.yaml", works.desk.read("mlgit.yaml").replace("data:\n", f"data:\n{more}"))
    works.desk.write("metrics.json", '{"r2": 1000000.0}')
    works.desk.commit("Call everything a table")
    assert "are out of date" in works.desk.mlgit("check", "model", "--base", "HEAD~2", exit_code=1).out


def test_a_pipeline_without_a_model_waits_for_nobody(works: Works) -> None:
    works.desk.write("report/dvc.yaml", REPORT)
    works.desk.dvc("repro", "--quiet", "report/dvc.yaml")
    works.desk.mlgit("train")
    works.desk.commit("A report of the table")
    works.data("1\n2\n6\n")
    answer = works.desk.mlgit("check", "model", "--base", "HEAD~1", exit_code=1)
    assert "2 of 2 stages are out of date" in answer.out
    assert "report/dvc.yaml:count" in answer.out


def test_where_new_data_start_no_retraining_they_are_out_of_date(works: Works) -> None:
    works.desk.write("mlgit.yaml", works.desk.read("mlgit.yaml").replace("ct: {}", "ct: {data: false}"))
    works.desk.mlgit("sync")
    works.desk.commit("No retraining by data")
    works.data("1\n2\n5\n")
    works.desk.mlgit("check", "model", "--base", "HEAD~1", exit_code=1)
