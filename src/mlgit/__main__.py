"""The entry of `mlgit` and of `python -m mlgit`."""

from __future__ import annotations

import gc
import sys

ALLOCATIONS = 100_000
"""So many new values more than freed ones start a collection. A command makes many values, drops few and ends soon."""


def run() -> int:
    """Run the command line of this process and return its exit code."""
    gc.set_threshold(ALLOCATIONS)
    try:
        from mlgit.cli.main import main

        return main(sys.argv[1:])
    except KeyboardInterrupt:
        # Before the door could take it.
        return 130
    finally:
        # What is left ends with the process: at its end Python would look through all of it for circles, a tenth of a short command.
        gc.freeze()


if __name__ == "__main__":
    sys.exit(run())
