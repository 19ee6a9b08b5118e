"""What can be trained by itself: one pipeline with the models it makes, as it stands at a commit."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from msgspec import Struct


class Job(Struct, frozen=True, kw_only=True):
    """A pipeline and its models.

    `name` is that of its first model. `stale` says why each stage that may have to run is out of date, empty when the
    model is what training would make again. `inputs` is a digest of everything the training would read: two trainings
    with the same inputs make the same model. `tables` are those of mlgit.yaml that it reads, `data` is a digest of them
    and of their schemas. `made` is the commit that last changed its dvc.lock, `age_days` how long ago that was; both
    are told only where the age counts. `past` are the seconds of its last trainings by their records, the oldest first.
    """

    name: str
    folder: str
    models: tuple[str, ...]
    inputs: str
    stale: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    data: str = ""
    age_days: float | None = None
    made: str = ""
    past: tuple[float, ...] = ()

    @property
    def work(self) -> str:
        """The name of this piece of work in the ledger."""
        return work_of(self.name, self.inputs)

    def branch(self, cause: str) -> str:
        """Return the branch on which a retraining for a cause is proposed."""
        return f"mlgit/retrain/{self.name}-{cause}"


def work_of(job: str, inputs: str) -> str:
    """Return the name that the ledger has for training a job with these inputs."""
    return name_of(job, inputs)


def name_of(*parts: str) -> str:
    """Return the name of an entry of the ledger for what these texts tell apart, together."""
    return sha256("\0".join(parts).encode()).hexdigest()[:32]


def inputs_digest(contents: Mapping[str, str]) -> str:
    """Return one digest of everything a training reads; `contents` maps a path to the name of its content."""
    lines = "".join(f"{path}\0{name}\n" for path, name in sorted(contents.items()))
    return sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()
