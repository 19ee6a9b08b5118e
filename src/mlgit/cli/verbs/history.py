"""What had to run where, from when to when, by whom, approved by whom, and why: from Git alone.

example:
    mlgit history
    mlgit history churn --env production
    mlgit history --at 2026-01-31           what ran at the end of that day (UTC)
    mlgit history --at 2026-01-31T12:00:00Z --json
    mlgit history --all                     every entry, however old; without it the newest 100

It reads the commits of the default branch as this clone knows it, and fetches nothing. A merged pull request takes effect with
its merge, and who merged it approved it; a change that somebody made by hand is shown with who committed it.

Exit code 0: told. 1: the file of an environment could not be read at some commit; the rest is told all the same.
"""

from __future__ import annotations

import argparse

from mlgit.cli.delivery import show_blocks
from mlgit.cli.options import add_remote, remote_of
from mlgit.errors import CHECK_FAILED, GOOD
from mlgit.world.context import Context

SHOWN = 100
"""Entries that are shown unless all are asked for."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "model", nargs="?", default="", metavar="MODEL", help="one model (default: all of them)"
    )
    parser.add_argument("--env", default="", metavar="ENVIRONMENT", help="one environment")
    parser.add_argument("--at", default="", metavar="DATE", help="what ran at a moment, ISO 8601")
    parser.add_argument("--all", action="store_true", help="every entry, however old; --json has them always")
    add_remote(parser, "the remote whose default branch counts", "the default branch of this clone counts")
    parser.add_argument("--json", action="store_true", help="for a program: a versioned form")


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Tell; see the help of the verb."""
    from mlgit.commands.history import history
    from mlgit.views import environments

    found = history(
        context,
        arguments.model,
        environment=arguments.env,
        at=arguments.at,
        remote=remote_of(arguments),
    )
    blocks = environments.history(found, None if arguments.all else SHOWN)
    show_blocks(context, found, blocks, as_json=arguments.json)
    return CHECK_FAILED if found.unreadable else GOOD
