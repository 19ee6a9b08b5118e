"""DVC as mlgit starts it, `python -m mlgit.dvc.process repro --quiet`: what it imports costs more than most of its commands.

Several commands, with `;` between them, import it once; the first that fails is the last, and its name ends standard error.
"""

from __future__ import annotations

import gc
import sys
from itertools import groupby

ALLOCATIONS = 100_000
"""As in `mlgit.__main__`: a short process drops few values."""
NEXT = ";"
"""Stands between two commands: no path or stage that mlgit names is that alone."""


def run(arguments: list[str]) -> int:
    """Run the commands one after the other until one fails, and return its exit code."""
    gc.set_threshold(ALLOCATIONS)
    try:
        from dvc.cli import main

        for between, words in groupby(arguments, lambda word: word == NEXT):
            if not between and (exit_code := main(command := list(words))):
                if NEXT in arguments:
                    sys.stderr.write(f"{command[0]}\n")
                return int(exit_code)
        return 0
    finally:
        gc.freeze()  # as mlgit itself ends


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
