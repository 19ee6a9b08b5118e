"""A new repository: made beside its place under a hidden name, then moved there whole."""

from __future__ import annotations

import shutil
from pathlib import Path

from mlgit.commands.init.files import RAW, data_notes, installs, scaffold_files, versioned_files
from mlgit.commands.init.source import InitRequest, Source, source_of
from mlgit.dvc.command import Dvc
from mlgit.dvc.reach import default_remote
from mlgit.dvc.remote import remote_configuration
from mlgit.errors import ExternalError, MlgitError, UsageError
from mlgit.git.repository import Repository
from mlgit.git.writer import commit_files, init
from mlgit.plan.outcome import InitResult
from mlgit.render.blocks import remote_block
from mlgit.render.names import Names
from mlgit.world.context import Context
from mlgit.world.files import cannot_write, write_atomically
from mlgit.world.staging import fresh_name, sweep
from mlgit.world.streaming import uninterrupted

MESSAGE = "Scaffold with mlgit\n\nData, pipeline, tests and workflows, as `mlgit init` writes them."


def create(context: Context, request: InitRequest, directory: Path, names: Names) -> InitResult:
    """Make the repository; when anything fails nothing stays behind."""
    remote = remote_configuration(request.remote, names.project, seen_from=context.directory, root=directory)
    source = source_of(context, request)
    stored = default_remote(remote.encode())
    further = remote_block(stored.scheme if stored else "")
    files = scaffold_files(context, directory, names, source, RAW + source.file_name, request, further)
    workshop = workshop_beside(directory)
    try:
        workshop.mkdir(mode=0o755)
        fill(context, workshop, files, source)
        version_with_git_and_dvc(context, workshop, source, remote)
        made = versioned_files(workshop, RAW + source.file_name)
        commit, reason = first_commit(Repository(context, workshop))
        move_into_place(workshop, directory)
    finally:
        # After the move there is nothing of this name.
        with uninterrupted():
            shutil.rmtree(workshop, ignore_errors=True)
    return InitResult(
        root=directory,
        adopted=False,
        written=tuple(sorted({*files, *made})),
        notes=(*source.notes, *data_notes(stored, further)),
        commit=commit,
        not_committed=reason,
        about=source.about,
        installs=installs(files),
    )


def workshop_beside(directory: Path) -> Path:
    """Return a hidden name beside `directory`, where a rename is one step; nothing has it yet.

    What a killed run left there is removed.
    """
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        sweep(directory.parent)
        return directory.parent / fresh_name()
    except OSError as error:
        raise cannot_write(directory, error) from error


def fill(context: Context, workshop: Path, files: dict[str, bytes], source: Source) -> None:
    """Write the files and the data."""
    context.console.progress("writing files")
    for path, content in files.items():
        write_atomically(workshop / path, content)
    source.write(workshop / (RAW + source.file_name))


def version_with_git_and_dvc(context: Context, workshop: Path, source: Source, remote: str) -> None:
    """Initialise Git and DVC and put the data under DVC."""
    init(context, workshop)
    dvc = Dvc(context, workshop)
    context.console.progress("dvc init")
    dvc.run("init", "--quiet")
    write_atomically(workshop / ".dvc" / "config", remote.encode())
    context.console.progress(f"dvc add {RAW}{source.file_name}")
    dvc.run("add", "--quiet", RAW + source.file_name)


def first_commit(repository: Repository) -> tuple[str | None, str]:
    """Commit everything; return the commit, or None and why there is none."""
    try:
        return commit_files(repository.context, repository.root, MESSAGE), ""
    except UsageError as error:
        return (
            None,
            f"{error.message}; everything is staged. {error.hint}, then: git commit -m 'Scaffold with mlgit'",
        )
    except MlgitError as error:
        return None, f"{error.message}; everything is staged"


def move_into_place(workshop: Path, directory: Path) -> None:
    """Give the finished repository its name in one step."""
    try:
        workshop.replace(directory)
    except OSError as error:
        raise ExternalError(
            "init-cannot-move",
            f"{directory.name} cannot be made: {error.strerror}",
            hint="choose another folder",
            where=str(directory),
        ) from error
