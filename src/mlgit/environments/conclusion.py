"""After a deployment, with rights and without the user's code: go on, or write the rollback back to Git and say why.

What the job before handed off is looked at, and not believed: the worst that it can ask for is a version that ran there before.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from mlgit.config.environments import follows
from mlgit.environments.change import change, site_of
from mlgit.environments.deployed import Delivered, Deployed, ModelState, Refused
from mlgit.environments.due import due, record
from mlgit.environments.forward import follow
from mlgit.environments.image_proposals import record_or_propose
from mlgit.environments.request import Changed, Request, Texts
from mlgit.errors import ExternalError, MlgitError
from mlgit.jobs.conclude import Site, Statement, close_causes, report_cause
from mlgit.project.project import Project
from mlgit.text import visible

LONGEST = 600
WHOLE = "the whole"
"""The cause of an issue about a deployment that did not even begin."""


class Words(Struct, frozen=True, kw_only=True):
    """What is written: the texts of promotions and rollbacks, and of issues about a model or about the whole."""

    texts: Texts
    issue: Callable[[Deployed, ModelState | None, Changed | Refused | None, str], Statement]


def conclude(project: Project, done: Deployed, words: Words, *, remote: str = "origin") -> Delivered:
    """Conclude a deployment: note it, go on with the environments after it, or roll back and open one issue a cause."""
    site = site_of(project, remote)
    if done.error:
        posted = report_cause(site, cause(done, WHOLE), words.issue(done, None, None, site.run))
        return Delivered(failed=(WHOLE,), notes=(f"the issue is {posted.outcome}", *posted.notes))
    failed = [one for one in done.models if one.state == "failed"]
    changed: list[Changed] = []
    refused: list[Refused] = []
    notes: list[str] = []
    for one in failed:
        back = rolled_back(project, done, one, words.texts, site, remote)
        if isinstance(back, Refused):
            refused.append(back)
        else:
            changed.append(back)
        posted = report_cause(site, cause(done, one.artifact), words.issue(done, one, back, site.run))
        notes += [f"the issue about {one.model} is {posted.outcome}", *posted.notes]
    well = [one for one in done.models if one not in failed]
    causes = {cause(done, one.artifact): one.model for one in well} | {cause(done, WHOLE): WHOLE}
    closed, _ = close_causes(site, causes, f"{done.environment} runs what has to run.")
    notes += [note for told in closed.values() for note in told]
    notes += [untested(one) for one in well if one.untested]
    written = [one.commit for one in changed if one.outcome != "proposed"]
    try:
        recorded = record_or_propose(project, done, words.texts, remote=remote)
        written += filter(None, [recorded.commit])
        notes += recorded.notes
    except ExternalError as error:
        refused.append(
            Refused(model=done.environment, code=error.code, message=error.message, hint=error.hint)
        )
    if not failed or not follows(project.at(done.commit).configuration.environments.get(done.environment)):
        # Where a cluster follows Git, nobody has seen yet that it went back: the environment stays due.
        record(project, remote, done.environment, written[-1] if written else done.commit)
    if not failed:
        went_on, kept_back = follow(project, done.environment, words.texts, remote=remote)
        changed += went_on
        refused += kept_back
    return Delivered(
        changed=tuple(changed),
        refused=tuple(refused),
        failed=tuple(one.model for one in failed),
        due=due(project, remote),
        notes=tuple(notes),
    )


def untested(one: ModelState) -> str:
    """Return what to tell of a version that nobody could test."""
    why = f" ({visible(one.why_untested, LONGEST)})" if one.why_untested else ""
    return f"{one.model} {one.version} was asked nothing: it has no golden predictions{why}"


def rolled_back(
    project: Project, done: Deployed, one: ModelState, texts: Texts, site: Site, remote: str
) -> Changed | Refused:
    """Let the default branch ask again for what ran before a version failed, or say why it does not.

    Whatever keeps it from that, the issue about the failure has to be written.
    """
    run = f" ({site.run})" if site.run else ""
    request = Request(
        action="rollback",
        model=one.model,
        environment=done.environment,
        version=one.restored,
        replaces=one.version,
        why=visible(f"its deployment failed: {one.why}", LONGEST) + run,
        remote=remote,
    )
    try:
        return change(project, request, texts)
    except MlgitError as error:
        return Refused(model=one.model, code=error.code, message=error.message, hint=error.hint)


def cause(done: Deployed, about: str) -> str:
    """Return the name of what an issue is about."""
    return f"deploy {done.environment} {about}"
