"""The one temporary copy of a repository: inside Git's own folder, gone when the work is done.

The user's tree is not touched; objects, cache and remotes are those of the repository. What a killed run left behind is
removed by the next one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mlgit.dvc.inherited import inherited_configuration
from mlgit.git import lfs
from mlgit.git.blobs import BlobCache
from mlgit.git.repository import Repository
from mlgit.git.snapshot import Snapshot
from mlgit.git.writer import clone, init
from mlgit.world.files import write_atomically
from mlgit.world.processes import is_left_behind, own_name
from mlgit.world.streaming import uninterrupted

FOLDER = "mlgit/sandboxes"
LEFT_ALONE = b"/.dvc/config.local\n**/.dvc/config.local\n**/.dvc/tmp/\n"


class Sandbox:
    """A folder that goes with this process, and revisions of a repository checked out in it."""

    def __init__(self, repository: Repository, folder: Path) -> None:
        self._repository = repository
        self.folder = folder

    def check_out(self, files: Snapshot) -> Repository:
        """Return a copy of a revision in the folder `tree`, with the DVC cache and the remotes of the repository.

        No hook runs. A file of Git LFS and a submodule are there when the repository has fetched them. Raises `ExternalError` (`git-failed`) when Git cannot.
        """
        copy = Repository(self._repository.context, self.folder / "tree")
        if files.commit is None:
            self._copy(files, copy)
        else:
            clone(copy.context, self._repository.root, files.commit, copy.root)
            self._bring_large_files(files, copy)
            blobs = BlobCache(self._repository)
            for path, commit in files.submodules().items():
                if blobs.submodule(files, path) is not None:
                    clone(copy.context, self._repository.root / path, commit, copy.root / path)
        for folder in self._dvc_folders(files):
            settings = inherited_configuration(self._repository.root / folder)
            write_atomically(copy.root / folder / "config.local", settings.encode())
        write_atomically(copy.root / ".git" / "info" / "exclude", LEFT_ALONE)
        return copy

    def _bring_large_files(self, files: Snapshot, copy: Repository) -> None:
        """Put the files of Git LFS that were fetched here in the place of their pointers."""
        names = [path for path in files.paths() if path.rpartition("/")[2] == ".gitattributes"]
        if not any(b"filter=lfs" in content for content in files.read(names).values()):
            return
        for path in files.paths():
            place = copy.root / path
            if place.is_symlink() or not place.is_file() or place.stat().st_size > lfs.LONGEST:
                continue
            pointer = lfs.pointer_of(place.read_bytes())
            held = lfs.stored_object(self._repository.common_folder, pointer) if pointer else None
            if pointer and held and held.is_file() and held.stat().st_size == pointer.size:
                shutil.copyfile(held, place)

    def _copy(self, files: Snapshot, copy: Repository) -> None:
        """Write the files that Git tracks or could track into a repository without a commit."""
        copy.root.mkdir()
        init(copy.context, copy.root, templates=False)
        for path, content in files.read(files.paths()).items():
            executable = bool((self._repository.root / path).stat().st_mode & 0o100)
            write_atomically(copy.root / path, content, executable=executable)

    def _dvc_folders(self, files: Snapshot) -> list[str]:
        """Return the folders `.dvc` of a revision that stand in the working tree, too."""
        found = {path for path in files.paths() if f"/{path}".endswith("/.dvc/config")}
        if files.commit is None:
            found.add(".dvc/config")
        folders = sorted(path.removesuffix("/config") for path in found)
        return [folder for folder in folders if (self._repository.root / folder).is_dir()]


@contextmanager
def sandbox(repository: Repository) -> Iterator[Sandbox]:
    """Give an empty folder; it is removed afterwards, with those that killed processes left behind."""
    sweep(repository)
    own = sandboxes(repository) / own_name()
    folder = own / os.urandom(4).hex()
    try:
        folder.mkdir(mode=0o700, parents=True)
        yield Sandbox(repository, folder)
    finally:
        with uninterrupted():
            shutil.rmtree(folder, ignore_errors=True)
            with suppress(OSError):
                own.rmdir()
            # Once more: what a killed run had started may have written on into its folder after it was removed.
            sweep(repository)


def sandboxes(repository: Repository) -> Path:
    """Return the folder of all sandboxes of a repository."""
    return repository.common_folder / FOLDER


def sweep(repository: Repository) -> None:
    """Remove the sandboxes of processes that are gone."""
    folder = sandboxes(repository)
    for place in folder.iterdir() if folder.is_dir() else ():
        if is_left_behind(place.name):
            shutil.rmtree(place, ignore_errors=True)
