"""Fetch tables anew from where they come from, and keep the new data only when they are good."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from mlgit.commands.data.copy import copy_of
from mlgit.commands.data.target import COMMAND, IMPORTS, Target, is_known, refuse_changed, targets_of
from mlgit.config.model import PATH_WORD
from mlgit.config.reader import FILE
from mlgit.data.check import check_table
from mlgit.data.report import CheckReport, Extent, TableUpdate, UpdateReport
from mlgit.dvc.cache import MAXIMUM_BYTES
from mlgit.dvc.disk_evidence import file_digest
from mlgit.dvc.interpreter import stage_environment
from mlgit.dvc.rowcount import can_count, count
from mlgit.errors import ExternalError, UsageError
from mlgit.project.project import Project
from mlgit.project.tables import as_shown, read_schema
from mlgit.world.context import Context
from mlgit.world.files import move_into_place, read_bytes


def update_tables(context: Context, names: Sequence[str] = ()) -> UpdateReport:
    """Fetch tables anew, every one that has a source when none is named, and return what came.

    A table whose new data break its schema is refused: its file and its .dvc file are then as they were. Raises `UsageError` for a table without a source or with a .dvc file that cannot be read,
    `ExternalError` when a source fails; nothing of that table has changed then.
    """
    project = Project.nearest(context)
    targets = targets_of(project.root, project.at().configuration, names)
    for target in targets:
        if target.damage is not None:
            raise target.damage
    return UpdateReport(tables=tuple(updated(context, one) for one in targets))


def updated(context: Context, target: Target, limit: float | None = None) -> TableUpdate:
    """Fetch one table, in `limit` seconds at most, and keep it when it is good; raises as `update_tables` does."""
    if target.table.source and target.pointer is not None and target.pointer.source in IMPORTS:
        raise UsageError(
            "table-two-sources",
            f"{target.name} has a source: and was brought by {IMPORTS[target.pointer.source]}: which one counts?",
            hint=f"take the source: out, or: dvc remove {target.pointer_path} and dvc add {target.table.path}",
            where=FILE,
        )
    refuse_changed(target)
    context.console.say(f"fetching {target.name} by {target.source}")
    way = by_command if target.source == COMMAND else by_import
    return way(context, target, limit)


def by_command(context: Context, target: Target, limit: float | None) -> TableUpdate:
    """Run the command of a table into a file of its own, and put that in place when it is good."""
    before = extent(target.place) or recorded(target)
    with copy_of(context, target) as copy:
        run_source(context, target, copy.place, limit)
        if is_unchanged(target, copy.place):
            return outcome(target, "unchanged", before, before, None)
        check, after = checked(context, target, copy.place), extent(copy.place)
        if not check.passed:
            return outcome(target, "refused", before, after, check)
        if target.pointer is None:
            move_into_place(copy.place, target.place)
            return outcome(target, "new data", before, after, check, (target.table.path,))
        copy.dvc.run("add", "--", target.table.path)
        copy.take_over()
    return outcome(target, "new data", before, after, check, (target.pointer_path,))


def run_source(context: Context, target: Target, fetched: Path, limit: float | None) -> None:
    """Run the command of a table; raises `ExternalError` (`source-failed`) when it fails or writes nothing."""
    arguments = tuple(word.replace(PATH_WORD, str(fetched)) for word in target.table.source)
    output: deque[str] = deque(maxlen=1)
    exit_code = context.processes.stream(
        arguments,
        directory=target.root,
        environment=stage_environment(context),
        on_line=lambda line: output.append(line) if line.strip() else None,
        limit=limit,
    )
    if exit_code == 0 and fetched.is_file():
        return
    what = (output[0] if output else f"exit code {exit_code}") if exit_code else f"it wrote no {PATH_WORD}"
    raise ExternalError(
        "source-failed",
        f"the source of {target.name} failed: {what}",
        hint=f"run it yourself: {' '.join(target.table.source)}",
        where=FILE,
    )


def by_import(context: Context, target: Target, limit: float | None) -> TableUpdate:
    """Let DVC fetch what it imported, and put that in place when it is good."""
    before = extent(target.place) or recorded(target)
    with copy_of(context, target) as copy:
        copy.dvc.run_within(limit, "update", "--", target.pointer_path)
        if target.pointer and copy.pointer.outputs[0].digest == target.pointer.outputs[0].digest:
            return outcome(target, "unchanged", before, before, None)
        check, after = checked(context, target, copy.place), extent(copy.place)
        if not check.passed:
            return outcome(target, "refused", before, after, check)
        copy.take_over()
    return outcome(target, "new data", before, after, check, (target.pointer_path,))


def checked(context: Context, target: Target, place: Path) -> CheckReport:
    """Return the check of fetched data, shown under the table's own path."""
    schema = read_schema(target.root, target.table.schema, target.name)
    report = check_table(
        place,
        schema,
        table=target.name,
        shown=target.table.path,
        schema_shown=target.table.schema,
        today=context.today,
    )
    return as_shown(Project.find(context.at(target.root)), report)


def extent(place: Path) -> Extent | None:
    """Return how large a file is; None when there is none."""
    if not place.is_file():
        return None
    size = place.stat().st_size
    content = read_bytes(place) if can_count(place.name) and size <= MAXIMUM_BYTES else None
    return Extent(bytes=size, rows=count(content, place.name) if content is not None else None)


def recorded(target: Target) -> Extent | None:
    """Return how large the .dvc file says that a table is which is not here."""
    size = target.pointer.outputs[0].size if target.pointer else None
    return Extent(bytes=size) if size is not None else None


def is_unchanged(target: Target, fetched: Path) -> bool:
    """Tell whether a file holds what the .dvc file of a table says, or without one the table itself."""
    if target.pointer is not None or not target.place.is_file():
        return is_known(target, fetched)
    return file_digest(target.place, legacy=False) == file_digest(fetched, legacy=False)


def outcome(
    target: Target,
    state: Literal["new data", "unchanged", "refused"],
    before: Extent | None,
    after: Extent | None,
    check: CheckReport | None,
    changed: tuple[str, ...] = (),
) -> TableUpdate:
    """Return what came of one table."""
    return TableUpdate(
        table=target.name,
        path=target.table.path,
        source=target.source,
        state=state,
        before=before,
        after=after,
        check=check,
        changed=changed,
    )
