"""Payloads made here have the fields that the rendered workflows read, and commits that exist."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from mlgit.host.github.workflows import payload
from tests.workflows.combinations import few, rendered

FACTS = payload.Facts(
    repository="o/n", default_branch="main", branch="b", base="b" * 40, head="a" * 40, since="c" * 40
)
FORK = payload.Facts(
    repository="o/n", default_branch="main", branch="b", base="b" * 40, head="a" * 40, fork=True
)
EXAMPLES = Path(__file__).parents[4] / "workflows" / "payloads"
MADE = {
    "pull_request": payload.pull_request(FACTS),
    "push": payload.push(FACTS),
    "workflow_run": payload.workflow_run(FACTS, workflow="mlgit-ci"),
}


def read_by_workflows(event: str) -> set[tuple[str, ...]]:
    """Return the paths of the payload that rendered workflows name for an event."""
    found = {
        tuple(match.split("."))
        for name in few()
        for text in rendered(name).values()
        for match in re.findall(r"github\.event\.([\w.]+)", text)
    }
    part = {"pull_request": "pull_request", "workflow_run": "workflow_run", "push": "before"}[event]
    return {path for path in found if path[0] == part}


@pytest.mark.parametrize("event", MADE)
def test_every_field_that_a_workflow_reads_is_there_as_in_githubs_own(event: str) -> None:
    paths = read_by_workflows(event)
    assert paths
    (example,) = EXAMPLES.glob(f"{event}*.json")
    for path in paths:
        assert payload.at(MADE[event], path) is not None, path
        assert path[-1] in (payload.at(json.loads(example.read_text()), path[:-1]) or {}), path


def test_a_fork_is_another_repository_and_names_no_pull_request() -> None:
    request = payload.pull_request(FORK)["pull_request"]
    assert request["head"]["repo"]["full_name"] == "somebody/n"
    assert request["base"]["repo"]["full_name"] == "o/n"
    run = payload.workflow_run(FORK, workflow="mlgit-ci")["workflow_run"]
    assert run["pull_requests"] == []
    assert (
        run["head_repository"]["id"]
        != payload.workflow_run(FACTS, workflow="x")["workflow_run"]["head_repository"]["id"]
    )


def test_commits_that_are_not_here_are_replaced_and_told() -> None:
    given: dict[str, Any] = {
        "pull_request": {"head": {"sha": "d" * 40, "x": 1}, "base": {"sha": "b" * 40}},
        "y": 2,
    }
    fitted, notes = payload.fitted(given, MADE["pull_request"], lambda commit: commit == "b" * 40)
    assert fitted == {"pull_request": {"head": {"sha": "a" * 40, "x": 1}, "base": {"sha": "b" * 40}}, "y": 2}
    assert notes == [
        "pull_request.head.sha of the payload is not in this repository: aaaaaaaaaaaa stands in for it"
    ]
    assert given["pull_request"]["head"]["sha"] == "d" * 40
    same, none = payload.fitted({"before": "0" * 40, "pull_request": 3}, MADE["push"], lambda _: False)
    assert (same, none) == ({"before": "0" * 40, "pull_request": 3}, [])
