"""Infer the schema of a file or of a table, and never write over one that exists."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from mlgit.config.model import Table
from mlgit.data import schema as schemas
from mlgit.data.profile import Profile
from mlgit.data.profiling import profile_file
from mlgit.data.report import Proposal
from mlgit.project.project import Project
from mlgit.project.tables import unknown_table
from mlgit.world.context import Context
from mlgit.world.files import read_bytes, write_atomically

PROPOSED = ".mlgit/proposed"


def propose_schema(context: Context, subject: str, target: str) -> Proposal:
    """Return the schema of a table of `mlgit.yaml` or, when `subject` names a file, of that file.

    The schema of a table is written: to its own place when nothing is there, else under `.mlgit/proposed/`.
    """
    path = context.directory / subject
    if path.is_file() or "/" in subject or PurePosixPath(subject).suffix:
        profile = profile_file(path, target, shown=subject)
        return Proposal(profile=profile, text=text_of(profile, path.stem))
    project = Project.nearest(context)
    tables = project.at().configuration.data
    if subject not in tables:
        raise unknown_table(tables, subject)
    return propose_for_table(project.root, subject, tables[subject], target)


def propose_for_table(root: Path, name: str, table: Table, target: str) -> Proposal:
    """Write the schema of a table where nothing is lost, and return it."""
    content = read_bytes(root / table.schema)
    if content is None:
        profile = profile_file(root / table.path, target, shown=table.path)
        text = text_of(profile, name)
        write_atomically(root / table.schema, text.encode())
        return Proposal(profile=profile, text=text, written=table.schema)
    standing = schemas.read(content, table.schema)
    profile = profile_file(root / table.path, target or standing.target, shown=table.path)
    text = text_of(profile, name)
    existing = (table.schema, content.decode("utf-8-sig"))
    if schemas.infer(profile) == standing:
        return Proposal(profile=profile, text=text, existing=existing)
    written = f"{PROPOSED}/{table.schema}"
    if read_bytes(root / written) != text.encode():
        write_atomically(root / written, text.encode())
    return Proposal(profile=profile, text=text, written=written, existing=existing)


def text_of(profile: Profile, table: str) -> str:
    """Return the text of the schema that a table keeps."""
    return schemas.write(schemas.infer(profile), table, profile.rows)
