"""Run stages of a model again in a copy, and hold what comes out against what is committed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from posixpath import normpath

from msgspec import Struct

from mlgit.config.model import Model
from mlgit.config.verify import OFF, Verify
from mlgit.dvc import values
from mlgit.dvc.artifacts import artifacts
from mlgit.dvc.command import Dvc
from mlgit.dvc.measuring import Work
from mlgit.dvc.paths import below
from mlgit.dvc.state import PipelineState
from mlgit.metrics.reading import ABSENT
from mlgit.metrics.reproduction import Verification, VerificationState, as_they_stand, deviations
from mlgit.project.measured_files import held
from mlgit.project.revision import Revision
from mlgit.project.roots import root_of, within
from mlgit.world.context import Context
from mlgit.world.files import read_bytes


class Remeasured(Struct, frozen=True, kw_only=True):
    """The verification of one model, with a line for each thing that came out different."""

    verification: Verification
    lines: tuple[str, ...] = ()


class Subject(Struct, frozen=True, kw_only=True):
    """What is measured again: models of one pipeline as `source` holds them, a commit or the working tree.

    `pipelines` are that one and those that it reads from. `base` is where the change starts, None where nobody knows.
    """

    source: Revision
    folder: str
    pipelines: tuple[PipelineState, ...]
    models: Mapping[str, Model]
    base: Revision | None = None

    @property
    def unresolved(self) -> str:
        """A stage of the pipeline whose text takes values from elsewhere; empty where there is none."""
        own = (one.pipeline for one in self.pipelines if one.folder == self.folder)
        stages = (stage for one in own if one is not None for stage in one.stages.values())
        return next((stage.name for stage in stages if stage.unresolved), "")


def artifacts_of(subject: Subject, model: Model) -> Collection[str]:
    """Return the artifact of a model, where mlgit.yaml names none the outputs that are models by their name."""
    if model.artifact:
        return (model.artifact,)
    return frozenset().union(*(artifacts(one.folder, one.pipeline) for one in subject.pipelines))


def run_again(context: Context, copy: Path, works: Iterable[Work]) -> None:
    """Fetch from the cache what the stages read and run them alone, one after the other, in one process for a DVC root."""
    for root, group in groupby(works, lambda one: root_of(copy, one.name.rpartition(":")[0])):
        run_in_root(Dvc(context, copy / root), copy, root, tuple(group))


def run_in_root(dvc: Dvc, copy: Path, root: str, works: Collection[Work]) -> None:
    """Do it for stages of one root, all of whose paths that DVC is told are from there."""
    made = {path for one in works for path in one.writes}
    read = dict.fromkeys(path for one in works for path in one.reads if path not in made)
    missing = [path for path in read if below(root, path) and not (copy / path).exists()]
    for path in made:
        if (copy / path).is_file():
            (copy / path).unlink()
    brought = ("checkout", "--quiet", *(f"./{within(root, path)}" for path in missing))
    again = ("repro", "--quiet", "--force", "--single-item", "--", *(within(root, one.name) for one in works))
    dvc.run_each(*([brought] if missing else []), again)


def unverified(
    name: str, state: VerificationState, reason: str, files: Mapping[str, str] | None = None, hint: str = ""
) -> Remeasured:
    """Return that nobody measured a model, or not all of it, and why."""
    found = Verification(model=name, state=state, reason=reason, files=dict(files or {}), hint=hint)
    return Remeasured(verification=found)


def taken(source: Revision, copy: Path, path: str, model: Model) -> dict[str, float | None]:
    """Return what the metrics of a file came to that rules take as they stand, where that is another number."""
    committed, measured = held(source, model, path), read_bytes(copy / path)
    if (
        not model.measured
        or committed is None
        or measured is None
        or path == normpath(model.predictions or "")
    ):
        return {}
    verify = Verify() if model.verify == OFF else model.verify
    before, after = values.metrics(committed, path), values.metrics(measured, path)
    return as_they_stand(before, after, verify.of, model.measured)


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
