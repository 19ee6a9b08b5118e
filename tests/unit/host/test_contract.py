"""What every host promises, tried on each: GitHub's test server, the folder in .git, and one that is in memory."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from mlgit.errors import UsageError
from mlgit.git.repository import Repository
from mlgit.host import choose, github, local
from mlgit.host.check_run import Verdict, post_check
from mlgit.host.choose import Host
from mlgit.host.ci import CI, Annotation
from mlgit.host.forge import ExistsError, Forge, NewCheck, Proposal
from mlgit.host.github.forge import GitHub
from mlgit.host.local.forge import LocalForge
from mlgit.host.proposals import close_issues, propose, report_issue
from mlgit.host.sticky import post_report
from mlgit.runs.statement import PERSON
from mlgit.world.context import Context, SilentConsole, real_context
from tests.github.reports import KEY, report
from tests.github.scene import Scene
from tests.unit.host import example_host
from tests.unit.host.example_host import ExampleCI, ExampleForge

PROPOSAL = Proposal(head="retrain", base="main", title="Retrain churn", body="why")
HEAD = "a" * 40


def repository_at(folder: Path) -> Repository:
    folder.mkdir()
    for arguments in (("init",), ("commit", "--allow-empty", "--message", "a"), ("branch", "retrain")):
        subprocess.run(("git", *arguments), cwd=folder, check=True, capture_output=True)
    return Repository(context_at(folder), folder)


def context_at(folder: Path, **environment: str) -> Context:
    here = real_context(SilentConsole())
    kept = {name: value for name, value in here.environment.items() if not name.startswith("GITHUB_")}
    return Context(
        directory=folder, environment=kept | environment, processes=here.processes, console=SilentConsole()
    )


@pytest.fixture(params=["github", "local", "example"])
def forge(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Forge]:
    if request.param == "github":
        scene = Scene()
        yield scene.forge
        assert scene.state.violations == []
    else:
        repository = repository_at(tmp_path / "churn")
        made = local if request.param == "local" else example_host
        yield made.forge_of(repository.context, repository)


def members(port: type) -> set[str]:
    return {name for name in vars(port) if not name.startswith("_")}


def test_every_host_has_all_of_both_ports(forge: Forge) -> None:
    assert members(Forge) <= set(dir(forge))


def test_one_pull_request_for_two_branches(forge: Forge) -> None:
    made = forge.create_pull_request(PROPOSAL)
    assert made.head.endswith(":retrain")
    assert forge.pull_requests_from("retrain", base="main") == [forge.pull_request(made.number)]
    with pytest.raises(ExistsError):
        forge.create_pull_request(PROPOSAL)
    changed = forge.update_pull_request(
        made.number, Proposal(head="retrain", base="main", title="T", body="B")
    )
    assert (changed.title, changed.body, changed.number) == ("T", "B", made.number)
    assert made.number in [one.number for one in forge.pull_requests_at(changed.head_sha)]
    assert forge.ended_pull_requests_from("retrain", base="main") == []
    with pytest.raises(UsageError) as caught:
        forge.pull_request(99)
    assert caught.value.code == "pull-request-unknown"


def test_comments_are_ours_and_oldest_first(forge: Forge) -> None:
    number = forge.create_pull_request(PROPOSAL).number
    first, second = (forge.create_comment(number, body) for body in ("one", "two"))
    assert forge.update_comment(first.id, "three").body == "three"
    assert [(one.id, one.body, one.mine) for one in forge.comments(number)] == [
        (first.id, "three", True),
        (second.id, "two", True),
    ]


def test_a_check_is_found_by_its_commit_and_name(forge: Forge) -> None:
    new = NewCheck(name="mlgit", head_sha=HEAD, key="k", conclusion="failure", title="t", summary="s")
    made = forge.create_check(new)
    assert [(one.id, one.key) for one in forge.checks(HEAD, "mlgit")] == [(made.id, "k")]
    assert forge.checks(HEAD, "other") == forge.checks("b" * 40, "mlgit") == []


def test_an_issue_is_open_until_it_is_closed(forge: Forge) -> None:
    made = forge.create_issue("Old", "a", ["mlgit"])
    assert forge.update_issue(made.number, "New", "b").title == "New"
    assert [(one.title, one.body, one.mine) for one in forge.open_issues("mlgit")] == [("New", "b", True)]
    assert forge.open_issues("other") == []
    assert forge.close_issue(made.number, "done").body == "done"
    assert forge.open_issues("mlgit") == []


def test_what_exists_is_found_again_and_never_doubled(forge: Forge) -> None:
    number = forge.create_pull_request(PROPOSAL).number
    said = ("a", "a", "b")
    expected = ["created", "unchanged", "updated"]
    assert [post_report(forge, number, KEY, report(one)).outcome for one in said] == expected
    outcomes = [
        propose(forge, KEY, head="retrain", base="main", title="t", document=report(one)).outcome
        for one in said
    ]
    assert outcomes == ["updated", "unchanged", "updated"]
    assert [report_issue(forge, KEY, title="t", document=report(one)).outcome for one in said] == expected
    assert [key for key, _ in close_issues(forge, [KEY], "mended").issues] == [KEY]
    verdict = Verdict(name="mlgit", head_sha=HEAD, conclusion="success", title="t", document=report())
    assert len({post_check(forge, KEY, verdict).url for _ in range(2)}) == 1


class Job(NamedTuple):
    """A job of a CI, and how what it was told is read back."""

    ci: CI
    outputs: Callable[[], str]
    summary: Callable[[], str]


def job_on_github(folder: Path) -> Job:
    (folder / "event.json").write_text("{}")
    variables = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_REPOSITORY": "octo-org/churn",
        "GITHUB_RUN_ID": "7",
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_EVENT_PATH": str(folder / "event.json"),
        "GITHUB_WORKFLOW": "mlgit-ci",
        "GITHUB_TOKEN": "hidden-token-of-the-job",
    }
    ci = choose.ci_of(context_at(folder, **variables))
    return Job(ci, (folder / "output").read_text, (folder / "summary").read_text)


def job_of_the_example(folder: Path) -> Job:
    ci = ExampleCI(context_at(folder, EXAMPLE_JOB="7", EXAMPLE_TOKEN="hidden-token-of-the-job"))
    return Job(
        ci, lambda: "".join(f"{name}={value}\n" for name, value in ci.outputs.items()), lambda: ci.summary
    )


@pytest.mark.parametrize("made", [job_on_github, job_of_the_example])
def test_a_job_tells_where_it_is_and_is_told_what_came_of_it(
    made: Callable[[Path], Job], tmp_path: Path
) -> None:
    ci, outputs, summary = made(tmp_path)
    assert members(CI) <= set(dir(ci))
    assert ci.is_job
    assert ci.has_summary
    assert (ci.event, ci.run, ci.workflow, ci.payload()) == ("push", "7", "mlgit-ci", {})
    assert ci.artifacts_address.startswith("https://")
    assert "retrain" in ci.opening_address(base="main", branch="retrain")
    assert ci.invocation.builder != PERSON
    assert ci.credential is not None
    assert ci.credential.server.startswith("https://")
    ci.write_outputs({"train": "true", "base": "abc"})
    assert outputs() == "train=true\nbase=abc\n"
    ci.add_to_summary("# hidden-token-of-the-job\n")
    assert summary().startswith("# ")
    assert "hidden" not in summary()
    assert ci.annotated([Annotation(level="error", title="t", message="m")]).count("\n") == 1


def test_a_run_that_is_no_job_tells_nothing(tmp_path: Path) -> None:
    ci = choose.ci_of(context_at(tmp_path))
    assert not ci.is_job
    assert not ci.has_summary
    empty = ("", "", "", "", "", {})
    assert (ci.event, ci.run, ci.workflow, ci.base_branch, ci.artifacts_address, ci.payload()) == empty
    assert (ci.pull_request, ci.credential, ci.invocation.builder) == (None, None, PERSON)
    assert ci.opening_address(base="main", branch="retrain") == ""
    assert ci.annotated([Annotation(level="error", title="t", message="m")]) == ""
    ci.add_to_summary("nobody reads it")
    with pytest.raises(UsageError) as caught:
        ci.write_outputs({"train": "true"})
    assert caught.value.code == "github-output"


@pytest.mark.parametrize("host", [github, local, example_host])
def test_what_judges_and_what_is_rendered_is_automation(host: ModuleType) -> None:
    assert members(Host) <= set(dir(host))
    assert all(path.startswith(host.AUTOMATION) for path in (*host.JUDGES, *host.MANAGED))


@pytest.fixture
def with_example(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do what a new host does to `host/choose`: stand in its list."""
    example: Host = example_host
    monkeypatch.setattr(choose, "SERVERS", (example, *choose.SERVERS))
    monkeypatch.setattr(choose, "HOSTS", (example, *choose.HOSTS))


