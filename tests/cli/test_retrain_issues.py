"""What of `mlgit retrain` becomes an issue: one open for a model and a cause, closed when the cause is gone."""

from __future__ import annotations

import json
import re
import time
from hashlib import sha256

import pytest

from tests.cli.retrain_repository import TOKEN, Works, files
from tests.github.answers import Account
from tests.github.stub_server import StubServer


def test_bad_data_are_an_issue_and_no_training(works: Works, github: StubServer) -> None:
    works.data("1\n-5\n")
    answer = works.desk.mlgit("retrain", exit_code=1)
    assert "bad-data" in answer.out
    assert (works.trainings, works.branches()) == (0, ["main"])
    (issue,) = github.contents.issues()
    assert "data are wrong" in issue["title"]
    assert "-5" in issue["body"]
    works.data("1\n-6\n")
    works.desk.mlgit("retrain", exit_code=1)
    (issue,) = github.contents.issues()
    assert ("-6" in issue["body"], "-5" in issue["body"]) == (True, False)
    assert works.endings() == ["bad-data", "bad-data"]
    assert github.contents.pulls() == []
    works.data("1\n2\n4\n")
    answer = works.desk.mlgit("retrain")
    (issue,), (pull,) = github.contents.issues(), github.contents.pulls()
    assert (issue["state"], issue["state_reason"]) == ("closed", "completed")
    assert f"  closed {issue['html_url']}\n" in answer.out
    last = issue["body"].splitlines()[-1]
    assert re.fullmatch(
        rf"✅ \d{{4}}-\d\d-\d\d \d\d:\d\d UTC: `small` was trained again, and this is mended\. "
        rf"The new model waits for its merge: {re.escape(pull['html_url'])}",
        last,
    )
    works.data("1\n-7\n")
    works.desk.mlgit("retrain", exit_code=1)
    assert states(github) == ["closed", "open"]


def test_a_worse_model_is_an_issue_and_no_proposal(works: Works, github: StubServer) -> None:
    works.data("1\n")
    works.desk.mlgit("retrain", exit_code=1)
    (issue,) = github.contents.issues()
    assert "worse" in issue["title"]
    assert "r2" in issue["body"]
    assert (works.trainings, works.branches(), works.endings()) == (1, ["main"], ["worse"])
    works.desk.mlgit("retrain")
    assert works.trainings == 1
    assert issue["state"] == "open"
    works.data("1\n2\n9\n")
    works.desk.mlgit("retrain")
    assert issue["state"] == "closed"


def test_a_pipeline_that_runs_again_to_a_worse_model_changes_one_issue_for_another(
    works: Works, github: StubServer
) -> None:
    whole = works.desk.read("train.py")
    works.desk.write("train.py", "raise SystemExit('no model today')\n")
    works.desk.commit("Break it")
    works.desk.git("push", "--quiet", "origin", "main")
    works.desk.mlgit("retrain", exit_code=1)
    works.desk.write("train.py", whole)
    works.data("1\n")
    works.desk.mlgit("retrain", exit_code=1)
    assert {one["title"]: one["state"] for one in github.contents.issues()} == {
        "Retraining small: the pipeline failed": "closed",
        "Retraining small: the new model is worse": "open",
    }


def test_an_issue_that_cannot_be_closed_is_a_note_of_a_training_that_is_done(
    works: Works, github: StubServer
) -> None:
    works.data("1\n-5\n")
    works.desk.mlgit("retrain", exit_code=1)
    github.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", frozenset({"pull_requests"}))}
    works.data("1\n2\n4\n")
    answer = works.desk.mlgit("retrain")
    assert "issues that are mended may stay open: " in answer.out
    assert "Resource not accessible" in answer.out
    assert github.contents.issues()[0]["state"] == "open"
    assert sorted(works.endings()) == ["bad-data", "proposed"]


