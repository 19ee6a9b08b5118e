"""Why a stage is stale, told from values alone; tests/cli holds the same against real DVC."""

from __future__ import annotations

from typing import Any

import pytest

from mlgit.dvc import lockfile, pipeline
from mlgit.dvc.evidence import Finding
from mlgit.dvc.lockfile import Entry
from mlgit.dvc.reasons import Values
from mlgit.dvc.staleness import StageState, stage_states
from mlgit.dvc.state import FileError, PipelineState

LOCK = """
schema: '2.0'
stages:
  a: {cmd: run a, deps: [{path: in, md5: '1', hash: md5}], params: {params.yaml: {p: 1, q.r: 1e-3}}, outs: [{path: mid, md5: '2', hash: md5}]}
  b: {cmd: run b, deps: [{path: mid, md5: '2', hash: md5}], outs: [{path: end, md5: '3', hash: md5}]}
  c: {cmd: run c, deps: [{path: end, md5: '3', hash: md5}], outs: [{path: last, md5: '4', hash: md5}]}
"""
DECLARED = """
stages:
  a: {cmd: run a, deps: [in], params: [p, q.r], outs: [mid]}
  b: {cmd: run b, deps: [mid], outs: [end]}
  c: {cmd: run c, deps: [end], outs: [last]}
"""
CONTENT = {"in": "1", "mid": "2", "end": "3", "last": "4"}
TREE = {"p": 1, "q": {"r": 0.001}}


class Known:
    """Evidence from a table."""

    def __init__(self, content: dict[str, Finding | str]) -> None:
        self._content = content

    def dependency(self, path: str, recorded: Entry | None) -> Finding:
        found = self._content.get(path, Finding(missing=True))
        return Finding(digest=found) if isinstance(found, str) else found

    def output(self, path: str, recorded: Entry, *, cached: bool) -> Finding:
        return self.dependency(path, recorded)


def states(
    declared: str = DECLARED, lock: str | None = LOCK, content: dict[str, Any] | None = None, tree: Any = TREE,
    folder: str = "", errors: tuple[FileError, ...] = (),
) -> dict[str, StageState]:  # fmt: skip
    state = PipelineState(
        folder=folder,
        exists=True,
        pipeline=pipeline.read(declared),
        lock=lockfile.read(lock) if lock else None,
        errors=errors,
    )
    where = f"{folder}/" if folder else ""
    known = {where + path: found for path, found in {**CONTENT, **(content or {})}.items()}
    parameters = {f"{where}params.yaml": tree if isinstance(tree, Values) else Values(tree=tree)}
    return {one.name: one for one in stage_states([state], Known(known), parameters)}


def said(found: dict[str, StageState]) -> dict[str, list[tuple[str, str]]]:
    return {name: [(reason.cause, reason.name) for reason in one.reasons] for name, one in found.items()}


def test_nothing_changed_is_fresh() -> None:
    assert {one.state for one in states().values()} == {"fresh"}
    assert states(folder="models/x")["a"].address == "models/x/dvc.yaml:a"
    assert {one.state for one in states(folder="models/x").values()} == {"fresh"}


def test_a_parameter_tells_old_and_new() -> None:
    found = states(tree={"p": 2, "q": {"r": 0.001}})
    reason = found["a"].reasons[0]
    assert (reason.cause, reason.name, reason.recorded, reason.current) == ("parameter", "p", 1, 2)
    assert found["a"].state == "stale"


def test_a_stale_stage_makes_those_behind_it_stale() -> None:
    assert said(states(content={"in": "other"})) == {
        "a": [("dependency", "in")],
        "b": [("upstream", "a")],
        "c": [("upstream", "b")],
    }


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"declared": DECLARED.replace("run a", "run  a")}, ("command", "")),
        ({"declared": DECLARED.replace("cmd: run a", "cmd: [run a]")}, ("command", "")),
        (
            {"declared": DECLARED.replace("[in]", "[in, mid2]"), "content": {"mid2": "9"}},
            ("dependency", "mid2"),
        ),
        ({"declared": DECLARED.replace("outs: [mid]", "outs: [mid, new]")}, ("output", "new")),
        (
            {"declared": DECLARED.replace("outs: [mid]", "outs: [mid], always_changed: true")},
            ("always changed", ""),
        ),
        ({"content": {"in": Finding(missing=True)}}, ("dependency", "in")),
        ({"tree": {"q": {"r": 0.001}}}, ("parameter", "p")),
        ({"tree": Values(missing=True)}, ("parameter", "params.yaml")),
        (
            {"declared": DECLARED.replace("[p, q.r]", "[p, q.r, s]"), "tree": {**TREE, "s": 1}},
            ("parameter", "s"),
        ),
    ],
)
def test_what_makes_a_stage_stale(changed: dict[str, Any], expected: tuple[str, str]) -> None:
    found = states(**changed)
    assert said(found)["a"] == [expected]
    assert [one.state for one in found.values()] == ["stale"] * 3


