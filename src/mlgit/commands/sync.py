"""`sync`: bring the managed files to what `mlgit.yaml` says."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from mlgit.config import reader
from mlgit.config.model import Configuration
from mlgit.errors import UsageError
from mlgit.git.merge import merge_contents
from mlgit.plan.apply import apply
from mlgit.plan.change import Plan
from mlgit.render.managed import managed_files, record_of
from mlgit.render.record import BASE, LOCK, read_record
from mlgit.render.synchronise import Standing, plan_restore, plan_sync
from mlgit.world.context import Context
from mlgit.world.files import read_bytes


class SyncResult(Struct, frozen=True, kw_only=True):
    """What was planned and whether it was done."""

    plan: Plan
    applied: bool

    @property
    def in_sync(self) -> bool:
        """Whether the managed files now are what `mlgit.yaml` says, hand edits counted as a difference."""
        return not self.plan.refusals and (self.applied or not self.plan.changes)


def configuration_at(root: Path) -> Configuration:
    """Return the configuration of a work tree; raises `UsageError` (`config-missing`) when there is none."""
    content = read_bytes(root / reader.FILE)
    if content is None:
        raise UsageError(
            "config-missing",
            f"there is no {reader.FILE} in {root.name or root}",
            hint="mlgit init writes one",
        )
    return reader.read(content)


def sync(context: Context, root: Path, *, write: bool, restore: tuple[str, ...] = ()) -> SyncResult:
    """Plan the managed files of the repository at `root`; write them when `write` is set.

    `restore` names managed files that take mlgit's text again, whatever stands in them.
    """
    configuration = configuration_at(root)
    rendered = managed_files(configuration)
    unknown = sorted(set(restore) - set(rendered))
    if unknown:
        raise UsageError(
            "not-managed",
            f"{unknown[0]} is no managed file",
            hint="the managed files are: " + ", ".join(sorted(rendered)),
        )
    if restore:
        plan = plan_restore(restore, rendered, standing_at(root, rendered))
        apply(plan, root)
    plan = plan_sync(
        rendered,
        record_of(configuration, rendered),
        standing_at(root, rendered),
        lambda mine, base, new: merge_contents(context, mine, base, new),
    )
    if write:
        apply(plan, root)
    return SyncResult(plan=plan, applied=write)


def standing_at(root: Path, rendered: dict[str, bytes]) -> Standing:
    """Return what stands on disk of the files rendered now and of those rendered before."""
    lock = read_bytes(root / LOCK)
    record = read_record(lock)
    paths = {*rendered, *(record.files if record else ())}
    files = {path: read_bytes(root / path) for path in paths}
    base = {path: read_bytes(root / (BASE + path)) for path in paths}
    return Standing(files=present(files), base=present(base), lock=lock)


def present(contents: dict[str, bytes | None]) -> dict[str, bytes]:
    """Return the entries that exist."""
    return {path: content for path, content in contents.items() if content is not None}
