"""The forge that is a folder: the same promises, kept in .git, by several processes at once."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mlgit.errors import ExternalError, UsageError
from mlgit.git.repository import Repository
from mlgit.host.check_run import Verdict, post_check
from mlgit.host.forge import ExistsError, Proposal
from mlgit.host.local.forge import LocalForge
from mlgit.host.proposals import Closed, close_issues, propose, report_issue
from mlgit.host.sticky import marker_of, post_report
from mlgit.world.context import Context, SilentConsole, real_context
from mlgit.world.processes import SystemProcesses
from tests.github.reports import KEY, report

PROPOSAL = Proposal(head="deeper", base="main", title="Deeper trees", body="why")


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def forge_at(folder: Path) -> LocalForge:
    here = real_context(SilentConsole())
    context = Context(
        directory=folder, environment=here.environment, processes=SystemProcesses(), console=SilentConsole()
    )
    return LocalForge(Repository(context, folder))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "churn"
    folder.mkdir()
    git(folder, "init")
    for name, branch in (("a", "main"), ("b", "deeper")):
        git(folder, "switch", "--create", branch) if branch != "main" else None
        (folder / name).write_text(name)
        git(folder, "add", name)
        git(folder, "commit", "--message", name)
    return folder


@pytest.fixture
def forge(folder: Path) -> LocalForge:
    return forge_at(folder)


def test_a_pull_request_follows_its_branch(folder: Path, forge: LocalForge) -> None:
    pull = forge.create_pull_request(PROPOSAL)
    assert (pull.number, pull.head, pull.head_sha) == (1, "local:deeper", git(folder, "rev-parse", "deeper"))
    git(folder, "commit", "--allow-empty", "--message", "more")
    assert forge.pull_requests_at(git(folder, "rev-parse", "deeper")) == [forge.pull_request(1)]
    assert forge.pull_requests_at(pull.head_sha) == []
    with pytest.raises(ExistsError):
        forge.create_pull_request(PROPOSAL)
    forge.end_pull_request(1, "merged")
    assert forge.pull_requests_from("deeper", base="main") == []
    assert forge.create_pull_request(PROPOSAL).number == 2


def test_a_pull_request_that_ended_stays_at_its_commit(folder: Path, forge: LocalForge) -> None:
    ended_at = forge.create_pull_request(PROPOSAL).head_sha
    assert forge.ended_pull_requests_from("deeper", base="main") == []
    forge.end_pull_request(1, "closed")
    git(folder, "commit", "--allow-empty", "--message", "more")
    (ended,) = forge.ended_pull_requests_from("deeper", base="main")
    assert (ended.number, ended.head_sha) == (1, ended_at)
    assert forge.ended_pull_requests_from("deeper", base="other") == []
    second = forge.create_pull_request(PROPOSAL).number
    git(folder, "switch", "main")
    git(folder, "branch", "-D", "deeper")
    forge.end_pull_request(second, "merged")
    assert forge.ended_pull_requests_from("deeper", base="main") == [ended]


def test_a_branch_that_is_gone_ends_its_pull_request(folder: Path, forge: LocalForge) -> None:
    forge.create_pull_request(PROPOSAL)
    git(folder, "switch", "main")
    git(folder, "branch", "-D", "deeper")
    assert forge.pull_requests_from("deeper", base="main") == []


def test_the_one_comment(forge: LocalForge, folder: Path) -> None:
    number = forge.create_pull_request(PROPOSAL).number
    forge.create_comment(number, f"{marker_of(KEY)}\nquoted", author="mona")
    outcomes = [post_report(forge, number, KEY, report(verdict)).outcome for verdict in ("a", "a", "b")]
    assert outcomes == ["created", "unchanged", "updated"]
    assert [comment.author for comment in forge_at(folder).comments(number)] == ["mona", "mlgit"]
    assert git(folder, "status", "--porcelain") == ""


def test_checks_issues_and_proposals(forge: LocalForge, folder: Path) -> None:
    head = git(folder, "rev-parse", "HEAD")
    verdict = Verdict(
        name="mlgit",
        head_sha=head,
        conclusion="success",
        title="t",
        document=report(),
    )
    post_check(forge, KEY, verdict)
    post_check(forge, KEY, verdict)
    assert len(forge.checks(head, "mlgit")) == 1
    outcomes = [
        propose(forge, KEY, head="deeper", base="main", title="t", document=report(verdict)).outcome
        for verdict in ("a", "a", "b")
    ]
    assert outcomes == ["created", "unchanged", "updated"]
    outcomes = [
        report_issue(forge, KEY, title="t", document=report(verdict)).outcome for verdict in ("a", "a", "b")
    ]
    assert outcomes == ["created", "unchanged", "updated"]
    (issue,) = forge.open_issues("mlgit")
    assert "\nb\n" in issue.body
    assert close_issues(forge, [KEY], "mended") == Closed(issues=((KEY, issue.url),))
    assert (forge.open_issues("mlgit"), close_issues(forge, [KEY], "mended")) == ([], Closed())
    assert report_issue(forge, KEY, title="t", document=report()).outcome == "created"


def test_a_second_work_tree_has_the_same_forge(forge: LocalForge, folder: Path, tmp_path: Path) -> None:
    forge.create_pull_request(PROPOSAL)
    git(folder, "worktree", "add", "--detach", str(tmp_path / "second"))
    assert forge_at(tmp_path / "second").pull_request(1).title == "Deeper trees"


def test_many_writers_at_once_lose_nothing(forge: LocalForge, folder: Path) -> None:
    number = forge.create_pull_request(PROPOSAL).number
    with ThreadPoolExecutor(8) as pool:
        made = list(
            pool.map(lambda count: forge_at(folder).create_comment(number, f"remark {count}"), range(40))
        )
    assert len({comment.id for comment in made}) == 40
    assert {comment.body for comment in forge.comments(number)} == {f"remark {count}" for count in range(40)}


def test_what_is_not_there_and_what_is_damaged(forge: LocalForge, folder: Path) -> None:
    for attempt in (
        lambda: forge.pull_request(7),
        lambda: forge.create_comment(7, "x"),
        lambda: forge.create_pull_request(Proposal(head="none", base="main", title="t", body="")),
        lambda: forge.pull_request(int(forge.create_issue("t", "b", []).number)),
    ):
        with pytest.raises(UsageError):
            attempt()
    forge.create_pull_request(PROPOSAL)
    path = next((folder / ".git" / "mlgit" / "forge" / "items").glob("2.json"))
    for content in (b"", b"{", b'{"title": 1}', b"\xff"):
        path.write_bytes(content)
        with pytest.raises(ExternalError) as caught:
            forge.pull_request(2)
        assert (caught.value.code, caught.value.where) == ("forge-file", str(path))
