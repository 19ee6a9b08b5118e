"""A job of GitHub Actions: what its variables and files say, and how it is told something."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlgit.errors import UsageError
from mlgit.host.ci import Annotation
from mlgit.host.github.ci import GitHubActions
from mlgit.world.context import Context, Credential, SilentConsole
from mlgit.world.processes import SystemProcesses

RUN = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.example",
    "GITHUB_REPOSITORY": "octo-org/churn",
    "GITHUB_RUN_ID": "7",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_EVENT_NAME": "push",
    "GITHUB_ACTOR": "mona",
    "RUNNER_ENVIRONMENT": "github-hosted",
}


def job(directory: Path = Path("/"), **environment: str) -> GitHubActions:
    return GitHubActions(
        Context(
            directory=directory,
            environment=environment,
            processes=SystemProcesses(),
            console=SilentConsole(),
        )
    )


def test_what_a_record_tells_of_a_run() -> None:
    told = job(**RUN).invocation
    assert told.event == "push"
    assert told.facts == {
        "repository": "octo-org/churn",
        "event": "push",
        "actor": "mona",
        "run": "7",
        "attempt": "2",
        "runner": "github-hosted",
    }
    assert told.address == "https://github.example/octo-org/churn/actions/runs/7/attempts/2"
    assert told.repository == "https://github.example/octo-org/churn"


def test_the_two_kinds_of_runners_are_told_apart() -> None:
    ids = {
        job(GITHUB_ACTIONS="true", RUNNER_ENVIRONMENT="github-hosted").invocation.builder,
        job(GITHUB_ACTIONS="true").invocation.builder,
        job(GITHUB_EVENT_NAME="push").invocation.builder,
    }
    assert ids == {
        "https://github.com/actions/runner/github-hosted",
        "https://github.com/actions/runner/self-hosted",
        "urn:mlgit:builder:person",
    }


def test_variables_without_a_job_are_no_event_of_a_record() -> None:
    assert job(GITHUB_EVENT_NAME="push").invocation.event == ""
    assert job(**{**RUN, "GITHUB_SERVER_URL": "http://plain"}).invocation.repository == ""


def test_git_gets_the_token_for_the_jobs_own_https_server_only() -> None:
    server = "https://github.example"
    known = Credential(server=server, user="x-access-token", variable="GITHUB_TOKEN")
    assert job(GITHUB_SERVER_URL=server, GITHUB_TOKEN="t").credential == known
    assert job(GITHUB_SERVER_URL="http://github.example", GITHUB_TOKEN="t").credential is None
    assert job(GITHUB_SERVER_URL=server).credential is None
    assert job(GITHUB_TOKEN="t").credential is None


@pytest.mark.parametrize(
    ("reference", "number"),
    [("refs/pull/12/merge", 12), ("refs/pull/12/head", 12), ("refs/heads/main", None), ("refs/pull/0/merge", None), ("", None)],
)  # fmt: skip
def test_the_pull_request_of_a_reference(reference: str, number: int | None) -> None:
    assert job(GITHUB_REF=reference).pull_request == number


def test_an_annotation_ends_no_command_and_starts_none() -> None:
    hostile = Annotation(level="error", title="a:b,c", message="100%\n::set-output::x", path="a,b:c", line=3)
    assert job(GITHUB_ACTIONS="true").annotated([hostile]) == (
        "::error file=a%2Cb%3Ac,line=3,title=a%3Ab%2Cc::100%25%0A::set-output::x\n"
    )
    assert job().annotated([hostile]) == ""


def test_outputs_and_summary_are_appended(tmp_path: Path) -> None:
    summary = tmp_path / "summary"
    here = job(tmp_path, GITHUB_OUTPUT="output", GITHUB_STEP_SUMMARY=str(summary))
    here.write_outputs({"train": "true", "base": "abc"})
    here.write_outputs({"digest": "0"})
    here.add_to_summary("# One\n")
    here.add_to_summary("# Two\n")
    assert (tmp_path / "output").read_text() == "train=true\nbase=abc\ndigest=0\n"
    assert summary.read_text() == "# One\n# Two\n"
    with pytest.raises(UsageError) as caught:
        job().write_outputs({"a": "b"})
    assert caught.value.code == "github-output"


def test_the_payload_is_the_jobs_or_the_one_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "job.json").write_text('{"after": "abc"}')
    (tmp_path / "mine.json").write_text('{"after": "def"}')
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "cut.json").write_text('{"after": ')
    (tmp_path / "bytes.json").write_bytes(b'{"a": "\xff"}')
    here = job(tmp_path, GITHUB_EVENT_PATH="job.json")
    assert here.payload() == {"after": "abc"}
    assert here.payload(Path("mine.json")) == {"after": "def"}
    assert job(tmp_path).payload() == {}
    for wrong in ("list.json", "cut.json", "bytes.json", "missing.json"):
        with pytest.raises(UsageError) as caught:
            here.payload(Path(wrong))
        assert caught.value.code == "trigger-payload"


def ended(tmp_path: Path, **change: object) -> Path:
    run = {
        "event": "pull_request",
        "head_sha": "a" * 40,
        "html_url": "https://github.example/octo-org/churn/actions/runs/7",
        "name": "mlgit-ci",
        "head_branch": "deeper",
        "head_repository": {"owner": {"login": "mona"}},
        "conclusion": "failure",
        "run_started_at": "2026-01-05T12:00:00Z",
        "updated_at": "2026-01-05T12:01:30Z",
    }
    file = tmp_path / "event.json"
    file.write_text(json.dumps({"workflow_run": {**run, **change}}))
    return file


def test_a_run_that_ended(tmp_path: Path) -> None:
    told = job().finished_run(ended(tmp_path))
    assert (told.head, told.name, told.failed, told.seconds) == ("mona:deeper", "mlgit-ci", True, 90)
    assert told.address == "https://github.example/octo-org/churn/actions/runs/7#artifacts"


@pytest.mark.parametrize(
    "change", [{"head_repository": None}, {"updated_at": "2026-01-05T11:00:00Z"}, {"updated_at": "2026-01-05T12:01:30"}]
)  # fmt: skip
def test_what_a_run_that_ended_does_not_tell_is_left_open(tmp_path: Path, change: dict[str, object]) -> None:
    told = job().finished_run(ended(tmp_path, **change))
    assert told.head == "" or told.seconds is None


def test_another_kind_of_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        job().finished_run(ended(tmp_path, event="push"))
    assert caught.value.code == "event-kind"
