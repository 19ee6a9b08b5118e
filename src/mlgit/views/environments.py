"""What is told of environments: a promotion or rollback in its commit, its pull request and the terminal, and their history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from mlgit.environments.desired import Desired
from mlgit.environments.history import History, Span
from mlgit.environments.request import Changed, Story, Texts
from mlgit.host.document import CommentDocument
from mlgit.registry.names import model_of
from mlgit.text import counted, moment_text
from mlgit.views import cells, markdown
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
    cell,
    columns,
    sentence,
)
from mlgit.views.markdown import list_section

if TYPE_CHECKING:
    from mlgit.environments.origin import Origin

LONGEST_MESSAGE = 20_000
VERBS = {"promote": "Promote", "rollback": "Roll back"}
DONE = {"committed": "by a commit", "proposed": "by a pull request", "unchanged": "runs there already"}
FACTS_WEIGHT = 70
FILE = "deploy/{}.yaml"


def title(story: Story) -> str:
    """Return the first line of a commit, and the title of a pull request."""
    place = "to" if story.entry.action == "promote" else "in"
    back = " to" if story.entry.action == "rollback" else ""
    return (
        f"{VERBS[story.entry.action]} {story.model}{back} {story.entry.version} {place} {story.environment}"
    )


def facts(story: Story) -> Iterator[Line]:
    """Yield what a reviewer has to know besides the comparison."""
    entry, live = story.entry, story.live
    runs = (" runs ", Foreign(live.version)) if live else (" runs none of it",)
    yield (Foreign(story.environment), *runs)
    yield (
        "comes: ",
        Foreign(entry.version),
        ", commit ",
        Foreign(entry.commit[:12]),
        ", ",
        Foreign(entry.digest),
    )
    if story.origin is not None:
        yield from came_from(story.model, entry.commit, story.origin)
    if entry.why:
        yield ("because: ", sentence(entry.why))
    yield ("asked for by ", Foreign(entry.by))
    if entry.action == "promote":
        yield ("gates: ", Foreign(entry.gate))
    else:
        yield ("no gate is asked; the model is stored, and has its digest",)
        yield (
            f"golden predictions: {story.smoke.asked} of {story.smoke.asked} are answered as they were"
            if story.smoke
            else "golden predictions: none was asked before",
        )


def came_from(model: str, commit: str, origin: Origin) -> Iterator[Line]:
    """Yield who trained a version and who registered it, and what tells the rest."""
    record: Line = (", recorded in ", Foreign(origin.record)) if origin.record else (", no record tells how",)
    yield ("trained by ", Foreign(origin.trained_by), f", {moment_text(origin.trained_at)}", *record)
    yield ("registered by ", Foreign(origin.registered_by), f", {moment_text(origin.registered_at)}")
    yield ("where it came from: ", Foreign(f"mlgit lineage {model}@{commit[:12]}"))


def message(story: Story) -> str:
    """Return the message of a commit: its title, the facts, the comparison of what runs with what comes."""
    listed = "\n".join(f"- {markdown.text(line)}" for line in facts(story))
    parts = [title(story), listed, *compared(story)]
    return "\n\n".join(parts)[:LONGEST_MESSAGE]


def compared(story: Story) -> Iterator[str]:
    """Yield the comparison as Markdown; for the first version in an environment what its gates say."""
    if story.comparison is not None:
        from mlgit.views.compare import blocks

        yield markdown.render(tuple(blocks(named(story).comparison or story.comparison)))
    elif story.verdict is not None and story.verdict.findings:
        from mlgit.views.gate import finding_table

        yield markdown.render((finding_table(story.verdict.findings),))


def proposal(story: Story) -> CommentDocument:
    """Return the text of a pull request."""
    whole = named(story)
    about = list_section("What happens", FACTS_WEIGHT, (markdown.text(line) for line in facts(story)))
    after = list_section(
        "What follows",
        FACTS_WEIGHT - 1,
        (
            f"merging changes {markdown.text((Foreign(FILE.format(story.environment)),))} alone: what has to run there",
            "closing leaves everything as it is",
        ),
    )
    if whole.comparison is None:
        return CommentDocument(verdict=f"## {title(story)}", sections=(about, after))
    from mlgit.views import comment

    made = comment.document(whole.comparison)
    verdict = f"## {title(story)}\n\n{made.verdict.replace('## ', '### ', 1)}"
    return CommentDocument(verdict=verdict, sections=(about, *made.sections, after))


def texts() -> Texts:
    """Return what commits and pull requests say."""
    return Texts(title=title, message=message, proposal=proposal, images=images)


def images(environment: str, new: Desired) -> CommentDocument:
    """Return the text of a pull request that writes the images that were built and tested."""
    lines: tuple[Line, ...] = tuple(
        (Foreign(f"{model_of(key)[0]} {entry.version}"), " runs from ", Foreign(entry.image))
        for key, entry in new.items()
    )
    file = markdown.text((Foreign(FILE.format(environment)),))
    follows = (
        f"merging changes {file} alone: what comes after {environment} runs these images and no other",
        "until then no version of them is promoted further",
    )
    return CommentDocument(
        verdict=f"## Built and tested in {markdown.text((Foreign(environment),))}",
        sections=(
            list_section("The images", FACTS_WEIGHT, map(markdown.text, lines)),
            list_section("What follows", FACTS_WEIGHT - 1, follows),
        ),
    )


def named(story: Story) -> Story:
    """Return a story whose comparison calls both sides by their versions."""
    if story.comparison is None or story.live is None:
        return story
    from mlgit.metrics.verdict import Side

    base = Side(name=story.live.version, commit=story.live.commit)
    head = Side(name=story.entry.version, commit=story.entry.commit)
    return replace(story, comparison=replace(story.comparison, base=base, head=head))


def changed(made: Changed) -> Iterator[Block]:
    """Yield what became of a promotion or a rollback."""
    before = (" (", Foreign(made.replaced), " ran)") if made.replaced and made.replaced != made.to else ()
    line: Line = (
        Foreign(made.model),
        " ",
        Foreign(made.to),
        " → ",
        Foreign(made.environment),
        *before,
        f": {DONE[made.outcome]}",
    )
    yield Heading(line, 1)
    lines: list[Line] = []
    if made.outcome != "unchanged":
        lines.append(("commit ", Foreign(made.commit[:12]), " on ", Foreign(made.branch)))
    if made.gate:
        lines.append(("gates: ", Foreign(made.gate)))
    if made.url:
        lines.append((Foreign(made.url),))
    lines += [(sentence(note),) for note in made.notes]
    if lines:
        yield Items(tuple(lines))


def history(found: History, most: int | None = None) -> Iterator[Block]:
    """Yield a history, the newest first; `most` rows of it, and how many are older."""
    names = ("environment", "model", "version", "from", "until", "by", "approved by", "why")
    newest = sorted(found.spans, key=lambda one: -one.position)
    rows = tuple(span_row(one) for one in newest[:most])
    if rows:
        yield Table(title="What ran where", columns=columns(*names), rows=rows)
    else:
        yield Paragraph(
            ("Nothing had to run: ", Foreign("mlgit promote MODEL ENVIRONMENT"), "."), inner=False
        )
    older = len(newest) - len(rows)
    if older:
        yield Paragraph((f"{counted(older, 'change')} before (", Foreign("--all"), " shows them)."), "quiet")
    remarks: list[Line] = [
        (
            Own("unreadable", "bad"),
            ": ",
            Foreign(FILE.format(one.environment)),
            " at ",
            Foreign(one.commit[:12]),
            ": ",
            sentence(one.message),
        )
        for one in found.unreadable
    ]
    if not found.complete:
        remarks.append(
            (
                Own("warning", "warn"),
                ": this clone is shallow, older entries are missing (",
                Foreign("git fetch --unshallow"),
                ")",
            )
        )
    if remarks:
        yield Items(tuple(remarks))


def span_row(one: Span) -> Row:
    """Return one row of a history."""
    back = (Own(" rolled back", "warn"),) if one.action == "rollback" else ()
    by_gates = ("gates",) if one.gate.startswith("PASS") else ()
    approved = (Foreign(short(one.approved_by)),) if one.approved_by else by_gates
    return Row(
        (
            cell(Foreign(one.environment)),
            cell(Foreign(one.model)),
            cell(Foreign(one.version), *back),
            cell(moment_text(one.since)),
            cell(moment_text(one.until) if one.until is not None else "now"),
            cell(Foreign(short(one.by)) if one.by else ""),
            cell(*approved),
            cell(
                *cells.joined((sentence(one.why) if one.why else "", Foreign(one.gate) if one.gate else ""))
            ),
        ),
        "" if one.until is None else "quiet",
    )


def short(person: str) -> str:
    """Return the name of a person without the address."""
    return person.rpartition(" <")[0] or person