BROKEN = """\
import os, sys
for number in range(30):
    print(f"row {number}")
print("<!-- mlgit:comment --> @octocat ```", os.environ["STORAGE_KEY"], "https://me:word@host/x")
print(os.environ.get("GITHUB_TOKEN", "no token"))
sys.exit("no model today")
"""


def test_a_broken_pipeline_is_one_issue_and_may_be_tried_again(
    works: Works, github: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORAGE_KEY", "opensesame")
    works.desk.write("train.py", BROKEN)
    works.desk.commit("Break it")
    works.desk.git("push", "--quiet", "origin", "main")
    answer = works.desk.mlgit("retrain", exit_code=1)
    (issue,) = github.contents.issues()
    assert f"the issue is created: {issue['html_url']}\n" in answer.out
    assert issue["title"] == "Retraining small: the pipeline failed"
    body = issue["body"]
    for said in (
        "no model today",
        "stage train: ",
        "What `train` said last",
        "mlgit retrain --local --model small",
    ):
        assert said in body
    assert "The next trigger tries again" in body
    assert "< !-- mlgit:comment --> @octocat ``` *** https://***@host/x\nno token" in body
    assert ("row 13" in body, "row 12" in body) == (True, False)
    assert not any(secret in body for secret in ("opensesame", "me:word", TOKEN))
    answer = works.desk.mlgit("retrain", exit_code=1)
    assert f"the issue is updated: {issue['html_url']}\n" in answer.out
    assert (len(github.contents.issues()), works.endings()) == (1, ["failed", "failed"])
    assert (github.contents.pulls(), works.branches()) == ([], ["main"])


def made_on(works: Works, date: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give the model of the works a date; return its commit."""
    with monkeypatch.context() as then:
        then.setenv("GIT_COMMITTER_DATE", f"{date} 12:00 +0000")
        return works.aged()


def test_an_old_model_with_nothing_new_is_one_issue_and_no_training(
    works: Works, github: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    commit = made_on(works, time.strftime("%Y-%m-%d", time.gmtime(now - 45 * 86_400)), monkeypatch)
    before = files(works.desk)
    dry = works.desk.mlgit("retrain", "--dry-run")
    assert re.search(
        r"small: not trained \(nothing stale\), would be reported \(too old\): 4\d days old", dry.out
    )
    assert github.contents.issues() == []
    answer = works.desk.mlgit("retrain")
    (issue,) = github.contents.issues()
    assert (
        f"small: old: the model is too old and nothing is new to train it on; the issue is created: {issue['html_url']}\n"
        in answer.out
    )
    assert re.fullmatch(
        r"The model small is 4\d days old and there is nothing new to train it on", issue["title"]
    )
    for said in (
        commit[:12],
        "`ct.max_age_days` in `mlgit.yaml` is 30",
        "mlgit data update",
        "again after another 30 days",
    ):
        assert said in issue["body"]
    again = works.desk.mlgit("retrain")
    assert issue["html_url"] in again.out
    assert "nothing stale" in again.out
    issue["state"] = "closed"
    works.desk.mlgit("retrain")
    assert len(github.contents.issues()) == 1
    assert (works.trainings, works.branches(), files(works.desk)) == (0, ["main"], before)
    assert {path.partition("/")[0] for path in works.entries()} == {"triggers", "notices"}
    (notice,) = [entry for path, entry in works.entries().items() if path.startswith("notices/")]
    assert (notice["made"], notice["url"]) == (commit, issue["html_url"])
    assert re.fullmatch(r"4\d days old, at most 30 are wanted", notice["detail"])


def test_a_report_that_was_cut_off_is_made_once_by_the_same_trigger(
    works: Works, github: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_on(works, "2020-01-05", monkeypatch)
    monkeypatch.setenv("GITHUB_RUN_ID", "7")
    asked = ("retrain", "--event", "schedule", "--step")
    works.desk.mlgit(*asked, "claim", "--folder", "../first")
    assert github.contents.issues() == []
    again = works.desk.mlgit(*asked, "claim", "--folder", "../second")
    assert "answered before" in again.out
    for folder in ("second", "first"):
        works.desk.mlgit("retrain", "--step", "conclude", "--folder", f"../{folder}")
    assert len(github.contents.issues()) == 1
    third = works.desk.mlgit("retrain", "--event", "schedule")
    assert "reported" not in third.out.replace("reported on", "")
    works.data("1\n2\n4\n")
    works.desk.mlgit("retrain")
    assert states(github) == ["closed"]


def test_a_training_that_fits_into_no_job_is_one_issue_and_no_training(
    works: Works, github: StubServer
) -> None:
    works.data("1\n2\n3\n4\n")
    works.desk.mlgit("train")
    (record,) = (works.desk.folder / ".mlgit/runs").glob("*.json")
    statement = json.loads(record.read_text())
    statement["predicate"]["runDetails"]["metadata"]["mlgit_run"]["usage"]["wallSeconds"] = 9_000.0
    slow, folder = json.dumps(statement).encode(), record.parent
    record.unlink()
    (folder / f"{record.name.partition('-')[0]}-{sha256(slow).hexdigest()[:12]}.json").write_bytes(slow)
    works.desk.commit("Result by hand, slowly")
    works.data("1\n2\n3\n5\n")
    works.desk.git("push", "origin", "main")
    trained = works.trainings
    answer = works.desk.mlgit("retrain")
    (issue,) = github.contents.issues()
    assert (
        "small: not trained (minutes): 150 minutes are expected from its last recorded training" in answer.out
    )
    assert (
        "small: long: its training would take longer than its budget, so it never starts; the issue is created: "
        f"{issue['html_url']}\n" in answer.out
    )
    assert "150.0 minutes, told from its last recorded training" in issue["body"]
    works.desk.mlgit("retrain")
    issue["state"] = "closed"
    works.desk.mlgit("retrain")
    assert (len(github.contents.issues()), works.trainings, works.branches()) == (1, trained, ["main"])
    works.data("1\n2\n3\n6\n")
    works.desk.mlgit("retrain")
    assert states(github) == ["closed", "open"]
    works.desk.mlgit("train")
    works.desk.commit("Result by hand, as the issue says")
    works.desk.git("push", "--quiet", "origin", "main")
    assert "closed " in works.desk.mlgit("retrain").out
    assert states(github) == ["closed", "closed"]
    works.data("1\n2\n3\n7\n")
    works.desk.mlgit("retrain")
    assert states(github) == ["closed", "closed", "open"]
    settings = works.desk.read("mlgit.yaml").replace("ct: {}", "ct: {budget: {minutes: 300}}")
    works.desk.write("mlgit.yaml", settings)
    works.desk.mlgit("sync")
    works.desk.commit("More minutes")
    works.desk.git("push", "--quiet", "origin", "main")
    works.desk.mlgit("retrain")
    assert {one["state"] for one in github.contents.issues()} == {"closed"}


def test_what_an_older_training_ends_with_closes_no_issue_of_a_newer_one(
    works: Works, github: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def step(name: str, folder: str, exit_code: int = 0) -> str:
        return works.desk.mlgit(
            "retrain", "--step", name, "--folder", f"../{folder}", exit_code=exit_code
        ).out

    monkeypatch.setenv("GITHUB_RUN_ID", "7")
    works.data("1\n2\n4\n")
    step("claim", "first")
    step("train", "first")
    monkeypatch.setenv("GITHUB_RUN_ID", "8")
    works.data("1\n-5\n")
    works.desk.mlgit("retrain", exit_code=1)
    (issue,) = github.contents.issues()
    for _ in range(2):
        assert "proposed" in step("conclude", "first")
    assert (issue["state"], sorted(works.endings())) == ("open", ["bad-data", "proposed"])
    assert "done before" in works.desk.mlgit("retrain").out


def test_what_an_older_training_ends_with_does_not_overwrite_what_is_newer(
    works: Works, github: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_RUN_ID", "7")
    works.data("1\n-5\n")
    works.desk.mlgit("retrain", "--step", "claim", "--folder", "../first")
    works.desk.mlgit("retrain", "--step", "train", "--folder", "../first")
    monkeypatch.setenv("GITHUB_RUN_ID", "8")
    works.data("1\n-6\n")
    works.desk.mlgit("retrain", exit_code=1)
    answer = works.desk.mlgit("retrain", "--step", "conclude", "--folder", "../first", exit_code=1)
    assert "the issue is unchanged" in answer.out
    (issue,) = github.contents.issues()
    assert ("-6" in issue["body"], "-5" in issue["body"]) == (True, False)


def test_an_issue_about_data_that_are_taken_back_is_closed_without_a_training(
    works: Works, github: StubServer
) -> None:
    works.data("1\n-5\n")
    works.desk.mlgit("retrain", exit_code=1)
    take_back(works)
    dry = works.desk.mlgit("retrain", "--dry-run")
    assert re.search(
        r"small: its issues would be closed \(up to date\): on \S+ \S+ UTC it was reported that its data were wrong\n",
        dry.out,
    )
    assert github.contents.issues()[0]["state"] == "open"
    answer = works.desk.mlgit("retrain")
    (issue,) = github.contents.issues()
    assert "small: not trained (nothing stale)" in answer.out
    assert (
        f"small: recovered: nothing is left to train, so what was told of it is over\n  closed {issue['html_url']}\n"
        in answer.out
    )
    assert issue["state"] == "closed"
    assert re.fullmatch(
        rf"✅ [^:]*:\d\d UTC: at `{works.desk.git('rev-parse', 'HEAD')[:12]}` of `main` the model `small` is up to date "
        r"with its data, code and parameters\. Nothing is left to train, so this is closed\.",
        issue["body"].splitlines()[-1],
    )
    assert "closed" not in works.desk.mlgit("retrain").out
    assert works.trainings == 0
    works.data("1\n-5\n-7\n")
    works.desk.mlgit("retrain", exit_code=1)
    assert states(github) == ["closed", "open"]
    take_back(works)
    works.desk.mlgit("retrain")
    assert states(github) == ["closed", "closed"]


@pytest.mark.parametrize(
    ("rows", "ending"), [("1\n-5\n", "bad-data"), pytest.param("1\n", "worse", marks=pytest.mark.slow)]
)
def test_the_same_data_brought_back_are_told_anew(
    works: Works, github: StubServer, rows: str, ending: str
) -> None:
    works.data(rows)
    works.desk.mlgit("retrain", exit_code=1)
    take_back(works)
    works.desk.mlgit("retrain")
    take_back(works)
    works.desk.mlgit("retrain", exit_code=1)
    assert states(github) == ["closed", "open"]
    assert works.endings() == [ending, ending]
    assert "done before" in works.desk.mlgit("retrain").out
    take_back(works)
    works.desk.mlgit("retrain")
    assert states(github) == ["closed", "closed"]


@pytest.mark.slow
@pytest.mark.parametrize(("rows", "ending"), [("1\n-5\n", "bad-data"), ("1\n", "worse")])
def test_data_that_come_back_after_others_were_trained_are_told_anew(
    works: Works, github: StubServer, rows: str, ending: str
) -> None:
    works.data(rows)
    works.desk.mlgit("retrain", exit_code=1)
    works.data("1\n2\n9\n")
    works.desk.mlgit("retrain")
    works.data(rows)
    works.desk.mlgit("retrain", exit_code=1)
    assert states(github) == ["closed", "open"]
    assert sorted(works.endings()) == sorted([ending, "proposed", ending])
    assert "done before" in works.desk.mlgit("retrain").out


@pytest.mark.slow
def test_data_that_come_back_after_others_were_merged_are_trained_again(
    works: Works, github: StubServer
) -> None:
    for rows in ("1\n2\n4\n", "1\n2\n4.4\n"):
        works.data(rows)
        works.desk.mlgit("retrain")
        works.desk.git("fetch", "--quiet", "origin")
        works.desk.git("merge", "--quiet", "origin/mlgit/retrain/small-hand")
        works.desk.git("push", "--quiet", "origin", "main")
        works.desk.git("push", "--quiet", "origin", "--delete", "mlgit/retrain/small-hand")
        github.contents.pulls()[-1]["state"] = "closed"
    works.data("1\n2\n4\n")
    assert "small: proposed" in works.desk.mlgit("retrain").out
    assert works.endings() == ["proposed"] * 3
    assert "done before" in works.desk.mlgit("retrain").out


@pytest.mark.slow
def test_what_came_to_its_end_meanwhile_is_closed_with_the_rest_and_told_when_it_comes_back(
    works: Works, github: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(number: str, *step: str, exit_code: int = 0) -> str:
        monkeypatch.setenv("GITHUB_RUN_ID", number)
        return works.desk.mlgit("retrain", *step, exit_code=exit_code).out

    works.data("1\n-5\n")
    run("6", exit_code=1)
    works.data("1\n-6\n")
    run("7", "--step", "claim", "--folder", "../first")
    run("7", "--step", "train", "--folder", "../first")
    works.desk.git("revert", "--no-edit", "HEAD", "HEAD~1")
    works.desk.git("push", "--quiet", "origin", "main")
    run("8", "--step", "claim", "--folder", "../second")
    run("7", "--step", "conclude", "--folder", "../first", exit_code=1)
    assert "closed " in run("8", "--step", "conclude", "--folder", "../second")
    works.data("1\n-6\n")
    run("9", exit_code=1)
    assert len([one for one in github.contents.issues() if one["state"] == "open"]) == 1


@pytest.mark.slow
def test_wrong_data_that_were_trained_by_hand_are_still_wrong(works: Works, github: StubServer) -> None:
    works.data("1\n2\n-5\n")
    works.desk.mlgit("retrain", exit_code=1)
    works.desk.mlgit("train")
    works.desk.commit("Result all the same")
    works.desk.git("push", "--quiet", "origin", "main")
    assert "nothing stale" in works.desk.mlgit("retrain").out
    works.desk.write("mlgit.yaml", works.desk.read("mlgit.yaml") + "# a remark\n")
    works.desk.commit("Something else")
    works.desk.git("push", "--quiet", "origin", "main")
    assert "nothing stale" in works.desk.mlgit("retrain").out
    assert states(github) == ["open"]


def states(github: StubServer) -> list[str]:
    """Return which issues are open and which are closed, the oldest first."""
    return [one["state"] for one in github.contents.issues()]


def take_back(works: Works) -> None:
    """Take the newest commit of the works back, as a person does."""
    works.desk.git("revert", "--no-edit", "HEAD")
    works.desk.git("push", "--quiet", "origin", "main")


def test_closing_leaves_to_a_newer_run_what_that_found_and_is_tried_again_where_the_forge_refuses(
    works: Works, github: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    works.data("1\n-5\n")
    works.desk.mlgit("retrain", exit_code=1)
    take_back(works)
    monkeypatch.setenv("GITHUB_RUN_ID", "7")
    works.desk.mlgit("retrain", "--step", "claim", "--folder", "../first")
    monkeypatch.setenv("GITHUB_RUN_ID", "8")
    works.data("1\n-6\n")
    works.desk.mlgit("retrain", exit_code=1)
    answer = works.desk.mlgit("retrain", "--step", "conclude", "--folder", "../first")
    assert "small: recovered: its issues are left to a later run" in answer.out
    assert states(github) == ["open"]
    take_back(works)
    rights = github.state.accounts
    github.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", frozenset({"pull_requests"}))}
    assert "issues that are mended may stay open: " in works.desk.mlgit("retrain").out
    github.state.accounts = rights
    works.desk.mlgit("retrain")
    assert states(github) == ["closed"]
