"""mlgit-ct, really executed: a bare repository as the server, a folder as the remote, GitHub's API as a stub server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.group_repository import GROUPS, Three
from tests.github.answers import Account
from tests.github.stub_server import StubServer
from tests.workflows.stage import RIGHTS, TOKEN, Stage

APP_TOKEN = "token-of-the-app-5678"
APP = '  app: {id: "4711", environment: retraining, secret: RETRAINING_KEY}\n'
ALL = {"claim": "success", "train": "success", "conclude": "success"}


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with StubServer("local/desk") as github:
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
def test_the_models_of_a_group_are_one_pull_request_and_what_waits_in_it_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with StubServer("local/desk") as github:
        github.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", RIGHTS)}
        stage = Stage(tmp_path / "works", github, monkeypatch, ct=GROUPS, kind=Three)
        works = stage.works
        assert isinstance(works, Three)
        works.rows("a", "1 2 4")
        works.rows("b", "1 2 5")
        assert stage.happens("push") == (True, ALL)
        (pull,) = github.contents.pulls()
        assert pull["head"]["ref"] == "mlgit/retrain/nightly-data"
        assert pull["title"].startswith("Retrain 2 models of nightly (data): ")
        said = stage.jobs["conclude"].summary
        for name in "ab":
            assert f"{name}: has to be trained with the group nightly (attempt 1) because " in said
            assert f"{name}: proposed: the pull request is created, gates: PASS" in said
        works.rows("b", "1 2 7")
        assert stage.happens("push") == (True, ALL)
        (pull,) = github.contents.pulls()
        assert "### From earlier runs, and as new as they were" in pull["body"]
        assert (works.trainings, sorted(works.endings())) == (3, ["proposed"] * 3)
        stage.merge()
        assert stage.happens("push")[0] is False
        assert works.on("main", "a/metrics.json") == '{"r2": 7.0}'
        assert works.on("main", "b/metrics.json") == '{"r2": 10.0}'
        assert works.trainings == 3
        assert github.state.violations == []


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
def test_an_app_proposes_under_its_own_name_and_the_job_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with StubServer("local/desk") as github:
        github.state.accounts = {
            TOKEN: Account("github-actions[bot]", "Bot", frozenset()),
            APP_TOKEN: Account("app-4711[bot]", "Bot", RIGHTS),
        }
        stage = Stage(tmp_path / "works", github, monkeypatch, ct=f"ct:\n  data: true\n{APP}")
        stage.secrets["RETRAINING_KEY"] = APP_TOKEN
        stage.works.data("1\n2\n4\n")
        assert stage.happens("push") == (True, ALL)
        (pull,) = github.contents.pulls()
        assert (pull["user"]["login"], pull["head"]["ref"]) == ("app-4711[bot]", "mlgit/retrain/small-data")
        stage.merge()
        stage.works.data("1\n-5\n")
        assert stage.happens("push") == (True, {**ALL, "conclude": "failure"})
        (issue,) = github.contents.issues()
        assert issue["user"]["login"] == "app-4711[bot]"
        assert github.state.violations == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rows", "ending", "said"), [("1\n-5\n", "bad-data", "breaks the rule 'range'"), ("1\n", "worse", "r2")]
)
def test_bad_data_and_worse_models_are_reported_and_not_proposed_and_over_when_the_data_are_taken_back(
    stage: Stage, rows: str, ending: str, said: str
) -> None:
    stage.works.data(rows)
    assert stage.happens("push") == (True, {**ALL, "conclude": "failure"})
    (issue,) = stage.github.contents.issues()
    assert said in issue["body"]
    assert stage.works.endings() == [ending]
    trainings = 0 if ending == "bad-data" else 1
    assert stage.works.trainings == trainings
    assert (stage.github.contents.pulls(), stage.works.branches()) == ([], ["main"])
    stage.desk.git("revert", "--no-edit", "HEAD")
    stage.desk.git("push", "--quiet", "origin", "main")
    assert stage.happens("push") == (True, {**ALL, "train": "skipped"})
    assert [one["state"] for one in stage.github.contents.issues()] == ["closed"]
    assert (stage.works.trainings, stage.github.contents.pulls()) == (trainings, [])


@pytest.mark.slow
def test_an_old_model_with_nothing_new_is_reported_once_and_not_trained(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as then:
        then.setenv("GIT_COMMITTER_DATE", "2020-01-05 12:00 +0000")
        stage.desk.write("dvc.lock", stage.desk.read("dvc.lock") + "\n")
        stage.desk.commit("Trained long ago")
    stage.desk.write("mlgit.yaml", stage.desk.read("mlgit.yaml").replace("ct: {", "ct: {max_age_days: 30, "))
    stage.desk.mlgit("sync")
    stage.desk.commit("No model older than a month")
    stage.desk.git("push", "--quiet", "origin", "main")
    assert stage.happens("schedule", schedule="17 3 * * 1") == (True, {**ALL, "train": "skipped"})
    (issue,) = stage.github.contents.issues()
    assert issue["title"].startswith("The model small is ")
    assert "mlgit data update" in issue["body"]
    started, jobs = stage.happens("schedule", schedule="17 3 * * 1")
    assert (started, jobs) == (True, {"claim": "success", "train": "skipped", "conclude": "skipped"})
    assert len(stage.github.contents.issues()) == 1
    assert stage.works.trainings == 0
    assert {path.partition("/")[0] for path in stage.works.entries()} == {"triggers", "notices"}


@pytest.mark.slow
def test_a_pipeline_that_fails_is_one_issue_however_often_it_is_tried_and_closed_when_it_runs(
    stage: Stage,
) -> None:
    whole = stage.desk.read("train.py")
    stage.desk.write("train.py", "import os\nraise SystemExit('no model today ' + str(sorted(os.environ)))\n")
    stage.desk.commit("Break it")
    stage.desk.git("push", "--quiet", "origin", "main")
    for _ in range(2):
        assert stage.happens("schedule") == (True, {**ALL, "conclude": "failure"})
        (issue,) = stage.github.contents.issues()
    assert issue["title"] == "Retraining small: the pipeline failed"
    assert "no model today" in issue["body"]
    assert TOKEN not in issue["body"]
    assert stage.works.endings() == ["failed", "failed"]
    stage.desk.write("train.py", f"{whole}\n")
    stage.desk.commit("Mend it")
    stage.desk.git("push", "--quiet", "origin", "main")
    assert stage.happens("schedule") == (True, ALL)
    assert (issue["state"], len(stage.github.contents.issues())) == ("closed", 1)


@pytest.mark.slow
def test_the_same_with_a_remote_that_speaks_s3(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, storage: str
) -> None:
    with StubServer("local/desk") as github:
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
