"""mlgit-ct, really executed: a bare repository as the server, a folder as the remote, GitHub's API as a stand-in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.github.answers import Account
from tests.github.standin import GitHubStandIn
from tests.workflows.stage import RIGHTS, TOKEN, Stage

ALL = {"claim": "success", "train": "success", "conclude": "success"}


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with GitHubStandIn("local/desk") as github:
        github.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", RIGHTS)}
        made = Stage(tmp_path / "works", github, monkeypatch)
        yield made
        assert github.state.violations == []


@pytest.mark.slow
def test_new_data_are_trained_once_proposed_once_and_the_merge_starts_nothing(stage: Stage) -> None:
    stage.works.data("1\n2\n4\n")
    assert stage.happens("push") == (True, ALL)
    assert stage.works.trainings == 1
    (pull,) = stage.github.contents.pulls()
    assert pull["head"]["ref"] == "mlgit/retrain/small-data"
    assert "r2" in pull["body"]
    assert stage.works.endings() == ["proposed"]
    started, jobs = stage.happens("schedule", schedule="17 3 * * 1")
    assert (started, jobs["claim"], jobs["train"], jobs["conclude"]) == (
        True,
        "success",
        "skipped",
        "skipped",
    )
    stage.merge()
    assert stage.happens("push")[0] is False
    assert (stage.works.trainings, len(stage.github.contents.pulls())) == (1, 1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("event", "payload", "cause"),
    [
        ("schedule", {"schedule": "17 3 * * 1"}, "schedule"),
        ("repository_dispatch", {"action": "drift", "client_payload": {"id": "7", "psi": 0.3}}, "drift"),
        ("workflow_dispatch", {"inputs": {"because": "new labels"}}, "hand"),
    ],
)
def test_every_other_trigger_makes_one_proposal(
    stage: Stage, event: str, payload: dict[str, Any], cause: str
) -> None:
    stage.works.data("1\n2\n4\n")
    assert stage.happens(event, **payload) == (True, ALL)
    (pull,) = stage.github.contents.pulls()
    assert pull["head"]["ref"] == f"mlgit/retrain/small-{cause}"
    started, jobs = stage.happens(event, **payload)
    assert (started, jobs["train"]) == (True, "skipped")
    assert (stage.works.trainings, len(stage.github.contents.pulls())) == (1, 1)


@pytest.mark.slow
@pytest.mark.parametrize(("rows", "ending", "said"), [("1\n-5\n", "bad-data", "-5"), ("1\n", "worse", "r2")])
def test_bad_data_and_worse_models_are_reported_and_not_proposed(
    stage: Stage, rows: str, ending: str, said: str
) -> None:
    stage.works.data(rows)
    assert stage.happens("push") == (True, {**ALL, "conclude": "failure"})
    (issue,) = stage.github.contents.issues()
    assert said in issue["body"]
    assert stage.works.endings() == [ending]
    assert stage.works.trainings == (0 if ending == "bad-data" else 1)
    assert (stage.github.contents.pulls(), stage.works.branches()) == ([], ["main"])


@pytest.mark.slow
def test_the_same_with_a_remote_that_speaks_s3(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, storage: str
) -> None:
    with GitHubStandIn("local/desk") as github:
        github.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", RIGHTS)}
        stage = Stage(tmp_path / "works", github, monkeypatch, storage)
        stage.works.data("1\n2\n4\n")
        shutil.rmtree(stage.desk.folder / ".dvc" / "cache")
        assert stage.happens("push") == (True, ALL)
        (pull,) = github.contents.pulls()
        assert pull["head"]["ref"] == "mlgit/retrain/small-data"
        assert (stage.works.trainings, stage.works.endings()) == (1, ["proposed"])
        stage.merge()
        stage.desk.dvc("pull", "--quiet", "--force")
        assert "4.0" in stage.desk.read("model.txt")
        assert github.state.violations == []
