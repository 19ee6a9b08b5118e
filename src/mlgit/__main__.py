"""The entry of `mlgit` and of `python -m mlgit`."""

from __future__ import annotations

import sys


def run() -> int:
    """Run the command line of this process and return its exit code."""
    try:
        from mlgit.cli.main import main

        return main(sys.argv[1:])
    except KeyboardInterrupt:
        # Before the door could take it.
        return 130


if __name__ == "__main__":
    sys.exit(run())
