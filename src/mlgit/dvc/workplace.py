"""Where a verb works beside the user's tree: a clone inside of Git's own folder, gone when it is done.

The user's tree is not touched; objects, cache and remotes are those of the repository. A clone that a killed run left
behind is removed by the next.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlgit.dvc.borrowed import borrowed_configuration
from mlgit.git.repository import Repository
from mlgit.git.writer import clone as clone_commit
from mlgit.world.context import Context
from mlgit.world.files import write_atomically
from mlgit.world.processes import identity, may_run

FOLDER = "mlgit/workplaces"
BETWEEN = "+"
"""Stands for the blanks of an identity: programs of users split paths at blanks."""


@contextmanager
def workplace(repository: Repository) -> Iterator[Path]:
    """Give an empty folder that goes with this process."""
    place = around(repository) / identity().replace(" ", BETWEEN)
    place.mkdir(parents=True)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        # Once more: what a killed run had started may have written on into its folder after it was removed.
        sweep(repository)


def around(repository: Repository) -> Path:
    """Return the folder of all workplaces."""
    common = repository.run("rev-parse", "--git-common-dir").text.strip()
    return (repository.root / common / FOLDER).resolve()


def sweep(repository: Repository) -> None:
    """Remove the workplaces of processes that are gone."""
    folder = around(repository)
    for place in folder.iterdir() if folder.is_dir() else ():
        if not may_run(place.name.replace(BETWEEN, " ")):
            shutil.rmtree(place, ignore_errors=True)


def clone(context: Context, repository: Repository, base: str, place: Path) -> Path:
    """Check a commit out at `place` with the cache and the remotes of the repository; return `place`."""
    copy = clone_commit(context, repository.root, base, place)
    listed = copy.run("ls-files", "-z", "--cached", "--", ".dvc/config", "*/.dvc/config").stdout
    for path in (part.decode("utf-8", "surrogateescape") for part in listed.split(b"\0") if part):
        if (repository.root / path).is_file():
            settings = borrowed_configuration((repository.root / path).parent)
            write_atomically((place / path).with_name("config.local"), settings.encode())
    exclude = place / ".git" / "info" / "exclude"
    write_atomically(exclude, b"/.dvc/config.local\n**/.dvc/config.local\n**/.dvc/tmp/\n")
    return place
