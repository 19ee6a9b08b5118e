"""What of the data there is to compare between two revisions: tables by name, all other data by path."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from mlgit.config.model import Table
from mlgit.data import schema_file
from mlgit.data.difference import DataProblem
from mlgit.data.schema import Schema
from mlgit.dvc.paths import SortedPaths
from mlgit.dvc.state import metric_paths, plot_paths
from mlgit.errors import MlgitError, UsageError
from mlgit.project import data_versions
from mlgit.project.data_versions import Held, held_by_dvc, held_by_git, inside, is_table
from mlgit.project.revision import Revision


class Subject(NamedTuple):
    """A table or data folder to compare, with what each side has of it."""

    name: str
    base: Held | None
    head: Held | None
    schemas: tuple[Schema, ...] = ()

    @property
    def path(self) -> str:
        """Its path, at the head where it is there."""
        one = self.head or self.base
        return one.path if one else ""


class Sides(NamedTuple):
    """Both revisions, and the paths in which Git sees a difference."""

    base: Revision
    head: Revision
    changed: frozenset[str]


def subjects(sides: Sides, errors: list[DataProblem], asked: Collection[str] = ()) -> list[Subject]:
    """Return what there is to compare: the tables of mlgit.yaml by name, then all other data by path.

    Results of a model are no data, unless they are `asked` for.
    """
    errors += [
        DataProblem(where=e.where, message=e.message, hint=e.hint) for s in sides[:2] for e in s.errors
    ]
    named = [tables_of(one) for one in sides[:2]]
    held = [
        held_at(side, sides.changed, {one.path for tables in named for one in tables.values()}, asked)
        for side in sides[:2]
    ]
    found = []
    for name in dict.fromkeys([*named[1], *named[0]]):
        old, new = (
            places.pop(tables[name].path, None) if name in tables else None
            for tables, places in zip(named, held, strict=True)
        )
        if old or new:
            known = [
                schema_at(side, tables.get(name), errors)
                for side, tables in zip(sides[:2], named, strict=True)
            ]
            found.append(Subject(name, old, new, tuple(one for one in reversed(known) if one is not None)))
    return [*found, *by_path(*with_digests(sides, *held))]


def tables_of(revision: Revision) -> Mapping[str, Table]:
    """Return the tables of mlgit.yaml at a revision; none of one that cannot be read, which is an error of its own."""
    try:
        return revision.configuration_or_default.data
    except MlgitError:
        return {}


def held_at(
    revision: Revision, changed: frozenset[str], wanted: set[str], asked: Collection[str]
) -> dict[str, Held]:
    """Return the data of a revision by path: what DVC keeps, tables of mlgit.yaml, and tables in Git that changed."""
    results = results_at(revision) - wanted - {*asked}
    by_dvc = {path: one for path, one in held_by_dvc(revision).items() if path not in results}
    tables = {path for path in changed if is_table(path) and not inside(path, {*by_dvc, *wanted, *results})}
    return {**held_by_git(revision, (wanted | tables) - by_dvc.keys() - results), **by_dvc}


def results_at(revision: Revision) -> set[str]:
    """Return the models of a revision, their predictions, and the files of metrics and plots: `mlgit compare` tells of these."""
    paths = SortedPaths(revision.paths())
    found: set[str] = set()
    with suppress(MlgitError):
        models = revision.configuration_or_default.models.values()
        found |= {path for one in models for path in (one.artifact, one.predictions) if path is not None}
    for state in revision.pipelines:
        found |= plot_paths(state.folder, state.pipeline, paths).keys()
        found.update(metric_paths(state.folder, state.pipeline, paths))
    return found


def schema_at(revision: Revision, table: Table | None, errors: list[DataProblem]) -> Schema | None:
    """Return the schema of a table at a revision, None where there is none."""
    try:
        content = revision.content(table.schema) if table else None
        return schema_file.read(content, table.schema) if table and content is not None else None
    except MlgitError as error:
        errors.append(DataProblem(where=error.where, message=error.message, hint=error.hint))
        return None


def with_digests(sides: Sides, base: dict[str, Held], head: dict[str, Held]) -> list[dict[str, Held]]:
    """Return both sides with the digest of what is on one of them alone: so is seen what got another name."""
    return [
        {path: one if path in other else data_versions.with_digest(side, one) for path, one in here.items()}
        for side, here, other in ((sides.base, base, head), (sides.head, head, base))
    ]


def by_path(base: dict[str, Held], head: dict[str, Held]) -> list[Subject]:
    """Return data without a name: by its path, and what is new under another path with the same content as renamed."""
    gone = {one.digest: path for path, one in reversed(base.items()) if path not in head and one.digest}
    found = []
    for path in sorted({*base, *head}):
        old = base.get(path)
        if old is None and head[path].digest in gone:
            old = base.get(gone.pop(head[path].digest))
        if old is not None or path in head:
            found.append(Subject("", old, head.get(path)))
    renamed = {one.base.path for one in found if one.base and one.head and one.base.path != one.head.path}
    return [one for one in found if one.head is not None or one.path not in renamed]


def chosen(found: list[Subject], only: Sequence[str]) -> list[Subject]:
    """Return the subjects of these names or paths, all when none is given."""
    kept = []
    for name in dict.fromkeys(only):
        fitting = [one for one in found if name in (one.name, one.path, one.base.path if one.base else "")]
        if not fitting:
            known = ", ".join(one.name or one.path for one in found) or "none"
            raise UsageError(
                "table-unknown",
                f"there is no table or data at {name!r}",
                hint=f"these changed or have a name: {known}",
            )
        kept += fitting
    return kept if only else found
