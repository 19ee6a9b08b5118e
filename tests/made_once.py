"""Scenes that take long to make are made once in each process of the tests; every test gets a copy of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Hashable
from pathlib import Path
from tempfile import TemporaryDirectory

_made: dict[Hashable, TemporaryDirectory[str]] = {}


def made_once(key: Hashable, make: Callable[[Path], object], folder: Path) -> None:
    """Copy into a folder what `make` writes into an empty one; it may name no path outside but relative ones."""
    if key not in _made:
        place = TemporaryDirectory(prefix="scene-")
        make(Path(place.name))
        _made[key] = place
    shutil.copytree(_made[key].name, folder, symlinks=True, dirs_exist_ok=True)
