"""Every file of the scaffold but the data: the user's own and the managed ones."""

from __future__ import annotations

from pathlib import Path

from mlgit.commands.init.source import Source
from mlgit.config import reader
from mlgit.dvc.paths import folder_of
from mlgit.dvc.remote import remote_extra
from mlgit.render.managed import managed_files, record_of
from mlgit.render.names import Names
from mlgit.render.project import project_context, project_files
from mlgit.render.record import BASE, LOCK, write_record

RAW = "data/raw/"


def scaffold_files(names: Names, source: Source, raw_path: str, remote: str | None) -> dict[str, bytes]:
    """Return the files by path; `raw_path` is where the data stand in the repository, `remote` the URL of the DVC remote."""
    context = project_context(
        project=names.project,
        package=names.package,
        model=names.model,
        table=source.table,
        raw_path=raw_path,
        profile=source.profile,
        test_rows=source.test_rows,
    )
    own = {
        **project_files(context, extra=remote_extra(remote)),
        f"schemas/{source.table}.yaml": source.schema,
        f"splits/{source.table}.csv": source.split,
    }
    return {**own, **synchronised(own[reader.FILE])}


def versioned_files(root: Path, raw_path: str) -> set[str]:
    """Return which of the files are there that setting up DVC and adding the data may make, the data among them."""
    folder = folder_of(raw_path)
    ignore = f"{folder}/.gitignore" if folder else ".gitignore"
    may = (".dvc/.gitignore", ".dvc/config", ".dvcignore", raw_path, f"{raw_path}.dvc", ignore)
    return {path for path in may if (root / path).is_file()}


def synchronised(configuration_text: bytes) -> dict[str, bytes]:
    """Return the managed files of a configuration with their record, as a first sync would write them."""
    configuration = reader.read(configuration_text)
    managed = managed_files(configuration)
    base = {BASE + path: content for path, content in managed.items()}
    return {**managed, **base, LOCK: write_record(record_of(configuration, managed))}
