"""Git and DVC in a folder that stands, where they are missing: the folder of DVC appears whole, with its configuration."""

from __future__ import annotations

from pathlib import Path

from mlgit.dvc.command import Dvc
from mlgit.dvc.ignored import FILE
from mlgit.git.writer import init
from mlgit.world.context import Context
from mlgit.world.files import cannot_write, write_atomically
from mlgit.world.staging import put, staging

DVC = ".dvc"


def prepare_versioning(context: Context, root: Path, remote: str) -> None:
    """Initialise Git and DVC where they are missing; `remote` is the configuration of DVC.

    Raises `ExternalError` when Git, DVC or the file system refuses.
    """
    if not (root / ".git").exists():
        init(context, root)
    if (root / DVC).exists():
        return
    try:
        with staging(root / DVC) as place:
            set_up(context, place, remote)
            if not (root / FILE).exists():
                put(place / FILE, root / FILE)
            # The last step: whoever sees the folder of DVC has all of it.
            put(place / DVC, root / DVC)
    except OSError as error:
        raise cannot_write(root / DVC, error) from error


def set_up(context: Context, place: Path, remote: str) -> None:
    """Initialise DVC in an empty folder that becomes a repository of Git for it."""
    init(context, place, templates=False)
    Dvc(context, place).run("init", "--quiet")
    write_atomically(place / DVC / "config", remote.encode())
