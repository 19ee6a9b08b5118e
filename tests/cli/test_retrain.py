"""`mlgit retrain` on real Git and DVC repositories: what it decides, does, and leaves alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.retrain_repository import SETTINGS, TOKEN, Works, files, without_record
from tests.driver import Person
from tests.github.answers import Account
from tests.github.stub_server import StubServer


def local(person: Person, *more: str, exit_code: int = 0) -> dict[str, Any]:
    value = json.loads(person.mlgit("retrain", "--local", "--json", *more, exit_code=exit_code).out)
    assert isinstance(value, dict)
    return value


def test_nothing_stale_is_nothing_to_do(works: Works) -> None:
    before = files(works.desk)
    result = local(works.desk, "--because", "curious")
    assert [skip["because"] for skip in result["lease"]["skip"]] == ["nothing stale"]
    assert result["conclusions"] == []
    assert (works.trainings, files(works.desk)) == (0, before)


def test_new_data_become_one_local_proposal_and_no_file_changes(works: Works) -> None:
    works.data("1\n2\n3\n4\n")
    before = files(works.desk)
    dry = local(works.desk, "--dry-run")
    assert (dry["lease"]["train"][0]["job"]["name"], dry["conclusions"], works.trainings) == ("small", [], 0)
    assert works.desk.git("for-each-ref", "refs/mlgit/retraining") == ""
    (done,) = local(works.desk, "--because", "four rows")["conclusions"]
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
    assert "not verified" not in (item["title"] + item["body"]).lower(), "this very run trained it"
    again = local(works.desk)
    assert [skip["because"] for skip in again["lease"]["skip"]] == ["done before"]
    assert works.trainings == 1
    assert not list((works.desk.folder / ".git/mlgit/sandboxes").iterdir())


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


def test_a_result_that_is_trained_for_the_first_time_stays_out_of_git(works: Works) -> None:
    desk = works.desk
    made = 'Path("more").mkdir(exist_ok=True)\nPath("more/tree.bin").write_text("x")\nPath("rest.bin").write_text("y")\n'
    desk.write("train.py", desk.read("train.py") + made)
    desk.write(
        "dvc.yaml",
        desk.read("dvc.yaml").replace("outs: [model.txt]", "outs: [model.txt, more/tree.bin, rest.bin]"),
    )
    desk.write(".gitignore", desk.read(".gitignore") + "*.log")
    desk.commit("Two more results, not trained yet")
    answer = desk.mlgit("retrain", "--local")
    assert "not proposed" not in answer.err
    changed = desk.git("diff", "--name-only", "main", "mlgit/retrain/small-hand").split()
    assert without_record(changed) == [".gitignore", "dvc.lock", "more/.gitignore"]
    desk.git("merge", "--quiet", "mlgit/retrain/small-hand")
    assert desk.read(".gitignore") == "__pycache__/\n/model.txt\n*.log\n/rest.bin\n"
    assert desk.read("more/.gitignore") == "/tree.bin\n"
    desk.dvc("checkout", "--quiet")
    assert desk.read("rest.bin") == "y"
    assert desk.git("status", "--porcelain") == ""


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
    assert [skip["because"] for skip in result["lease"]["skip"]] == ["nothing stale"]


def test_a_pull_request_is_opened_then_updated(works: Works, github: StubServer) -> None:
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
    works: Works, github: StubServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
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
    (done,) = local(works.desk)["conclusions"]
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


def test_the_first_retraining_is_estimated_from_the_records(works: Works) -> None:
    works.data("1\n2\n3\n4\n")
    works.desk.mlgit("train")
    works.desk.commit("Result by hand")
    works.data("1\n2\n3\n5\n")
    dry = local(works.desk, "--dry-run")["lease"]["train"][0]["estimate"]
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
    assert local(works.desk, "--dry-run")["lease"]["train"][0]["estimate"] is None


def test_a_slow_runner_costs_no_minute_of_the_budget(works: Works) -> None:
    works.data("7\n")
    folder = works.folder / "handoff"
    works.desk.mlgit("retrain", "--local", "--step", "claim", "--folder", str(folder))
    claim = json.loads((folder / "claim.json").read_text())
    late = {**claim, "minutes": 1, "at": claim["at"] - 65}
    (folder / "claim.json").write_text(json.dumps(late))
    said = works.desk.mlgit("retrain", "--step", "train", "--folder", str(folder)).out
    assert "small: trained in" in said
    assert ", gates PASS" in said
    (trained,) = json.loads((folder / "trained.json").read_text())["jobs"]
    assert (trained["ending"], works.trainings) == ("trained", 1)


def test_the_step_that_trains_says_what_came_of_it(works: Works) -> None:
    works.data("1\n-5\n")
    folder = ("--folder", str(works.folder / "handoff"))
    claimed = works.desk.mlgit("retrain", "--local", "--step", "claim", *folder).out
    said = works.desk.mlgit("retrain", "--step", "train", *folder).out
    assert "small: has to be trained (attempt 1" in claimed
    assert "small: bad data: table: 1 rule broken" in said
    assert works.trainings == 0


@pytest.mark.slow
def test_a_protected_branch_gets_a_pull_request_instead_of_a_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRAININGS", str(tmp_path / "trainings"))
    works = Works(tmp_path, "ct: {propose: commit}\n")
    with StubServer("octo-org/churn") as github:
        rights = frozenset({"issues", "pull_requests"})
        github.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", rights)}
        for name, value in github.environment(TOKEN).items():
            monkeypatch.setenv(name, value)
        works.data("7\n")
        hook = works.server / "hooks" / "update"
        hook.write_text(
            '#!/bin/sh\n[ "$1" != refs/heads/main ] || { echo "protected branch" >&2; exit 1; }\n'
        )
        hook.chmod(0o755)
        answer = works.desk.mlgit("retrain")
        assert "not committed directly: the remote did not take main" in answer.out
        (pull,) = github.contents.pulls()
        assert (pull["base"]["ref"], works.endings()) == ("main", ["proposed"])
        assert github.state.violations == []


@pytest.mark.slow
def test_a_pull_request_that_the_token_may_not_open_is_an_issue_until_it_is_open(
    works: Works, github: StubServer
) -> None:
    github.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", frozenset({"issues"}))}
    works.data("7\n")
    assert "the issue is created" in works.desk.mlgit("retrain").out
    (issue,) = github.contents.issues()
    assert issue["title"].startswith("Open the pull request: ")
    assert "Allow GitHub Actions to create and approve pull requests" in issue["body"]
    assert "r2" in issue["body"]
    rights = frozenset({"issues", "pull_requests"})
    github.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", rights)}
    works.data("7\n8\n")
    works.desk.mlgit("retrain")
    assert len(github.contents.pulls()) == 1
    assert [one["state"] for one in github.contents.issues()] == ["closed"]


@pytest.mark.slow
def test_a_training_is_stopped_at_the_minutes_of_the_budget(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    works.data("7\n")
    folder = works.folder / "handoff"
    works.desk.mlgit("retrain", "--local", "--step", "claim", "--folder", str(folder))
    claim = json.loads((folder / "claim.json").read_text())
    (folder / "claim.json").write_text(json.dumps({**claim, "minutes": 1}))
    works.desk.write(
        "train.py",
        "import signal, time\nprint('about to sleep', flush=True)\nsignal.signal(signal.SIGINT, signal.SIG_DFL)\ntime.sleep(150)\n",
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
    works: Works, github: StubServer
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


def test_without_a_dvc_remote_nothing_is_trained_that_nobody_could_get(
    works: Works, github: StubServer
) -> None:
    works.desk.dvc("remote", "remove", "--quiet", "storage")
    works.data("1\n2\n4\n", push=False)
    works.desk.commit("New data, and no remote")
    works.desk.git("push", "--quiet", "origin", "main")
    folder = ("--folder", "../handoff")
    works.desk.mlgit("retrain", "--step", "claim", *folder)
    said = works.desk.mlgit("retrain", "--step", "fetch", *folder, exit_code=4).err
    assert "the repository has no DVC remote, so nobody could get model.txt that a training makes" in said
    assert (works.trainings, github.contents.pulls()) == (0, [])
    works.desk.write(
        "dvc.yaml", works.desk.read("dvc.yaml").replace("[model.txt]", "[model.txt: {cache: false}]")
    )
    works.desk.write(".gitignore", "__pycache__/\n")
    works.desk.commit("Results in Git")
    works.desk.git("push", "--quiet", "origin", "main")
    works.desk.mlgit("retrain", "--step", "claim", *folder)
    for step in ("fetch", "train", "keep", "conclude"):
        works.desk.mlgit("retrain", "--step", step, *folder)
    assert (works.trainings, len(github.contents.pulls())) == (1, 1)
