"""The inputs of an evaluation: two revisions of a project, each file of them read once for all models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import json

from mlgit.config import reader as configuration_reader
from mlgit.config.model import Configuration, Model
from mlgit.dvc import lockfile
from mlgit.dvc.known import Known, known_of
from mlgit.dvc.paths import around
from mlgit.dvc.state import PipelineState, Request, place
from mlgit.dvc.tracked import Tracked
from mlgit.errors import MlgitError, UsageError
from mlgit.git.snapshot import CommitSnapshot, Pair, pair
from mlgit.metrics.reading import Reading
from mlgit.metrics.reproduction import Verification
from mlgit.metrics.verdict import Side
from mlgit.predictions.stored import Stored, stored
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.project.verified import Verified, recall, trained

if TYPE_CHECKING:
    from mlgit.dvc.concerns import Affected
    from mlgit.dvc.staleness import StageState
    from mlgit.evaluation.predictions import Checked
    from mlgit.predictions.ledger import Ledger


GENERAL = ("every job depends on it", "it tests the model")
"""Why a path concerns every model although no stage reads it."""


class Inputs:
    """Base and head of a project, with their mlgit.yaml and the files of each model at either.

    Every path is the one that mlgit.yaml at the base names. `tip` is the commit that BASE names where that is
    not the base itself: the head then left the branch some commits ago. With `only_verified`, evidence that nobody
    measured again decides nothing; with `functions`, those of scores may run; with `slices`, those that got worse are looked for.
    """

    def __init__(self, project: Project, sides: Pair, *, tip: Revision | None = None) -> None:
        self.project = project
        self.base = project.of(sides.base)
        self.head = project.of(sides.head)
        self.changed = sides.changed
        self.tip = tip
        self.rolled_back = False
        self.only_verified = False
        self.functions = False
        self.slices = False
        self._pipelines: dict[str, tuple[PipelineState, PipelineState]] = {}
        self._metrics: dict[Request, tuple[Mapping[str, Reading], Mapping[str, Reading]]] = {}
        self._checked: dict[tuple[object, ...], Checked] = {}

    @cached_property
    def ledger(self) -> Ledger:
        """The evaluation ledger as this clone knows it."""
        from mlgit.predictions import ledger

        return ledger.read(self.project.repository, rolled_back=self.rolled_back)

    @cached_property
    def verified(self) -> Verified | None:
        """What the last verification of this clone says of the head, None where it was of something else."""
        return recall(self.project.repository, self.head.commit)

    def verification(self, name: str, folder: str) -> Verification | None:
        """Return the verification of a model of the head; of a working tree, while its files are the same as then.

        What `mlgit train` has just written into the working tree is verified by that training.
        """
        found = self.verified.of(name) if self.verified else None
        if self.head.commit is not None:
            return found
        known = (found, trained(self.project.repository).get(name))
        return next((one for one in known if one is not None and self.stands(one, folder)), None)

    def again(self, name: str, model: Model) -> Mapping[str, Mapping[str, float | None]]:
        """Return what numbers of a model came to when they were measured again, where that is another number."""
        found = self.verification(name, model.folder)
        return found.again if found is not None else {}

    def stands(self, found: Verification, folder: str) -> bool:
        """Tell whether the files of a verification are the same at the head as then."""
        held = ((self.stored(path, folder)[1].content, digest) for path, digest in found.files.items())
        return all(content is not None and sha256(content).hexdigest() == digest for content, digest in held)

    @property
    def models(self) -> Mapping[str, Model]:
        """The models of the base; raises `UsageError` (`config-...`) where its mlgit.yaml is broken."""
        return self.base.configuration_or_default.models

    @cached_property
    def head_configuration(self) -> Configuration | MlgitError | None:
        """The mlgit.yaml of the head; None when there is none, the error when it is broken."""
        return configuration_at(self.head)

    @property
    def head_models(self) -> Mapping[str, Model]:
        """The models of the head; none where its mlgit.yaml is broken."""
        return self.head_configuration.models if isinstance(self.head_configuration, Configuration) else {}

    def gather(self, models: Sequence[Model] = ()) -> None:
        """Read mlgit.yaml and the predictions of models at both sides, in one process."""
        paths = [configuration_reader.FILE, *(model.predictions for model in models if model.predictions)]
        self.project.blobs.gather([(side.files, path) for side in (self.base, self.head) for path in paths])

    def same_predictions(self, model: Model) -> bool:
        """Tell whether Git holds the same predictions at both sides; what DVC keeps is not looked at here."""
        path = model.predictions
        if path is None:
            return False
        before, after = self.base.files.oid(path), self.head.files.oid(path)
        on_disk = self.head.commit is None and path not in self.changed
        return before is not None and (before == after or on_disk)

    def predictions(self, model: Model) -> tuple[Stored, Stored] | None:
        """Return the predictions of a model at base and head; None when mlgit.yaml names none."""
        path = model.predictions
        return None if path is None else self.stored(path, model.folder)

    def stored(self, path: str, folder: str) -> tuple[Stored, Stored]:
        """Return a file at base and head with what the pipeline in `folder` records of it."""
        blobs, cache = self.project.blobs, self.project.cache
        before, after = (
            stored(blobs, cache, side.files, path, tracked)
            for side, tracked in zip((self.base, self.head), self.tracked(path, folder), strict=True)
        )
        return before, after

    def tracked(self, path: str, folder: str) -> tuple[Mapping[str, Tracked], Mapping[str, Tracked]]:
        """Return what is recorded at base and head by the pipeline in `folder`, and of what those around a path write."""
        own = self.pipelines(folder)
        found: tuple[dict[str, Tracked], dict[str, Tracked]] = ({**own[0].tracked}, {**own[1].tracked})
        for other in self.writers(path, folder)[1:]:
            for into, state in zip(found, self.pipelines(other), strict=True):
                into.update((name, one) for name, one in state.tracked.items() if one.role != "read")
        return found

    def writers(self, path: str, folder: str) -> tuple[str, ...]:
        """Return the pipelines that may write a file: the one in `folder`, and those in the folders around the file."""
        paths = self.base.files.paths() | self.head.files.paths()
        near = (
            one for one in around(path) if place(one, "dvc.yaml") in paths or place(one, "dvc.lock") in paths
        )
        return tuple(dict.fromkeys([folder, *near]))

    def checked(self, model: Model, base: Stored, head: Stored) -> Checked:
        """Return what comes of the predictions of both sides. Raises `ModuleNotFoundError` without numpy."""
        from mlgit.evaluation.functions import FunctionRunner
        from mlgit.evaluation.predictions import check

        # Models that share a file read it each in its own way: by all that the check takes from them.
        read_as = json.encode((model.task, model.positive, model.scores, model.gates, model.folder))
        key = (base.path, base.version, head.version, read_as)
        if key not in self._checked:
            self._checked[key] = check(model, base, head, FunctionRunner(self, model.folder))
        return self._checked[key]

    def pipelines(self, folder: str) -> tuple[PipelineState, PipelineState]:
        """Return a pipeline at base and head without the values of its files, read in one process."""
        if folder not in self._pipelines:
            request = Request(folder=folder)
            base, head = self.project.reader.read_tracked(
                [(self.base.files, request), (self.head.files, request)]
            )
            self._pipelines[folder] = base, head
        return self._pipelines[folder]

    @cached_property
    def affected(self) -> Affected | None:
        """What the changed paths concern, by mlgit.yaml of the base and the pipelines of the head; None without either."""
        from mlgit.dvc.concerns import affected
        from mlgit.host.choose import automation

        known = self.base.configuration_or_none
        if known is None or not self.changed:
            return None
        return affected(known, self.head.pipelines, self.changed, automation())

    @property
    def concerned(self) -> frozenset[str]:
        """The models of the base whose pipelines the changed paths concern."""
        return frozenset(self.affected.models if self.affected else ())

    def sources(self, folder: str) -> frozenset[str]:
        """Return the folders of the pipelines whose outputs a pipeline of the head reads, however far, and its own."""
        if not any(map(lockfile.is_lock, self.changed)):
            return frozenset((folder,))
        return self._relations.with_sources(folder)

    @cached_property
    def _relations(self) -> Known:
        """What the pipelines of the head say of paths, whatever becomes of its mlgit.yaml."""
        return known_of(Configuration(version=1), self.head.pipelines)

    def concerns(self, folder: str) -> bool:
        """Tell whether a changed path is about the pipeline of a folder: not the settings of every job, nor a test."""
        if self.affected is None:
            return False
        if self.affected.doubt:
            return True
        return any(
            "model" in one.subjects
            and one.because not in GENERAL
            and {"*", "" if folder == "." else folder} & {*one.pipelines}
            for one in self.affected.concerns
        )

    @cached_property
    def base_stages(self) -> Mapping[str, StageState]:
        """Every stage of the base by its address, and whether it is out of date."""
        return {state.address: state for state in self.base.stages}

    @cached_property
    def head_stages(self) -> Mapping[str, StageState]:
        """Every stage of the head by its address, and whether it is out of date."""
        return {state.address: state for state in self.head.stages}

    def metrics(
        self, model: Model, files: tuple[str, ...] = ()
    ) -> tuple[Mapping[str, Reading], Mapping[str, Reading]]:
        """Return the metrics files of a model at base and head: `files`, else those that the base declares."""
        asked = Request(folder=model.folder, metrics=files or model.metrics)
        if asked not in self._metrics:
            before = self.base.measured(asked.folder, asked.metrics).metrics
            named = asked.metrics or tuple(before)
            self._metrics[asked] = before, self.head.measured(asked.folder, named).metrics if named else {}
        return self._metrics[asked]


def at_merge_base(project: Project, base: str, head: str | None) -> Inputs:
    """Return the merge base of `base` and head (None: the working tree), and head; with the tip of BASE where that moved on.

    Raises `UsageError` for a revision that does not exist and for histories without a common commit.
    """
    repository = project.repository
    tip, ours = repository.resolve_many([base, "HEAD" if head is None else head])
    common = repository.merge_base(tip, ours) if tip != ours else tip
    if common is None:
        raise UsageError(
            "no-merge-base",
            f"{base} and {head or 'HEAD'} have no commit in common, so there is no base to evaluate by",
            hint="branch off the base again; in a shallow clone: git fetch --unshallow",
        )
    moved = project.of(CommitSnapshot(repository, base, tip)) if tip != common else None
    return Inputs(project, pair(repository, base if moved is None else common, head), tip=moved)


def configuration_at(revision: Revision) -> Configuration | MlgitError | None:
    """Return the mlgit.yaml of a revision; None when there is none, the error when it is broken."""
    try:
        return revision.configuration_or_none
    except MlgitError as error:
        return error


def side_of(revision: Revision) -> Side:
    """Return a revision as one of the two sides of a report."""
    return Side(name=revision.name, commit=revision.commit)
