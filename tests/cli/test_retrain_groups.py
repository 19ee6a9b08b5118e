"""`ct.groups`: one pull request for several models, in which nothing is lost, doubled or decided twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.group_repository import GROUPS, Three, settings
from tests.cli.retrain_repository import SETTINGS, Works
from tests.github.stub_server import StubServer
from tests.isolation import in_isolation

pytestmark = pytest.mark.slow

BRANCH = "mlgit/retrain/nightly-hand"


@pytest.fixture(scope="session")
def three_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Three models with a server. Do not change it: copy it."""
    folder = tmp_path_factory.mktemp("three")
    with in_isolation(tmp_path_factory.mktemp("home"), TRAININGS=str(folder / "trainings")):
        yield Three(folder, GROUPS, SETTINGS).folder


@pytest.fixture
def works(three_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Works:
    monkeypatch.setenv("TRAININGS", str(tmp_path / "trainings"))
    return Three.copied(three_once, tmp_path)


@pytest.fixture
def three(works: Works) -> Three:
    assert isinstance(works, Three)
    return works


def test_a_group_is_one_pull_request_and_what_waits_in_it_stays(three: Three, github: StubServer) -> None:
    three.rows("a", "1 2 4")
    three.rows("b", "1 2 5")
    dry = three.desk.mlgit("retrain", "--dry-run").out
    assert "a: would be trained with the group nightly" in dry
    done = three.retrain()
    assert {name: (one["ending"], one["branch"]) for name, one in done.items()} == {
        "a": ("proposed", BRANCH),
        "b": ("proposed", BRANCH),
    }
    (pull,) = github.contents.pulls()
    assert pull["title"].startswith("Retrain 2 models of nightly (hand): ")
    assert "- `a`: out of date:" in pull["body"]
    assert "- `b`: out of date:" in pull["body"]
    assert "From earlier runs" not in pull["body"]
    first = three.server_git("rev-parse", BRANCH)
    three.rows("b", "1 2 7")
    three.rows("c", "1 2 8")
    assert set(three.retrain()) == {"b", "c"}
    (pull, other) = github.contents.pulls()
    assert other["title"].startswith("Retrain 1 model of rest (hand): ")
    assert "### From earlier runs, and as new as they were" in pull["body"]
    assert "- `a`: trained on " in pull["body"]
    assert pull["title"].startswith("Retrain 2 models of nightly")
    for path in ("a/dvc.lock", "a/metrics.json"):
        assert three.on(BRANCH, path) == three.on(first, path) != three.on("main", path)
    assert json.loads(three.on(BRANCH, "b/metrics.json")) == {"r2": 10.0}
    assert three.server_git("rev-list", "--count", f"main..{BRANCH}") == "1"
    assert three.server_git("diff", "--name-only", "main", BRANCH, "--", "c") == ""
    assert three.trainings == 4


def test_what_a_person_closed_is_not_proposed_again(three: Three, github: StubServer) -> None:
    three.rows("a", "1 2 4")
    three.retrain()
    (pull,) = github.contents.pulls()
    github.contents.move_head(pull["number"], three.server_git("rev-parse", BRANCH))
    pull["state"] = "closed"
    three.rows("b", "1 2 5")
    three.retrain()
    (_, pull) = github.contents.pulls()
    assert pull["title"].startswith("Retrain 1 model of nightly")
    assert "From earlier runs" not in pull["body"]
    changed = three.server_git("diff", "--name-only", "main", BRANCH).split()
    assert "b/dvc.lock" in changed
    assert not [path for path in changed if path.startswith("a/")]


def test_all_that_pass_are_one_commit_and_what_fails_is_an_issue(three: Three, github: StubServer) -> None:
    three.desk.write("mlgit.yaml", settings("propose: commit, groups: {all: ['*']}"))
    three.desk.mlgit("sync")
    three.push("Commit what passes")
    three.rows("a", "1 2 4")
    three.rows("b", "1 1 1")
    three.rows("c", "1 2 5")
    before = three.server_git("rev-parse", "main")
    done = three.retrain(exit_code=1)
    assert {name: one["ending"] for name, one in done.items()} == {
        "a": "committed",
        "b": "worse",
        "c": "committed",
    }
    assert three.server_git("rev-list", "--count", f"{before}..main") == "1"
    said = three.server_git("log", "-1", "--format=%B", "main")
    assert said.startswith("Retrain 2 of all\n\na, c\n\nAsked for by hand.\n")
    assert said.count("Mlgit-Retrain: ") == 2
    assert three.server_git("diff", "--name-only", before, "main", "--", "b") == ""
    assert github.contents.pulls() == []
    assert [issue["title"] for issue in github.contents.issues()] == ["Retraining b: the new model is worse"]


def test_the_models_of_a_run_that_was_overtaken_are_proposed_each_by_itself(
    three: Three, github: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = ("--folder", str(three.folder / "handoff"))
    monkeypatch.setenv("GITHUB_RUN_ID", "1")
    three.rows("a", "1 2 4")
    for step in ("claim", "train", "keep"):
        three.desk.mlgit("retrain", "--step", step, *folder)
    three.desk.git("reset", "--quiet", "--hard")
    three.desk.git("clean", "--quiet", "--force", "-d")
    three.rows("b", "1 2 5")
    monkeypatch.setenv("GITHUB_RUN_ID", "2")
    assert {name: one["branch"] for name, one in three.retrain().items()} == {"b": BRANCH}
    monkeypatch.setenv("GITHUB_RUN_ID", "1")
    three.desk.mlgit("retrain", "--step", "conclude", *folder)
    heads = [pull["head"]["ref"] for pull in github.contents.pulls()]
    assert heads == [BRANCH, "mlgit/retrain/a-hand"]
    assert "From earlier runs" not in str(github.contents.pulls())
    three.desk.mlgit("retrain", "--step", "conclude", *folder)
    assert len(github.contents.pulls()) == 2


def test_a_conclusion_that_was_cut_off_between_two_models_comes_to_the_same_branch(
    three: Three, github: StubServer
) -> None:
    folder = ("--folder", str(three.folder / "handoff"))
    three.rows("a", "1 2 4")
    three.rows("b", "1 2 5")
    for step in ("claim", "train", "keep", "conclude"):
        three.desk.mlgit("retrain", "--step", step, *folder)
    tree = three.server_git("rev-parse", f"{BRANCH}^{{tree}}")
    forget(three, "b")
    three.desk.mlgit("retrain", "--step", "conclude", *folder)
    assert three.server_git("rev-parse", f"{BRANCH}^{{tree}}") == tree
    (pull,) = github.contents.pulls()
    assert pull["title"].startswith("Retrain 2 models of nightly")
    assert sorted(three.endings()) == ["proposed", "proposed"]


def forget(three: Three, name: str) -> None:
    """Take the outcome of a job out of the ledger, as if its run had been killed before it was written."""
    ref = "refs/mlgit/retraining"
    gone = [
        path for path, one in three.entries().items() if path.startswith("outcomes/") and one["unit"] == name
    ]
    three.server_git("read-tree", ref)
    three.server_git("rm", "--quiet", "--cached", "--", *gone)
    tree = three.server_git("write-tree")
    three.server_git("update-ref", ref, three.server_git("commit-tree", "-p", ref, "-m", "Forget", tree))
