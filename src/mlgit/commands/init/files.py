"""Every file of the scaffold but the data: the user's own and the managed ones."""

from __future__ import annotations

from pathlib import Path

from mlgit.commands.init.source import InitRequest, Source
from mlgit.config import reader
from mlgit.dvc.paths import folder_of
from mlgit.dvc.reach import StoredRemote, out_of_reach
from mlgit.dvc.remote import remote_extra
from mlgit.git.checkout import Checkout
from mlgit.git.repository import Repository
from mlgit.render.install_files import with_wheel
from mlgit.render.managed import managed_files, record_of, uses_lfs
from mlgit.render.names import Names
from mlgit.render.origin import FOLDER as KEPT
from mlgit.render.origin import installation_for
from mlgit.render.project import project_context, project_files
from mlgit.render.record import BASE, LOCK, read_record, write_record
from mlgit.render.sync import without_theirs
from mlgit.world.context import Context

RAW = "data/raw/"


def scaffold_files(
    context: Context,
    root: Path,
    names: Names,
    source: Source,
    raw_path: str,
    request: InitRequest,
    further: str,
) -> dict[str, bytes]:
    """Return the files by path; `raw_path` is where the data stand below `root`.

    `further` is what mlgit.yaml says besides of the repository: its branch, the way to its data.
    """
    facts = project_context(
        project=names.project,
        package=names.package,
        model=names.model,
        table=source.table,
        raw_path=raw_path,
        profile=source.profile,
        test_rows=source.test_rows,
        further=further,
        template=request.template,
    )
    own = {
        **project_files(facts, extra=remote_extra(request.remote)),
        f"schemas/{source.table}.yaml": source.schema,
        f"splits/{source.table}.csv": source.split,
    }
    return {**own, **synchronised(context, root, own[reader.FILE])}


def versioned_files(root: Path, raw_path: str) -> set[str]:
    """Return which of the files are there that setting up DVC and adding the data may make, the data among them."""
    folder = folder_of(raw_path)
    ignore = f"{folder}/.gitignore" if folder else ".gitignore"
    may = (".dvc/.gitignore", ".dvc/config", ".dvcignore", raw_path, f"{raw_path}.dvc", ignore)
    return {path for path in may if (root / path).is_file()}


def synchronised(context: Context, root: Path, configuration_text: bytes) -> dict[str, bytes]:
    """Return the managed files of a configuration with their record, as a first sync at `root` would write them."""
    configuration = reader.read(configuration_text)
    checkout = Checkout(Repository(context, root))
    recorded = read_record(checkout.content(LOCK))
    named, standing = configuration.ci.install, recorded.installation if recorded else None
    installation = installation_for(context, named, standing, anew=True)
    files = managed_files(configuration, installation, lfs=uses_lfs(root, configuration))
    managed = with_wheel(files, installation, root)
    ours = without_theirs(managed, checkout, recorded)
    base = {BASE + path: content for path, content in ours.items() if not path.startswith(KEPT)}
    return {**managed, **base, LOCK: write_record(record_of(configuration, installation, ours))}


def installs(files: dict[str, bytes]) -> str:
    """Return the sentence that says what the jobs install, of the record among the managed files."""
    record = read_record(files[LOCK])
    return record.installation.text if record is not None and record.installation is not None else ""


def data_notes(stored: StoredRemote | None, configuration_text: str) -> tuple[str, ...]:
    """Return what a person has to know of the way to the data: why CI cannot reach them, or which secrets it asks for."""
    block = "remote:" in configuration_text
    reason = out_of_reach(stored, logs_in=block)
    if reason is not None:
        return reason
    if block:
        return (
            "CI logs in at the DVC remote as remote: in mlgit.yaml says: put the secrets that it names into GitHub",
        )
    return ()
