"""DVC's cache on this machine, read as files: an object that is here need not be fetched.

An object lies at `files/md5/<two characters>/<the rest>`; what DVC 2 wrote lies at `<two characters>/<the rest>`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from mlgit.dvc.paths import folder_of
from mlgit.errors import MlgitError
from mlgit.world.files import read_bytes

DIGEST = re.compile(r"[0-9a-f]{32}(?:\.dir)?\Z")
SETTING = re.compile(rb"^\s*([\w-]+)\s*=\s*(.+?)\s*$")
SECTION = re.compile(rb"^\s*\[(.+?)\]\s*$")
MAXIMUM_BYTES = 64_000_000


class LocalCache:
    """The caches of the DVC repositories inside one Git repository; most have one, at its root."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._caches: dict[str, Path | None] = {}
        self._remotes: dict[str, Path | None] = {}

    def content(self, folder: str, digest: str) -> bytes | None:
        """Return an object by its digest, None when it is not here or too large to be read for a report.

        `folder` is that of the file which names the digest: the cache is that of the DVC repository around it.
        """
        path = self.place(folder, digest)
        try:
            return read_bytes(path) if path and path.stat().st_size <= MAXIMUM_BYTES else None
        except (OSError, MlgitError):
            return None

    def holds(self, folder: str, digest: str) -> bool:
        """Tell whether an object is in the cache."""
        return self.place(folder, digest) is not None

    def place(self, folder: str, digest: str) -> Path | None:
        """Return where an object lies, None when it is not here."""
        return object_in(self.cache_of(folder), digest)

    def place_or_remote(self, folder: str, digest: str) -> Path | None:
        """Return the same or, where it is not in the cache, its place in a default remote that is a folder."""
        found = self.place(folder, digest)
        return found if found is not None else object_in(self.remote_of(folder), digest)

    def remote_of(self, folder: str) -> Path | None:
        """Return the default remote of the DVC repository around `folder`; None where it is no folder of this machine."""
        return self._around(folder, self._remotes, remote_folder)

    def cache_of(self, folder: str) -> Path | None:
        """Return the cache of the DVC repository around `folder`, None when there is none."""
        return self._around(folder, self._caches, cache_folder)

    def _around(
        self, folder: str, known: dict[str, Path | None], named: Callable[[Path], Path | None]
    ) -> Path | None:
        """Return what the `.dvc` of the nearest DVC repository around `folder` names, remembered in `known`."""
        if folder not in known:
            place = self._root / folder / ".dvc"
            above = self._around(folder_of(folder), known, named) if folder else None
            known[folder] = named(place) if place.is_dir() else above
        return known[folder]


def cache_folder(place: Path) -> Path:
    """Return the cache that `.dvc/config` and `.dvc/config.local` name, `.dvc/cache` when they name none."""
    chosen = configured(place, "cache", "dir")
    return place / chosen if chosen else place / "cache"


def remote_folder(place: Path) -> Path | None:
    """Return the folder that the default remote is, None where there is none or it is somewhere else."""
    name = configured(place, "core", "remote")
    url = configured(place, f'remote "{name}"', "url") if name else ""
    url = url.removeprefix("file://")
    return place / url if url and "://" not in url and not url.startswith("~") else None


def object_in(store: Path | None, digest: str) -> Path | None:
    """Return where an object lies in a cache or a remote, None when it is not there."""
    if store is None or not DIGEST.match(digest):
        return None
    places = (store / "files" / "md5" / digest[:2] / digest[2:], store / digest[:2] / digest[2:])
    return next((place for place in places if place.is_file()), None)


def configured(place: Path, section: str, name: str) -> str:
    """Return a value of `.dvc/config.local`, else of `.dvc/config`; empty when neither sets it."""
    for file in ("config.local", "config"):
        try:
            content = read_bytes(place / file)
        except MlgitError:
            continue
        if chosen := setting(content or b"", section, name):
            return chosen
    return ""


def setting(content: bytes, section: str, name: str) -> str:
    """Return a value of a configuration of DVC; empty when it is not set."""
    current, found = b"", b""
    for line in content.splitlines():
        if heading := SECTION.match(line):
            current = heading.group(1).strip(b"' ")
        elif current == section.encode() and (one := SETTING.match(line)) and one.group(1) == name.encode():
            found = one.group(2)
    return found.decode("utf-8", "replace")
