"""Both halves, really executed one after the other: the run of the pull request, then the run that comments."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.driver import Person
from tests.github.answers import READ_ONLY, Account
from tests.github.stub_server import StubServer
from tests.workflows.combinations import few, rendered
from tests.workflows.reading import COMMENT, Rendered
from tests.workflows.small import job, results, run, with_model

REPOSITORY = "octo-org/churn"
TOKEN = "token-of-the-workflow-1234"


def rights() -> frozenset[str]:
    """Return what the rendered job that comments may write: GitHub's stub server gives its token no more."""
    (job,) = [one for one in Rendered(rendered(few()[0])).jobs if one.file == COMMENT]
    given = job.value["permissions"].items()
    return frozenset(name.replace("-", "_") for name, right in given if right == "write")


class Play:
    """A repository on GitHub with a pull request, and what its workflows hand over."""

    def __init__(self, person: Person, github: StubServer, folder: Path) -> None:
        self.person = person
        self.github = github
        self.artifacts = folder / "artifacts"
        person.git("remote", "add", "origin", f"https://github.com/{REPOSITORY}.git")
        person.dvc("repro", "--quiet")
        person.commit("Train")
        self.number = 0

    def opened(self, *, fork: str = "") -> None:
        head = self.person.git("rev-parse", "change")
        self.number = self.github.contents.add_pull_request(head_sha=head, head="change", fork=fork)

    def pushed(self, weight: int) -> None:
        """Train with another weight and push that to the branch of the pull request."""
        self.person.write("params.yaml", f'{{"weight": {weight}}}\n')
        self.person.dvc("repro", "--quiet")
        self.person.commit(f"Weight {weight}")
        self.github.contents.move_head(self.number, self.person.git("rev-parse", "change"))

    def ci(self, *more: str, exit_code: int = 0) -> dict[str, object]:
        return run(
            self.person, "pull_request", "--artifacts", str(self.artifacts), *more, exit_code=exit_code
        )

    def comment(self, *more: str, exit_code: int = 0) -> dict[str, object]:
        where = ("--artifacts", str(self.artifacts), "--api-url", self.github.url, "--secret", "GITHUB_TOKEN")
        answer = self.person.mlgit("run", "workflow_run", *where, *more, "--json", exit_code=exit_code)
        assert TOKEN not in answer.out + answer.err
        value = json.loads(answer.out)
        assert isinstance(value, dict)
        return value

    def bodies(self) -> list[str]:
        return [comment["body"] for comment in self.github.contents.comments(self.number)]


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Play]:
    """A play whose model has the gates of the parameter, none by default."""
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    with StubServer(REPOSITORY) as github:
        github.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", rights())}
        made = Play(with_model(tmp_path / "churn", gates=getattr(request, "param", "")), github, tmp_path)
        yield made
        assert github.state.violations == []


def test_the_comment_is_written_once_and_then_kept_up_to_date(play: Play) -> None:
    play.opened()
    assert results(play.ci())["model"] == "success"
    assert results(play.comment(), "mlgit-comment") == {"comment": "success"}
    (first,) = play.bodies()
    assert "r2" in first
    assert results(play.comment(), "mlgit-comment") == {"comment": "success"}
    assert play.bodies() == [first]


@pytest.mark.slow
@pytest.mark.parametrize("play", ["[{r2: {max: 0.6, mode: point}}], verify: {train: true}"], indirect=True)
def test_a_push_that_fails_a_gate_changes_the_one_comment(play: Play) -> None:
    play.opened()
    assert results(play.ci())["required"] == "success"
    play.comment()
    (first,) = play.bodies()
    assert "## ✅ Gates passed" in first
    play.pushed(3)
    assert results(play.ci(exit_code=1))["required"] == "failure"
    assert results(play.comment(), "mlgit-comment") == {"comment": "success"}
    (second,) = play.bodies()
    assert "## ❌ Gates failed" in second
    assert "| ❌\N{NO-BREAK SPACE}**FAIL** | `r2` | at most 0.6 | 0.75 |" in second
    assert [check["conclusion"] for check in play.github.contents.checks()] == ["success", "failure"]


