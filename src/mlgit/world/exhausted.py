"""What this machine has too little of: space on a disk, or memory; told from whatever a library raises over it."""

from __future__ import annotations

import errno
import os

from mlgit.errors import ExternalError

FULL = (errno.ENOSPC, errno.EDQUOT)
SAID = (*map(os.strerror, FULL), "failed to offload data block")
"""What is said of a full disk where no number tells it; the last is DuckDB's (1.4), of the folder where it spills."""


def exhausted(error: BaseException) -> ExternalError | None:
    """Return the error for a failure over a disk or a memory that is full (`disk-full`, `memory-full`); None for any other."""
    if (isinstance(error, OSError) and error.errno in FULL) or any(words in str(error) for words in SAID):
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
