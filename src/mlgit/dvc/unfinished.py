"""What an interrupted DVC leaves in the working tree: it writes a file under a name of its own first, then moves it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path, PurePosixPath

from mlgit.world.service import is_free

NAME = re.compile(r"\.[A-Za-z0-9_-]{22}\.tmp\Z")
"""A dot, 16 random bytes in base64, `.tmp`: `dvc_objects.fs.utils.tmp_fname` (5.1)."""
LOCK = ".dvc/tmp/lock"
"""What a DVC holds by flock(2) while it writes."""


def remove_unfinished(root: Path, paths: Iterable[str]) -> None:
    """Remove those of `paths`, below the root of the repository, that only an interrupted DVC left.

    While another DVC works there none is: it may be about to move one.
    """
    left = [root / path for path in paths if is_unfinished(path)]
    if left and is_idle(root / LOCK):
        for place in left:
            with suppress(OSError):
                place.unlink()


def is_unfinished(path: str) -> bool:
    """Tell whether a file has the name that DVC gives to what it has not finished."""
    return NAME.match(PurePosixPath(path).name) is not None


def is_idle(lock: Path) -> bool:
    """Tell whether no DVC holds its lock."""
    try:
        return is_free(lock)
    except OSError:
        return True
