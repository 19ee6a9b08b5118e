"""A record is what in-toto and SLSA say it is, and what breaks that is refused."""

from __future__ import annotations

import copy
import json
from typing import Any

import jsonschema
import pytest

from mlgit.dvc import lockfile, pipeline
from mlgit.dvc.state import PipelineState
from mlgit.errors import UsageError
from mlgit.runs import building, statement
from mlgit.runs.described import described
from mlgit.runs.statement import (
    PERSON,
    Builder,
    Invocation,
    Outcome,
    RunnerRecord,
    StageRecord,
    UsageRecord,
    canonical,
)
from tests.unit.runs.sample import sample, stored
from tests.unit.runs.specification import SCHEMA, validate

RECORD = json.loads(stored(sample())[1])
DVC_YAML = """\
stages:
  first:
    wdir: work
    cmd: cat in.txt > out/a
    deps: [in.txt, "s3://user:word@bucket/key", /home/somebody/secret.csv, ../images]
    outs: [out]
  second: {cmd: wc work/out/a > count, deps: [work/out/a], outs: [count: {cache: false}]}
"""
DVC_LOCK = """\
schema: '2.0'
stages:
  first:
    cmd: cat in.txt > out/a
    deps:
    - {path: in.txt, md5: 0123456789abcdef0123456789abcdef, size: 3}
    - {path: "s3://user:word@bucket/key", etag: '"A-1"', size: 1}
    - {path: /home/somebody/secret.csv, hash: md5, md5: 1123456789abcdef0123456789abcdef, size: 2}
    - {path: ../images, hash: md5, md5: 2123456789abcdef0123456789abcdef.dir, size: 2, nfiles: 9}
    params:
      params.yaml: {a: .nan, b: {c: 1}}
    outs:
    - {path: out, hash: md5, md5: 3123456789abcdef0123456789abcdef.dir, size: 2, nfiles: 1}
  second:
    cmd: wc work/out/a > count
    deps: [{path: work/out/a, hash: md5, md5: 4123456789abcdef0123456789abcdef, size: 2}]
    outs: [{path: count, hash: md5, md5: 5123456789abcdef0123456789abcdef, size: 2}]
  removed: {cmd: x, outs: [{path: gone, hash: md5, md5: 6123456789abcdef0123456789abcdef, size: 2}]}
"""


def test_the_schema_itself_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("outcome", ["succeeded", "failed", "interrupted"])
def test_a_record_is_valid(outcome: Outcome) -> None:
    state = PipelineState(
        folder="", exists=True, pipeline=pipeline.read(DVC_YAML), lock=lockfile.read(DVC_LOCK)
    )
    occasion = building.Occasion(
        started=1.5, finished=3.25, outcome=outcome, trigger="by hand",
        runner=RunnerRecord(system="Linux", architecture="x86_64", python="3.11.2"),
        builder=Builder(id=PERSON, version={"mlgit": "0.1.0"}),
        source=building.source_of("0" * 40, Invocation(), dirty=True),
    )  # fmt: skip
    files = [building.file_descriptor(name, b"x", "file") for name in ("dvc.yaml", "dvc.lock", "uv.lock")]
    stages = (
        StageRecord(name="first", outcome="ran"),
        StageRecord(name="second", outcome="failed", exit_code=1),
    )
    made = building.statement_of(state, occasion, stages, UsageRecord(wall_seconds=1.75), files)
    record = json.loads(canonical(made))
    validate(record)
    subjects = [one["name"] for one in record["subject"]]
    assert subjects == (["count", "work/out"] if outcome == "succeeded" else ["dvc.yaml"])
    left = [one["name"] for one in record["predicate"]["runDetails"]["byproducts"]]
    assert left == (["dvc.lock"] if outcome == "succeeded" else ["dvc.lock", "work/out"])


def test_what_a_lock_says_and_what_it_must_not_tell() -> None:
    seen = described("", pipeline.read(DVC_YAML), lockfile.read(DVC_LOCK), ["images/a.png"])
    assert {one.name: one.digest for one in seen.inputs} == {
        "work/in.txt": {"dvcTextMd5": "0123456789abcdef0123456789abcdef"},
        "s3://bucket/key": {"etag": '"A-1"'},
        "secret.csv": {"md5": "1123456789abcdef0123456789abcdef"},
        "images": {"dvcDirMd5": "2123456789abcdef0123456789abcdef"},
    }
    assert [one.name for one in seen.outputs] == ["count", "work/out"]
    assert {one.name: one.annotations["mlgit_kind"] for one in seen.inputs}["images"] == "data"
    assert seen.parameters == {"work/params.yaml": {"a": "NaN", "b": {"c": 1}}}


@pytest.mark.parametrize("outcome", ["succeeded", "failed"])
def test_a_record_is_what_its_own_schema_says(outcome: Outcome) -> None:
    own = statement.schema()
    jsonschema.Draft202012Validator.check_schema(own)
    jsonschema.Draft202012Validator(own).validate(json.loads(stored(sample(outcome=outcome))[1]))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(own).validate({**RECORD, "subject": "none"})


def broken(change: Any) -> Any:
    record = copy.deepcopy(RECORD)
    change(record)
    return record


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record.pop("subject"),
        lambda record: record.update(subject=[]),
        lambda record: record["subject"][0].pop("digest"),
        lambda record: record["subject"][0]["digest"].update(md5="ABC"),
        lambda record: record["subject"].append(record["subject"][0]),
        lambda record: record.update(_type="https://in-toto.io/Statement/v0.1"),
        lambda record: record["predicate"]["buildDefinition"].pop("buildType"),
        lambda record: record["predicate"]["runDetails"].pop("builder"),
        lambda record: record["predicate"]["runDetails"]["metadata"].update(startedOn="2026-01-05 12:00"),
        lambda record: record["predicate"]["runDetails"]["metadata"].update(outcome="failed"),
    ],
)
def test_the_schema_finds_what_the_specification_forbids(change: Any) -> None:
    validate(RECORD)
    with pytest.raises((jsonschema.ValidationError, AssertionError)):
        validate(broken(change))


@pytest.mark.parametrize(
    ("environment", "event", "given", "expected"),
    [
        ({}, "", None, "by hand"),
        ({}, "push", None, "push"),
        ({"MLGIT_TRIGGER": "drift"}, "push", None, "drift"),
        ({"MLGIT_TRIGGER": "drift"}, "", "new data", "new data"),
    ],
)
def test_why_a_training_runs(
    environment: dict[str, str], event: str, given: str | None, expected: str
) -> None:
    assert building.trigger_of(environment, given, event) == expected


def test_a_trigger_is_one_line() -> None:
    with pytest.raises(UsageError):
        building.trigger_of({}, "a\nb", "")
