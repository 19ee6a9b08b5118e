"""Which models are registered: their versions, where each has to run, gates and metrics.

example:
    mlgit models
    mlgit models churn --all
    mlgit models churn@v1.2.0 --card     the model card, in Markdown
    mlgit models --json

It reads tags and the default branch as this clone knows them, and fetches nothing. `gto show` reads the same tags; a version
whose tag was not made by mlgit, or says something else than its name, is listed and never promoted.

Exit code 0: listed. 1: a deploy/*.yaml cannot be read; the rest is listed all the same.
"""

from __future__ import annotations

import argparse

from mlgit.cli.delivery import show, show_blocks
from mlgit.cli.options import add_remote, remote_of
from mlgit.errors import CHECK_FAILED, GOOD
from mlgit.world.context import Context


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "model", nargs="?", default="", metavar="MODEL", help="one model (default: all of them)"
    )
    parser.add_argument("--all", action="store_true", help="every version, however old")
    parser.add_argument("--card", action="store_true", help="print the model card of MODEL or MODEL@VERSION")
    add_remote(parser, "the remote whose default branch counts", "the default branch of this clone counts")
    parser.add_argument("--json", action="store_true", help="for a program: a versioned form")


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """List; see the help of the verb."""
    from mlgit.commands import models
    from mlgit.views import registry

    if arguments.card:
        show(context, models.card(context, arguments.model))
        return GOOD
    found = models.models(
        context,
        arguments.model,
        remote=remote_of(arguments),
        everything=arguments.all,
    )
    show_blocks(context, found, registry.overview(found), as_json=arguments.json)
    return CHECK_FAILED if found.errors else GOOD
