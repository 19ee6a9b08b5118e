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
import sys

from mlgit.cli.delivery import show
from mlgit.errors import CHECK_FAILED, GOOD
from mlgit.world.context import Context


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "model", nargs="?", default="", metavar="MODEL", help="one model (default: all of them)"
    )
    parser.add_argument("--all", action="store_true", help="every version, however old")
    parser.add_argument("--card", action="store_true", help="print the model card of MODEL or MODEL@VERSION")
    parser.add_argument(
        "--remote",
        default="origin",
        metavar="NAME",
        help="the remote whose default branch counts (default: origin)",
    )
    parser.add_argument("--local", action="store_true", help="the default branch of this clone counts")
    parser.add_argument("--json", action="store_true", help="for a program: a versioned form")


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """List; see the help of the verb."""
    from mlgit.commands import models

    if arguments.card:
        show(context, models.card(context, arguments.model))
        return GOOD
    found = models.models(
        context,
        arguments.model,
        remote="" if arguments.local else arguments.remote,
        everything=arguments.all,
    )
    if arguments.json:
        from mlgit.views.json_form import json_text

        show(context, json_text(found))
    else:
        from mlgit.cli.console import colour_wanted
        from mlgit.cli.delivery import written
        from mlgit.views import registry

        show(context, written(registry.overview(found), "text", coloured=colour_wanted(sys.stdout)))
    return CHECK_FAILED if found.troubles else GOOD
