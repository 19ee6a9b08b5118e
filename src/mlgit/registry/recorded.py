"""What the tag of a candidate is going to say: its digest, its training, its metrics, its predictions and its verdict."""

from __future__ import annotations

from hashlib import sha256

from mlgit.metrics.reading import is_number
from mlgit.metrics.verdict import ModelVerdict
from mlgit.predictions.stored import stored
from mlgit.registry.candidate import Candidate
from mlgit.registry.record import Predictions, RunReference, VersionRecord
from mlgit.registry.state import Registered


def record_of(
    candidate: Candidate, version: str, newest: Registered | None, verdict: ModelVerdict
) -> VersionRecord:
    """Return what the tag is going to say."""
    entry, run = candidate.artifact.output.entry, candidate.run
    return VersionRecord(
        model=candidate.name,
        version=version,
        commit=candidate.commit,
        artifact=candidate.artifact.path,
        output=candidate.artifact.output.path,
        digest=candidate.artifact.digest,
        size=entry.size,
        run=RunReference(path=run.path, sha256=sha256(run.content).hexdigest()) if run else RunReference(),
        metrics=metrics_of(candidate),
        verdict=verdict.verdict,
        against=newest.version if newest and verdict.verdict is not None else "",
        predictions=predictions_of(candidate),
    )


def metrics_of(candidate: Candidate) -> dict[str, dict[str, int | float]]:
    """Return the numbers of the metrics files."""
    model = candidate.model
    found = candidate.revision.measured(model.folder, model.metrics).metrics
    numbers = {
        file: {name: value for name, value in reading.values.items() if is_number(value)}
        for file, reading in found.items()
    }
    return {file: values for file, values in numbers.items() if values}


def predictions_of(candidate: Candidate) -> Predictions:
    """Return the predictions on the test set, as they stand at the commit."""
    revision, path = candidate.revision, candidate.model.predictions
    if path is None:
        return Predictions()
    tracked = revision.tracked(candidate.model.folder).tracked
    found = stored(revision.reader.blobs, revision.reader.cache, revision.files, path, tracked)
    return Predictions(path=path, digest=found.version) if found.version else Predictions()


def predictions_to_push(candidate: Candidate) -> str:
    """Return the predictions that DVC keeps beside the model, empty where Git keeps them or there are none."""
    path, folder = candidate.model.predictions or "", candidate.model.folder
    found = candidate.revision.tracked(folder).tracked.get(path)
    return path if found is not None and found.cached and found.entry.digest else ""
