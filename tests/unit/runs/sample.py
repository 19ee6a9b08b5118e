"""A record made by hand."""

from __future__ import annotations

from mlgit.runs import place
from mlgit.runs.statement import (
    BUILD_TYPE,
    BuildDefinition,
    Builder,
    Descriptor,
    ExternalParameters,
    Metadata,
    Outcome,
    Predicate,
    RunDetails,
    RunnerRecord,
    RunRecord,
    StageRecord,
    Statement,
    UsageRecord,
    canonical,
)


def sample(
    started: str = "2026-01-05T12:00:00.250Z",
    outcome: Outcome = "succeeded",
    pipeline: str = ".",
    model: str = "0" * 32,
) -> Statement:
    run = RunRecord(
        outcome=outcome,
        trigger="by hand",
        stages=(
            StageRecord(name="prepare", outcome="skipped"),
            StageRecord(
                name="train", outcome="ran" if outcome == "succeeded" else "failed", seconds=2.5,
                because=("command changed",), exit_code=None if outcome == "succeeded" else 3,
            ),
        ),
        usage=UsageRecord(wall_seconds=4.0, cpu_seconds=3.5, peak_memory_bytes=10**8),
        runner=RunnerRecord(system="Linux", architecture="x86_64", python="3.11.2"),
    )  # fmt: skip
    return Statement(
        subject=(Descriptor(name="model.bin", digest={"md5": model}, annotations={"mlgit_stage": "train"}),),
        predicate=Predicate(
            build_definition=BuildDefinition(
                build_type=BUILD_TYPE,
                external_parameters=ExternalParameters(
                    pipeline=pipeline, parameters={"params.yaml": {"seed": 1}}
                ),
                resolved_dependencies=(Descriptor(name="train.py", digest={"md5": "1" * 32}),),
            ),
            run_details=RunDetails(
                builder=Builder(id="urn:mlgit:builder:person", version={"mlgit": "0.1.0"}),
                metadata=Metadata(started_on=started, finished_on=started, run=run),
            ),
        ),
    )


def stored(one: Statement) -> tuple[str, bytes]:
    """Return where a record lies and its text."""
    content = canonical(one)
    return place.record_path(one.inputs.pipeline, one.started, content), content
