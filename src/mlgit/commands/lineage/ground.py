"""What lineage stands on: pipelines at one moment with the records that tell of them, read for all of them at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from mlgit.dvc.reader import Reader
from mlgit.errors import MlgitError
from mlgit.git.repository import Author, Repository
from mlgit.git.snapshot import Snapshot
from mlgit.runs.history import Record, readable
from mlgit.runs.lineage import matching
from mlgit.runs.material import Material, materials
from mlgit.runs.place import ROOT, grouped, is_intact, pipeline_of, records_folder


class Ground(Struct, frozen=True, kw_only=True):
    """One pipeline at one moment, and the records that tell of it.

    `records` are those of the tree, `wrong` tells what is the matter with others there, `older` left the tree. `authors`
    tells who brought each in.
    """

    repository: Repository
    reader: Reader
    moment: Snapshot
    found: Material
    records: tuple[Record, ...] = ()
    wrong: tuple[MlgitError, ...] = ()
    older: tuple[Record, ...] = ()
    authors: Mapping[str, Author] = {}

    @property
    def every(self) -> list[Record]:
        """Every record, the oldest first."""
        return sorted((*self.older, *self.records), key=lambda one: one.statement.started)


def grounds(repository: Repository, reader: Reader, moment: Snapshot, folders: Sequence[str]) -> list[Ground]:
    """Return pipelines at one moment with their records, in the order of their folders."""
    listed = grouped(moment.paths())
    reader.blobs.gather([(moment, path) for folder in folders for path in listed.get(folder, ())])
    under = records_folder(folders[0] or ".") if len(folders) == 1 else ROOT
    authors = repository.additions(moment.commit, under) if moment.commit else {}
    return [
        ground_of(repository, reader, moment, found, listed.get(folder, ()), authors)
        for folder, found in zip(folders, materials(reader, moment, folders), strict=True)
    ]


def ground_of(
    repository: Repository,
    reader: Reader,
    moment: Snapshot,
    found: Material,
    paths: Sequence[str],
    authors: Mapping[str, Author],
) -> Ground:
    """Return one pipeline with its records; those of the history too when none in the tree tells of its outputs."""
    contents = {path: reader.blobs.content(moment, path) or b"" for path in paths}
    records, wrong = readable(contents)
    older: list[Record] = []
    if found.seen.outputs and matching(records, found.seen.outputs) is None and moment.commit is not None:
        known = {one.path for one in records}
        older = records_before(repository, moment.commit, found.state.folder, known)
    return Ground(
        repository=repository,
        reader=reader,
        moment=moment,
        found=found,
        records=tuple(records),
        wrong=tuple(wrong),
        older=tuple(older),
        authors=authors,
    )


def records_before(repository: Repository, commit: str, folder: str, known: set[str]) -> list[Record]:
    """Return the records that left the tree before a commit, or were changed in it, as they were written."""
    ever = repository.ever(commit, records_folder(folder or "."))
    gone = [(path, oid) for path, oid in sorted(ever) if pipeline_of(path) == folder and path not in known]
    blobs = repository.blobs(oid for _, oid in gone)
    contents = {path: blobs[oid] for path, oid in gone if is_intact(path, blobs.get(oid, b""))}
    return readable(contents)[0]
