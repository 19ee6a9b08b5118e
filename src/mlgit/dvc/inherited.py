"""Let a clone use the DVC cache and the remotes of the repository it was made from: the text of `.dvc/config.local`."""

from __future__ import annotations

import io
from configparser import ConfigParser, Error
from pathlib import Path

from mlgit.dvc.cache import cache_folder
from mlgit.errors import UsageError
from mlgit.world.files import read_bytes, resolved

NAMES = ("config", "config.local")


def inherited_configuration(place: Path) -> str:
    """Return the settings by which a clone sees what the repository sees whose folder `.dvc` is `place`.

    That is what its `config.local` says, the cache by its absolute path, and the remotes that are folders by theirs:
    DVC reads a relative path from where the file lies. Raises `UsageError` (`dvc-config`) for a file it cannot read.
    """
    return text_of(settings_for(place, parsed(place, NAMES), parsed(place, NAMES[1:])))


def with_cache(place: Path, cache: Path) -> str:
    """Return the text of the `config.local` in a folder `.dvc` with another cache.

    Raises `UsageError` (`dvc-config`) for a file it cannot read.
    """
    settings = parsed(place, NAMES[1:])
    put(settings, "cache", "dir", str(cache))
    return text_of(settings)


def detached_configuration(place: Path, shared: bytes, *, local: bool) -> str:
    """Return the same for a folder outside of Git whose `.dvc/config` is to be `shared`.

    Without `local`, what `config.local` says is left out. Raises `UsageError` (`dvc-config`) as above.
    """
    names = NAMES[1:] if local else ()
    every = read_into(parsed(place, ()), shared, NAMES[0])
    for name in names:
        read_into(every, read_bytes(place / name) or b"", name)
    settings = settings_for(place, every, parsed(place, names))
    put(settings, "core", "no_scm", "true")
    return text_of(settings)


def settings_for(place: Path, every: ConfigParser, local: ConfigParser) -> ConfigParser:
    """Return `local` with the cache and the remotes of `every` that are folders by their absolute paths."""
    for section in every.sections():
        url = every[section].get("url", "")
        if section.strip("'").startswith("remote ") and url and not url.startswith("~") and "://" not in url:
            put(local, section, "url", str(resolved(place / url)))
    put(local, "cache", "dir", str(resolved(cache_folder(place))))
    return local


def text_of(settings: ConfigParser) -> str:
    """Return settings as DVC reads them."""
    text = io.StringIO()
    settings.write(text)
    return text.getvalue()


def parsed(place: Path, names: tuple[str, ...]) -> ConfigParser:
    """Return files of settings read one over the other; a file that is not there says nothing."""
    found = ConfigParser(interpolation=None, strict=False)
    for name in names:
        read_into(found, read_bytes(place / name) or b"", name)
    return found


def read_into(found: ConfigParser, content: bytes, name: str) -> ConfigParser:
    """Return settings with those of one more file, which go first."""
    try:
        found.read_string(content.decode())
    except (Error, UnicodeDecodeError) as error:
        raise UsageError(
            "dvc-config",
            f".dvc/{name} cannot be read",
            hint="dvc config --list names what DVC cannot read",
            where=f".dvc/{name}",
        ) from error
    return found


def put(settings: ConfigParser, section: str, key: str, value: str) -> None:
    """Set a value, in a section that is made when it is not there."""
    if not settings.has_section(section):
        settings.add_section(section)
    settings[section][key] = value
