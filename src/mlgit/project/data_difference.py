"""What changed in the data between two revisions: by digests without pulling, by rows where the data are at hand."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

from msgspec.structs import replace

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
from mlgit.data.difference_handed import without_values
from mlgit.data.folder import ENDINGS, visible
from mlgit.data.row_changes import rows_difference
from mlgit.data.shifts import shifts_of
from mlgit.data.sql import connected
from mlgit.data.two_tables import MEMORY, column_changes, key_of, opened, shared_columns
from mlgit.errors import MlgitError
from mlgit.git.snapshot import pair
from mlgit.project import data_versions
from mlgit.project.data_subjects import Sides, Subject, chosen, subjects
from mlgit.project.data_versions import NOT_AT_HAND, Held, is_table
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.project.tables import values_allowed
from mlgit.world.context import Context
from mlgit.world.staging import scratch

MOST_FILES = 2_000
"""A folder of more tables is compared by its files alone."""
UNREAD = "rows are read of CSV, JSON lines and Parquet alone, by the ending of the name"


def difference(context: Context, base: str, head: str | None, only: Sequence[str] = ()) -> DataDifference:
    """Return what changed in each table and data folder; `only` names tables or paths, which are told even if unchanged.

    `head` None is the working tree. A job tells no value of the data, unless mlgit.yaml lets it. Raises `UsageError` for a revision that names no commit, and (`table-unknown`) for a name
    that is neither a table of mlgit.yaml nor a path of data at one of the revisions.
    """
    project = Project.find(context)
    both = pair(project.repository, base, head)
    sides = Sides(project.of(both.base), project.of(both.head), both.changed)
    errors: list[DataProblem] = []
    found = chosen(subjects(sides, errors, only), only)
    tables = []
    for one in found:
        context.console.progress(f"comparing {one.name or one.path}")
        tables.append(compared(sides, one, errors))
    kept = [one for one in tables if only or one.state != "unchanged"]
    report = DataDifference(
        base=both.base.name,
        head=both.head.name,
        tables=tuple(kept),
        unchanged=len(tables) - len(kept),
        errors=tuple(errors),
    )
    return report if values_allowed(project) else without_values(report)


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
