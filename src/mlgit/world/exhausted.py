"""What this machine has too little of: space on a disk, or memory; told from whatever a library raises over it."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import suppress
from pathlib import Path

from mlgit.errors import ExternalError

FULL = (errno.ENOSPC, errno.EDQUOT)
SAID = (*map(os.strerror, FULL), "failed to offload data block")
"""What is said of a full disk where no number tells it; the last is DuckDB's (1.4), of the folder where it spills."""
HIDDEN = "No possible cache link types"
"""What DVC says when it could not copy a file, whatever the reason."""
LITTLE = 16_000_000
"""Bytes; where no more are free, such a reason is taken to be the disk."""


def exhausted(error: BaseException, folder: Path | None = None) -> ExternalError | None:
    """Return the error for a failure over a disk or a memory that is full (`disk-full`, `memory-full`); None for any other.

    `folder` is where something was written by a program that hides why it failed.
    """
    told = isinstance(error, OSError) and error.errno in FULL
    hidden = folder is not None and HIDDEN in str(error) and nearly_full(folder)
    if told or hidden or any(words in str(error) for words in SAID):
        return ExternalError(
            "disk-full",
            "there is no space left on a disk",
            hint="free some space where the repository lies and in the folder for temporary files (TMPDIR)",
            where=str(getattr(error, "filename", None) or ""),
        )
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryException":
        return ExternalError(
            "memory-full", "there is too little memory", hint="end other programs, or take a larger machine"
        )
    return None


def nearly_full(folder: Path) -> bool:
    """Tell whether the disk of a folder has next to no room."""
    with suppress(OSError):
        return shutil.disk_usage(folder).free < LITTLE
    return False
