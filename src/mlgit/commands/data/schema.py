"""Infer the schema of a file or of a table, and never write over one that exists."""

from __future__ import annotations

from datetime import date
from pathlib import Path, PurePosixPath

from mlgit.config.model import Table
from mlgit.data import distributions, schema_file
from mlgit.data.check import check_table
from mlgit.data.envelope import ANY_BYTES
from mlgit.data.inference import infer
from mlgit.data.observing import observe
from mlgit.data.opening import open_source
from mlgit.data.pandera_text import Export, exported
from mlgit.data.profiling import profile_file
from mlgit.data.report import CheckReport, Proposal, SchemaUpdate
from mlgit.data.schema import Schema
from mlgit.data.schema_update import updated
from mlgit.project.project import Project
from mlgit.project.tables import chosen_tables, read_schema, unknown_table
from mlgit.world.context import Context
from mlgit.world.files import read_bytes, write_atomically

PARQUET = (".parquet", ".pq")
PROPOSED = ".mlgit/proposed"


def propose_schema(context: Context, subject: str, target: str) -> Proposal:
    """Return the schema of a table of `mlgit.yaml` or, when `subject` names a file, of that file.

    The schema of a table is written: to its own place when nothing is there, else under `.mlgit/proposed/`.
    """
    path = context.directory / subject
    if is_file(path, subject):
        profile = profile_file(path, target, shown=subject, several=True)
        schema = infer(profile, observe(path, profile, context.today, shown=subject, several=True))
        return Proposal(profile=profile, text=schema_file.write(schema, path.stem, profile.rows))
    project = Project.nearest(context)
    tables = project.at().configuration.data
    if subject not in tables:
        raise unknown_table(tables, subject)
    return propose_for_table(project.root, subject, tables[subject], target, context.today)


def keep_profile(root: Path, table: Table, schema: Schema) -> None:
    """Write how the columns of a table spread beside its schema, where nothing of the kind stands."""
    place = root / distributions.path_of(table.schema)
    if read_bytes(place) is None:
        stored = distributions.distributions(root / table.path, schema, shown=table.path)
        write_atomically(place, distributions.written(stored))


def propose_for_table(root: Path, name: str, table: Table, target: str, day: date) -> Proposal:
    """Write the schema of a table where nothing is lost, and return it."""
    content = read_bytes(root / table.schema)
    standing = None if content is None else schema_file.read(content, table.schema)
    target = target or (standing.target if standing else "")
    profile = profile_file(root / table.path, target, shown=table.path, several=True)
    schema = infer(profile, observe(root / table.path, profile, day, shown=table.path, several=True))
    text = schema_file.write(schema, name, profile.rows)
    keep_profile(root, table, schema if standing is None else standing)
    if content is None:
        write_atomically(root / table.schema, text.encode())
        return Proposal(profile=profile, text=text, written=table.schema)
    existing = (table.schema, content.decode("utf-8-sig"))
    if schema == standing:
        return Proposal(profile=profile, text=text, existing=existing)
    written = f"{PROPOSED}/{table.schema}"
    if read_bytes(root / written) != text.encode():
        write_atomically(root / written, text.encode())
    return Proposal(profile=profile, text=text, written=written, existing=existing)


def update_schema(context: Context, name: str, *, write: bool) -> SchemaUpdate:
    """Return the schema of a table with the settings renewed that its data break; `write` puts it in its place.

    Everything else of the file stays as it is, to the character. Raises `UsageError` (`schema-missing`) where none stands,
    and what a table of mlgit.yaml raises.
    """
    project = Project.nearest(context)
    table = chosen_tables(project.at().configuration, [name])[name]
    standing = read_schema(project.root, table.schema, name)
    content = read_bytes(project.root / table.schema) or b""
    text = content.decode("utf-8-sig")
    path = project.root / table.path
    profile = profile_file(path, standing.target if standing.target else "", shown=table.path, several=True)
    inferred = infer(profile, observe(path, profile, context.today, shown=table.path, several=True))

    def check(schema: Schema) -> CheckReport:
        shown = {"table": name, "shown": table.path, "schema_shown": table.schema}
        return check_table(path, schema, today=context.today, **shown)

    found = updated(text, table.schema, inferred, check)
    changed = found.text != text
    if write and changed:
        mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
        write_atomically(project.root / table.schema, mark + found.text.encode())
    return SchemaUpdate(
        table=name,
        path=table.schema,
        before=text,
        after=found.text,
        written=write and changed,
        left=found.left,
    )


def export_schema(context: Context, subject: str) -> Export:
    """Return the schema of a table, or the one inferred from a file, as a module for pandera; raises as `propose_schema`."""
    path, shown = context.directory / subject, subject
    if is_file(path, subject):
        profile = profile_file(path, "", shown=subject, several=True)
        schema = infer(profile, observe(path, profile, context.today, shown=subject, several=True))
    else:
        project = Project.nearest(context)
        table = chosen_tables(project.at().configuration, [subject])[subject]
        schema, path, shown = (
            read_schema(project.root, table.schema, subject),
            project.root / table.path,
            table.path,
        )
    if not path.exists():
        parquet = path.suffix.lower() in PARQUET
        return exported(schema, subject, "parquet" if parquet else "csv")
    source = open_source(path, shown, largest=ANY_BYTES, several=True)
    return exported(schema, subject, source.file_format, source.delimiter or ",", source)


def is_file(path: Path, subject: str) -> bool:
    """Tell whether a person names a file rather than a table."""
    return path.is_file() or "/" in subject or bool(PurePosixPath(subject).suffix)