@pytest.mark.usefixtures("with_example")
def test_a_new_host_is_chosen_by_its_job_and_no_other_is(tmp_path: Path) -> None:
    repository = repository_at(tmp_path / "churn")
    there = context_at(tmp_path, EXAMPLE_JOB="7", EXAMPLE_TOKEN="t", GH_TOKEN="t", OTHER="kept")
    assert isinstance(choose.ci_of(there), ExampleCI)
    assert isinstance(choose.forge_of(there, repository, "origin"), ExampleForge)
    assert isinstance(choose.forge_of(there, repository, ""), LocalForge)
    job = choose.with_credential(there)
    assert job.credential is not None
    stranger = choose.untrusted(job)
    assert stranger.credential is None
    assert {"EXAMPLE_TOKEN", "GH_TOKEN", "OTHER"} & set(stranger.environment) == {"OTHER"}
    here = context_at(tmp_path, GITHUB_TOKEN="t", GITHUB_REPOSITORY="octo-org/churn")
    assert isinstance(choose.forge_of(here, repository, "origin"), GitHub)


def test_a_remote_without_a_job_is_githubs(tmp_path: Path) -> None:
    repository = repository_at(tmp_path / "churn")
    with pytest.raises(UsageError) as caught:
        choose.forge_of(context_at(tmp_path), repository, "origin")
    assert caught.value.code == "token-missing"
