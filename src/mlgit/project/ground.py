"""What the numbers of a model rest on beside its measuring stages: where a change made that another, it has to run again, too."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from msgspec import Struct

from mlgit.config.model import Model
from mlgit.dvc.difference import locked
from mlgit.dvc.measuring import Measuring, Work, foundations, tables_of_training, trainers_of
from mlgit.dvc.state import address_of
from mlgit.errors import MlgitError
from mlgit.metrics.reproduction import VerificationState
from mlgit.project.project import Project
from mlgit.project.rerun import Remeasured, Subject, artifacts_of, differences, run_again, unverified
from mlgit.project.revision import Revision

AGAIN = "mlgit train, then commit what it wrote"
SEEDED = f"{AGAIN}; what is drawn by chance there needs a seed"
TRAIN = "set verify: {{train: true}} of {name} in mlgit.yaml, and CI trains it again"
NAME_IT = "name the model that is measured: artifact: of {name} in mlgit.yaml"


class Ground(Struct, frozen=True, kw_only=True):
    """The stages to run as well, or why that cannot be done (`doubt`), with the state that a model has then and the hint."""

    stages: tuple[Work, ...] = ()
    doubt: str = ""
    state: VerificationState = "untold"
    hint: str = ""


def ground_of(subject: Subject, works: tuple[Work, ...], asked: Measuring, model: Model) -> Ground:
    """Return what the numbers of a model rest on that the change made another."""
    known, every = artifacts_of(subject, model), {one.name for one in works}
    in_front = foundations(works, asked, known, every) or tables_of_training(
        works, asked.stages, known, every
    )
    if subject.base is None or not in_front:
        return Ground()
    changed = changed_stages(subject.base, subject.source, [one.folder for one in subject.pipelines])
    stages = foundations(works, asked, known, changed)
    if stages and not model.artifact and len(trainers_of(works, known)) != 1:
        named = ", ".join(one.name for one in stages)
        doubt = f"it cannot be told whether {named} trains: mlgit.yaml names no artifact"
        return Ground(doubt=doubt, hint=NAME_IT)
    ran = {*asked.stages, *(one.name for one in stages)}
    tables = tables_of_training(works, ran, known, changed)
    if tables:
        doubt = f"{tables[0]}: the stage that writes it trains the model"
        return Ground(doubt=doubt, state="trains", hint=TRAIN)
    return Ground(stages=stages)


def changed_stages(base: Revision, head: Revision, folders: Collection[str]) -> frozenset[str]:
    """Return the stages whose record in dvc.lock is another at the head than at the base, or new there.

    Whoever keeps what a stage wrote while its input changed gives the lock another input.
    """
    return frozenset(
        address_of(folder, name)
        for folder in folders
        if (lock := head.tracked(folder).lock) is not None
        for name, record in lock.stages.items()
        if locked(base.tracked(folder), name) != record
    )


def from_the_ground(
    project: Project,
    copy: Path,
    subject: Subject,
    works: tuple[Work, ...],
    plans: Mapping[str, Measuring],
    found: dict[str, Remeasured],
) -> dict[str, Remeasured]:
    """Return verifications that hold on what the measuring stages read, too, where the change made that another.

    What a stage wrote that measures nothing is nobody's word: it runs again, and the numbers have to come to the same.
    """
    grounds = {
        name: ground_of(subject, works, plans[name], subject.models[name])
        for name, one in found.items()
        if one.verification.state == "reproduced"
    }
    grounds = {name: one for name, one in grounds.items() if one.stages or one.doubt}
    made = {name: {work.name for work in one.stages} for name, one in grounds.items() if not one.doubt}
    stages = {stage for name, one in made.items() for stage in (*one, *plans[name].stages)}
    error = None
    try:
        if stages:
            run_again(project.context, copy, [one for one in works if one.name in stages])
    except MlgitError as caught:
        error = caught
    for name, ground in grounds.items():
        found[name] = on_the_ground(subject, copy, name, ground, plans[name], error) or found[name]
    return found


def on_the_ground(
    subject: Subject, copy: Path, name: str, ground: Ground, asked: Measuring, error: MlgitError | None
) -> Remeasured | None:
    """Return that the numbers of a model rest on something that nobody vouches for; None where they came to the same."""
    if ground.doubt:
        return unverified(name, ground.state, ground.doubt, hint=ground.hint.format(name=name))
    stage = ground.stages[0].name
    if error is not None:
        return unverified(name, "untold", f"stage {stage} could not run again: {error.message}", hint=AGAIN)
    model = subject.models[name]
    lines = [line for path in asked.files for line in differences(subject.source, copy, path, model)]
    if not lines:
        return None
    why = f"other numbers follow from what stage {stage} writes when it runs again: {lines[0]}"
    return unverified(name, "untold", why, hint=SEEDED)
