"""The settings of a DVC repository as a clone elsewhere needs them: the same cache, the same remotes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from mlgit.dvc.cache import SECTION, cache_folder
from mlgit.world.files import read_bytes

Settings = dict[str, dict[str, str]]
"""Values by section and name, sections as they are written."""
PATHS = {"cache": "dir"}
REMOTE = "remote "


def parsed(content: bytes) -> Settings:
    """Return the settings of one file; what is no setting is passed over."""
    found: Settings = {}
    section = ""
    for line in content.splitlines():
        if heading := SECTION.match(line):
            section = heading.group(1).decode("utf-8", "replace").strip("' ")
            continue
        name, sign, value = line.decode("utf-8", "replace").partition("=")
        if sign and section and not name.lstrip().startswith("#"):
            found.setdefault(section, {})[name.strip()] = value.strip()
    return found


def local_settings(place: Path) -> str:
    """Return the text of `config.local` for a clone of the repository whose `.dvc` is `place`.

    It holds what is set only here, and what is relative to here as absolute paths.
    """
    shared, own = (parsed(read_bytes(place / name) or b"") for name in ("config", "config.local"))
    settings: Settings = {section: dict(values) for section, values in own.items()}
    settings.setdefault("cache", {})["dir"] = os.fspath(cache_folder(place).resolve())
    for section, values in {**shared, **own}.items():
        url = own.get(section, {}).get("url") or values.get("url", "")
        if section.startswith(REMOTE) and is_relative(url):
            settings.setdefault(section, {})["url"] = os.path.normpath(place / url)
    return text_of(settings)


def is_relative(url: str) -> bool:
    """Tell whether the address of a remote is a folder seen from the settings."""
    return bool(url) and "://" not in url and not url.startswith(("/", "~"))


def text_of(settings: Mapping[str, Mapping[str, str]]) -> str:
    """Return settings as DVC reads them."""
    lines = []
    for section, values in settings.items():
        lines.append(f"['{section}']" if " " in section else f"[{section}]")
        lines += [f"    {name} = {value}" for name, value in values.items()]
    return "".join(f"{line}\n" for line in lines)
