"""What changed in the data between two revisions: by digests without pulling, by rows where the data are at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from msgspec.structs import replace

from mlgit.config.model import Table
from mlgit.data import schema as schemas
from mlgit.data.difference import (
    ChangeState,
    DataDifference,
    DataProblem,
    DataSide,
    FilesDifference,
    RowsDifference,
    TableChange,
    files_difference,
)
from mlgit.data.folder import ENDINGS, visible
from mlgit.data.row_changes import rows_difference
from mlgit.data.schema import Schema
from mlgit.data.shifts import shifts_of
from mlgit.data.sql import connected
from mlgit.data.two_tables import MEMORY, column_changes, key_of, opened, shared_columns
from mlgit.errors import MlgitError, UsageError
from mlgit.git.snapshot import pair
from mlgit.project import data_versions
from mlgit.project.data_versions import NOT_AT_HAND, Held, held_by_dvc, held_by_git, inside, is_table
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.world.context import Context
from mlgit.world.staging import scratch

MOST_FILES = 2_000
"""A folder of more tables is compared by its files alone."""
UNREAD = "rows are read of CSV, JSON lines and Parquet alone, by the ending of the name"


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


def difference(context: Context, base: str, head: str | None, only: Sequence[str] = ()) -> DataDifference:
    """Return what changed in each table and data folder; `only` names tables or paths, which are told even if unchanged.

    `head` None is the working tree. Raises `UsageError` for a revision that names no commit, and (`table-unknown`) for a name
    that is neither a table of mlgit.yaml nor a path of data at one of the revisions.
    """
    project = Project.find(context)
    both = pair(project.repository, base, head)
    sides = Sides(project.of(both.base), project.of(both.head), both.changed)
    errors: list[DataProblem] = []
    found = chosen(subjects(sides, errors), only)
    tables = []
    for one in found:
        context.console.progress(f"comparing {one.name or one.path}")
        tables.append(compared(sides, one, errors))
    kept = [one for one in tables if only or one.state != "unchanged"]
    return DataDifference(
        base=both.base.name,
        head=both.head.name,
        tables=tuple(kept),
        unchanged=len(tables) - len(kept),
        errors=tuple(errors),
    )


def subjects(sides: Sides, errors: list[DataProblem]) -> list[Subject]:
    """Return what there is to compare: the tables of mlgit.yaml by name, then all other data by path."""
    errors += [
        DataProblem(where=e.where, message=e.message, hint=e.hint) for s in sides[:2] for e in s.errors
    ]
    named = [tables_of(one) for one in sides[:2]]
    held = [
        held_at(side, sides.changed, {one.path for tables in named for one in tables.values()})
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


def held_at(revision: Revision, changed: frozenset[str], wanted: set[str]) -> dict[str, Held]:
    """Return the data of a revision by path: what DVC keeps, tables of mlgit.yaml, and tables in Git that changed."""
    by_dvc = held_by_dvc(revision)
    tables = {path for path in changed if is_table(path) and not inside(path, {*by_dvc, *wanted})}
    return {**held_by_git(revision, (wanted | tables) - by_dvc.keys()), **by_dvc}


def schema_at(revision: Revision, table: Table | None, errors: list[DataProblem]) -> Schema | None:
    """Return the schema of a table at a revision, None where there is none."""
    try:
        content = revision.content(table.schema) if table else None
        return schemas.read(content, table.schema) if table and content is not None else None
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


def compared(sides: Sides, subject: Subject, errors: list[DataProblem]) -> TableChange:
    """Return one table or folder as deep as the data at hand allow."""
    base, head = (
        data_versions.with_digest(side, held) if held and touched(sides, subject) else held
        for side, held in zip(sides[:2], (subject.base, subject.head), strict=True)
    )
    state = state_of(sides, base, head)
    change = TableChange(
        name=subject.name, path=subject.path, state=state, base=shown(base), head=shown(head)
    )
    if base is None or head is None or state in ("unchanged", "renamed"):
        return change
    return with_rows(sides, subject, with_files(sides, change, base, head), base, head, errors)


def touched(sides: Sides, subject: Subject) -> bool:
    """Tell whether Git sees a difference in a table, or one side is not in Git at all."""
    held = [one for one in (subject.base, subject.head) if one is not None]
    same_way = {(one.kept, one.path) for one in held} == {("Git", held[0].path)}
    return not same_way or any(path == held[0].path for path in sides.changed)


def state_of(sides: Sides, base: Held | None, head: Held | None) -> ChangeState:
    """Return what became of a table, by digests and by what Git sees."""
    if base is None or head is None:
        return "added" if base is None else "removed"
    if base.kept == head.kept == "Git" and base.path == head.path:
        below = any(path == base.path or path.startswith(base.path + "/") for path in sides.changed)
        return "changed" if below else "unchanged"
    if base.digest and base.digest == head.digest:
        return "unchanged" if base.path == head.path else "renamed"
    return "changed"


def shown(held: Held | None) -> DataSide | None:
    """Return a side as the report has it."""
    if held is None:
        return None
    return DataSide(
        path=held.path, kind="folder" if held.folder else "file", kept=held.kept, digest=held.digest
    )


def with_files(sides: Sides, change: TableChange, base: Held, head: Held) -> TableChange:
    """Return a change with the files of a folder, as far as their lists are at hand."""
    if not (base.folder or head.folder):
        return change
    try:
        lists = [
            data_versions.files_of(side, held) for side, held in zip(sides[:2], (base, head), strict=True)
        ]
    except MlgitError as error:
        return replace(change, files=FilesDifference(reason=error.message, hint=error.hint))
    return replace(change, looked_at="files", files=files_difference(*lists))


def with_rows(
    sides: Sides, subject: Subject, change: TableChange, base: Held, head: Held, errors: list[DataProblem]
) -> TableChange:
    """Return a change with its columns, rows and shifts where the contents of both sides are at hand."""
    if change.files is not None and change.files.reason:
        return replace(change, rows=RowsDifference(reason=change.files.reason, hint=change.files.hint))
    if not (base.folder or head.folder or subject.name or readable(head.path, named=False)):
        return replace(change, rows=RowsDifference(reason=UNREAD))
    with scratch() as folder:
        try:
            places = [
                data_versions.places(side, held, tables_in(side, held, bool(subject.name)), folder)
                for side, held in zip(sides[:2], (base, head), strict=True)
            ]
            return contents(change, subject, places) if all(places) else change
        except MlgitError as error:
            if error.code not in NOT_AT_HAND:
                errors.append(DataProblem(where=error.where, message=error.message, hint=error.hint))
            return replace(change, rows=RowsDifference(reason=error.message, hint=error.hint))


def readable(path: str, named: bool) -> bool:
    """Tell whether rows of a file can be read, by its name; a text is a table only where mlgit.yaml names it as one."""
    return path.lower().endswith(ENDINGS) and (named or is_table(path))


def tables_in(revision: Revision, held: Held, named: bool) -> dict[str, str]:
    """Return the files of a side that are a table together; none where a folder holds something else, or too many.

    What else lies in a folder that mlgit.yaml names as a table is no part of it.
    """
    files = data_versions.files_of(revision, held)
    if not held.folder:
        return files
    seen = {path: digest for path, digest in sorted(files.items()) if visible(PurePosixPath(path))}
    tables = {path: digest for path, digest in seen.items() if readable(path, named)}
    return tables if len(tables) <= MOST_FILES and (named or len(tables) == len(seen)) else {}


def size_of(place: Path) -> int:
    """Return the bytes of a file, none for one that the file system refuses: whoever opens it says so."""
    with suppress(OSError):
        return place.stat().st_size
    return 0


def contents(change: TableChange, subject: Subject, places: list[list[tuple[str, Path]]]) -> TableChange:
    """Return a change with everything that the contents of both sides tell."""
    with connected(sum(size_of(place) for files in places for _, place in files)) as connection:
        connection.execute(f"SET memory_limit = '{MEMORY}'")
        base, head = (
            opened(connection, name, files, side.path if side and side.kind == "folder" else "")
            for name, files, side in zip(("base", "head"), places, (change.base, change.head), strict=True)
        )
        shared = shared_columns(base, head)
        columns = column_changes(base, head)
        if not shared:
            rows = RowsDifference(base=base.rows, head=head.rows, reason="no column is on both sides")
            return replace(change, looked_at="rows", columns=columns, rows=rows)
        key, note = key_of(connection, subject.schemas, shared, base, head)
        rows = rows_difference(connection, base, head, shared, key, note)
        shifts = shifts_of(connection, base, head, shared, key, rows)
    return replace(change, looked_at="rows", columns=columns, rows=rows, shifts=shifts)
