"""Promote and roll back: the decision taken at the tip of the default branch, and the one commit or pull request for it.

Everything that counts is read at the tip itself: the order and the approval of the environments, the rules of the gates, what
runs. When a rival was quicker, all of it is decided again on top of what the rival did.
"""

from __future__ import annotations

import time

from mlgit.config.environments import environment_before
from mlgit.environments.branch import mover_of
from mlgit.environments.checks import gate_text, refuse, require_as_recorded, require_published, verdict_on
from mlgit.environments.decision import Step, entered, entry_of, promotion, rollback
from mlgit.environments.desired import Desired, Entry, path_of, write
from mlgit.environments.history import past
from mlgit.environments.request import Changed, Outcome, Request, Story, Texts
from mlgit.environments.situation import desired_state, no_branch, situation
from mlgit.errors import ExternalError, UsageError
from mlgit.evaluation.compare import compare
from mlgit.git.writer import identity
from mlgit.host.choose import forge_of
from mlgit.jobs.conclude import Site, propose
from mlgit.metrics.comparison import Comparison
from mlgit.metrics.verdict import ModelVerdict
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.refs.advance import advance
from mlgit.refs.commits import commit_on, person
from mlgit.refs.publish import HEADS, PREFIX, Publication, publish
from mlgit.refs.swap import tip
from mlgit.registry.artifact import require_in_storage
from mlgit.registry.names import artifact_of, model_of
from mlgit.registry.remote import bring_tags

TRAILER = "Mlgit-Environment"
WORKFLOW = "mlgit-cd"


class Change:
    """One promotion or rollback; what was found out about a version is kept, so that rounds after a rival's are cheap."""

    def __init__(self, project: Project, request: Request, branch: str, texts: Texts) -> None:
        self.project = project
        self.request = request
        self.branch = branch
        self.texts = texts
        self.step: Step | None = None
        self.story: Story | None = None
        name, email, _ = identity(project.repository, "COMMITTER")
        self._who = person(name, email)
        self._verdicts: dict[tuple[str, str], ModelVerdict] = {}
        self._comparisons: dict[tuple[str, str], Comparison | None] = {}
        self._looked_at: set[str] = set()

    def commit(self, base: str | None, *, proposing: bool = False) -> str | None:
        """Return the commit on top of `base`, the tip of the default branch, or `base` where it runs already."""
        if base is None:
            raise no_branch(self.branch, self.request.remote)
        revision = self.project.at(base)
        if by_pull_request(revision, self.request) is not proposing:
            raise ExternalError(
                "ref-busy",
                f"{self.branch} changed how {self.request.environment} is approved",
                hint="try again",
            )
        step, desired = self.decided(revision)
        self.step = step
        if step.is_there:
            return base
        self.story = story = self.told(step, self.checked(revision, step))
        files = {path_of(step.environment): write(step.environment, entered(step, story.entry, desired))}
        context = self.project.context
        return commit_on(
            self.project.repository,
            base,
            files,
            self.message(story, step),
            seconds=context.clock(),
            author=self._who,
        )

    def message(self, story: Story, step: Step) -> str:
        """Return the message of the commit, with the line by which it is known."""
        text = self.project.context.redact(self.texts.message(story)).strip()
        return f"{text}\n\n{TRAILER}: {step.artifact}@{step.version.version} {step.environment}\n"

    def decided(self, revision: Revision) -> tuple[Step, Desired]:
        """Return the step that is asked for, decided from what stands at a revision, and what its environment runs there."""
        asked, environments = self.request, revision.configuration.environments
        known = asked.environment in environments
        before = environment_before(environments, asked.environment) if known else None
        now = situation(self.project, revision, [asked.environment, before])
        model = revision.configuration.models.get(asked.model)
        artifact = (artifact_of(asked.model, model.folder) if model else None) or asked.model
        desired = now.desired.get(asked.environment, {})
        if asked.action == "promote":
            return promotion(now, artifact, asked.environment, asked.version), desired
        entries = past(self.project.repository, revision.commit or "", artifact, asked.environment)
        why = self.project.context.redact(asked.why)
        step = rollback(now, entries, artifact, asked.environment, asked.version, why=why)
        if asked.replaces and step.live is not None and step.live.version != asked.replaces:
            raise UsageError(
                "rollback-overtaken",
                f"{asked.environment} has to run {step.live.version} by now, and no longer {asked.replaces}",
                hint=f"mlgit deploy {asked.environment}",
            )
        return step, desired

    def checked(self, revision: Revision, step: Step) -> ModelVerdict | None:
        """Look at everything that keeps a version back; return the verdict of the gates, None for a rollback."""
        forward, base = self.request.action == "promote", revision.commit or ""
        if step.version.oid not in self._looked_at:
            require_published(self.project, self.request.remote, self.branch, base, step, merged=forward)
            artifact = require_as_recorded(self.project, step)
            if not forward:
                require_in_storage(self.project, step.version.commit, artifact)
            self._looked_at.add(step.version.oid)
        if not forward:
            return None
        key = (step.live.commit if step.live else "", step.version.oid)
        if key not in self._verdicts:
            self._verdicts[key] = verdict_on(self.project, revision, step)
        approval = revision.configuration.environments[step.environment].approval
        refuse(step, self._verdicts[key], by_gate=approval == "gate")
        return self._verdicts[key]

    def told(self, step: Step, verdict: ModelVerdict | None) -> Story:
        """Return what is told of a step: the new entry, and the comparison of what runs with what comes."""
        context, (name, _) = self.project.context, model_of(step.artifact)
        entry = entry_of(
            step,
            action=self.request.action,
            by=self._who,
            at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(context.clock())),
            why=context.redact(self.request.why),
            gate=gate_text(verdict, step) if verdict else "",
        )
        return Story(
            model=name,
            environment=step.environment,
            entry=entry,
            live=step.live,
            verdict=verdict,
            comparison=self.compared(step, name) if step.live else None,
        )

    def compared(self, step: Step, name: str) -> Comparison | None:
        """Return the comparison of what runs with what comes; None where what runs can no longer be read."""
        base, head = step.live.commit if step.live else "", step.version.commit
        if (base, head) not in self._comparisons:
            try:
                self._comparisons[base, head] = compare(self.project, base, head, model=name).comparison
            except UsageError as error:
                self.project.context.console.warn(f"what runs cannot be compared: {error.message}")
                self._comparisons[base, head] = None
        return self._comparisons[base, head]


