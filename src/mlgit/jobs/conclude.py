"""The last step of a job, which holds rights and runs no code of the repository: publish, propose, report, close.

Every step can be repeated: whoever comes after a kill finds the branch, the pull request and the issue that are there, and
makes what is missing. What an issue is about is a cause; one issue is open for a cause, for as long as the cause is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from mlgit.errors import MlgitError
from mlgit.git.repository import Repository
from mlgit.host.choose import ci_of
from mlgit.host.document import CommentDocument
from mlgit.host.forge import Forge, NewCommit
from mlgit.host.proposals import close_issues, report_issue
from mlgit.host.proposals import propose as propose_pull_request
from mlgit.host.sticky import Posted, ReportKey
from mlgit.project.project import Project
from mlgit.refs.commits import FETCH, NOBODY, PROGRAM, commit_on
from mlgit.refs.swap import fetch
from mlgit.world.context import Context

Conclusion = TypeVar("Conclusion")
Statement = tuple[str, CommentDocument]
"""The title and the text of a pull request or an issue."""
UNOPENED = "unopened"
"""How the cause of an issue about a pull request that nobody could open ends."""
STAY = "issues that are mended may stay open"


class Site(Struct, frozen=True, kw_only=True):
    """Where a job concludes: the repository and its remote (empty: none), the forge, the folder of the handoff.

    `workflow` is the kind of job, by which its pull requests and issues are found again.
    """

    context: Context
    repository: Repository
    remote: str
    forge: Forge
    folder: Path
    workflow: str

    @property
    def run(self) -> str:
        """The address of this run, nothing outside of a workflow."""
        return ci_of(self.context).artifacts_address

    def key(self, report: str) -> ReportKey:
        """Return the name by which a pull request or an issue of this kind of job is found again."""
        return ReportKey(workflow=self.workflow, report=report)


class Proposed(Struct, frozen=True, kw_only=True):
    """What became of a pull request, in words; where the token may not open it, `url` is where a person does."""

    text: str
    url: str = ""
    notes: tuple[str, ...] = ()
    opened: bool = True


def commit(site: Site, base: str, files: Mapping[str, bytes | None], message: str, *, seconds: float) -> str:
    """Return a commit on top of `base` with new contents by path (None: gone), by the bot of the job.

    Where the rules at `base` ask for signatures, the forge makes and signs it. Raises `ExternalError` when it does not.
    """
    repository = site.repository
    rules = Project(repository).at(base).configuration_or_default.forge.rules
    if not site.remote or rules is None or not rules.signatures:
        author = ci_of(site.context).author or NOBODY
        return commit_on(repository, base, files, message, seconds=seconds, author=author)
    entries = {one.path: one.mode for one in repository.tree(base) if one.path in files}
    made = site.forge.create_commit(
        NewCommit(
            base=base,
            tree=repository.run("rev-parse", f"{base}^{{tree}}").text.strip(),
            files=files,
            programs=frozenset(path for path, mode in entries.items() if mode == PROGRAM),
            message=message,
        )
    )
    fetch(repository, *FETCH, site.remote, made)
    return made


def propose(site: Site, report: str, statement: Statement, *, branch: str, base: str) -> Proposed:
    """Open or update the pull request of a branch that is published.

    Where the token may not open one, an issue that says all that it would asks a person to, until somebody has; where it
    may not open that either, the summary of the run does. Raises `ExternalError` when the forge cannot be reached.
    """
    title, document = statement
    key = site.key(report)
    done = propose_pull_request(site.forge, key, head=branch, base=base, title=title, document=document)
    cause = f"{report} {UNOPENED}"
    if done.pull_request is not None:
        url = done.pull_request.url
        closed, _ = close_causes(site, {cause: branch}, f"The pull request is open: {url}")
        return Proposed(text=f"the pull request is {done.outcome}", url=url, notes=tuple(closed[branch]))
    url = ci_of(site.context).opening_address(base=base, branch=branch)
    text = f"the branch {branch} is there; open the pull request by hand"
    posted = report_cause(site, cause, by_hand(statement, branch, url))
    return Proposed(
        text=f"{text}; the issue is {posted.outcome}",
        url=url,
        notes=(f"the forge does not let this token open it: {done.refused}", *posted.notes),
        opened=False,
    )


def by_hand(statement: Statement, branch: str, url: str) -> Statement:
    """Return the issue that asks a person to open a pull request, with all that the pull request would say."""
    title, document = statement
    asked = (
        f"The branch `{branch}` waits for its pull request, which the token of the workflow may not open. "
        f"{f'[Open it]({url})' if url else 'Open it by hand'}, or allow it: Settings, Actions, General, "
        "*Allow GitHub Actions to create and approve pull requests*."
    )
    return f"Open the pull request: {title}", replace(document, verdict=f"{asked}\n\n{document.verdict}")


def report_cause(site: Site, cause: str, statement: Statement, *, newest: bool = True) -> Posted:
    """Make sure that an issue is open for a cause, and says the newest; else the summary of the run says it.

    One that is open is left as it is unless this is the `newest` there is to say.
    """
    title, document = statement
    posted = report_issue(site.forge, site.key(cause), title=title, document=document, newest=newest)
    if posted.outcome == "refused":
        ci_of(site.context).add_to_summary(posted.body)
    return posted


def close_causes(site: Site, causes: Mapping[str, str], words: str) -> tuple[dict[str, list[str]], bool]:
    """Close the issues of causes that are gone, each with `words` as its last; all are looked up together.

    `causes` maps a cause to whom it is about. Return what to note about each of them, and whether all that had to be
    closed is closed: that it is not stops nothing.
    """
    keys = {site.key(cause): about for cause, about in causes.items()}
    closed = close_issues(site.forge, list(keys), words)
    notes: dict[str, list[str]] = {about: [] for about in causes.values()}
    for key, url in closed.issues:
        notes[keys[key]].append(f"closed {url}")
    for about in list(notes)[:1] if closed.error else ():
        notes[about].append(f"{STAY}: {closed.error}")
    return notes, not closed.error


def each(steps: Iterable[Callable[[], Conclusion]]) -> tuple[list[Conclusion], Sequence[MlgitError]]:
    """Take every step, whatever goes wrong with another; return the conclusions, and what went wrong."""
    done: list[Conclusion] = []
    errors: list[MlgitError] = []
    for step in steps:
        try:
            done.append(step())
        except MlgitError as error:
            errors.append(error)
    return done, errors
