"""One promotion or rollback: the decision taken at a commit of the default branch, and the commit that it becomes.

Everything that counts is read at the commit itself: the order and the approval of the environments, the rules of the gates,
what runs.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msgspec.structs import replace

from mlgit.config.environments import environment_before
from mlgit.deploy.golden import Smoke
from mlgit.environments.checks import gate_text, refuse, require_as_recorded, require_published, verdict_on
from mlgit.environments.decision import Step, entered, entry_of, promotion, rollback
from mlgit.environments.desired import Desired
from mlgit.environments.folders import files_of
from mlgit.environments.history import past
from mlgit.environments.images import image_for
from mlgit.environments.origin import origin_of
from mlgit.environments.request import Changed, Outcome, Request, Story, Texts
from mlgit.environments.situation import no_branch, situation
from mlgit.errors import ExternalError, UsageError
from mlgit.evaluation.compare import compare
from mlgit.git.writer import identity
from mlgit.metrics.comparison import Comparison
from mlgit.metrics.verdict import ModelVerdict
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.refs.commits import commit_on, person
from mlgit.registry.artifact import require_in_storage
from mlgit.registry.names import artifact_of, model_of

if TYPE_CHECKING:
    from mlgit.environments.request import Trial

TRAILER = "Mlgit-Environment"


class Change:
    """One promotion or rollback; what was found out about a version is kept, so that rounds after a rival's are cheap."""

    def __init__(
        self, project: Project, request: Request, branch: str, texts: Texts, trial: Trial | None = None
    ) -> None:
        self.project = project
        self.request = request
        self.branch = branch
        self.texts = texts
        self._trial = trial
        self._smoke: Smoke | None = None
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
        self.step = step = replace(step, image=image_for(self.project, revision, step))
        self.story = story = self.told(step, self.checked(revision, step))
        files = files_of(revision, step.environment, entered(step, story.entry, desired))
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
                self._smoke = self._trial(self.project, revision, step, artifact) if self._trial else None
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
            smoke=self._smoke,
            origin=origin_of(self.project.repository, step.version),
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


def by_pull_request(revision: Revision, request: Request) -> bool:
    """Tell whether a person has to merge; a rollback waits for nobody unless it is asked to."""
    environment = revision.configuration.environments.get(request.environment)
    waits = environment is not None and environment.approval == "pull_request"
    return request.propose or (request.action == "promote" and waits)


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
