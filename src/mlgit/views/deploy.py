"""What became of a deployment, as blocks."""

from __future__ import annotations

from collections.abc import Iterator

from mlgit.environments.deployed import Delivered, Deployed, ModelState, Refused
from mlgit.environments.request import Changed
from mlgit.host.document import CommentDocument
from mlgit.views import markdown
from mlgit.views.cells import (
    Block,
    Cell,
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
    with_hint,
)
from mlgit.views.environments import DONE

WEIGHT = 70

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
    return Row(
        (
            cell(Foreign(one.model)),
            cell(Foreign(one.version) if one.version else "none"),
            cell(Foreign(one.live) if one.live else "none"),
            cell(Own(WORDS[one.state], TONES[one.state])),
            smoke(one),
            cell(Foreign(one.address)),
        )
    )


def smoke(one: ModelState) -> Cell:
    """Return how many golden predictions are right; where none was asked, that is no good sign and says so."""
    if one.smoke is not None:
        return cell(f"{one.smoke.asked - one.smoke.wrong} of {one.smoke.asked}")
    return cell(Own("none asked", "warn")) if one.untested else Cell()


def told(one: ModelState, environment: str) -> Iterator[Line]:
    """Yield what a person has to know of a model, and the command that helps."""
    if one.why:
        yield (Foreign(one.model), " ", Foreign(one.live or one.version), ": ", sentence(one.why))
    if one.made:
        yield (
            Foreign(one.model),
            " brings no golden predictions: what runs was asked for what the model answers by itself",
        )
    if one.untested:
        yield (
            Own("not tested", "warn"),
            ": ",
            Foreign(one.model),
            " has no golden predictions, so nothing was asked",
            *((": ", Foreign(one.why_untested)) if one.why_untested else ()),
        )
        yield ("hint: ", Foreign(f"models.{one.model}.golden in mlgit.yaml; mlgit help delivery"))
    if one.state == "differs":
        yield ("hint: ", Foreign(f"mlgit deploy {environment}"))
    if one.restored:
        yield (Foreign(one.restored), " was put back")
    if one.state == "failed":
        back = f"mlgit rollback {one.model} {environment} --reason ..."
        yield ("hint: ", Foreign(back))


def delivered(made: Delivered) -> Iterator[Block]:
    """Yield what a job of delivery did."""
    lines: list[Line] = [("registered ", Foreign(tag)) for tag in made.registered]
    lines += [
        (Foreign(one.model), " ", Foreign(one.to), " → ", Foreign(one.environment), ": ", DONE[one.outcome])
        for one in made.changed
    ]
    lines += [
        with_hint((Own("refused", "warn"), ": ", Foreign(one.model), ": ", sentence(one.message)), one.hint)
        for one in made.refused
    ]
    lines += [(Own("failed", "bad"), ": ", Foreign(one)) for one in made.failed]
    lines += [(sentence(note),) for note in made.notes]
    lines += [("to deploy: ", Foreign(name)) for name in made.due]
    yield Items(tuple(lines)) if lines else Paragraph(("Nothing to do.",), inner=False)


def issue(
    done: Deployed, one: ModelState | None, back: Changed | Refused | None, run: str
) -> tuple[str, CommentDocument]:
    """Return the issue that says why a deployment failed, and what was done about it."""
    if one is None:
        title = f"The deployment of {done.environment} was refused"
        lines: list[Line] = [(sentence(done.error),), ("what ran there goes on",)]
    else:
        title = f"{one.model} {one.version} failed in {done.environment}"
        lines = [(Foreign(one.model), " ", Foreign(one.version), ": ", sentence(one.why))]
        lines += [("in the environment ", Foreign(one.restored), " was put back")] if one.restored else []
        lines.append(written_back(back))
    after: list[Line] = [
        ("the version is not promoted there again by itself; a new version is",),
        ("this issue is closed by the next deployment that succeeds",),
    ]
    return title, CommentDocument(
        verdict=f"## {markdown.text((Foreign(title),), heading=True)}{markdown.run_text(run)}",
        sections=(
            markdown.list_section("What happened", WEIGHT, map(markdown.text, lines)),
            markdown.list_section("What follows", WEIGHT - 1, map(markdown.text, after)),
        ),
    )


def written_back(back: Changed | Refused | None) -> Line:
    """Return what the default branch says since."""
    if back is None:
        return ("nothing was rolled back",)
    if isinstance(back, Refused):
        return with_hint(("the default branch was not rolled back: ", sentence(back.message)), back.hint)
    if back.outcome == "proposed":
        where = back.url or f"the branch {back.branch}"
        return ("the default branch goes back to ", Foreign(back.to), " by a merge of ", Foreign(where))
    did = "was rolled back" if back.outcome == "committed" else "is rolled back already"
    return ("the default branch ", did, " to ", Foreign(back.to), ", commit ", Foreign(back.commit[:12]))
