"""`mlgit comment` from a checkout: against GitHub's stub server, and without a forge."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest

from tests.cli.comment_scene import branched
from tests.driver import Person
from tests.github.stub_server import StubServer


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[StubServer]:
    for name in [name for name in os.environ if name.startswith(("GITHUB_", "GH_", "MLGIT_"))]:
        monkeypatch.delenv(name)
    with StubServer() as stub:
        for name, value in stub.environment().items():
            monkeypatch.setenv(name, value)
        yield stub
        assert stub.state.violations == []


def writes(github: StubServer) -> list[str]:
    return [f"{seen.method} {seen.target}" for seen in github.state.requests if seen.method != "GET"]


def test_it_is_created_once_and_then_updated(person: Person, github: StubServer) -> None:
    _, head = branched(person)
    number = github.contents.add_pull_request(head_sha=head)
    first = person.mlgit("comment")
    assert f"created the comment of pull request {number}" in first.err
    [comment] = github.contents.comments(number)
    assert "`main` (" in comment["body"]
    assert "→ `deeper` (" in comment["body"]
    assert "| `roc_auc` | 0.8 | 0.9 | +0.1 | no interval |" in comment["body"]
    assert "```mermaid" in comment["body"]
    assert "unchanged the comment" in person.mlgit("comment").err
    person.write("metrics.json", '{"roc_auc": 0.7, "log_loss": 0.1}')
    new = person.commit("Worse")
    github.contents.pulls()[0]["head"]["sha"] = new
    assert "updated the comment" in person.mlgit("comment").err
    [comment] = github.contents.comments(number)
    assert "| `roc_auc` | 0.8 | 0.7 | -0.1 | no interval |" in comment["body"]


def test_a_check_run_says_the_verdict(person: Person, github: StubServer) -> None:
    _, head = branched(person)
    github.contents.add_pull_request(head_sha=head)
    person.mlgit("comment")
    [check] = github.contents.checks()
    assert (check["name"], check["head_sha"], check["conclusion"]) == ("mlgit report", head, "neutral")
    assert (
        check["output"]["title"]
        == "Not verified: nothing was measured again; 2 metrics changed; 2 not judged"
    )
    assert github.state.haste == []
    person.mlgit("comment")
    assert len(github.contents.checks()) == 1


def test_a_file_that_cannot_be_read_fails_the_check(person: Person, github: StubServer) -> None:
    branched(person)
    person.write("metrics.json", "{broken")
    head = person.commit("Break")
    number = github.contents.add_pull_request(head_sha=head)
    person.mlgit("comment")
    assert github.contents.checks()[0]["conclusion"] == "failure"
    assert "Cannot be read:\n\n- at the head: `metrics.json" in github.contents.comments(number)[0]["body"]


def test_two_workflows_and_two_models_never_overwrite_each_other(
    person: Person, github: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, head = branched(person)
    number = github.contents.add_pull_request(head_sha=head)
    for workflow in ("nightly", "mlgit-ci", "nightly"):
        monkeypatch.setenv("GITHUB_WORKFLOW", workflow)
        person.mlgit("comment")
        person.mlgit("comment", "--model", "churn")
    assert len(github.contents.comments(number)) == 4


def test_the_pull_request_of_a_job_is_found_by_its_reference(
    person: Person, github: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, head = branched(person)
    github.contents.add_pull_request(head_sha=head)
    other = github.contents.add_pull_request(head_sha=head, head="other", base="next")
    refused = person.mlgit("comment", exit_code=2)
    assert "several pull requests stand at this commit" in refused.err
    person.git("branch", "next", "main")
    monkeypatch.setenv("GITHUB_REF", f"refs/pull/{other}/merge")
    person.mlgit("comment")
    assert len(github.contents.comments(other)) == 1


def test_named_commits_and_a_named_pull_request(person: Person, github: StubServer) -> None:
    branched(person)
    number = github.contents.add_pull_request(head_sha="c" * 40)
    person.mlgit("comment", "main", "HEAD", "--pr", str(number))
    [comment] = github.contents.comments(number)
    assert "`main` (" in comment["body"]
    assert github.contents.checks() == []


def test_a_dry_run_prints_and_posts_nothing(
    person: Person, github: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, head = branched(person)
    number = github.contents.add_pull_request(head_sha=head)
    assert person.mlgit("comment", "--dry-run").out.startswith("<!-- mlgit:comment ")
    assert github.state.requests == []
    monkeypatch.delenv("GITHUB_TOKEN")
    assert "| `depth` | 2 | 4 | +2 |" in person.mlgit("comment", "--dry-run").out
    monkeypatch.setenv("GITHUB_TOKEN", "token")
    assert "`deeper`" in person.mlgit("comment", "--dry-run", "--pr", str(number)).out
    assert writes(github) == []


def test_a_read_only_token_is_no_failure(
    person: Person, github: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, head = branched(person)
    number = github.contents.add_pull_request(head_sha=head, fork="mona/churn")
    monkeypatch.setenv("GITHUB_TOKEN", "read-only")
    summary = person.folder.parent / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    answer = person.mlgit("comment")
    assert "warning: the token may not comment" in answer.err
    assert "::warning title=mlgit::" in answer.out
    assert summary.read_text().startswith("before\n")
    assert "| `roc_auc` | 0.8 | 0.9 | +0.1 | no interval |" in summary.read_text()
    assert github.contents.comments(number) == []
    person.mlgit("comment", "--strict", exit_code=1)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY")
    assert "| `roc_auc` |" in person.mlgit("comment").out


def test_no_token_no_pull_request_no_base(
    person: Person, github: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    branched(person)
    assert "--local" in person.mlgit("comment", exit_code=2).err
    assert "no pull request 99" in person.mlgit("comment", "--pr", "99", exit_code=2).err
    github.contents.add_pull_request(head_sha="c" * 40, base="elsewhere")
    assert "git fetch --unshallow" in person.mlgit("comment", "--pr", "1", exit_code=2).err
    assert "names no commit" in person.mlgit("comment", "nowhere", "HEAD", "--pr", "1", exit_code=2).err
    monkeypatch.delenv("GITHUB_TOKEN")
    assert "no token" in person.mlgit("comment", exit_code=2).err


def test_bad_arguments(person: Person) -> None:
    branched(person)
    assert "go together" in person.mlgit("comment", "--artifact", ".", exit_code=2).err
    assert "go together" in person.mlgit("comment", "--event", "e.json", exit_code=2).err
    assert (
        "takes no revision"
        in person.mlgit("comment", "main", "--artifact", ".", "--event", "e.json", exit_code=2).err
    )
    assert "no model 'x'" in person.mlgit("comment", "--dry-run", "--model", "x", exit_code=2).err


def test_the_token_is_in_no_output(
    person: Person, github: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    branched(person)
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_secretsecretsecret")
    answer = person.mlgit("comment", "--pr", "1", exit_code=2)
    assert "secretsecret" not in answer.out + answer.err


def test_without_a_forge_the_comment_stays_in_the_repository(person: Person, github: StubServer) -> None:
    branched(person)
    assert "dry" not in person.mlgit("comment", "--local", "--dry-run").err
    assert not (person.folder / ".git/mlgit/forge/items").exists()
    answer = person.mlgit("comment", "--local")
    assert "created the comment of pull request 1" in answer.err
    assert "| `roc_auc` | 0.8 | 0.9 | +0.1 | no interval |" in answer.out
    kept = json.loads((person.folder / ".git/mlgit/forge/items/1.json").read_text())
    assert (kept["head"], kept["base"], kept["title"]) == ("deeper", "main", "Deeper trees")
    person.write("metrics.json", '{"roc_auc": 0.7, "log_loss": 0.1}')
    person.commit("Worse")
    assert "updated the comment of pull request 1" in person.mlgit("comment", "--local").err
    assert len(list((person.folder / ".git/mlgit/forge/comments").glob("*.json"))) == 1
    person.git("switch", "--quiet", "main")
    assert "git switch --create" in person.mlgit("comment", "--local", exit_code=2).err
    assert github.state.requests == []
