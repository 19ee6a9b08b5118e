"""The record of one training as a value: an in-toto Statement v1 with a SLSA Provenance v1 predicate.

Sources: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md and resource_descriptor.md and
digest_set.md beside it; https://slsa.dev/spec/v1.0/provenance. What these do not know stands in fields whose names
start with `mlgit_`, as both ask for. Nothing here is signed: a record finds accidents and answers questions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field

from mlgit.errors import UsageError
from mlgit.text import json_schema

BUILD_TYPE = "urn:mlgit:train:v1"
Outcome = Literal["succeeded", "failed", "interrupted"]
StageOutcome = Literal["ran", "restored", "skipped", "failed", "not reached"]
Timestamp = Annotated[
    str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$(?!\n)")
]


class Part(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A part of a statement. An empty field is left out, which in-toto reads as the same; an unknown one is passed over."""


class Descriptor(Part, frozen=True, kw_only=True):
    """A file, folder or commit by its digests: in-toto's ResourceDescriptor."""

    name: str = ""
    uri: str = ""
    digest: dict[str, str] = {}
    annotations: dict[str, Any] = {}


class StageRecord(Part, frozen=True, kw_only=True):
    """What happened to one stage; `because` says why it was out of date, `exit_code` is that of a stage that failed."""

    name: str
    outcome: StageOutcome
    seconds: float = 0.0
    because: tuple[str, ...] = ()
    exit_code: int | None = None


class UsageRecord(Part, frozen=True, kw_only=True):
    """What a run took.

    Seconds of the clock and of all processors, bytes of the largest process, joules of the machine's processors where
    they count them. `pipelines` above 1: processor, memory and energy are those of one run over so many pipelines.
    """

    wall_seconds: float
    cpu_seconds: float | None = None
    peak_memory_bytes: int | None = None
    energy_joules: float | None = None
    pipelines: int = 1


class RunnerRecord(Part, frozen=True, kw_only=True):
    """Where a run took place, without the names of machines and of people."""

    system: str
    architecture: str
    python: str
    github: dict[str, str] = {}


class RunRecord(Part, frozen=True, kw_only=True):
    """What SLSA has no field for."""

    outcome: Outcome
    trigger: str
    stages: tuple[StageRecord, ...]
    usage: UsageRecord
    runner: RunnerRecord


class Metadata(Part, frozen=True, kw_only=True):
    """When it was, and which invocation of the platform it was."""

    started_on: Timestamp
    finished_on: Timestamp
    invocation_id: str = ""
    run: RunRecord = field(name="mlgit_run")


class Builder(Part, frozen=True, kw_only=True):
    """What kind of place ran it, and the versions of what did."""

    id: str
    version: dict[str, str] = {}


class RunDetails(Part, frozen=True, kw_only=True):
    """One execution. `byproducts` are what a run that failed left behind, and dvc.lock."""

    builder: Builder
    metadata: Metadata
    byproducts: tuple[Descriptor, ...] = ()


class ExternalParameters(Part, frozen=True, kw_only=True):
    """What a person chose: the folder of the pipeline, and the parameters of its stages by file and name."""

    pipeline: str
    parameters: dict[str, dict[str, Any]] = {}


class BuildDefinition(Part, frozen=True, kw_only=True):
    """What went in."""

    build_type: str
    external_parameters: ExternalParameters
    resolved_dependencies: tuple[Descriptor, ...] = ()


class Predicate(Part, frozen=True, kw_only=True):
    """SLSA's provenance."""

    build_definition: BuildDefinition
    run_details: RunDetails


class Statement(Struct, frozen=True, kw_only=True):
    """The whole record. `subject` is what came out; of a run that failed, the pipeline that was tried."""

    subject: tuple[Descriptor, ...]
    predicate: Predicate
    type: Literal["https://in-toto.io/Statement/v1"] = field(
        name="_type", default="https://in-toto.io/Statement/v1"
    )
    predicate_type: Literal["https://slsa.dev/provenance/v1"] = field(
        name="predicateType", default="https://slsa.dev/provenance/v1"
    )

    @property
    def run(self) -> RunRecord:
        """What happened."""
        return self.predicate.run_details.metadata.run

    @property
    def started(self) -> str:
        """When it began, RFC 3339 in UTC."""
        return self.predicate.run_details.metadata.started_on

    @property
    def inputs(self) -> ExternalParameters:
        """What a person chose."""
        return self.predicate.build_definition.external_parameters

    @property
    def dependencies(self) -> tuple[Descriptor, ...]:
        """What went in."""
        return self.predicate.build_definition.resolved_dependencies


def canonical(value: Any) -> bytes:
    """Return the one text of a value: sorted keys, two spaces, a line end."""
    return msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=2) + b"\n"


def read(content: bytes, path: str) -> Statement:
    """Return the statement of a record; raises `UsageError` (`run-record`) when it is none."""
    try:
        return msgspec.json.decode(content, type=Statement)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(
            "run-record",
            f"it is not the record of a run: {error}",
            hint=f"git checkout HEAD -- {path}, or git rm {path}",
            where=path,
        ) from error


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a record as mlgit writes it: docs/reference/schemas/run-record-1.json."""
    title = "The record of a training: an in-toto Statement v1 with SLSA Provenance v1, buildType urn:mlgit:train:v1"
    return json_schema(Statement, title)


PERSON = "urn:mlgit:builder:person"


class Invocation(Struct, frozen=True, kw_only=True):
    """What a CI system tells of the run of a job; the defaults are a person at a command line.

    `facts` go into the record as they are, `builder` is the id that SLSA asks for, `address` shows the run, and
    `repository` is the https address of the repository.
    """

    event: str = ""
    facts: Mapping[str, str] = {}
    builder: str = PERSON
    address: str = ""
    repository: str = ""
