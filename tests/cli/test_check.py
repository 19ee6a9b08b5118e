"""`mlgit check`: passes what is well, and names what is not at file and line, on a laptop and in a job."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.driver import Person

from .small_pipeline import FILES

TABLE = "data/raw/breast-cancer.csv"


def test_a_trained_repository_passes(trained: Person) -> None:
    answer = trained.mlgit("check")
    assert "FAILED" not in answer.out
    for line in ("code   managed files: in sync", "code   tests/code:", "data   table breast-cancer: 569 rows",
                 "data   tests/data:", "model  stages: 3 stages are up to date", "reproduced", "model  tests/model:"):  # fmt: skip
        assert line in answer.out
    assert re.search(r"tests/code: [0-9]+ passed", answer.out)
    assert trained.git("status", "--porcelain") == ""


def test_before_training_the_model_is_bad_news(person: Person) -> None:
    person.mlgit("init", "p", "--no-input")
    answer = person.into("p").mlgit("check", "model", exit_code=1)
    assert "3 of 3 stages are out of date" in answer.out
    assert "mlgit train" in answer.out


@pytest.mark.parametrize("left", [("dvc.lock", "metrics.json", ".mlgit"), ("metrics.json",)])
def test_a_training_that_is_not_committed_yet_is_measured_where_it_stands(
    small: Person, left: tuple[str, ...]
) -> None:
    """Files that Git does not know are results, too: the commit alone has nothing to measure again."""
    small.write("mlgit.yaml", FILES["mlgit.yaml"].replace("metrics: [", "verify: {train: true}, metrics: ["))
    small.git("rm", "--quiet", "--cached", "-r", *left)
    small.git("add", "mlgit.yaml")
    small.git("commit", "--quiet", "--message", "Leave the results out")
    assert "metrics of small: reproduced, 1 file came out the same" in small.mlgit("check", "model").out


def test_edited_metrics_are_found(trained: Person) -> None:
    text = trained.read("metrics/test.json")
    metrics = json.loads(text)
    trained.write("metrics/test.json", text.replace(str(metrics["accuracy"]), "0.999"))
    answer = trained.mlgit("check", "model", exit_code=1)
    assert "metrics/test.json" in answer.out


def test_metrics_that_nobody_can_reproduce_are_bad_news_although_the_lock_agrees(trained: Person) -> None:
    text = trained.read("metrics/test.json")
    accuracy = json.loads(text)["accuracy"]
    trained.write("metrics/test.json", text.replace(str(accuracy), "0.999"))
    trained.dvc("commit", "--quiet", "--force", "evaluate")
    answer = trained.mlgit("check", "model", exit_code=1)
    assert "stages: 3 stages are up to date" in answer.out
    assert "1 result not reproduced: metrics/test.json: accuracy is 0.999" in answer.out
    assert f"accuracy is 0.999 but came out {accuracy}" in answer.out


def test_a_row_that_breaks_the_schema_is_named_and_annotated(
    trained: Person, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rows = trained.read(TABLE).splitlines(keepends=True)
    rows[4] = "abc" + rows[4][rows[4].index(",") :]
    (trained.folder / TABLE).unlink()
    trained.write(TABLE, "".join(rows))
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    answer = trained.mlgit("check", "data", exit_code=1)
    assert f"{TABLE}:5" in answer.out
    assert f"::error file={TABLE},line=5,title=mlgit%3A table breast-cancer::" in answer.out
    assert "### mlgit check" in summary.read_text()


def test_without_access_to_the_data_nothing_is_called_verified(
    trained: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLGIT_DATA", "unreachable")
    for subject in ("data", "model"):
        answer = trained.mlgit("check", subject)
        assert "not verified: no access to the data" in answer.out


def test_json_and_usage(trained: Person) -> None:
    report = json.loads(trained.mlgit("check", "code", "--json").out)
    assert report["version"] == 1
    assert {check["state"] for check in report["checks"]} == {"passed"}
    assert trained.mlgit("check", "cod", exit_code=2).err


def test_a_failing_test_of_the_user_shows_its_last_words(trained: Person) -> None:
    trained.write("tests/code/test_mine.py", "def test_mine():\n    assert 1 == 2, 'mine'\n")
    answer = trained.mlgit("check", "code", exit_code=1)
    assert "tests/code/test_mine.py" in answer.out
    assert "python -m pytest tests/code" in answer.out


def test_metrics_that_no_stage_writes_are_bad_news_where_other_stages_remain(small: Person) -> None:
    small.write(
        "dvc.yaml", small.read("dvc.yaml").replace("    metrics:\n      - metrics.json: {cache: false}\n", "")
    )
    small.mlgit("train")
    answer = small.mlgit("check", "model", exit_code=1)
    assert "FAILED   model  metrics of small: 1 file of metrics that no stage writes" in answer.out
    assert "mlgit.yaml:3: metrics.json: no stage writes it" in answer.out
    assert "hint: bring the stage back to dvc.yaml, or take the file from metrics: of small" in answer.out


@pytest.mark.parametrize(
    ("metrics", "code"),
    [("metrics.json", 0), ("./metrics.json", 0), ("prepared/count.json", 0), ("prepared-more/count.json", 1)],
)
def test_metrics_in_a_folder_that_a_stage_writes_are_written(small: Person, metrics: str, code: int) -> None:
    small.write("mlgit.yaml", small.read("mlgit.yaml").replace("metrics.json", metrics))
    answer = small.mlgit("check", "model", exit_code=code)
    assert ("no stage writes it" in answer.out) == bool(code)


def test_where_a_stage_cannot_be_told_nothing_is_said_of_its_metrics(small: Person) -> None:
    text = small.read("dvc.yaml").replace("metrics.json", "${no.such}")
    small.write("dvc.yaml", text)
    assert "no stage writes it" not in small.mlgit("check", "model", exit_code=None).out
