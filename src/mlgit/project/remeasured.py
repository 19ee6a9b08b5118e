"""Measure the numbers of models again in a sandbox, and hold metrics and predictions against the committed ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from mlgit.config.model import Model
from mlgit.config.verify import OFF, Verify
from mlgit.dvc.measuring import Measuring, Work, measuring, works_of
from mlgit.errors import MlgitError
from mlgit.metrics.reproduction import Verification
from mlgit.project.ground import AGAIN, from_the_ground
from mlgit.project.measured_files import digest, evidence_files, held
from mlgit.project.project import Project
from mlgit.project.rerun import (
    Remeasured,
    Subject,
    artifacts_of,
    differences,
    run_again,
    taken,
    unverified,
)
from mlgit.project.revision import Revision
from mlgit.project.trained import trained_here
from mlgit.text import counted

TRAIN_AGAIN = "set verify: {{train: true}} of {name} in mlgit.yaml, and CI trains it again; or give the metrics a stage of their own"


def remeasured(project: Project, subject: Subject) -> Iterator[Remeasured]:
    """Yield the verification of each of the models of one pipeline; the stages run once for all of them.

    Where they come to the same, those run as well that made what they read and that the change made others. The
    repository is not touched.
    """
    works = works_of(subject.pipelines)
    source, models, unresolved = subject.source, subject.models, subject.unresolved
    plans = {name: plan(subject, works, model) for name, model in models.items()}
    asked = {} if unresolved else {name: one for name, one in plans.items() if one.files}
    wanted = {stage for one in asked.values() for stage in one.stages}
    with project.sandbox() as sandbox:
        error = None
        copy = sandbox.folder
        if asked:
            project.context.console.progress(f"measuring {', '.join(asked)} again")
            try:
                copy = sandbox.check_out(source.files).root
                run_again(project.context, copy, [one for one in works if one.name in wanted])
            except MlgitError as caught:
                error = caught
        found: dict[str, Remeasured] = {}
        for name, model in models.items():
            if model.verify == OFF:
                found[name] = unverified(name, "off", "verify is off in mlgit.yaml")
            elif unresolved:
                found[name] = unverified(name, "untold", f"stage {unresolved} takes values from elsewhere")
            elif error is not None and name in asked:
                found[name] = not_measured(name, error)
            else:
                found[name] = compared(source, copy, name, model, plans[name])
        yield from from_the_ground(project, copy, subject, works, plans, found).values()


def plan(subject: Subject, works: tuple[Work, ...], model: Model) -> Measuring:
    """Return what has to run for a model; nothing where it is not to be verified."""
    if not isinstance(model.verify, Verify):
        return Measuring()
    files = evidence_files(subject.source, model)
    return measuring(works, files, artifacts_of(subject, model), train=model.verify.train)


def compared(source: Revision, copy: Path, name: str, model: Model, plan: Measuring) -> Remeasured:
    """Return the verification of a model whose stages ran."""
    lines = tuple(line for path in plan.files for line in differences(source, copy, path, model))
    if lines:
        what = f"{counted(len(lines), 'result')} not reproduced: {lines[0]}"
        found = Verification(model=name, state="different", reason=what, hint=AGAIN)
        return Remeasured(verification=found, lines=lines)
    found = same_again(source, name, model, plan)
    again = {path: taken(source, copy, path, model) for path in plan.files}
    return Remeasured(verification=replace(found, again={path: one for path, one in again.items() if one}))


def same_again(source: Revision, name: str, model: Model, plan: Measuring) -> Verification:
    """Return the verification of a model of which nothing came out different: whether that was everything."""
    files = {path: digest(held(source, model, path)) for path in plan.files}
    if plan.trained:
        by_training = trained_here(source, name, model, plan)
        if by_training is not None:
            return replace(by_training, files={**by_training.files, **files})
        why = f"{plan.trained[0]}: the stage that writes it trains the model"
        return unverified(name, "trains", why, files, TRAIN_AGAIN.format(name=name)).verification
    if plan.unwritten or not plan.files:
        why = f"{plan.unwritten[0]}: no stage writes it" if plan.unwritten else "no stage writes metrics"
        return unverified(name, "untold", why, files).verification
    return Verification(model=name, state="reproduced", files=files)


def not_measured(name: str, error: MlgitError) -> Remeasured:
    """Return that the stages of a model could not run."""
    reason = f"it could not be measured again: {error.message}"
    found = Verification(model=name, state="failed", reason=reason, hint="dvc pull, then mlgit train")
    return Remeasured(verification=found)
