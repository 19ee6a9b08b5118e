"""Which repository a command stands in, and whether it has files on disk."""

from __future__ import annotations

from pathlib import Path

from mlgit.errors import UsageError
from mlgit.git.repository import Repository
from mlgit.world.context import Context
from mlgit.world.staging import sweep_staged


def repositories_around(directory: Path) -> list[Path]:
    """Return the tops of the Git work trees that hold `directory`, the innermost first; it need not exist."""
    return [folder for folder in (directory, *directory.parents) if (folder / ".git").exists()]


def is_bare(folder: Path) -> bool:
    """Tell whether a folder is a bare repository: Git's own files, and no `.git`."""
    own = (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()
    return own and folder.name != ".git" and not (folder / ".git").exists()


def find(context: Context) -> Repository:
    """Return the repository around the context's directory; what killed runs staged there is removed.

    Raises `UsageError` (`not-a-repository`) outside of one.
    """
    for folder in (context.directory, *context.directory.parents):
        if (folder / ".git").exists() or is_bare(folder):
            sweep_staged(folder)
            return Repository(context, folder)
    raise UsageError(
        "not-a-repository",
        f"{context.directory} is not inside a Git repository",
        hint="mlgit init makes one here; or change into your repository",
    )


def require_work_tree(repository: Repository) -> None:
    """Raise `UsageError` (`bare-repository`) where a repository has no files on disk to look at."""
    if is_bare(repository.root):
        raise UsageError(
            "bare-repository",
            "this is a bare repository: it has commits and no working tree",
            hint="name commits: mlgit compare BASE HEAD, mlgit gate BASE HEAD, mlgit status --at COMMIT",
        )
