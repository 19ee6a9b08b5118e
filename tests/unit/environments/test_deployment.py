"""What counts as running: exactly the version and the digest that were asked for, and only while it answers."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from mlgit.deploy.target import Running, Version
from mlgit.environments.deployment import state_of
from mlgit.environments.live import seen
from mlgit.environments.status import Wanted

DIGEST, OTHER = "a" * 32, "b" * 32
VERSION = Version(artifact="small", name="small", version="v0.2.0", digest=DIGEST, commit="c" * 40)
RUNNING = Running(version="v0.2.0", digest=DIGEST, address="http://127.0.0.1:8000")
FOUND = [
    (RUNNING, "same"),
    (replace(RUNNING, healthy=False), "differs"),
    (replace(RUNNING, version="v0.1.0"), "differs"),
    (replace(RUNNING, digest=OTHER), "differs"),
    (None, "differs"),
]


@pytest.mark.parametrize(("running", "state"), FOUND)
def test_a_deployment_takes_for_the_same_what_is_and_answers(running: Running | None, state: str) -> None:
    assert state_of(VERSION, running, "small").state == state


@pytest.mark.parametrize(("running", "state"), FOUND)
def test_a_status_tells_the_same(running: Running | None, state: str) -> None:
    wanted = Wanted(environment="staging", model="small", artifact="small", version="v0.2.0", digest=DIGEST)
    assert seen(wanted, running).state == state


def test_a_model_that_nobody_wants_runs_no_more() -> None:
    assert state_of(None, None, "small").state == "same"
    assert state_of(None, RUNNING, "small").state == "differs"


def test_what_does_not_answer_is_told_with_why() -> None:
    found = state_of(VERSION, replace(RUNNING, healthy=False), "small")
    assert (found.live, found.live_digest, found.why) == ("v0.2.0", DIGEST, "it does not answer")
