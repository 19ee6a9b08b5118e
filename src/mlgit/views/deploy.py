"""What became of a deployment, as blocks."""

from __future__ import annotations

from collections.abc import Iterator

from mlgit.environments.deployed import Deployed, ModelState
from mlgit.views.cells import (
    Block,
    Foreign,
    Heading,
    Items,
    Line,
    Own,
    Paragraph,
    Row,
    Table,
    Tone,
    cell,
    columns,
    sentence,
)

TONES: dict[str, Tone] = {
    "same": "quiet",
    "applied": "good",
    "stopped": "good",
    "differs": "bad",
    "failed": "bad",
}
WORDS = {
    "same": "runs already",
    "applied": "runs now",
    "stopped": "stopped",
    "differs": "differs",
    "failed": "failed",
}


def blocks(done: Deployed) -> Iterator[Block]:
    """Yield what became of each model of an environment."""
    yield Heading((Foreign(done.environment), " at ", Foreign(done.commit[:12])), 1)
    if not done.models:
        yield Paragraph(
            ("Nothing has to run: ", Foreign("mlgit promote MODEL ENVIRONMENT"), "."), inner=False
        )
        return
    names = columns("model", "has to run", "runs", "", "golden predictions", "address")
    yield Table(title="Models", columns=names, rows=tuple(map(row, done.models)))
    remarks = [line for one in done.models for line in told(one, done.environment)]
    if remarks:
        yield Items(tuple(remarks))


def row(one: ModelState) -> Row:
    """Return one model."""
    smoke = f"{one.smoke.asked - one.smoke.wrong} of {one.smoke.asked}" if one.smoke else ""
    return Row(
        (
            cell(Foreign(one.model)),
            cell(Foreign(one.version) if one.version else "none"),
            cell(Foreign(one.live) if one.live else "none"),
            cell(Own(WORDS[one.state], TONES[one.state])),
            cell(smoke),
            cell(Foreign(one.address)),
        )
    )


def told(one: ModelState, environment: str) -> Iterator[Line]:
    """Yield what a person has to know of a model, and the command that helps."""
    if one.why:
        yield (Foreign(one.model), " ", Foreign(one.live or one.version), ": ", sentence(one.why))
    if one.state == "differs":
        yield ("hint: ", Foreign(f"mlgit deploy {environment}"))
    if one.restored:
        yield (Foreign(one.restored), " was put back")
    if one.state == "failed":
        back = f"mlgit rollback {one.model} {environment} --reason ..."
        yield ("hint: ", Foreign(back))
