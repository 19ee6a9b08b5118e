"""What a judgement needs of two moments of a repository, read once for all models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from mlgit.config import reader as configuration_reader
from mlgit.config.model import Configuration, Model
from mlgit.dvc.reader import Reader
from mlgit.dvc.state import PipelineState, Request
from mlgit.errors import MlgitError
from mlgit.git.blobs import BlobCache
from mlgit.git.repository import Repository
from mlgit.git.snapshot import CommitSnapshot, Pair, Snapshot
from mlgit.metrics.reading import Reading
from mlgit.predictions import ledger
from mlgit.predictions.ledger import Ledger
from mlgit.predictions.stored import Stored, stored

if TYPE_CHECKING:
    from mlgit.commands.gate.evidence import Hearings

    from mlgit.dvc.staleness import StageState


class Bench:
    """Both moments, their mlgit.yaml, and the files of each model at either.

    Every path is the one that mlgit.yaml at the base names. `tip` is the commit that BASE names where that is
    not the base itself: the head then left the branch some commits ago.
    """

    def __init__(
        self,
        repository: Repository,
        moments: Pair,
        reader: Reader,
        *,
        tip: CommitSnapshot | None = None,
    ) -> None:
        self.repository = repository
        self.moments = moments
        self.reader = reader
        self.tip = tip
        self.rolled_back = False
        self.heard: Hearings = {}
        self._states: dict[tuple[int, str], PipelineState] = {}
        self._stages: dict[int, Mapping[str, StageState]] = {}
        self._metrics: dict[Request, tuple[Mapping[str, Reading], ...]] = {}

    @property
    def blobs(self) -> BlobCache:
        """The files that were read so far."""
        return self.reader.blobs

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger as this clone knows it."""
        return ledger.read(self.repository, rolled_back=self.rolled_back)

    @cached_property
    def base(self) -> Configuration | None:
        """The mlgit.yaml of the base, None when there is none; raises `UsageError` for a broken one."""
        content = self.blobs.content(self.moments.base, configuration_reader.FILE)
        return None if content is None else configuration_reader.read(content)

    @cached_property
    def head(self) -> Configuration | MlgitError | None:
        """The mlgit.yaml of the head; None when there is none, the error when it is broken."""
        return self.configuration_at(self.moments.head)

    def configuration_at(self, snapshot: Snapshot) -> Configuration | MlgitError | None:
        """Return the mlgit.yaml of a moment; None when there is none, the error when it is broken."""
        content = self.blobs.content(snapshot, configuration_reader.FILE)
        try:
            return None if content is None else configuration_reader.read(content)
        except MlgitError as error:
            return error

    def gather(self, models: Sequence[Model]) -> None:
        """Read mlgit.yaml and the predictions of models at both moments, in one process."""
        paths = [configuration_reader.FILE, *(model.predictions for model in models if model.predictions)]
        sides: list[Snapshot] = [self.moments.base, self.moments.head]
        self.blobs.gather([(side, path) for side in sides for path in paths])

    def same_predictions(self, model: Model) -> bool:
        """Tell whether Git holds the same predictions at both moments; what DVC keeps is not looked at here."""
        path = model.predictions
        if path is None:
            return False
        before, after = (side.oid(path) for side in (self.moments.base, self.moments.head))
        on_disk = self.moments.head.commit is None and path not in self.moments.changed
        return before is not None and (before == after or on_disk)

    def predictions(self, model: Model) -> tuple[Stored, Stored] | None:
        """Return the predictions of a model at base and head; None when mlgit.yaml names none."""
        path = model.predictions
        if path is None:
            return None
        folder = model.folder
        base, head = self.moments.base, self.moments.head
        cache = self.reader.cache
        return (
            stored(self.blobs, cache, base, path, self.state(base, folder).tracked),
            stored(self.blobs, cache, head, path, self.state(head, folder).tracked),
        )

    def state(self, snapshot: Snapshot, folder: str) -> PipelineState:
        """Return a pipeline at a moment without the values of its files."""
        if (id(snapshot), folder) not in self._states:
            sides: list[Snapshot] = [self.moments.base, self.moments.head]
            found = self.reader.read_tracked([(side, Request(folder=folder)) for side in sides])
            for side, state in zip(sides, found, strict=True):
                self._states[(id(side), folder)] = state
        return self._states[(id(snapshot), folder)]

    @cached_property
    def concerned(self) -> frozenset[str]:
        """The models of the base whose pipelines the changed paths concern."""
        from mlgit.dvc.concerns import affected
        from mlgit.host.choose import automation
        from mlgit.project.revision import Revision

        if self.base is None or not self.moments.changed:
            return frozenset()
        pipelines = Revision(self.repository, self.reader, self.moments.head).pipelines
        return frozenset(affected(self.base, pipelines, self.moments.changed, automation()).models)

    def stages(self, snapshot: Snapshot) -> Mapping[str, StageState]:
        """Return every stage at a moment by its address, and whether it is out of date."""
        from mlgit.project.revision import Revision

        if id(snapshot) not in self._stages:
            found = Revision(self.repository, self.reader, snapshot).stages
            self._stages[id(snapshot)] = {state.address: state for state in found}
        return self._stages[id(snapshot)]

    def metrics(self, model: Model, files: tuple[str, ...] = ()) -> tuple[Mapping[str, Reading], ...]:
        """Return the metrics files of a model at base and head: `files`, else those that the base declares."""
        wanted = Request(folder=model.folder, metrics=files or model.metrics)
        if wanted not in self._metrics:
            self._metrics[wanted] = self.read_metrics(wanted)
        return self._metrics[wanted]

    def read_metrics(self, wanted: Request) -> tuple[Mapping[str, Reading], ...]:
        """Return the metrics files of a pipeline at base and head."""
        (before,) = self.reader.read([(self.moments.base, wanted)])
        named = wanted.metrics or tuple(before.metrics)
        if not named:
            return before.metrics, {}
        (after,) = self.reader.read([(self.moments.head, Request(folder=wanted.folder, metrics=named))])
        return before.metrics, after.metrics
