"""Report what a person has to look at: one issue is open for a table and a cause, for as long as the cause is there."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from mlgit.commands.data.propose.arrival import WORKFLOW, Scene
from mlgit.host.choose import ci_of
from mlgit.host.proposals import close_issues, report_issue
from mlgit.host.sticky import ReportKey
from mlgit.jobs.data_updates.handoff import Fetched, FetchedTable, ProposedTable
from mlgit.views.data_documents import Story, issue, mended

BAD, SOURCE = "bad data", "source"
MENDED: dict[str, tuple[str, ...]] = {
    "proposed": (BAD, SOURCE),
    "unchanged": (BAD, SOURCE),
    "settled": (BAD, SOURCE),
    "bad-data": (SOURCE,),
}
"""By what came of a table: the names of the issues whose cause is gone."""


def reported(scene: Scene, fetched: Fetched, one: FetchedTable) -> ProposedTable:
    """Make sure that an issue is open about data that are wrong or a source that fails."""
    heading, text = issue(
        one, Story(base=fetched.base, at=fetched.at, run=ci_of(scene.context).artifacts_address)
    )
    cause = key(one.table, BAD if one.state == "refused" else SOURCE)
    posted = report_issue(scene.forge, cause, title=heading, document=text)
    if posted.outcome == "refused":
        ci_of(scene.context).add_to_summary(posted.body)
    return ProposedTable(
        table=one.table,
        ending="bad-data" if one.state == "refused" else "failed",
        text=f"{one.detail}; the issue is {posted.outcome}",
        url=posted.url,
        notes=posted.notes,
    )


def close_mended(scene: Scene, fetched: Fetched, done: Sequence[ProposedTable]) -> tuple[ProposedTable, ...]:
    """Close the issues whose cause is gone, and note with each table what was closed; all are looked up together."""
    tables = {key(one.table, kind): one.table for one in done for kind in MENDED.get(one.ending, ())}
    closed = close_issues(scene.forge, tables, mended(fetched.at, ci_of(scene.context).artifacts_address))
    notes: dict[str, list[str]] = {one.table: [] for one in done}
    for cause, url in closed.issues:
        notes[tables[cause]].append(f"closed {url}")
    for table in list(tables.values())[:1] if closed.trouble else ():
        notes[table].append(f"issues that are mended may stay open: {closed.trouble}")
    return tuple(replace(one, notes=(*one.notes, *notes[one.table])) for one in done)


def key(table: str, kind: str) -> ReportKey:
    """Return which issue: that of a table and a cause."""
    return ReportKey(workflow=WORKFLOW, report=f"{table} {kind}")
