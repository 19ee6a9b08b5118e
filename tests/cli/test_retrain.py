"""`mlgit retrain` on real Git and DVC repositories: what it decides, does, and leaves alone."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.cli.retrain_repository import SETTINGS, Works, without_record
from tests.driver import Person
from tests.github.answers import Account
from tests.github.standin import GitHubStandIn

TOKEN = "token-of-the-workflow-1234"


@pytest.fixture
def works(works_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Works:
    monkeypatch.setenv("TRAININGS", str(tmp_path / "trainings"))
    return Works.copied(works_once, tmp_path)


@pytest.fixture
def github(works: Works, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHubStandIn]:
    del works
    with GitHubStandIn("octo-org/churn") as made:
        made.state.accounts = {
            TOKEN: Account("github-actions[bot]", "Bot", frozenset({"issues", "pull_requests"}))
        }
        for name, value in made.environment(TOKEN).items():
            monkeypatch.setenv(name, value)
        yield made
        assert made.state.violations == []


def local(person: Person, *more: str, exit_code: int = 0) -> dict[str, Any]:
    value = json.loads(person.mlgit("retrain", "--local", "--json", *more, exit_code=exit_code).out)
    assert isinstance(value, dict)
    return value


def files(person: Person) -> dict[str, bytes]:
    """Return what a person sees; DVC's cache is shared with the retraining."""
    return {
        path: content for path, content in person.contents().items() if not path.startswith(".dvc/cache/")
    }


def test_nothing_stale_is_nothing_to_do(works: Works) -> None:
    before = files(works.desk)
    result = local(works.desk, "--because", "curious")
    assert [skip["because"] for skip in result["claimed"]["skip"]] == ["nothing stale"]
    assert result["concluded"] == []
    assert (works.trainings, files(works.desk)) == (0, before)


def test_new_data_become_one_local_proposal_and_no_file_changes(works: Works) -> None:
    works.data("1\n2\n3\n4\n")
    before = files(works.desk)
    dry = local(works.desk, "--dry-run")
    assert (dry["claimed"]["train"][0]["unit"]["name"], dry["concluded"], works.trainings) == ("small", [], 0)
    assert works.desk.git("for-each-ref", "refs/mlgit/retraining") == ""
    (done,) = local(works.desk, "--because", "four rows")["concluded"]
    assert (done["ending"], done["branch"]) == ("proposed", "mlgit/retrain/small-hand")
    assert files(works.desk) == before
    assert works.desk.git("status", "--porcelain") == ""
    changed = works.desk.git("diff", "--name-only", "main", "mlgit/retrain/small-hand").split()
    assert without_record(changed) == ["dvc.lock", "metrics.json"]
    assert len(changed) == 4
    item = json.loads((works.desk.folder / ".git/mlgit/forge/items/1.json").read_text())
    assert "r2" in item["body"]
    assert "- asked for by a person: `four rows`" in item["body"]
    assert "→ `mlgit/retrain/small-hand`" in item["body"]
    told = json.loads(works.desk.mlgit("lineage", "small@mlgit/retrain/small-hand", "--json").out)
    run = told["models"][0]["run"]
    assert run["trigger"] == "retrain: hand: four rows"
    assert "cost:" in item["body"]
    assert "data/table.csv" in item["body"]
    assert "PASS" in item["body"]
    again = local(works.desk)
    assert [skip["because"] for skip in again["claimed"]["skip"]] == ["done before"]
    assert works.trainings == 1
    assert not list((works.desk.folder / ".git/mlgit/workplaces").iterdir())


def test_what_no_stage_writes_is_not_proposed(works: Works) -> None:
    trainer = works.desk.read("train.py")
    litter = """
Path("library_info").mkdir(exist_ok=True)
Path("library_info/log.tsv").write_text("a log of a library")
Path("README.md").write_text("edited by a training")
"""
    works.desk.write("train.py", trainer + litter)
    works.data("1\n2\n4\n")
    answer = works.desk.mlgit("retrain", "--local")
    assert "not proposed: library_info/log.tsv: no stage of dvc.yaml writes it to Git" in answer.err
    changed = works.desk.git("diff", "--name-only", "main", "mlgit/retrain/small-hand").split()
    assert without_record(changed) == ["dvc.lock", "metrics.json"]
    body = json.loads((works.desk.folder / ".git/mlgit/forge/items/1.json").read_text())["body"]
    assert "- left out, because no stage writes it to Git: `README.md`, `library_info/log.tsv`" in body