@pytest.mark.slow
def test_a_fork_is_commented_from_what_is_in_git(play: Play) -> None:
    play.opened(fork="somebody/churn")
    assert results(play.ci("--fork"))["required"] == "success"
    assert results(play.comment("--fork"), "mlgit-comment") == {"comment": "success"}
    (body,) = play.bodies()
    assert "no access to the data" in body


def with_data(play: Play) -> None:
    """Let the branch of the pull request bring two more rows."""
    play.person.write("data/table.csv", "x\n1\n2\n3\n4\n5\n")
    play.person.dvc("add", "--quiet", "data/table.csv")
    play.person.dvc("repro", "--quiet")
    play.person.commit("More rows")


def steps(outcome: dict[str, object], name: str) -> dict[str, str]:
    """Return what became of the steps of a job that tell of the data."""
    found = {step["name"]: step["result"] for step in job(outcome, name)["steps"]}  # type: ignore[attr-defined]
    return {one: found[one] for one in found if "changed" in one}


TELLING = {"Name what changed of the data of the base": "success", "Tell what changed in the data": "success"}


def test_what_changed_in_the_data_is_told_in_the_comment(play: Play) -> None:
    with_data(play)
    play.opened()
    outcome = play.ci()
    assert (results(outcome)["required"], steps(outcome, "data")) == ("success", TELLING)
    assert "rows: 3 → 5: 2 added, 0 removed" in str(job(outcome, "data")["summary"])
    play.comment()
    (body,) = play.bodies()
    assert "<details><summary>What changed in the data: 1 changed, 2 rows added</summary>" in body
    assert "`data/table.csv`: changed\n\ntold by the contents" in body


@pytest.mark.slow
def test_a_fork_without_access_to_the_data_tells_what_the_digests_do(play: Play) -> None:
    with_data(play)
    play.opened(fork="somebody/churn")
    outcome = play.ci("--fork")
    assert (results(outcome)["required"], steps(outcome, "data")) == ("success", TELLING)
    play.comment("--fork")
    (body,) = play.bodies()
    assert "<details><summary>What changed in the data: 1 changed</summary>" in body
    assert "told by digests alone" in body
    assert "rows: not told, `the content of data/table.csv is neither in the cache nor" in body


@pytest.mark.slow
def test_a_token_that_may_not_write_is_no_failure(play: Play) -> None:
    play.opened()
    play.ci()
    play.github.state.accounts = {TOKEN: READ_ONLY}
    outcome = play.comment()
    assert results(outcome, "mlgit-comment") == {"comment": "success"}
    assert "r2" in str(job(outcome, "comment", "mlgit-comment")["summary"])
    assert play.bodies() == []


@pytest.mark.slow
def test_a_report_about_another_commit_is_refused(play: Play) -> None:
    play.opened()
    play.ci()
    place = play.artifacts / "mlgit-report.zip"
    files = {name: zipfile.ZipFile(place).read(name) for name in zipfile.ZipFile(place).namelist()}
    event = {**json.loads(files["event.json"]), "head_sha": "f" * 40}
    with zipfile.ZipFile(place, "w") as archive:
        for name, content in {**files, "event.json": json.dumps(event).encode()}.items():
            archive.writestr(name, content)
    outcome = play.comment(exit_code=1)
    assert results(outcome, "mlgit-comment") == {"comment": "failure"}
    assert "event.json names" in str(job(outcome, "comment", "mlgit-comment")["steps"])
    (body,) = play.bodies()
    assert "The report of the run was refused" in body


def test_a_run_without_a_report_is_told_as_what_it_is(play: Play) -> None:
    play.opened()
    assert results(play.comment(), "mlgit-comment") == {"comment": "success"}
    (body,) = play.bodies()
    assert "The run left no report" in body
    assert [check["conclusion"] for check in play.github.contents.checks()] == ["failure"]
