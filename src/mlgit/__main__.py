"""The entry of `mlgit` and of `python -m mlgit`."""

from __future__ import annotations

import sys


def run() -> int:
    """Run the command line of this process and return its exit code."""
    from mlgit.cli.main import main

    return main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(run())
