"""Make the record of a training from what was seen of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256

from msgspec import Struct

from mlgit.dvc.state import PipelineState, place
from mlgit.errors import UsageError
from mlgit.runs.described import KIND, SIZE, STAGE, described
from mlgit.runs.statement import (
    BUILD_TYPE,
    BuildDefinition,
    Builder,
    Descriptor,
    ExternalParameters,
    Invocation,
    Metadata,
    Outcome,
    Predicate,
    RunDetails,
    RunnerRecord,
    RunRecord,
    StageRecord,
    Statement,
    UsageRecord,
)

TRIGGER = "MLGIT_TRIGGER"
BY_HAND = "by hand"
LONGEST_TRIGGER = 200


class Occasion(Struct, frozen=True, kw_only=True):
    """What is the same for every pipeline of one training. Times are seconds since the epoch."""

    started: float
    finished: float
    outcome: Outcome
    trigger: str
    runner: RunnerRecord
    builder: Builder
    invocation: str = ""
    source: Descriptor | None = None


def statement_of(
    state: PipelineState,
    occasion: Occasion,
    stages: Sequence[StageRecord],
    usage: UsageRecord,
    files: Iterable[Descriptor],
) -> Statement:
    """Return the record of one pipeline of a training.

    `files` are those that dvc.lock does not name; dvc.yaml and dvc.lock are among them.
    """
    seen = described(state.folder, state.pipeline, state.lock)
    covered = {one.name: one for one in files}
    lock = covered.pop(place(state.folder, "dvc.lock"), None)
    declaration = covered[place(state.folder, "dvc.yaml")]
    whole = occasion.outcome == "succeeded" and bool(seen.outputs)
    ran = {stage.name for stage in stages if stage.outcome in ("ran", "restored")}
    left = [] if whole else [one for one in seen.outputs if one.annotations.get(STAGE) in ran]
    definition = BuildDefinition(
        build_type=BUILD_TYPE,
        external_parameters=ExternalParameters(pipeline=state.folder or ".", parameters=seen.parameters),
        resolved_dependencies=(
            *([occasion.source] if occasion.source else []),
            *sorted([*covered.values(), *seen.inputs], key=lambda one: one.name),
        ),
    )
    run = RunRecord(
        outcome=occasion.outcome,
        trigger=occasion.trigger,
        stages=tuple(stages),
        usage=usage,
        runner=occasion.runner,
    )
    details = RunDetails(
        builder=occasion.builder,
        metadata=Metadata(
            started_on=timestamp(occasion.started),
            finished_on=timestamp(occasion.finished),
            invocation_id=occasion.invocation,
            run=run,
        ),
        byproducts=(*([lock] if lock else []), *left),
    )
    return Statement(
        subject=seen.outputs if whole else (declaration,),
        predicate=Predicate(build_definition=definition, run_details=details),
    )


def file_descriptor(path: str, content: bytes, kind: str) -> Descriptor:
    """Return the descriptor of a file that we read ourselves."""
    return Descriptor(
        name=path,
        digest={"sha256": sha256(content).hexdigest()},
        annotations={KIND: kind, SIZE: len(content)},
    )


def timestamp(seconds: float) -> str:
    """Return a time as RFC 3339 in UTC, to the millisecond.

    >>> timestamp(1767614400.25)
    '2026-01-05T12:00:00.250Z'
    """
    time = datetime.fromtimestamp(round(seconds, 3), UTC)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def trigger_of(environment: Mapping[str, str], given: str | None, event: str) -> str:
    """Return why a training runs: what was given, else MLGIT_TRIGGER, else the event of the job, else by hand.

    Raises `UsageError` (`trigger-text`) for more than one line or more than 200 characters.
    """
    text = given or environment.get(TRIGGER) or ""
    if len(text) > LONGEST_TRIGGER or not text.isprintable():
        raise UsageError(
            "trigger-text",
            f"a trigger is one line of at most {LONGEST_TRIGGER} characters",
            hint='mlgit train --trigger "new data"',
        )
    return text.strip() or event or BY_HAND


def source_of(commit: str | None, invocation: Invocation, *, dirty: bool) -> Descriptor | None:
    """Return the commit that was checked out; None before the first one."""
    if commit is None:
        return None
    return Descriptor(
        name="repository",
        uri=f"git+{invocation.repository}" if invocation.repository else "",
        digest={"gitCommit": commit},
        annotations={KIND: "commit", "mlgit_dirty": dirty},
    )
