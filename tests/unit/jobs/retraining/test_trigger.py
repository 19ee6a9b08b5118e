"""Events as triggers: what tells two of them apart, and what a hostile payload can do."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgit.config import reader
from mlgit.errors import UsageError
from mlgit.jobs.retraining.handoff import may_change
from mlgit.jobs.retraining.trigger import of_event

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def event(name: str, run: str = "1", **payload: Any) -> Any:
    return of_event(name, payload, run=run, at=0)


def test_what_makes_two_triggers_one() -> None:
    assert event("push", "1", after="a").key == event("push", "2", after="a").key
    assert event("push", after="a").key != event("push", after="b").key
    assert event("schedule", "1").key != event("schedule", "2").key
    drift = {"id": "7", "psi": 0.3}
    first = event("repository_dispatch", "1", action="drift", client_payload=drift)
    assert first.key == event("repository_dispatch", "2", action="drift", client_payload=drift).key
    assert first.key != event("repository_dispatch", "2", action="other", client_payload=drift).key
    assert (
        event("repository_dispatch", "1", action="drift").key
        != event("repository_dispatch", "2", action="drift").key
    )


@given(
    st.sampled_from(["push", "schedule", "repository_dispatch", "workflow_dispatch"]),
    st.dictionaries(st.text(), JSON),
    JSON,
    JSON,
)
def test_any_payload_is_a_trigger_with_harmless_names(
    name: str, more: dict[str, Any], action: Any, brought: Any
) -> None:
    made = of_event(
        name, {**more, "action": action, "client_payload": brought, "inputs": brought}, run="1", at=0
    )
    assert re.fullmatch(r"[0-9a-f]{32}", made.key)
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", made.cause)
    assert len(made.because) <= 500


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("schedule: '60 3 * * 1'", "60 is not between 0 and 59"),
        ("schedule: '* * * *'", "schedule"),
        ("schedule: '*/0 * * * *'", "step"),
        ("schedule: '1- * * * *'", "the minute '1-' is no list, span or step"),
        ("events: [Drift]", "events"),
        ("events: [drift, drift]", "named twice"),
        ("propose: push", "propose"),
        ("budget: {minutes: 0}", "minutes"),
        ("budget: {runs_a_day: 1.5}", "runs_a_day"),
        ("cool_down_hours: -1", "cool_down_hours"),
        ("max_age_days: 0", "max_age_days"),
        ("app: {id: abc, environment: e, secret: S}", "id"),
        ("surprise: 1", "surprise"),
    ],
)
def test_a_wrong_setting_is_named(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        reader.read(f"version: 1\nct: {{{text}}}\n")
    assert said in caught.value.message
    assert caught.value.where.startswith("mlgit.yaml:2")


@pytest.mark.parametrize("schedule", ["17 3 * * 1", "*/15 0-6,12 1 JAN MON-FRI", "0 0 1,15 * *"])
def test_a_right_schedule_is_taken(schedule: str) -> None:
    configuration = reader.read(f"version: 1\nct: {{schedule: '{schedule}'}}\n")
    assert configuration.ct is not None
    assert configuration.ct.schedule == schedule


@pytest.mark.parametrize(
    ("path", "may"),
    [
        ("dvc.lock", True), ("models/a/dvc.lock", True), ("metrics/test.json", True), (".mlgit/runs/a.json", True),
        ("model/.gitignore", True), (".github/workflows/x.yml", False), ("mlgit.yaml", False), ("a/mlgit.yaml", False),
        ("dvc.yaml", False), ("data/t.csv.dvc", False), (".dvc/config", False), ("a/.git/hooks/x", False),
        ("../x", False), ("/etc/passwd", False), (".mlgit/lock.yaml", False), (".gitmodules", False),
        ("a/.GIT/config", False), ("a//b", False), ("a/./b", False), ("a/", False), ("a\x00100644 blob 0\tb", False),
        ("a\nb", False), (".GitHub/workflows/x.yml", False), ("DVC.yaml", False), ("a/x.DVC", False), ("", False),
    ],
)  # fmt: skip
def test_what_a_retraining_may_change(path: str, may: bool) -> None:
    assert may_change(path) is may
