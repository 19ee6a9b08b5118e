"""The client against the stub server: every operation, pages, other hosts, errors in words, the token hidden."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from mlgit.errors import ExternalError, MlgitError, UsageError
from mlgit.host.forge import ExistsError, Proposal, RefusedError
from mlgit.host.github.client import next_page, repository_name
from mlgit.host.github.forge import connect
from mlgit.world.context import Context, SilentConsole
from mlgit.world.http import ExchangeError, Reply, Request
from mlgit.world.processes import SystemProcesses
from tests.github.answers import Fault
from tests.github.scene import HEAD, Scene
from tests.github.stub_server import StubServer


def context(**environment: str) -> Context:
    return Context(
        directory=Path("/"),
        environment=environment,
        processes=SystemProcesses(),
        console=SilentConsole(),
        clock=lambda: 0.0,
    )


def test_over_a_real_socket_below_the_prefix_of_an_enterprise_server() -> None:
    with StubServer(prefix="/api/v3") as server:
        number = server.state.contents.add_pull_request(head_sha=HEAD)
        for count in range(205):
            server.state.contents.add_comment(number, f"remark {count}")
        forge = connect(context(**server.environment()))
        assert [one.body for one in forge.comments(number)] == [f"remark {count}" for count in range(205)]
        comment = forge.create_comment(number, "ours")
        assert (comment.mine, comment.author) == (True, "github-actions[bot]")
        assert forge.update_comment(comment.id, "changed").body == "changed"
        assert server.state.violations == []
        assert len(server.state.requests) == 5


def test_pull_requests_are_read_opened_and_changed(scene: Scene) -> None:
    scene.state.contents.add_pull_request(
        head_sha="b" * 40, head="retrain", fork="mona/churn", files=["a", "b"]
    )
    proposal = Proposal(head="retrain", base="main", title="Retrain churn", body="why")
    opened = scene.forge.create_pull_request(proposal)
    assert scene.forge.pull_requests_from("retrain", base="main") == [opened]
    assert scene.forge.pull_requests_from("retrain", base="other") == []
    assert scene.forge.ended_pull_requests_from("retrain", base="main") == []
    changed = scene.forge.update_pull_request(opened.number, Proposal(head="", base="", title="T", body="B"))
    assert (changed.title, changed.body, changed.head) == ("T", "B", "octo-org:retrain")
    assert scene.forge.pull_request(opened.number) == changed
    with pytest.raises(ExistsError) as caught:
        scene.forge.create_pull_request(proposal)
    assert "A pull request already exists for octo-org:retrain" in caught.value.message
    scene.state.contents.pulls()[opened.number - 1]["state"] = "closed"
    (ended,) = scene.forge.ended_pull_requests_from("retrain", base="main")
    assert (ended.number, ended.head_sha) == (opened.number, opened.head_sha)
    assert scene.forge.pull_requests_from("retrain", base="main") == []


def test_a_pull_request_that_is_not_there(scene: Scene) -> None:
    with pytest.raises(UsageError) as caught:
        scene.forge.pull_request(99)
    assert caught.value.code == "pull-request-unknown"


def test_issues_leave_pull_requests_out(scene: Scene) -> None:
    issue = scene.forge.create_issue("Data are wrong", "text", ["mlgit"])
    scene.forge.create_issue("Other", "text", ["other"])
    assert scene.forge.open_issues("mlgit") == [issue]
    assert issue.mine
    newer = scene.forge.update_issue(issue.number, "Data are still wrong", "newer")
    assert (newer.number, newer.title, newer.body) == (issue.number, "Data are still wrong", "newer")
    assert scene.forge.open_issues("mlgit") == [newer]
    closed = scene.forge.close_issue(issue.number, "mended")
    assert (closed.number, closed.body, scene.forge.open_issues("mlgit")) == (issue.number, "mended", [])
    assert scene.state.contents.issues()[0]["state_reason"] == "completed"
    with pytest.raises(UsageError) as caught:
        scene.forge.close_issue(99, "x")
    assert caught.value.code == "forge-not-found"


def test_a_link_to_another_host_is_not_followed() -> None:
    scene = Scene()
    scene.state.faults = [Fault("foreign-link")]
    with pytest.raises(ExternalError) as caught:
        scene.forge.comments(scene.number)
    assert caught.value.code == "forge-foreign-link"
    assert len(scene.state.requests) == 1


def test_a_list_that_never_ends_is_left() -> None:
    class Endless:
        asked = 0

        def exchange(self, request: Request) -> Reply:
            self.asked += 1
            return Reply(
                status=200, headers={"link": '<http://127.0.0.1:1/x?page=2>; rel="next"'}, body=b"[]"
            )

    scene, endless = Scene(), Endless()
    forge = connect(context(**scene.environment, GITHUB_TOKEN="x"), transport=endless)
    with pytest.raises(ExternalError) as caught:
        forge.comments(1)
    assert caught.value.code == "forge-pages"
    assert endless.asked == 1000


class Fixed:
    """A transport with one answer, which repeats the token it was sent, as a bad proxy might."""

    def __init__(self, status: int, body: str, **headers: str) -> None:
        self._answer = (status, body, headers)

    def exchange(self, request: Request) -> Reply:
        status, body, headers = self._answer
        assert request.secret is not None
        return Reply(
            status=status, headers=headers, body=body.replace("TOKEN", request.secret.reveal()).encode()
        )


@pytest.mark.parametrize(
    ("status", "code", "exit_code"),
    [
        (301, "forge-moved", 4),
        (400, "forge-error", 4),
        (401, "forge-token", 2),
        (403, "forge-refused", 4),
        (404, "forge-not-found", 2),
        (410, "forge-error", 4),
        (422, "forge-error", 4),
    ],
)
def test_a_refusal_has_githubs_words_and_never_the_token(status: int, code: str, exit_code: int) -> None:
    scene = Scene()
    body = '{"message": "No: TOKEN", "errors": ["more", {"message": "and more"}, {"code": "x"}, 3]}'
    forge = connect(
        context(**scene.environment, GITHUB_TOKEN="ghs_secret"),
        transport=Fixed(status, body),
        sleep=lambda _: None,
    )
    with pytest.raises(MlgitError) as caught:
        forge.create_comment(1, "x")
    assert (caught.value.code, caught.value.exit_code) == (code, exit_code)
    assert "ghs_secret" not in "".join(traceback.format_exception(caught.value)) + caught.value.hint
    assert status == 404 or "No: ***; more; and more" in caught.value.message


def test_a_refusal_without_json_has_a_sentence_too() -> None:
    forge = connect(context(**Scene().environment, GITHUB_TOKEN="x"), transport=Fixed(403, "<html>"))
    with pytest.raises(RefusedError, match="no reason given"):
        forge.create_comment(1, "x")


def test_a_reply_unlike_the_description_is_an_error_of_the_world() -> None:
    forge = connect(context(**Scene().environment, GITHUB_TOKEN="x"), transport=Fixed(200, '[{"id": "one"}]'))
    with pytest.raises(ExternalError) as caught:
        forge.comments(1)
    assert caught.value.code == "forge-reply"


def test_the_token_is_in_no_error_when_the_connection_breaks() -> None:
    class Broken:
        def exchange(self, request: Request) -> Reply:
            raise ExchangeError("connection refused", sent=False)

    scene = Scene()
    forge = connect(
        context(**scene.environment, GITHUB_TOKEN="ghs_secret"), transport=Broken(), sleep=lambda _: None
    )
    with pytest.raises(ExternalError) as caught:
        forge.comments(1)
    assert "ghs_secret" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({"GITHUB_REPOSITORY": "a/b"}, "token-missing"),
        ({"GITHUB_REPOSITORY": "a/b", "GITHUB_TOKEN": ""}, "token-missing"),
        ({"GITHUB_TOKEN": "x"}, "repository-name"),
        ({"GITHUB_REPOSITORY": "a/b", "GITHUB_TOKEN": "x\n"}, "token-malformed"),
        ({"GITHUB_REPOSITORY": "a/b", "GITHUB_TOKEN": "x", "GITHUB_API_URL": "http://h"}, "forge-address"),
    ],
)
def test_an_environment_that_will_not_do(environment: dict[str, str], code: str) -> None:
    with pytest.raises(UsageError) as caught:
        connect(context(**environment))
    assert caught.value.code == code
    assert caught.value.hint


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a",
        "a/",
        "/b",
        "a/b/c",
        "a/..",
        "a/.",
        "../x",
        "a b/c",
        "a/b?c",
        "a/b#c",
        "a/b%2f",
        "-a/b",
        "a/b\n",
    ],
)
def test_a_repository_name_that_would_change_the_path_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        repository_name(name)


def test_a_commit_name_that_would_change_the_path_is_refused(scene: Scene) -> None:
    for name in ("", "main", "../x", "a" * 39, "A" * 40, "a" * 40 + "\n"):
        with pytest.raises(UsageError) as caught:
            scene.forge.checks(name, "mlgit")
        assert caught.value.code == "commit-name"


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ('<https://h/x?page=2>; rel="next", <https://h/x?page=9>; rel="last"', "https://h/x?page=2"),
        ('<https://h/x?page=1>; rel="prev", <https://h/x?a=1,2>; rel="next"', "https://h/x?a=1,2"),
        ("<https://h/x>; rel=next", "https://h/x"),
        ('<https://h/x>; title="a"; rel="next"', "https://h/x"),
        ('<https://h/x>; rel="last"', ""),
        ('<https://h/next>; rel="nextish"', ""),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_the_next_page_of_a_link_header(link: str, address: str) -> None:
    assert next_page(link) == address
