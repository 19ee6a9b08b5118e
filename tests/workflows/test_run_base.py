"""Against what a change is judged: the base it goes to, the newest commit that was green, the merge queue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.driver import Person
from tests.github.answers import Account
from tests.github.stub_server import StubServer
from tests.workflows.small import job, results, run, told, with_model

TOKEN = "token-of-the-workflow-1234"


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[StubServer]:
    with StubServer("local/desk") as made:
        made.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", frozenset({"checks"}))}
        monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
        yield made
        assert made.state.violations == []


def ended(github: StubServer, commit: str, conclusion: str, name: str = "required") -> None:
    """Let CI have ended on a commit."""
    told = {
        "name": name,
        "head_sha": commit,
        "external_id": "",
        "status": "completed",
        "conclusion": conclusion,
    }
    github.contents.check(0, {**told, "output": {"title": "", "summary": ""}})


def pushed(desk: Person, github: StubServer, exit_code: int) -> dict[str, object]:
    words = ("push", "--workflow", "mlgit-ci", "--secret", "GITHUB_TOKEN", "--api-url", github.url)
    return run(desk, *words, exit_code=exit_code)


def broken(tmp_path: Path) -> tuple[Person, str, str]:
    """A default branch that a merge broke (nobody trained), with an innocent commit on top; the good and the bad commit."""
    desk = with_model(tmp_path / "desk")
    desk.git("switch", "--quiet", "main")
    good = desk.git("rev-parse", "HEAD")
    desk.git("merge", "--quiet", "--ff-only", "change")
    bad = desk.git("rev-parse", "HEAD")
    desk.write("README.md", "More words.\n")
    desk.commit("Explain")
    return desk, good, bad


@pytest.mark.parametrize("ending", ["cancelled", pytest.param("failure", marks=pytest.mark.slow)])
def test_a_broken_branch_stays_red_at_the_next_push(tmp_path: Path, github: StubServer, ending: str) -> None:
    desk, good, bad = broken(tmp_path)
    ended(github, good, "success")
    ended(github, bad, ending)
    outcome = pushed(desk, github, 1)
    told = job(outcome, "changes")["outputs"]
    assert (told["base"], told["code"], told["model"]) == (good, "false", "true")  # type: ignore[index]
    assert (results(outcome)["model"], results(outcome)["required"]) == ("failure", "failure")


@pytest.mark.slow
def test_what_was_green_is_not_looked_at_again(tmp_path: Path, github: StubServer) -> None:
    desk, _, bad = broken(tmp_path)
    ended(github, bad, "success")
    ended(github, bad, "failure", name="something else")
    assert set(results(pushed(desk, github, 0)).values()) == {"success", "skipped"}


@pytest.mark.slow
def test_where_nobody_knows_a_green_commit_everything_is_looked_at(
    tmp_path: Path, github: StubServer
) -> None:
    desk, *_ = broken(tmp_path)
    told = dict(job(pushed(desk, github, 1), "changes")["outputs"])  # type: ignore[call-overload]
    jobs = json.loads(told.pop("jobs"))
    assert told == {"base": "", "code": "true", "data": "true", "model": "true"}
    assert [one["models"] for one in jobs] == ["small"]


@pytest.mark.slow
def test_a_merge_queue_judges_what_it_would_merge(tmp_path: Path) -> None:
    desk = with_model(tmp_path / "desk", gates="[{r2: {min: 0.4, mode: point}}]")
    outcome = run(desk, "merge_group", exit_code=1)
    assert results(outcome)["model"] == "failure"
    assert "r2 at least 0.4: 0.25" in told(outcome, "model")
    desk.dvc("repro", "--quiet")
    desk.commit("Train")
    outcome = run(desk, "merge_group")
    found = results(outcome)
    assert (found["model"], found["required"]) == ("success", "success")
    steps = {step["name"]: step["result"] for step in job(outcome, "model")["steps"]}  # type: ignore[attr-defined]
    assert steps["Judge by the gates of the base"] == "success"
    assert steps.get("Hand the report to mlgit-comment", "skipped") == "skipped"
