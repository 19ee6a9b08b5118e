"""Hold out the test set of a table, once; draw it anew only when asked."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from mlgit.config.model import Table
from mlgit.data import split
from mlgit.data.profile import Profile
from mlgit.data.profiling import profile_file
from mlgit.data.report import SplitResult
from mlgit.data.schema import Schema
from mlgit.errors import UsageError
from mlgit.project.project import Project
from mlgit.project.tables import chosen_tables, read_schema
from mlgit.world.context import Context
from mlgit.world.files import read_bytes, write_atomically


def split_table(context: Context, name: str, *, share: float, seed: int | None, renew: bool) -> SplitResult:
    """Hold out rows of a table of `mlgit.yaml` and write `splits/<table>.csv`.

    A split that stands is frozen: it changes only with `renew`, which without a `seed` draws by one that the standing
    split gives, so that other rows are held out on every machine alike. Raises `UsageError` when the schema names no target.
    """
    project = Project.nearest(context)
    root, table = project.root, chosen_tables(project.at().configuration, [name])[name]
    shown = f"splits/{name}.csv"
    content = read_bytes(root / shown)
    standing = split.read(content, shown) if content is not None and not renew else None
    path, profile = profile_of(root, table, name)
    rows = split.labelled_rows(path, profile, table.path)
    if standing is not None:
        present = {identifier for identifier, _ in rows}
        gone = sum(1 for identifier in standing if identifier not in present)
        return SplitResult(path=shown, rows=len(rows), held_out=len(standing), drawn=False, gone=gone)
    replaced = before(content, shown)
    drawn_by = split.next_seed(replaced) if seed is None else seed
    drawn = split.split_file(path, profile, share=share, seed=drawn_by, shown=table.path)
    write_atomically(root / shown, split.write(drawn).encode())
    kept = None if content is None else len(set(drawn) & set(replaced))
    return SplitResult(path=shown, rows=len(rows), held_out=len(drawn), drawn=True, kept=kept)


def before(content: bytes | None, shown: str) -> tuple[str, ...]:
    """Return the ids of the split that is replaced; none when there is none, or it could not be read."""
    try:
        return split.read(content, shown) if content is not None else ()
    except UsageError:
        return ()


def profile_of(root: Path, table: Table, name: str) -> tuple[Path, Profile]:
    """Return the place of a table and its profile, with target, id, group and time as the schema names them."""
    schema: Schema = read_schema(root, table.schema, name)
    if not schema.target:
        raise UsageError(
            "split-target",
            "the schema names no target, so no test set can be held out",
            hint="add the line: target: COLUMN",
            where=f"{table.schema}:1",
        )
    path = root / table.path
    profile = profile_file(path, schema.target, shown=table.path)
    named = replace(
        profile,
        id_column=schema.id or None,
        group_column=schema.group or None,
        time_column=schema.time or None,
    )
    return path, named
