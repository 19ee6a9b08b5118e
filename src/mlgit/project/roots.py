"""Where DVC is set up in a repository: at its top, in a folder, or in several. It is asked in the one that holds a path.

DVC finds nothing outside of its root, and calls paths and stages from there; mlgit calls them from the top of the repository.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from mlgit.dvc.command import Dvc
from mlgit.dvc.paths import around, folder_of
from mlgit.dvc.pointer import is_pointer
from mlgit.dvc.state import address_of, place
from mlgit.errors import UsageError
from mlgit.world.context import Context


def root_of(top: Path, path: str) -> str:
    """Return the folder that DVC takes for its root at a file: the nearest around it with a folder `.dvc`, else the top."""
    return next((folder for folder in around(path) if (top / folder / ".dvc").is_dir()), "")


def within(root: str, path: str) -> str:
    """Return a path, or how DVC calls a stage, from a root instead of from the top of the repository."""
    return path.removeprefix(f"{root}/") if root else path


def from_the_top(root: str, name: str) -> str:
    """Return a stage, as DVC calls it in a root, as it calls it from the top.

    >>> from_the_top("churn", "train")
    'churn/dvc.yaml:train'
    """
    return address_of(root, name) if ":" not in name and not is_pointer(name) else place(root, name)


def by_root(top: Path, paths: Iterable[str]) -> dict[str, list[str]]:
    """Return paths by the root that holds them, in their order."""
    found: dict[str, list[str]] = {}
    for path in paths:
        found.setdefault(root_of(top, path), []).append(path)
    return found


def asked(context: Context, top: Path, paths: Iterable[str]) -> Iterator[tuple[Dvc, list[str]]]:
    """Yield DVC in each root that holds some of the paths, with these as it calls them there."""
    for root, held in by_root(top, paths).items():
        yield Dvc(context, top / root), [within(root, path) for path in held]


def roots_among(paths: Iterable[str]) -> list[str]:
    """Return the roots that files of a repository tell of, in order; the top where they tell of none."""
    return sorted(folder_of(folder_of(path)) for path in paths if f"/{path}".endswith("/.dvc/config")) or [""]


def in_turn(roots: Mapping[str, Collection[str]], uses: Mapping[str, Iterable[str]]) -> list[str]:
    """Return roots in the order in which they can be trained: those first whose results others read.

    `roots` holds the folders of the pipelines of each, `uses` from which folders a pipeline reads. Raises `UsageError`
    (`roots-circular`) when two read from each other: DVC brings one after the other up to date as a whole.
    """
    home = {folder: root for root, folders in roots.items() for folder in folders}
    reads = {
        root: {home[one] for folder in folders for one in uses.get(folder, ()) if one in home} - {root}
        for root, folders in roots.items()
    }
    try:
        return list(TopologicalSorter(reads).static_order())
    except CycleError as error:
        named = " and ".join(sorted({one or "the top" for one in error.args[1]}))
        raise UsageError(
            "roots-circular",
            f"DVC is set up in {named}, and the pipelines there read from each other",
            hint="one folder .dvc around both lets DVC see them as one",
        ) from error