def test_what_a_killed_run_had_trained_is_proposed_with_a_record(works: Works) -> None:
    works.data("1\n2\n3\n4\n")
    works.desk.dvc("repro", "--quiet")
    works.desk.git("checkout", "--quiet", ".")
    trainings = works.trainings
    local(works.desk)
    assert works.trainings == trainings
    told = json.loads(works.desk.mlgit("lineage", "small@mlgit/retrain/small-hand", "--json").out)
    (stage,) = told["models"][0]["stages"]
    assert (stage["record"], stage["restored"]) == ("", told["models"][0]["record"])
    assert told["models"][0]["run"]["trigger"] == "retrain: hand: by hand"


@pytest.mark.slow
def test_a_merged_proposal_has_nothing_stale(works: Works) -> None:
    works.data("8\n")
    local(works.desk)
    works.desk.git("merge", "--quiet", "mlgit/retrain/small-hand")
    result = local(works.desk)
    assert [skip["because"] for skip in result["claimed"]["skip"]] == ["nothing stale"]


def test_bad_data_are_an_issue_and_no_training(works: Works, github: GitHubStandIn) -> None:
    works.data("1\n-5\n")
    answer = works.desk.mlgit("retrain", exit_code=1)
    assert "bad-data" in answer.out
    assert (works.trainings, works.branches()) == (0, ["main"])
    (issue,) = github.contents.issues()
    assert "data are wrong" in issue["title"]
    assert "-5" in issue["body"]
    works.data("1\n-6\n")
    works.desk.mlgit("retrain", exit_code=1)
    assert len(github.contents.issues()) == 1
    assert works.endings() == ["bad-data", "bad-data"]
    assert github.contents.pulls() == []


def test_a_worse_model_is_an_issue_and_no_proposal(works: Works, github: GitHubStandIn) -> None:
    works.data("1\n")
    works.desk.mlgit("retrain", exit_code=1)
    (issue,) = github.contents.issues()
    assert "worse" in issue["title"]
    assert "r2" in issue["body"]
    assert (works.trainings, works.branches(), works.endings()) == (1, ["main"], ["worse"])
    works.desk.mlgit("retrain")
    assert works.trainings == 1


def test_a_pull_request_is_opened_then_updated(works: Works, github: GitHubStandIn) -> None:
    works.data("1\n2\n4\n")
    push = works.folder / "push.json"
    push.write_text(json.dumps({"after": works.desk.git("rev-parse", "main"), "ref": "refs/heads/main"}))
    works.desk.mlgit("retrain", "--event", "push", "--event-path", str(push))
    assert works.branches() == ["main", "mlgit/retrain/small-data"]
    (pull,) = github.contents.pulls()
    assert pull["head"]["ref"] == "mlgit/retrain/small-data"
    assert TOKEN not in str(github.contents.pulls())
    same = works.desk.mlgit("retrain", "--event", "push", "--event-path", str(push))
    assert "done before" in same.out or "answered before" in same.out
    works.data("1\n2\n9\n")
    push.write_text(json.dumps({"after": works.desk.git("rev-parse", "main")}))
    works.desk.mlgit("retrain", "--event", "push", "--event-path", str(push))
    (pull,) = github.contents.pulls()
    assert "12" in pull["body"]
    assert (works.trainings, works.endings()) == (2, ["proposed", "proposed"])


