"""The one tree of errors.

An error keeps the facts (what, where, the hint) and never prints. `cli` turns it into text and an exit code.
Bad news about the user's work (a failed check, a stale file) is a result, not an error.
"""

from __future__ import annotations

GOOD = 0
"""Everything asked for was done and is well."""
CHECK_FAILED = 1
"""The tool worked and what it found is bad: a failed check, files out of sync."""
USAGE = 2
"""The command, a configuration file or an input file is wrong."""
UNDECIDED = 3
"""The evidence does not decide."""
ENVIRONMENT = 4
"""Git, DVC, the network or the file system failed."""
INTERRUPTED = 130
"""Stopped by the user."""


class MlgitError(Exception):
    """An error that a user sees as one sentence, a place and a hint.

    `code` is a stable slug documented in docs/reference/errors.md; `where` is `file` or `file:line`.
    """

    exit_code = ENVIRONMENT

    def __init__(self, code: str, message: str, *, hint: str = "", where: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.where = where


class UsageError(MlgitError):
    """The command line, a configuration file or an input file is wrong; exit code 2."""

    exit_code = USAGE


class ExternalError(MlgitError):
    """Git, DVC, the network or the file system failed; exit code 4."""

    exit_code = ENVIRONMENT
