"""Every action that is pinned has a stub with the inputs on record, and nothing unknown runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlgit.errors import UsageError
from mlgit.host.github.workflows.actions import FOLDER, known_actions, replacements, stub_of
from mlgit.host.github.workflows.workflow import Use, read, read_action
from mlgit.render.pins import PINS, pinned

RECORDED = json.loads((Path(__file__).parents[4] / "workflows" / "recorded_actions.json").read_text())
NEWEST = [name for name in RECORDED if "@" not in name]


def use(text: str, *inputs: str) -> Use:
    return Use(text=text, inputs=inputs, where="w.yml:3")


def nothing(path: str) -> bytes | None:
    return None


def test_the_stubs_are_those_on_record() -> None:
    assert set(known_actions()) == set(NEWEST)
    assert {"/".join(name.split("/")[:2]) for name in known_actions()} == set(PINS)


@pytest.mark.parametrize("action", sorted(NEWEST))
def test_a_stand_in_takes_the_inputs_on_record(action: str) -> None:
    found = stub_of(action)
    assert found is not None
    assert list(found.inputs) == RECORDED[action]["inputs"]
    assert found.uses == ()
    assert pinned(action).startswith(f"{action}@")


@pytest.mark.parametrize("pin", sorted(set(RECORDED) - set(NEWEST)))
def test_a_stand_in_takes_the_inputs_of_an_older_version_that_is_pinned(pin: str) -> None:
    found = stub_of(pin.partition("@")[0])
    assert found is not None
    assert set(RECORDED[pin]["inputs"]) <= set(found.inputs)


def test_each_repository_is_replaced_once() -> None:
    uses = [
        use("actions/cache/restore@v6", "key", "path"),
        use("actions/cache/save@v6", "key"),
        use("actions/checkout@v5"),
    ]
    assert replacements(uses, nothing) == {
        "actions/cache@v6": FOLDER / "actions/cache",
        "actions/checkout@v5": FOLDER / "actions/checkout",
    }


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (use("owner/action@v1"), "action-without-stub"),
        (use("actions/checkout"), "action-without-stub"),
        (use("docker://alpine:3"), "action-without-stub"),
        (use("../../etc@v1"), "action-without-stub"),
        (use("actions/../../passwd@v1"), "action-without-stub"),
        (use("actions/checkout@v6", "fetch_depth"), "action-input"),
        (use("./.github/actions/none"), "action-missing"),
    ],
)
def test_what_is_unknown_is_refused_with_its_place(wrong: Use, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        replacements([wrong], nothing)
    assert (caught.value.code, caught.value.where) == (code, "w.yml:3")


def test_local_actions_are_followed_once_even_in_a_circle() -> None:
    files = {
        "a/action.yml": b"inputs: {x: {}}\nruns: {using: composite, steps: [{uses: ./b}, {uses: actions/checkout@v6}]}\n",
        "b/action.yaml": b"runs: {using: composite, steps: [{uses: ./a, with: {x: 1}}]}\n",
    }
    assert set(replacements([use("./a", "x"), use("./b")], files.get)) == {"actions/checkout@v6"}
    with pytest.raises(UsageError, match="no input 'y'"):
        replacements([use("./a", "y")], files.get)


def test_files_that_are_no_workflow_and_no_composite_action() -> None:
    for text in (
        "",
        "[]",
        "on: push",
        "jobs: {}",
        "on: 3\njobs: {}",
        "on: push\njobs: {a: 1}",
        "on: push\njobs: []",
    ):
        with pytest.raises(UsageError, match=r"w\.yml"):
            read(text, "w.yml")
    for text in ("", "runs: {using: node20, main: x.js}", "runs: 1"):
        with pytest.raises(UsageError, match="no composite action"):
            read_action(text, "action.yml")


def test_a_workflow_is_read_as_far_as_it_has_to_be_known() -> None:
    workflow = read(
        "name: n\non: {push: , schedule: [{cron: x}]}\njobs:\n  a: {runs-on: [self-hosted, gpu], steps: [{run: x}]}\n"
        "  b: {name: B, needs: a, if: x == 'y', runs-on: {labels: z}, steps: [{uses: actions/checkout@v6, with: {ref: r}}]}\n",
        "w.yml",
    )
    assert list(workflow.triggers) == ["push", "schedule"]
    first, second = workflow.jobs
    assert (first.labels, first.needs, first.condition, first.steps) == (("self-hosted", "gpu"), (), "", 1)
    assert (second.name, second.labels, second.needs, second.condition) == ("B", ("z",), ("a",), "x == 'y'")
    assert second.uses == (Use(text="actions/checkout@v6", inputs=("ref",), where="w.yml:5"),)
