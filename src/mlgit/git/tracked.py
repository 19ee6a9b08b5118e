"""What Git tracks of the working tree, and where its links lead: a tracked link may be anybody's."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from mlgit.errors import UsageError
from mlgit.git.repository import Repository
from mlgit.world.files import resolved


def is_tracked(repository: Repository, path: str) -> bool:
    """Tell whether Git tracks a file: then it may be anybody's, not this machine's. Outside of Git nothing is tracked."""
    return bool(repository.run("ls-files", "-z", "--cached", "--", path, check=False).stdout)


def refuse_link_outside(repository: Repository, path: str) -> None:
    """Refuse a file that a tracked link puts outside the repository; raises `UsageError` (`link-outside`).

    What it holds would be shown in a log or a comment, and a branch could point it at any file of the machine that looks. A
    link that only this machine has (a mounted folder, DVC's cache) is its owner's.
    """
    root = resolved(repository.root)
    if resolved(root / path).is_relative_to(root):
        return
    ways = [*reversed(PurePosixPath(path).parents), PurePosixPath(path)]
    links = [str(way) for way in ways if Path(root, way).is_symlink()]
    for link in links:
        if is_tracked(repository, f":(literal){link}"):
            raise UsageError(
                "link-outside",
                f"{link} is a link that Git tracks to a place outside the repository",
                hint=f"git rm --cached {link}; then dvc add the data, or dvc import-url them",
                where=link,
            )