@pytest.mark.parametrize(
    "changed",
    [
        {"content": {"in": Finding(unknown="why")}},
        {"tree": Values(unknown="Python parameter files are read by DVC only")},
        {"declared": DECLARED.replace("run a", "'run ${nowhere}'")},
        {"declared": DECLARED.replace("[in]", "['s3://bucket/in']")},
        {"declared": DECLARED.replace("[in]", "[../../outside]")},
        {"lock": LOCK.replace("{path: in, md5: '1', hash: md5}", "{path: in}")},
        {"errors": (FileError("dvc.lock", "broken", "dvc.lock:1"),)},
    ],
)
def test_what_cannot_be_told_is_unknown_and_so_is_what_follows(changed: dict[str, Any]) -> None:
    found = states(**changed)
    assert found["a"].state == "unknown"
    assert found["a"].reasons[0].text
    assert {found["b"].state, found["c"].state} == {"unknown"}


def test_a_stage_that_is_stale_anyway_stays_stale_beside_an_unknown_one() -> None:
    found = states(content={"in": Finding(unknown="why"), "last": "other"})
    assert (found["a"].state, found["c"].state) == ("unknown", "stale")


def test_never_run() -> None:
    assert {one.state for one in states(lock=None).values()} == {"stale"}
    assert said(states(lock=None))["a"] == [("never run", "")]


def test_a_frozen_stage_is_told_as_such_and_holds_what_comes_from_above() -> None:
    frozen = DECLARED.replace("outs: [end]", "outs: [end], frozen: true")
    found = states(declared=frozen, content={"in": "other"})
    assert [found[name].state for name in "abc"] == ["stale", "frozen", "fresh"]
    assert states(declared=frozen.replace("run b", "run bb"))["b"].state == "stale"


def test_true_is_one_as_dvc_compares() -> None:
    assert states(tree={"p": True, "q": {"r": 0.001}})["a"].state == "fresh"


def test_a_whole_file_of_parameters() -> None:
    declared = "stages: {s: {cmd: x, params: [w.json: ], outs: [o]}}"
    lock = "schema: '2.0'\nstages: {s: {cmd: x, params: {w.json: {k: 1, gone: 2}}, outs: [{path: o, md5: a, hash: md5}]}}"
    state = PipelineState(folder="", exists=True, pipeline=pipeline.read(declared), lock=lockfile.read(lock))
    values = {"w.json": Values(tree={"k": 1, "new": 3})}
    (found,) = stage_states([state], Known({"o": "a"}), values)
    assert [(reason.name, reason.text) for reason in found.reasons] == [
        ("w.json:new", "it is new"),
        ("w.json:gone", "it is gone"),
    ]


def test_stages_of_two_pipelines_follow_each_other_through_folders() -> None:
    first = PipelineState(
        folder="one",
        exists=True,
        pipeline=pipeline.read("stages: {make: {cmd: x, deps: [in], outs: [../shared/out]}}"),
        lock=lockfile.read(
            "schema: '2.0'\nstages: {make: {cmd: x, deps: [{path: in, md5: a, hash: md5}],"
            " outs: [{path: ../shared/out, md5: b.dir, hash: md5}]}}"
        ),
    )
    second = PipelineState(
        folder="two",
        exists=True,
        pipeline=pipeline.read(
            "stages: {use: {cmd: y, wdir: sub, deps: [../../shared/out/file], outs: [o]}}"
        ),
        lock=lockfile.read(
            "schema: '2.0'\nstages: {use: {cmd: y, deps: [{path: ../../shared/out/file, md5: c, hash: md5}],"
            " outs: [{path: o, md5: d, hash: md5}]}}"
        ),
    )
    content: dict[str, Finding | str] = {
        "one/in": "changed", "shared/out": "b.dir", "shared/out/file": "c", "two/sub/o": "d",
    }  # fmt: skip
    make, use = stage_states([first, second], Known(content), {})
    assert (make.state, use.state) == ("stale", "stale")
    assert use.reasons[0].name == "one/dvc.yaml:make"


def test_a_circle_ends() -> None:
    declared = "stages: {a: {cmd: x, deps: [q], outs: [p]}, b: {cmd: y, deps: [p], outs: [q]}}"
    found = states(declared=declared, lock=None)
    assert {one.state for one in found.values()} == {"stale"}
