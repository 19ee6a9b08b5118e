"""Results about tables as text and JSON."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from mlgit.data.profile import Profile
from mlgit.data.report import (
    DataReport,
    Extent,
    Proposal,
    SchemaUpdate,
    SplitResult,
    UpdateReport,
    failure_lines,
    unjudged_line,
)
from mlgit.jobs.data_updates.handoff import DataProposals, Fetched
from mlgit.text import counted, visible
from mlgit.views.wording import size_text

LONGEST = 400


def report_lines(report: DataReport) -> Iterator[str]:
    """Yield a line a table, and what is wrong at `file:line` with its hint."""
    for table in report.tables:
        broken, rules = len(table.failures), counted(len(table.results), "rule")
        size = "not readable" if table.rows is None else f"{table.rows:,} rows"
        verdict = (
            f"FAIL  {table.table}: {broken} of {rules} broken"
            if broken
            else f"open  {table.table}: {len(table.unjudged)} of {rules} not judged, none broken"
            if table.unjudged
            else f"ok    {table.table}: {rules} kept"
        )
        yield f"{verdict} ({table.path}, {size}, {table.schema})"
        yield from (f"      note: {note}" for note in table.notes)
        for result in table.failures:
            yield from failure_lines(result, table.path)
        yield from (unjudged_line(result, table.path) for result in table.unjudged)
        if broken and table.rows is not None:
            yield f"      if the data are right: mlgit data schema {table.table} --update"


def proposal_text(proposal: Proposal) -> str:
    """Return what goes to standard output: the schema, or how it differs from the one that stands."""
    if proposal.existing is None:
        return proposal.text
    path, standing = proposal.existing
    if not proposal.written:
        return ""
    lines = difflib.unified_diff(
        standing.splitlines(keepends=True), proposal.text.splitlines(keepends=True), path, proposal.written
    )
    return "".join(lines)


def update_text(update: SchemaUpdate) -> str:
    """Return how the schema changes as a diff, empty when it does not."""
    before, after = update.before.splitlines(keepends=True), update.after.splitlines(keepends=True)
    return "".join(difflib.unified_diff(before, after, f"a/{update.path}", f"b/{update.path}"))


def update_talk(update: SchemaUpdate) -> Iterator[str]:
    """Yield what became of the schema, and what stays broken since a person wrote it."""
    if update.before == update.after:
        yield (
            f"{update.path} keeps up with the data; nothing changes"
            if not update.left
            else f"{update.path} stays"
        )
    elif update.written:
        yield f"wrote {update.path}"
    else:
        yield f"nothing was written; mlgit data schema {update.table} --update --write does"
    for one in update.left:
        yield f"stays broken, yours to decide: {said(one.message)} ({one.setting or one.rule})"


def proposal_talk(proposal: Proposal) -> list[str]:
    """Return the story of a proposal: what the columns are, and where the schema went."""
    lines = profile_talk(proposal.profile)
    if proposal.existing and not proposal.written:
        return [*lines, f"{proposal.existing[0]} already says this; nothing was written"]
    if proposal.existing:
        return [*lines, f"{proposal.existing[0]} stays as it is; the proposal is {proposal.written}"]
    return [*lines, f"wrote {proposal.written}"] if proposal.written else lines


def profile_talk(profile: Profile) -> list[str]:
    """Return what a table holds, a line each for its size, task and the columns left out."""
    features = sum(column.role == "feature" for column in profile.columns)
    lines = [
        f"{counted(profile.rows, 'row')}, {counted(len(profile.columns), 'column')}, {features} to learn from"
    ]
    if profile.task:
        lines.append(f"task: {profile.task}, because {profile.task_reason}")
    if profile.id_column:
        lines.append(f"rows are named by {profile.id_column!r}")
    lines.extend(
        f"left out: {column.name!r}: {column.reason}"
        for column in profile.columns
        if column.role == "left-out"
    )
    return lines


def update_lines(report: UpdateReport) -> Iterator[str]:
    """Yield what came of fetching tables anew, a refused one with what is wrong with it."""
    for one in report.tables:
        if one.state == "unchanged":
            yield f"same  {one.table}: {one.source} brought what was here ({one.path})"
            continue
        word = "new " if one.state == "new data" else "FAIL"
        sizes = f"{extent_text(one.before)} -> {extent_text(one.after)}"
        yield f"{word}  {one.table}: {sizes} from {one.source} ({one.path})"
        if one.state == "refused":
            yield "      the data break their schema; everything is as it was"
            for result in one.check.failures if one.check else ():
                yield from failure_lines(result, one.path)
        yield from (f"      changed: {path}" for path in one.changed)
    if any(one.changed for one in report.tables):
        yield "next: mlgit train, then commit the changed files"


def proposals_lines(result: DataProposals) -> Iterator[str]:
    """Yield what came of every table."""
    yield f"at {result.base[:12]} of {said(result.branch)}"
    for one in result.tables:
        place = f": {said(one.url)}" if one.url else ""
        yield f"{said(one.table)}: {one.ending}: {said(one.text)}{place}"
        yield from (f"  - {said(note)}" for note in one.notes)


def fetched_lines(fetched: Fetched) -> Iterator[str]:
    """Yield what was fetched, for the log of its job."""
    for one in fetched.tables:
        detail = f": {said(one.detail)}" if one.detail else ""
        sizes = f", {extent_text(one.before)} -> {extent_text(one.after)}" if one.after is not None else ""
        yield f"{said(one.table)}: {one.state}{detail}{sizes}"
        yield from (f"  - {said(line)}" for line in one.lines)


def said(text: str) -> str:
    """Return a text of a source for one line of a job's log."""
    return visible(text, LONGEST)


def extent_text(extent: Extent | None) -> str:
    """Return how large a table is."""
    if extent is None:
        return "nothing"
    rows = f"{counted(extent.rows, 'row')}, " if extent.rows is not None else ""
    return f"{rows}{size_text(extent.bytes)}"


def split_lines(result: SplitResult) -> Iterator[str]:
    """Yield the outcome of a split in one or two lines."""
    share = result.held_out / result.rows if result.rows else 0.0
    size = f"{result.held_out:,} of {result.rows:,} rows with a label ({share:.0%})"
    if result.drawn:
        kept = "" if result.kept is None else f"; {result.kept:,} of them were held out before too"
        yield f"wrote {result.path}: {size} are held out{kept}"
        return
    yield f"{result.path} is frozen and holds out {size}; --renew draws it anew"
    if result.gone:
        yield f"{result.gone:,} of its ids are no longer in the table"
