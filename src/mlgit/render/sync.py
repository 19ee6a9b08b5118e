"""Bring the managed files to what `mlgit.yaml` says: decided for each from three contents of it.

*mine* is on disk, *base* is what was rendered last, *new* is what is rendered now. A hand edit shows as a difference
of mine from base. It is merged into a new rendering where both can stand, and never overwritten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from msgspec import Struct

from mlgit.config.model import Configuration
from mlgit.errors import UsageError
from mlgit.git.checkout import Checkout
from mlgit.git.merging import merge_contents
from mlgit.plan.apply import apply
from mlgit.plan.change import Change, Plan, Refusal, difference, first_changed_line
from mlgit.render.install_files import with_wheel
from mlgit.render.managed import managed_files, record_of, uses_lfs
from mlgit.render.origin import FOLDER as KEPT
from mlgit.render.origin import installation_for
from mlgit.render.record import BASE, LOCK, Record, digest, read_record, write_record
from mlgit.render.rules import lines_lacking
from mlgit.render.templates import owners_path, shared_paths
from mlgit.world.context import Context

EDITED = b""
"""What stands for a rendering that nobody has any more; no file that is kept is empty."""
Merge = Callable[[bytes, bytes, bytes], bytes | None]
"""Merge (mine, base, new) line by line; None when they cannot both stand."""


class Standing(Struct, frozen=True, kw_only=True):
    """What stands on disk: the managed files, the copies of the last rendering, the text of the record."""

    files: Mapping[str, bytes]
    base: Mapping[str, bytes]
    lock: bytes | None


class SyncResult(Struct, frozen=True, kw_only=True):
    """What was planned and whether it was done; `unowned` are lines that a CODEOWNERS of the user's lacks."""

    plan: Plan
    applied: bool
    unowned: tuple[str, ...] = ()

    @property
    def in_sync(self) -> bool:
        """Whether the managed files now are what `mlgit.yaml` says, hand edits counted as a difference."""
        return not self.plan.refusals and (self.applied or not self.plan.changes)

    @property
    def hint(self) -> str:
        """The command that shows or mends the difference; empty when there is none."""
        if self.in_sync:
            return ""
        return "mlgit sync --check" if self.plan.refusals else "mlgit sync"


def synchronise(
    checkout: Checkout,
    context: Context,
    configuration: Configuration,
    *,
    write: bool,
    restore: tuple[str, ...] = (),
    further: Mapping[str, bytes] = MappingProxyType({}),
    besides: Plan = Plan(),  # noqa: B008 - a value
) -> SyncResult:
    """Plan the managed files of a work tree; write them when `write` is set.

    `further` are managed files that are rendered elsewhere, `besides` is planned as it is.

    `restore` names managed files that take mlgit's text again, whatever stands in them; raises `UsageError`
    (`not-managed`) for another file.
    """
    root = checkout.root
    recorded = read_record(checkout.content(LOCK))
    installation = installation_for(
        context, configuration.ci.install, recorded.installation if recorded else None, anew=write
    )
    files = {
        **managed_files(configuration, installation, lfs=uses_lfs(root, configuration)),
        **further,
    }
    rendered = without_theirs(with_wheel(files, installation, root), checkout, recorded)
    unknown = sorted(set(restore) - set(rendered))
    if unknown:
        raise UsageError(
            "not-managed",
            f"{unknown[0]} is no managed file",
            hint="the managed files are: " + ", ".join(sorted(rendered)),
        )
    if restore:
        plan = plan_restore(restore, rendered, standing_at(checkout, rendered))
        apply(plan.with_line_ends(checkout.converted), root)
    plan = plan_sync(
        rendered,
        record_of(configuration, installation, rendered),
        standing_at(checkout, rendered),
        lambda mine, base, new: merge_contents(context, mine, base, new),
    )
    plan = Plan(changes=plan.changes + besides.changes, refusals=plan.refusals + besides.refusals)
    if write:
        apply(plan.with_line_ends(checkout.converted), root)
    return SyncResult(plan=plan, applied=write, unowned=tuple(unowned(files, rendered, checkout)))


def unowned(files: Mapping[str, bytes], rendered: Mapping[str, bytes], checkout: Checkout) -> list[str]:
    """Return the lines that a CODEOWNERS which stood there before lacks of those that mlgit.yaml asks for."""
    path = owners_path()
    theirs = path in files and path not in rendered
    return lines_lacking(files[path], checkout.content(path)) if theirs else []


