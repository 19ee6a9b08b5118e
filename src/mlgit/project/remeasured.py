"""Measure the numbers of models again in a sandbox, and hold metrics and predictions against the committed ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from posixpath import normpath

from msgspec import Struct
from msgspec.structs import replace

from mlgit.config.model import Model
from mlgit.config.verify import OFF, Verify
from mlgit.dvc import values
from mlgit.dvc.command import Dvc
from mlgit.dvc.measuring import Measuring, Work, measuring, works_of
from mlgit.dvc.pipeline import Pipeline
from mlgit.dvc.state import address_of
from mlgit.errors import MlgitError
from mlgit.metrics.reading import ABSENT
from mlgit.metrics.reproduction import Verification, VerificationState, deviations
from mlgit.project.measured_files import digest, evidence_files, held
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.project.trained import trained_here
from mlgit.text import counted
from mlgit.world.files import read_bytes

AGAIN = "mlgit train, then commit what it wrote"
TRAIN_AGAIN = "set verify: {{train: true}} of {name} in mlgit.yaml, and CI trains it again; or give the metrics a stage of their own"


class Remeasured(Struct, frozen=True, kw_only=True):
    """The verification of one model, with a line for each thing that came out different."""

    verification: Verification
    lines: tuple[str, ...] = ()


def remeasured(
    project: Project, source: Revision, folder: str, declared: Pipeline, models: Mapping[str, Model]
) -> Iterator[Remeasured]:
    """Yield the verification of each of the models of one pipeline; the stages run once for all of them.

    `source` is what is copied and held against: a commit, or the working tree. The repository is not touched.
    """
    works = works_of(folder, declared)
    plans = {name: plan(source, works, model) for name, model in models.items()}
    unresolved = next((stage.name for stage in declared.stages.values() if stage.unresolved), "")
    asked = {} if unresolved else {name: one for name, one in plans.items() if one.files}
    wanted = {stage for one in asked.values() for stage in one.stages}
    with project.sandbox() as sandbox:
        error = None
        copy = sandbox.folder
        if asked:
            project.context.console.progress(f"measuring {', '.join(asked)} again")
            try:
                copy = sandbox.check_out(source.files).root
                run_again(
                    Dvc(project.context, copy), copy, folder, [one for one in works if one.name in wanted]
                )
            except MlgitError as caught:
                error = caught
        for name, model in models.items():
            if model.verify == OFF:
                yield unverified(name, "off", "verify is off in mlgit.yaml")
            elif unresolved:
                yield unverified(name, "untold", f"stage {unresolved} takes values from elsewhere")
            elif error is not None and name in asked:
                yield not_measured(name, error)
            else:
                yield compared(source, copy, name, model, plans[name])


def plan(source: Revision, works: tuple[Work, ...], model: Model) -> Measuring:
    """Return what has to run for a model; nothing where it is not to be verified."""
    if not isinstance(model.verify, Verify):
        return Measuring()
    return measuring(works, evidence_files(source, model), model.artifact, train=model.verify.train)


def run_again(dvc: Dvc, copy: Path, folder: str, works: list[Work]) -> None:
    """Fetch from the cache what the stages read and run them alone, one after the other, in one process."""
    made = {path for one in works for path in one.writes}
    read = dict.fromkeys(path for one in works for path in one.reads if path not in made)
    missing = [path for path in read if not (copy / path).exists()]
    if missing:
        dvc.run("checkout", "--quiet", *(f"./{path}" for path in missing))
    for path in made:
        if (copy / path).is_file():
            (copy / path).unlink()
    addresses = [address_of(folder, one.name) for one in works]
    dvc.run("repro", "--quiet", "--force", "--single-item", "--", *addresses)


def compared(source: Revision, copy: Path, name: str, model: Model, plan: Measuring) -> Remeasured:
    """Return the verification of a model whose stages ran."""
    lines = tuple(line for path in plan.files for line in differences(source, copy, path, model))
    if lines:
        what = f"{counted(len(lines), 'result')} not reproduced: {lines[0]}"
        found = Verification(model=name, state="different", reason=what, hint=AGAIN)
        return Remeasured(verification=found, lines=lines)
    files = {path: digest(held(source, model, path)) for path in plan.files}
    if plan.trained:
        by_training = trained_here(source, name, model, plan)
        if by_training is not None:
            return Remeasured(verification=replace(by_training, files={**by_training.files, **files}))
        why = f"{plan.trained[0]}: the stage that writes it trains the model"
        return unverified(name, "trains", why, files, TRAIN_AGAIN.format(name=name))
    if plan.unwritten or not plan.files:
        why = f"{plan.unwritten[0]}: no stage writes it" if plan.unwritten else "no stage writes metrics"
        return unverified(name, "untold", why, files)
    return Remeasured(verification=Verification(model=name, state="reproduced", files=files))


def unverified(
    name: str, state: VerificationState, reason: str, files: Mapping[str, str] | None = None, hint: str = ""
) -> Remeasured:
    """Return that nobody measured a model, or not all of it, and why."""
    found = Verification(model=name, state=state, reason=reason, files=dict(files or {}), hint=hint)
    return Remeasured(verification=found)


def not_measured(name: str, error: MlgitError) -> Remeasured:
    """Return that the stages of a model could not run."""
    reason = f"it could not be measured again: {error.message}"
    found = Verification(model=name, state="failed", reason=reason, hint="dvc pull, then mlgit train")
    return Remeasured(verification=found)


def differences(source: Revision, copy: Path, path: str, model: Model) -> Iterator[str]:
    """Yield what differs between a committed file and the one that was just written."""
    verify = Verify() if model.verify == OFF else model.verify
    committed, measured = held(source, model, path), read_bytes(copy / path)
    if path != normpath(model.predictions or ""):
        before, after = (
            ABSENT if one is None else values.metrics(one, path) for one in (committed, measured)
        )
        if "unreadable" in (before.state, after.state):
            yield f"{path}: it cannot be read: {before.reason or after.reason}"
        found = deviations(path, before, after, verify.of, model.measured)
        yield from (one.text for one in found)
    elif committed is None or measured is None:
        yield f"{path}: {'it is not here (dvc pull)' if committed is None else 'the stage no longer writes it'}"
    elif committed != measured:
        from mlgit.predictions.reproduction import differences as of_predictions

        numeric, tolerance = model.task == "regression", verify.predictions
        yield from of_predictions(committed, measured, path, numeric=numeric, tolerance=tolerance)
