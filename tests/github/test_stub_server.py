"""The stub server notices what a careless client does, and its faults are what they are called."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest

from tests.github.answers import Fault, FaultKind
from tests.github.scene import Scene
from tests.github.stub_server import StubServer

HEADERS = {
    "accept": "x",
    "user-agent": "x",
    "authorization": "Bearer token",
    "content-type": "application/json",
}
COMMENTS = "/repos/octo-org/churn/issues/1/comments"


def send(scene: Scene, method: str = "POST", content: Any = None, target: str = COMMENTS) -> int:
    body = json.dumps(content or {"body": "x"}).encode() if method != "GET" else b""
    return scene.state.answer(method, target, HEADERS, body).status


def test_hasty_writes_are_noted() -> None:
    scene = Scene()
    send(scene)
    scene.clock.now += 0.9
    send(scene)
    scene.clock.now += 1
    send(scene)
    assert scene.state.haste == ["writes 0.900 s apart"]


@pytest.mark.parametrize("kind", ["503", "403-limit", "429"])
def test_a_request_before_the_silence_is_over_is_noted(kind: FaultKind) -> None:
    scene = Scene()
    scene.state.faults = [Fault(kind, wait=10)]
    send(scene, "GET")
    scene.clock.now += 9
    send(scene, "GET")
    scene.clock.now += 1
    send(scene, "GET")
    assert len(scene.state.haste) == 1


def test_an_unknown_operation_and_a_wrong_body_are_violations() -> None:
    scene = Scene()
    assert send(scene, target=COMMENTS + "x") == 404
    scene.clock.now += 1
    assert scene.state.answer("POST", COMMENTS, HEADERS, b'{"body": "x", "bod": "y"}').status == 201
    assert len(scene.state.violations) == 2


@pytest.mark.parametrize(
    ("kind", "status", "landed"),
    [
        ("502", 502, 0),
        ("502-landed", 502, 1),
        ("503", 503, 0),
        ("503-landed", 503, 1),
        ("403-limit", 403, 0),
        ("429", 429, 0),
        ("timeout", 504, 0),
        ("timeout-landed", 201, 1),
        ("truncated", 201, 1),
    ],
)
def test_a_fault_has_its_effect_or_not(kind: FaultKind, status: int, landed: int) -> None:
    scene = Scene()
    scene.state.faults = [Fault(kind)]
    assert send(scene) == status
    assert len(scene.state.contents.comments(1)) == landed


def test_permissions_limits_and_identities() -> None:
    scene = Scene()
    for token, status in (("read-only", 403), ("unknown", 401), ("person", 201)):
        headers = {**HEADERS, "authorization": f"Bearer {token}"}
        assert scene.state.answer("POST", COMMENTS, headers, b'{"body": "x"}').status == status
    for token, status in (("token", 403), ("person", 200)):
        headers = {**HEADERS, "authorization": f"Bearer {token}"}
        assert scene.state.answer("GET", "/user", headers, b"").status == status
    for length, status in ((65_536, 201), (65_537, 422)):
        assert send(scene, content={"body": "x" * length}) == status
    assert scene.state.violations == []


def test_pages_are_linked() -> None:
    scene = Scene()
    for _ in range(65):
        scene.state.contents.add_comment(1, "x")
    answer = scene.state.answer("GET", f"{COMMENTS}?page=2", HEADERS, b"")
    assert len(answer.content) == 30
    for relation, page in (("next", 3), ("last", 3), ("first", 1), ("prev", 1)):
        assert f'<{scene.state.address}{COMMENTS}?page={page}>; rel="{relation}"' in answer.headers["Link"]


def test_over_a_socket_a_cut_reply_is_cut() -> None:
    with StubServer() as github:
        github.contents.add_pull_request(head_sha="a" * 40)
        github.state.faults = [Fault("truncated")]
        connection = http.client.HTTPConnection("127.0.0.1", int(github.url.rpartition(":")[2]))
        connection.request("POST", COMMENTS, b'{"body": "x"}', HEADERS)
        with pytest.raises(http.client.IncompleteRead):
            connection.getresponse().read()
        connection.close()
        assert len(github.contents.comments(1)) == 1
        assert github.state.violations == []
