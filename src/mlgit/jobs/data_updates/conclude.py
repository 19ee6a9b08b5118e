"""The last step: a branch and a pull request for what is new, an issue for what is bad. Runs no code of the repository.

There is no ledger: fetching again gives the same, so whoever comes after a kill finds the branch and makes what is
missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec.structs import replace

from mlgit.config.model import Configuration
from mlgit.jobs.conclude import close_causes, commit, each, propose, report_cause
from mlgit.jobs.data_updates.arrival import (
    Arrival,
    DataSite,
    Facts,
    arrivals,
    data_mark,
    merges,
    same_as,
    well_made,
)
from mlgit.jobs.data_updates.handoff import Fetched, FetchedTable, ProposedTable
from mlgit.project.project import Project
from mlgit.refs.publish import PREFIX, Publication, branch_tip, ours, publish

TRAILER = "Mlgit-Data"
BAD, SOURCE = "bad data", "source"
MENDED: dict[str, tuple[str, ...]] = {
    "proposed": (BAD, SOURCE),
    "unchanged": (BAD, SOURCE),
    "settled": (BAD, SOURCE),
    "bad-data": (SOURCE,),
}
"""By what came of a table: the names of the issues whose cause is gone."""


def branch_of(table: str) -> str:
    """Return the branch that proposes new data of a table."""
    return f"{PREFIX}data/{table}"


def conclude(site: DataSite, fetched: Fetched) -> tuple[ProposedTable, ...]:
    """Propose, report or leave every table, in their order.

    Raises `UsageError` (`handoff-refused`) before anything is written when one of them is not what it may be. What
    goes wrong with one table is raised after all others are done.
    """
    configuration = Project(site.repository).of(site.tip).configuration_or_default
    arrived = list(arrivals(site, fetched, configuration))
    done, errors = each(partial(concluded, site, configuration, fetched, *pair) for pair in arrived)
    ended = close_mended(site, fetched, done)
    if errors:
        raise errors[0]
    return ended


def concluded(
    site: DataSite, configuration: Configuration, fetched: Fetched, one: FetchedTable, found: Arrival | None
) -> ProposedTable:
    """Do what the data of one table call for; raises `ExternalError` when Git or the forge fail."""
    if one.table not in configuration.data or (one.state == "new data" and found is None):
        text = f"{site.branch} has changed meanwhile how it is fetched or kept; the next run looks again"
        return ProposedTable(table=one.table, ending="outdated", text=text)
    if one.state == "unchanged" or (found is not None and same_as(site, found, site.base)):
        return ProposedTable(table=one.table, ending="unchanged", text="the source gives what is here")
    if found is None:
        return reported(site, fetched, one)
    return proposed(site, configuration, fetched, found)


def proposed(site: DataSite, configuration: Configuration, fetched: Fetched, found: Arrival) -> ProposedTable:
    """Put the one file on the branch of its table, and open or update the pull request."""
    branch, name = branch_of(found.fetched.table), found.fetched.table
    heading = site.texts.title(found.fetched)
    message = f"{heading}\n\n{TRAILER}: {name} {found.digests[1]}\n"
    made = commit(site, site.base, {found.path: found.new}, message, seconds=fetched.at)
    publication = Publication(branch=branch, base=site.base, commit=made, trailer=TRAILER, single=True)
    outcome = publish(
        site.repository, site.remote, publication, same=lambda tip: offered(site, found, publication, tip)
    )
    if outcome == "newer":
        text = f"{branch} stands on a newer {site.branch} already"
        return ProposedTable(table=name, ending="outdated", text=text, branch=branch)
    if outcome == "same":
        made = branch_tip(site.repository, site.remote, branch) or made
        left = left_as_it_is(site, found, branch, made)
        if left is not None:
            return left
    facts = Facts(
        base=fetched.base,
        at=fetched.at,
        run=site.run,
        path=found.path,
        schema=found.table.schema,
        digests=found.digests,
        retrains=configuration.ct is not None and configuration.ct.data,
    )
    return posted(site, found, facts, branch, made)


def offered(site: DataSite, found: Arrival, publication: Publication, tip: str) -> bool:
    """Tell whether a branch at `tip` offers an arrival already, so that it can stay.

    One that holds somebody else's work too is never given a pull request: it stays where there is nothing to write.
    """
    if not same_as(site, found, tip) or not merges(site, found, tip):
        return False
    if ours(site.repository, tip, publication) and well_made(site, found, tip):
        return True
    return left_as_it_is(site, found, publication.branch, tip) is not None


def left_as_it_is(site: DataSite, found: Arrival, branch: str, commit: str) -> ProposedTable | None:
    """Return that there is nothing to write: these data are proposed already, or somebody has text no to them."""
    name, mark = found.fetched.table, data_mark(found.digests[1])
    for pull in site.forge.pull_requests_from(branch, base=site.branch):
        if mark not in pull.body:
            return None
        text = "the same data are proposed already"
        return ProposedTable(
            table=name, ending="unchanged", text=text, branch=branch, commit=commit, url=pull.url
        )
    for pull in reversed(site.forge.ended_pull_requests_from(branch, base=site.branch)):
        if pull.head_sha == commit:
            text = "these data were proposed, and the pull request was closed; other data are proposed again"
            return ProposedTable(
                table=name, ending="settled", text=text, branch=branch, commit=commit, url=pull.url
            )
    return None


def posted(site: DataSite, found: Arrival, facts: Facts, branch: str, commit: str) -> ProposedTable:
    """Open or update the pull request of a branch that is there."""
    one = found.fetched
    statement = (site.texts.title(one), site.texts.proposal(one, facts))
    done = propose(site, one.table, statement, branch=branch, base=site.branch)
    return ProposedTable(
        table=one.table,
        ending="proposed",
        text=done.text,
        branch=branch,
        commit=commit,
        url=done.url,
        notes=done.notes,
    )


def reported(site: DataSite, fetched: Fetched, one: FetchedTable) -> ProposedTable:
    """Make sure that an issue is open about data that are wrong or a source that fails."""
    statement = site.texts.issue(one, Facts(base=fetched.base, at=fetched.at, run=site.run))
    refused = one.state == "refused"
    posted = report_cause(site, f"{one.table} {BAD if refused else SOURCE}", statement)
    return ProposedTable(
        table=one.table,
        ending="bad-data" if refused else "failed",
        text=f"{one.detail}; the issue is {posted.outcome}",
        url=posted.url,
        notes=posted.notes,
    )


def close_mended(
    site: DataSite, fetched: Fetched, done: Sequence[ProposedTable]
) -> tuple[ProposedTable, ...]:
    """Close the issues whose cause is gone, and note with each table what was closed."""
    causes = {f"{one.table} {kind}": one.table for one in done for kind in MENDED.get(one.ending, ())}
    notes, _ = close_causes(site, causes, site.texts.mended(fetched.at, site.run))
    return tuple(replace(one, notes=(*one.notes, *notes.get(one.table, ()))) for one in done)
