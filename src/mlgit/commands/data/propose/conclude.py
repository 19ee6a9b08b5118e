"""The last step: a branch and a pull request for what is new, an issue for what is bad. Runs no code of the repository.

There is no ledger: fetching again gives the same, so whoever comes after a kill finds the branch and makes what is
missing.
"""

from __future__ import annotations

from mlgit.commands.data.propose.arrival import (
    WORKFLOW,
    Arrival,
    Scene,
    arrivals,
    merges,
    same_as,
    well_made,
)
from mlgit.commands.data.propose.report import close_mended, reported
from mlgit.config.model import Configuration
from mlgit.errors import ExternalError
from mlgit.host.choose import ci_of
from mlgit.host.proposals import body_of, propose
from mlgit.host.sticky import ReportKey
from mlgit.jobs.data_updates.handoff import Fetched, FetchedTable, ProposedTable
from mlgit.project.project import Project
from mlgit.refs.commits import commit_on
from mlgit.refs.publish import PREFIX, Publication, branch_tip, ours, publish
from mlgit.views.data_documents import Story, data_mark, proposal, title

TRAILER = "Mlgit-Data"


def branch_of(table: str) -> str:
    """Return the branch that proposes new data of a table."""
    return f"{PREFIX}data/{table}"


def conclude(scene: Scene, fetched: Fetched) -> tuple[ProposedTable, ...]:
    """Propose, report or leave every table, in their order.

    Raises `UsageError` (`handoff-refused`) before anything is written when one of them is not what it may be. What
    goes wrong with one table is raised after all others are done.
    """
    wrong: list[ExternalError] = []
    done: list[ProposedTable] = []
    configuration = Project(scene.repository).of(scene.moment).configuration_or_default
    for one, arrival in list(arrivals(scene, fetched, configuration)):
        try:
            done.append(concluded(scene, configuration, fetched, one, arrival))
        except ExternalError as error:
            wrong.append(error)
    ended = close_mended(scene, fetched, done)
    if wrong:
        raise wrong[0]
    return ended


def concluded(
    scene: Scene, configuration: Configuration, fetched: Fetched, one: FetchedTable, found: Arrival | None
) -> ProposedTable:
    """Do what the data of one table call for; raises `ExternalError` when Git or the forge fail."""
    if one.table not in configuration.data or (one.state == "new data" and found is None):
        text = f"{scene.branch} has changed meanwhile how it is fetched or kept; the next run looks again"
        return ProposedTable(table=one.table, ending="outdated", text=text)
    if one.state == "unchanged" or (found is not None and same_as(scene, found, scene.base)):
        return ProposedTable(table=one.table, ending="unchanged", text="the source gives what is here")
    if found is None:
        return reported(scene, fetched, one)
    return proposed(scene, configuration, fetched, found)


def proposed(scene: Scene, configuration: Configuration, fetched: Fetched, found: Arrival) -> ProposedTable:
    """Put the one file on the branch of its table, and open or update the pull request."""
    branch, name = branch_of(found.fetched.table), found.fetched.table
    heading = title(found.fetched)
    message = f"{heading}\n\n{TRAILER}: {name} {found.digests[1]}\n"
    commit = commit_on(scene.repository, scene.base, {found.path: found.new}, message, seconds=fetched.at)
    publication = Publication(branch=branch, base=scene.base, commit=commit, trailer=TRAILER, single=True)
    outcome = publish(
        scene.repository, scene.remote, publication, same=lambda tip: offered(scene, found, publication, tip)
    )
    if outcome == "newer":
        text = f"{branch} stands on a newer {scene.branch} already"
        return ProposedTable(table=name, ending="outdated", text=text, branch=branch)
    if outcome == "same":
        commit = branch_tip(scene.repository, scene.remote, branch) or commit
        left = left_as_it_is(scene, found, branch, commit)
        if left is not None:
            return left
    story = Story(
        base=fetched.base,
        at=fetched.at,
        run=ci_of(scene.context).artifacts_address,
        path=found.path,
        schema=found.table.schema,
        digests=found.digests,
        retrains=configuration.ct is not None and configuration.ct.data,
    )
    return posted(scene, found, heading, story, branch, commit)


def offered(scene: Scene, found: Arrival, publication: Publication, tip: str) -> bool:
    """Tell whether a branch at `tip` offers an arrival already, so that it can stay.

    One that holds somebody else's work too is never given a pull request: it stays where there is nothing to write.
    """
    if not same_as(scene, found, tip) or not merges(scene, found, tip):
        return False
    if ours(scene.repository, tip, publication) and well_made(scene, found, tip):
        return True
    return left_as_it_is(scene, found, publication.branch, tip) is not None


def left_as_it_is(scene: Scene, found: Arrival, branch: str, commit: str) -> ProposedTable | None:
    """Return that there is nothing to write: these data are proposed already, or somebody has text no to them."""
    name, mark = found.fetched.table, data_mark(found.digests[1])
    for pull in scene.forge.pull_requests_from(branch, base=scene.branch):
        if mark not in pull.body:
            return None
        text = "the same data are proposed already"
        return ProposedTable(
            table=name, ending="unchanged", text=text, branch=branch, commit=commit, url=pull.url
        )
    for pull in reversed(scene.forge.ended_pull_requests_from(branch, base=scene.branch)):
        if pull.head_sha == commit:
            text = "these data were proposed, and the pull request was closed; other data are proposed again"
            return ProposedTable(
                table=name, ending="settled", text=text, branch=branch, commit=commit, url=pull.url
            )
    return None


def posted(
    scene: Scene, found: Arrival, heading: str, story: Story, branch: str, commit: str
) -> ProposedTable:
    """Open or update the pull request of a branch that is there."""
    name = found.fetched.table
    document = proposal(found.fetched, story)
    key = ReportKey(workflow=WORKFLOW, report=name)
    done = propose(scene.forge, key, head=branch, base=scene.branch, title=heading, document=document)
    if done.pull_request is None:
        ci_of(scene.context).add_to_summary(body_of(key, document)[0])
        text, url = (
            f"the branch {branch} is there; open the pull request by hand",
            ci_of(scene.context).opening_address(base=scene.branch, branch=branch),
        )
        notes: tuple[str, ...] = (f"the forge does not let this token open it: {done.refused}",)
    else:
        text, url, notes = f"the pull request is {done.outcome}", done.pull_request.url, ()
    return ProposedTable(
        table=name, ending="proposed", text=text, branch=branch, commit=commit, url=url, notes=notes
    )
