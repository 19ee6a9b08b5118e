"""The first step: fetch every table in a clean tree, check it, and write down what is new. Runs the sources.

It holds no right to write to the repository, and what it hands on holds no value of a secret.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from mlgit.commands.data.target import Target, targets_of, without_damaged
from mlgit.commands.data.update import updated
from mlgit.config.ct import DataUpdate
from mlgit.config.model import Configuration
from mlgit.data.report import CheckReport, TableUpdate, failure_lines
from mlgit.dvc.pointer import SUFFIX
from mlgit.errors import ExternalError, MlgitError, UsageError
from mlgit.git.repository import Repository
from mlgit.git.snapshot import snapshot
from mlgit.host.choose import untrusted
from mlgit.jobs.data_updates.handoff import FETCHED, LONGEST, Fetched, FetchedTable, Held
from mlgit.jobs.data_updates.pointer import kept_path
from mlgit.jobs.handoff import bounded, decoded, write_handoff
from mlgit.project.project import Project
from mlgit.project.roots import asked
from mlgit.world.context import Context

SHOWN = 20
NEW = "files"


def fetch(
    context: Context, tree: Path, base: str, names: Sequence[str], out: Path, origin: Path | None = None
) -> Fetched:
    """Fetch tables in `tree`, a clean checkout of `base` (a copy of the repository at `origin`), and write what came below `out`.

    Whatever goes wrong with one table is a value, and the others go on. Raises `UsageError` for a table that
    mlgit.yaml does not know, and when no table has a source.
    """
    quiet = untrusted(context).at(tree)
    configuration = Project(Repository(quiet, tree)).at().configuration
    end = context.clock() + rules_of(configuration).minutes * 60
    tables = []
    targets = [replace(one, origin=origin) for one in targets_of(tree, configuration, names)]
    with without_damaged(tree, configuration):
        for number, target in enumerate(targets):
            found = fetch_one(Repository(quiet, tree), base, target, limit=end - context.clock())
            tables.append(handed_over(target, found, out / NEW / f"{number}"))
    fetched = Fetched(
        base=base,
        at=context.clock(),
        tables=tuple(without_secrets(one, context) for one in tables),
    )
    write_handoff(context, out / FETCHED, fetched)
    return fetched


def rules_of(configuration: Configuration) -> DataUpdate:
    """Return `ct.update`, the defaults where a person asks without it."""
    update = configuration.ct.update if configuration.ct is not None else None
    return update or DataUpdate(schedule="0 0 * * *")


def fetch_one(work: Repository, base: str, target: Target, *, limit: float) -> TableUpdate | MlgitError:
    """Fetch and check one table; an error of it is the answer."""
    if target.damage is not None:
        return target.damage
    try:
        if not kept_path(snapshot(work, base), target.table):
            raise UsageError(
                "table-unkept",
                f"neither DVC nor Git has {target.table.path}, so nobody can tell where it belongs",
                hint=f"mlgit data update {target.name}, then dvc add or git add it, and commit",
            )
        if limit <= 0:
            raise ExternalError(
                "source-late",
                "the minutes of ct.update were used up before it could start",
                hint="give it more: ct: {update: {minutes: ...}} in mlgit.yaml",
            )
        return updated(work.context, target, limit)
    except MlgitError as error:
        return error


def handed_over(target: Target, found: TableUpdate | MlgitError, place: Path) -> FetchedTable:
    """Return what came of one table, its new file put at `place`."""
    if isinstance(found, MlgitError):
        hint = f"; {found.hint}" if isinstance(found, UsageError) and found.hint else ""
        where = f" ({found.where})" if found is target.damage and found.where not in found.message else ""
        detail = f"{found.message}{where}{hint}"
        return FetchedTable(table=target.name, state="failed", source=target.source, detail=detail)
    content = ""
    if found.changed:
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(target.root / found.changed[0], place)
        content = f"{NEW}/{place.name}"
    check = found.check
    return FetchedTable(
        table=target.name,
        state=found.state,
        source=found.source,
        before=found.before,
        after=found.after,
        held=held(check) if check else (),
        notes=check.notes[:SHOWN] if check else (),
        lines=broken(check)[:SHOWN] if check else (),
        detail=f"{len(check.failures)} of {len(check.results)} rules broken" if check else "",
        content=content,
    )


def held(check: CheckReport) -> tuple[Held, ...]:
    """Return how many checks of each kind were kept."""
    counts = Counter(result.rule for result in check.results if result.passed)
    return tuple(Held(rule=rule, number=number) for rule, number in counts.items())


def broken(check: CheckReport) -> tuple[str, ...]:
    """Return the broken rules as lines."""
    return tuple(line.strip() for failure in check.failures for line in failure_lines(failure, check.path))


def without_secrets(table: FetchedTable, context: Context) -> FetchedTable:
    """Return a table whose texts hold no value of a secret: a source may write anything, into its data too."""

    def clean(text: str) -> str:
        return context.redact(text)[:LONGEST]

    return msgspec.structs.replace(
        table,
        detail=clean(table.detail),
        lines=tuple(map(clean, table.lines)),
        notes=tuple(map(clean, table.notes)),
    )


def keep(context: Context, tree: Path, folder: Path) -> None:
    """Push the new data that DVC has to its remote, and nothing else.

    Raises `ExternalError` (`dvc-remote-none`) when there is none: nobody else could get the data.
    """
    configuration = Project(Repository(context, tree)).at().configuration
    tables = configuration.data
    fetched = decoded(bounded(folder, FETCHED), Fetched, folder / FETCHED)
    new = [tables[one.table].path + SUFFIX for one in fetched.tables if one.content and one.table in tables]
    pointers = [path for path in new if (tree / path).is_file()]
    if not pointers:
        return
    for dvc, paths in asked(untrusted(context), tree, pointers):
        if not dvc.run("remote", "list").text.strip():
            raise ExternalError(
                "dvc-remote-none",
                "the repository has no DVC remote, so nobody could get the new data",
                hint="dvc remote add --default NAME URL, and commit .dvc/config",
            )
        with without_damaged(tree, configuration):
            dvc.run("push", "--", *paths)