def without_theirs(files: dict[str, bytes], checkout: Checkout, recorded: Record | None) -> dict[str, bytes]:
    """Return the managed files without those that the user had already: they are the user's, and stay as they are."""
    known = recorded.files if recorded else {}
    standing = checkout.contents(shared_paths() & files.keys() - known.keys())
    theirs = {path for path, content in standing.items() if content != files[path]}
    return {path: content for path, content in files.items() if path not in theirs}


def standing_at(checkout: Checkout, rendered: Mapping[str, bytes]) -> Standing:
    """Return what stands on disk of the files rendered now and of those rendered before."""
    lock = checkout.content(LOCK)
    record = read_record(lock)
    known = record.files if record else {}
    paths = {*rendered, *known}
    found = checkout.contents([*paths, *(BASE + path for path in paths)])
    files = {path: found[path] for path in paths if path in found}
    base = {path: found[BASE + path] for path in paths if BASE + path in found}
    kept = {path: base_of(files.get(path), told) for path, told in known.items() if path.startswith(KEPT)}
    return Standing(files=files, base={**base, **kept}, lock=lock)


def base_of(mine: bytes | None, told: str) -> bytes:
    """Return what was rendered last of a file that has no copy: what stands there, unless its digest tells of an edit."""
    return mine if mine is not None and digest(mine) == told else EDITED


def plan_sync(rendered: Mapping[str, bytes], record: Record, standing: Standing, merge: Merge) -> Plan:
    """Return the plan that brings the managed files to what is rendered, hand edits kept."""
    changes: list[Change] = []
    refusals: list[Refusal] = []
    for path in sorted({*rendered, *standing.base}):
        for step in file_steps(path, rendered.get(path), standing, merge):
            (changes if isinstance(step, Change) else refusals).append(step)  # type: ignore[arg-type]
    text = write_record(record)
    if text != standing.lock:
        changes.append(
            Change(path=LOCK, old=standing.lock, new=text, reason="the record of what was rendered")
        )
    return Plan(changes=tuple(changes), refusals=tuple(refusals))


def file_steps(path: str, new: bytes | None, standing: Standing, merge: Merge) -> Iterator[Change | Refusal]:
    """Yield what happens to one managed file and to the copy of its last rendering."""
    mine, base = standing.files.get(path), standing.base.get(path)
    if mine in (None, base):
        if mine != new:
            yield Change(path=path, old=mine, new=new, reason=why(mine, base, new))
    elif mine != new:
        yield from edited(path, mine, base, new, merge)
    if base != new and not path.startswith(KEPT):
        yield Change(path=BASE + path, old=base, new=new, reason="the copy that hand edits are told by")


def why(mine: bytes | None, base: bytes | None, new: bytes | None) -> str:
    """Return why an untouched file changes."""
    if mine is None:
        return "it is missing" if base is not None else "mlgit.yaml asks for it"
    return "mlgit.yaml no longer asks for it" if new is None else "mlgit.yaml or mlgit's templates changed"


def edited(
    path: str, mine: bytes, base: bytes | None, new: bytes | None, merge: Merge
) -> Iterator[Change | Refusal]:
    """Yield what happens to a file that somebody edited: a merge where the rendering moved on too, else nothing."""
    both = base is not None and new is not None and base != new and not path.startswith(KEPT)
    merged = merge(mine, base or b"", new or b"") if both else None
    if merged is not None and merged != mine:
        yield Change(path=path, old=mine, new=merged, reason="the new rendering, with the hand edit kept")
    kept = mine if merged is None else merged
    yield Refusal(
        path=path,
        line=first_changed_line(new, kept),
        reason="edited by hand" if base is not None else "stands here already and was not written by mlgit",
        hint=f"say it in mlgit.yaml, or take mlgit's text with: mlgit sync --restore {path}",
        difference=difference(path, new, kept),
    )


def plan_restore(paths: tuple[str, ...], rendered: Mapping[str, bytes], standing: Standing) -> Plan:
    """Return the plan that puts mlgit's text back into the named files, whatever stands there."""
    changes = [
        Change(path=path, old=standing.files.get(path), new=rendered[path], reason="asked for with --restore")
        for path in paths
        if standing.files.get(path) != rendered[path]
    ]
    return Plan(changes=tuple(changes))