def change(project: Project, request: Request, texts: Texts) -> Changed:
    """Promote or roll back; return what became of it.

    Raises `UsageError` with the reason and the hint for what is refused, `ExternalError` when Git, DVC, the remote or the
    forge fail.
    """
    bring_tags(project.repository, request.remote)
    branch = project.at().configuration.ci.branch
    asked = Change(project, request, branch, texts)
    base = tip(project.repository, request.remote, HEADS + branch)
    if base is not None and by_pull_request(project.at(base), request):
        return proposed(asked, site_of(project, request.remote), base)
    mover = mover_of(project.repository, request.remote, branch)
    commit = advance(project.repository, request.remote, HEADS + branch, asked.commit, mover)
    there = asked.step is None or asked.step.is_there
    return changed(asked, "unchanged" if there else "committed", branch, commit or "")


def site_of(project: Project, remote: str) -> Site:
    """Return where pull requests are opened."""
    return Site(
        context=project.context,
        repository=project.repository,
        remote=remote,
        forge=forge_of(project.context, project.repository, remote),
        folder=project.root,
        workflow=WORKFLOW,
    )


def by_pull_request(revision: Revision, request: Request) -> bool:
    """Tell whether a person has to merge; a rollback waits for nobody unless it is asked to."""
    environment = revision.configuration.environments.get(request.environment)
    waits = environment is not None and environment.approval == "pull_request"
    return request.propose or (request.action == "promote" and waits)


def proposal_branch(action: str, environment: str, artifact: str) -> str:
    """Return the branch of a pull request that changes what an environment has to run of a model."""
    return f"{PREFIX}{action}/{environment}/{artifact.replace('=', '/')}"


def proposed(asked: Change, site: Site, base: str) -> Changed:
    """Publish a branch with the commit, and open or update its pull request."""
    commit = asked.commit(base, proposing=True)
    if commit is None or asked.story is None or asked.step is None or asked.step.is_there:
        return changed(asked, "unchanged", asked.branch, base)
    step, request, repository = asked.step, asked.request, asked.project.repository
    head = proposal_branch(request.action, step.environment, step.artifact)
    publication = Publication(branch=head, base=base, commit=commit, trailer=TRAILER, single=True)

    def same(standing: str) -> bool:
        """Tell whether a commit proposes the same version on top of the same base."""
        if repository.merge_base(standing, base) != base:
            return False
        entry: Entry | None = desired_state(asked.project.at(standing), step.environment).get(step.artifact)
        return entry is not None and entry.version == step.version.version

    if publish(repository, request.remote, publication, same=same) == "newer":
        raise ExternalError("ref-busy", f"{head} stands on a newer {asked.branch} already", hint="try again")
    statement = (asked.texts.title(asked.story), asked.texts.proposal(asked.story))
    done = propose(site, f"{step.environment} {step.artifact}", statement, branch=head, base=asked.branch)
    standing = tip(repository, request.remote, HEADS + head) or commit
    return changed(asked, "proposed", head, standing, url=done.url, notes=(done.text, *done.notes))


def changed(
    asked: Change, outcome: Outcome, branch: str, commit: str, *, url: str = "", notes: tuple[str, ...] = ()
) -> Changed:
    """Return what became of a change."""
    step, story = asked.step, asked.story
    return Changed(
        outcome=outcome,
        model=asked.request.model,
        environment=asked.request.environment,
        to=step.version.version if step else "",
        replaced=step.live.version if step and step.live else "",
        branch=branch,
        commit=commit,
        gate=story.entry.gate if story and outcome != "unchanged" else "",
        url=url,
        notes=notes,
    )
