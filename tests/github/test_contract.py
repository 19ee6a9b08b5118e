"""The judge judges: good requests and replies pass, planted mistakes are found."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.github.contract import COMMON_ERRORS, adapted, contract
from tests.github.cut import OPERATIONS
from tests.github.scene import Scene

HEADERS = {
    "accept": "application/vnd.github+json",
    "user-agent": "mlgit",
    "authorization": "Bearer token",
    "content-type": "application/json",
}
BASE = "/repos/octo-org/churn"
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def request_faults(method: str, target: str, content: Any = None, **headers: str) -> list[str]:
    operation = contract().operation(method, target.partition("?")[0])
    assert operation is not None
    body = b"" if content is None else json.dumps(content).encode()
    return contract().request_faults(operation, target, {**HEADERS, **headers}, body)


@pytest.mark.parametrize(
    ("method", "target", "content"),
    [
        ("GET", f"{BASE}/issues/1/comments?per_page=100&page=2", None),
        ("POST", f"{BASE}/issues/1/comments", {"body": "x"}),
        ("PATCH", f"{BASE}/issues/comments/1", {"body": "x"}),
        ("PATCH", f"{BASE}/issues/1", {"body": "x", "state": "closed", "state_reason": "completed"}),
        ("GET", f"{BASE}/pulls?state=open&head=octo-org%3Adeeper&base=main", None),
        ("POST", f"{BASE}/pulls", {"head": "a", "base": "b", "title": "t", "body": "b"}),
        (
            "POST",
            f"{BASE}/check-runs",
            {"name": "n", "head_sha": "a", "status": "completed", "conclusion": "neutral"},
        ),
    ],
)
def test_a_request_by_the_book_has_no_faults(method: str, target: str, content: Any) -> None:
    assert request_faults(method, target, content) == []


@pytest.mark.parametrize(
    ("method", "target", "content", "headers"),
    [
        ("GET", f"{BASE}/issues/1/comments?per_page=101", None, {}),
        ("GET", f"{BASE}/issues/1/comments?perpage=100", None, {}),
        ("GET", f"{BASE}/issues/1/comments?page=two", None, {}),
        ("GET", f"{BASE}/pulls?state=opened", None, {}),
        ("GET", f"{BASE}/pulls", {"state": "open"}, {}),
        ("GET", f"{BASE}/pulls", None, {"user-agent": ""}),
        ("GET", f"{BASE}/pulls", None, {"authorization": ""}),
        ("POST", f"{BASE}/issues/1/comments", {"body": "x"}, {"content-type": "text/plain"}),
        ("POST", f"{BASE}/issues/1/comments", {"text": "x"}, {}),
        ("POST", f"{BASE}/issues/1/comments", {"body": 1}, {}),
        ("POST", f"{BASE}/issues/1/comments", {"body": "x", "bdy": "y"}, {}),
        ("POST", f"{BASE}/issues/1/comments", None, {}),
        ("PATCH", f"{BASE}/issues/1", {"state": "merged"}, {}),
        ("PATCH", f"{BASE}/issues/1", {"state_reason": "mended"}, {}),
        ("POST", f"{BASE}/pulls", {"head": "a", "title": "t"}, {}),
        ("POST", f"{BASE}/check-runs", {"name": "n", "head_sha": "a", "conclusion": "failed"}, {}),
        ("POST", f"{BASE}/check-runs", {"name": "n", "head_sha": "a", "output": {"title": "t"}}, {}),
        (
            "POST",
            f"{BASE}/check-runs",
            {"name": "n", "head_sha": "a", "output": {"title": "t", "summary": "s" * 65_536}},
            {},
        ),
    ],
)
def test_a_mistake_in_a_request_is_found(
    method: str, target: str, content: Any, headers: dict[str, str]
) -> None:
    assert request_faults(method, target, content, **headers)


def test_an_unknown_path_has_no_operation() -> None:
    assert contract().operation("GET", f"{BASE}/issues/1/coments") is None
    assert contract().operation("PUT", f"{BASE}/issues/1/comments") is None


def test_a_mistake_in_a_reply_is_found() -> None:
    operation = contract().operation("POST", f"{BASE}/issues/1/comments")
    assert operation is not None
    good = contract().example("issue-comment")
    assert contract().reply_faults(operation, 201, json.dumps(good).encode()) == []
    wrong: list[Any] = [
        {**good, "id": "1"},
        {**good, "user": {"login": "x"}},
        [],
        {**good, "created_at": None},
    ]
    for reply in (*wrong, {name: good[name] for name in good if name != "html_url"}):
        assert contract().reply_faults(operation, 201, json.dumps(reply).encode())
    assert contract().reply_faults(operation, 200, json.dumps(good).encode())
    assert contract().reply_faults(operation, 201, b'{"id": 1')


def test_every_operation_is_answered_by_the_state_machine_as_described(tmp_path: Path) -> None:
    scene = Scene()
    account = {**HEADERS, "authorization": "Bearer person"}
    scene.state.contents.add_comment(scene.number, "x")
    subprocess.run(("git", "init", "--quiet", "--bare", str(tmp_path)), check=True)
    scene.state.contents.server = tmp_path
    blob = scene.state.contents.git_object("git/create-blob", {"content": ""}).content["sha"]
    entry = {"path": "a", "mode": "100644", "type": "blob", "sha": blob}
    bodies: dict[str, Any] = {
        "issues/create-comment": {"body": "x"},
        "issues/update-comment": {"body": "x"},
        "issues/create": {"title": "x"},
        "issues/update": {"state": "closed", "state_reason": "completed"},
        "pulls/create": {"head": "a", "base": "main", "title": "x"},
        "pulls/update": {"title": "x"},
        "checks/create": {"name": "n", "head_sha": "a" * 40, "status": "completed", "conclusion": "success"},
        "checks/update": {"output": {"title": "t", "summary": "s"}},
        "git/create-blob": {"content": "eA==", "encoding": "base64"},
        "git/create-tree": {"base_tree": EMPTY_TREE, "tree": [entry]},
        "git/create-commit": {"message": "m", "tree": EMPTY_TREE, "parents": []},
    }
    description = json.loads(Path(__file__).with_name("slice.json").read_text())
    names = set()
    for path, methods in description["paths"].items():
        for method, one in methods.items():
            names.add(one["operationId"])
            target = path.replace("{owner}/{repo}", "octo-org/churn").replace("{ref}", "a" * 40)
            target = (
                target.replace("{issue_number}", "1")
                .replace("{pull_number}", "1")
                .replace("{comment_id}", "1002")
            )
            content = bodies.get(one["operationId"])
            body = json.dumps(content).encode() if content else b""
            answer = scene.state.answer(method.upper(), target.replace("{check_run_id}", "1"), account, body)
            assert answer.status in {200, 201, 404} | COMMON_ERRORS, path
    assert names == OPERATIONS
    assert scene.state.violations == []


def test_nullable_becomes_a_type_and_keeps_its_reference() -> None:
    assert adapted({"type": "string", "nullable": True}) == {"type": ["string", "null"]}
    assert adapted({"type": "string", "enum": ["a"], "nullable": True})["enum"] == ["a", None]
    assert adapted({"nullable": True, "$ref": "#/components/schemas/x"}) == {
        "anyOf": [{"$ref": "urn:github#/components/schemas/x"}, {"type": "null"}]
    }
