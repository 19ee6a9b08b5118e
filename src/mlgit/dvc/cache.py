"""DVC's cache on this machine, read as files: an object that is here need not be fetched.

An object lies at `files/md5/<two characters>/<the rest>`; what DVC 2 wrote lies at `<two characters>/<the rest>`.
"""

from __future__ import annotations

import re
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
        cache = self.cache_of(folder)
        if cache is None or not DIGEST.match(digest):
            return None
        places = (cache / "files" / "md5" / digest[:2] / digest[2:], cache / digest[:2] / digest[2:])
        return next((place for place in places if place.is_file()), None)

    def cache_of(self, folder: str) -> Path | None:
        """Return the cache of the DVC repository around `folder`, None when there is none."""
        if folder not in self._caches:
            place = self._root / folder / ".dvc"
            if place.is_dir():
                self._caches[folder] = cache_folder(place)
            else:
                self._caches[folder] = self.cache_of(folder_of(folder)) if folder else None
        return self._caches[folder]


def cache_folder(place: Path) -> Path:
    """Return the cache that `.dvc/config` and `.dvc/config.local` name, `.dvc/cache` when they name none."""
    for name in ("config.local", "config"):
        try:
            content = read_bytes(place / name)
        except MlgitError:
            continue
        chosen = setting(content or b"", "cache", "dir")
        if chosen:
            return place / chosen
    return place / "cache"


def setting(content: bytes, section: str, name: str) -> str:
    """Return a value of a configuration of DVC; empty when it is not set."""
    current, found = b"", b""
    for line in content.splitlines():
        if heading := SECTION.match(line):
            current = heading.group(1).strip(b"'\" ")
        elif current == section.encode() and (one := SETTING.match(line)) and one.group(1) == name.encode():
            found = one.group(2)
    return found.decode("utf-8", "replace")
