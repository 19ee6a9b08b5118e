"""What keeps a version out of an environment besides its order: who can see it, what its tag says, what its gates say."""

from __future__ import annotations

from mlgit.config.model import Model
from mlgit.environments.decision import Step, digest
from mlgit.errors import UsageError
from mlgit.evaluation.versions import evaluate_versions
from mlgit.metrics.verdict import ModelVerdict
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.registry.artifact import Artifact, artifact_at, bring_predictions
from mlgit.registry.names import model_of
from mlgit.registry.register import reason_of
from mlgit.registry.remote import unpushed
from mlgit.stats.decision import Verdict


def require_published(
    project: Project, remote: str, branch: str, tip: str, step: Step, *, merged: bool
) -> None:
    """Raise `UsageError` for a version that others cannot see, or (`merged`) whose commit is not on the branch."""
    repository, version = project.repository, step.version
    if remote and unpushed(repository, remote, version.tag):
        raise UsageError(
            "version-unpushed",
            f"{remote} has no tag {version.tag}",
            hint=f"git push {remote} {version.tag}",
        )
    done = repository.run("merge-base", "--is-ancestor", version.commit, tip, check=False)
    if merged and done.exit_code != 0:
        raise UsageError(
            "version-unmerged",
            f"the commit {version.commit[:12]} of {version.tag} is not on {branch}",
            hint="merge it first: what nobody reviewed is not promoted",
        )


def verdict_on(project: Project, revision: Revision, step: Step) -> ModelVerdict:
    """Return the verdict on a version against what runs there, by the gates of `revision`, the default branch."""
    name, _ = model_of(step.artifact)
    model = revision.configuration.models.get(name) or Model()
    base = step.live.commit if step.live else None
    for commit in filter(None, (base, step.version.commit)):
        bring_predictions(project, commit, model)
    return evaluate_versions(project, name, model, base, step.version.commit)


def refuse(step: Step, verdict: ModelVerdict, *, by_gate: bool) -> None:
    """Raise `UsageError` (`promote-gate`) for a verdict that lets nothing in; `by_gate`: nobody else is asked."""
    model = verdict.name
    against = f" against {step.live.version}" if step.live else ""
    if verdict.verdict is None and verdict.state == "no gates" and by_gate:
        raise UsageError(
            "promote-gate",
            f"{step.environment} is approved by gates, and {model} has none",
            hint=f"models.{model}.gates in mlgit.yaml, or environments.{step.environment}.approval: pull_request",
        )
    undecided = verdict.verdict is Verdict.UNDECIDED and verdict.promote == "refuse"
    if verdict.verdict is Verdict.FAIL or undecided:
        raise UsageError(
            "promote-gate",
            f"the gates of {model} say {verdict.verdict}{against}: {reason_of(verdict)}",
            hint=verdict.hint
            or f"mlgit compare {step.live.commit[:12] if step.live else 'HEAD'} {step.version.tag}",
        )


def gate_text(verdict: ModelVerdict, step: Step) -> str:
    """Return what the gates said, in a few words."""
    if verdict.verdict is None:
        return (
            "no verdict: the first version there"
            if step.live is None and verdict.state == "new"
            else "no gates"
        )
    return f"{verdict.verdict} against {step.live.version}" if step.live else f"{verdict.verdict}"


def require_as_recorded(project: Project, step: Step) -> Artifact:
    """Return the model as the version's commit has it; raises `UsageError` (`version-forged`) when its tag says otherwise."""
    name, folder = model_of(step.artifact)
    revision = project.at(step.version.commit)
    model = revision.configuration.models.get(name)
    found = artifact_at(revision, name, model) if model and model.folder == folder else None
    if found is None or found.digest != digest(step.version):
        has = f"{found.digest}" if found else "no such model"
        raise UsageError(
            "version-forged",
            f"the tag {step.version.tag} says {digest(step.version)}, and its commit has {has}",
            hint=f"git show {step.version.tag}; whoever made the tag did not use mlgit register",
        )
    return found