@pytest.mark.slow
def test_what_the_forge_refuses_is_pushed_and_said(
    works: Works, github: GitHubStandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    github.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", frozenset())}
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.example")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    works.data("7\n")
    answer = works.desk.mlgit("retrain")
    assert "by hand" in answer.out
    assert "https://github.example/octo-org/churn/compare/main...mlgit/retrain/small-hand" in answer.out
    assert "r2" in (tmp_path / "summary").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("gates", [True, False])
def test_a_direct_commit_needs_a_gate_that_passed(
    tmp_path: Path, gates: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRAININGS", str(tmp_path / "trainings"))
    settings = (
        SETTINGS
        if gates
        else SETTINGS.replace(SETTINGS[SETTINGS.index("    gates") : SETTINGS.index("data:")], "")
    )
    works = Works(tmp_path, "ct: {propose: commit}\n", settings)
    works.data("7\n")
    works.desk.git("switch", "--quiet", "--detach")
    before = works.desk.git("rev-parse", "main")
    (done,) = local(works.desk)["concluded"]
    assert done["ending"] == ("committed" if gates else "proposed")
    assert (works.desk.git("rev-parse", "main") != before) is gates
    assert "Mlgit-Retrain: " in works.desk.git("log", "-1", "--format=%B", done["commit"])


@pytest.mark.slow
def test_a_branch_with_a_persons_commit_is_left_alone(works: Works) -> None:
    works.data("7\n")
    local(works.desk)
    works.desk.git("switch", "--quiet", "mlgit/retrain/small-hand")
    works.desk.write("note.md", "mine\n")
    mine = works.desk.commit("A person's commit")
    works.desk.git("switch", "--quiet", "main")
    works.data("8\n")
    answer = works.desk.mlgit("retrain", "--local", exit_code=4)
    assert "mlgit did not make" in answer.err
    assert works.desk.git("rev-parse", "mlgit/retrain/small-hand") == mine


BROKEN = """\
import os, sys
for number in range(30):
    print(f"row {number}")
print("<!-- mlgit:comment --> @octocat ```", os.environ["STORAGE_KEY"], "https://me:word@host/x")
print(os.environ.get("GITHUB_TOKEN", "no token"))
sys.exit("no model today")
"""


def test_a_broken_pipeline_is_one_issue_and_may_be_tried_again(
    works: Works, github: GitHubStandIn, monkeypatch: pytest.MonkeyPatch
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
    assert f"the issue is unchanged: {issue['html_url']}\n" in answer.out
    assert (len(github.contents.issues()), works.endings()) == (1, ["failed", "failed"])
    assert (github.contents.pulls(), works.branches()) == ([], ["main"])


def made_on(works: Works, date: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give the model of the works a date; return its commit."""
    with monkeypatch.context() as then:
        then.setenv("GIT_COMMITTER_DATE", f"{date} 12:00 +0000")
        return works.aged()


def test_an_old_model_with_nothing_new_is_one_issue_and_no_training(
    works: Works, github: GitHubStandIn, monkeypatch: pytest.MonkeyPatch
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
        "every 30 days",
    ):
        assert said in issue["body"]
    again = works.desk.mlgit("retrain")
    assert issue["html_url"] in again.out
    assert "nothing stale" in again.out
    issue["state"] = "closed"
    works.desk.mlgit("retrain")
    assert len(github.contents.issues()) == 1
    assert (works.trainings, works.branches(), files(works.desk)) == (0, ["main"], before)
    assert {path.partition("/")[0] for path in works.pages()} == {"triggers", "notices"}
    (notice,) = [page for path, page in works.pages().items() if path.startswith("notices/")]
    assert (notice["made"], notice["url"]) == (commit, issue["html_url"])
    assert re.fullmatch(r"4\d days old, at most 30 are wanted", notice["detail"])


def test_a_report_that_was_cut_off_is_made_once_by_the_same_trigger(
    works: Works, github: GitHubStandIn, monkeypatch: pytest.MonkeyPatch
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


def test_the_first_retraining_is_estimated_from_the_records(works: Works) -> None:
    works.data("1\n2\n3\n4\n")
    works.desk.mlgit("train")
    works.desk.commit("Trained by hand")
    works.data("1\n2\n3\n5\n")
    dry = local(works.desk, "--dry-run")["claimed"]["train"][0]["estimate"]
    (record,) = (works.desk.folder / ".mlgit/runs").glob("*.json")
    took = json.loads(record.read_text())["predicate"]["runDetails"]["metadata"]["mlgit_run"]["usage"][
        "wallSeconds"
    ]
    assert dry == {"seconds": took, "count": 1, "source": "records"}
    assert (
        "minutes expected from its last recorded training"
        in works.desk.mlgit("retrain", "--local", "--dry-run").out
    )
    record.write_text("{")
    works.desk.commit("A record that is none")
    assert local(works.desk, "--dry-run")["claimed"]["train"][0]["estimate"] is None


def test_a_training_that_fits_into_no_job_is_one_issue_and_no_training(
    works: Works, github: GitHubStandIn
) -> None:
    works.data("1\n2\n3\n4\n")
    works.desk.mlgit("train")
    (record,) = (works.desk.folder / ".mlgit/runs").glob("*.json")
    statement = json.loads(record.read_text())
    statement["predicate"]["runDetails"]["metadata"]["mlgit_run"]["usage"]["wallSeconds"] = 9_000.0
    slow, folder = json.dumps(statement).encode(), record.parent
    record.unlink()
    (folder / f"{record.name.partition('-')[0]}-{sha256(slow).hexdigest()[:12]}.json").write_bytes(slow)
    works.desk.commit("Trained by hand, slowly")
    works.data("1\n2\n3\n5\n")
    works.desk.git("push", "origin", "main")
    trained = works.trainings
    answer = works.desk.mlgit("retrain")
    (issue,) = github.contents.issues()
    assert (
        "small: not trained (minutes): 150 minutes are expected from its last recorded training" in answer.out
    )
    assert (
        "small: long: its training would take longer than ct.budget.minutes, so it never starts; the issue is created: "
        f"{issue['html_url']}\n" in answer.out
    )
    assert "150.0 minutes, told from its last recorded training" in issue["body"]
    works.desk.mlgit("retrain")
    issue["state"] = "closed"
    works.desk.mlgit("retrain")
    assert (len(github.contents.issues()), works.trainings, works.branches()) == (1, trained, ["main"])


@pytest.mark.slow
def test_a_training_is_stopped_at_the_minutes_of_the_budget(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    works.data("7\n")
    folder = works.folder / "handover"
    works.desk.mlgit("retrain", "--local", "--step", "claim", "--folder", str(folder))
    claim = json.loads((folder / "claim.json").read_text())
    claim["at"] = claim["at"] - 3600 + 15
    (folder / "claim.json").write_text(json.dumps(claim))
    works.desk.write(
        "train.py",
        "import signal, time\nprint('about to sleep', flush=True)\nsignal.signal(signal.SIGINT, signal.SIG_DFL)\ntime.sleep(60)\n",
    )
    works.desk.git("update-index", "--assume-unchanged", "train.py")
    works.desk.mlgit("retrain", "--step", "train", "--folder", str(folder))
    answer = works.desk.mlgit(
        "retrain", "--local", "--step", "conclude", "--folder", str(folder), exit_code=1
    )
    assert "the minutes of the budget were used up while stage train ran" in answer.out
    (item,) = (works.desk.folder / ".git/mlgit/forge/items").iterdir()
    body = json.loads(item.read_text())["body"]
    assert "the minutes of the budget were used up while stage train ran" in body
    assert "about to sleep" in body


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--model", "none"), "no model 'none'"),
        (("--event", "fork"), "no event that retrains"),
        (("--event", "push", "--event-path", "mlgit.yaml"), "no payload"),
        (("--step", "train"), "go together"),
        (("--step", "train", "--folder", "nowhere"), "there is no claim"),
    ],
)
def test_wrong_wishes_are_usage_errors(works: Works, arguments: tuple[str, ...], said: str) -> None:
    answer = works.desk.mlgit("retrain", "--local", *arguments, exit_code=2)
    assert said in answer.err


def test_two_triggers_at_once_make_one_training_and_one_pull_request(
    works: Works, github: GitHubStandIn
) -> None:
    works.data("1\n2\n4\n")
    other = works.clone("other")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    runs = [
        subprocess.Popen(
            (sys.executable, "-m", "mlgit", "retrain", "--event", event),
            cwd=person.folder,
            env={**environment, "GITHUB_RUN_ID": event},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for person, event in ((works.desk, "schedule"), (other, "workflow_dispatch"))
    ]
    said = [run.communicate(timeout=180)[0].decode() for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    assert (works.trainings, works.endings()) == (1, ["proposed"])
    assert len(github.contents.pulls()) == 1
    assert sum("claimed" in one or "done before" in one for one in said) == 1
