"""Tell what a change concerns: the code, the data, the model, and which models.

It compares HEAD with the commit where it left BASE. What nothing is known of concerns everything, and so does a base
that is not here.

example:
  mlgit affected main
  mlgit affected main --json
"""

from __future__ import annotations

import argparse

from mlgit.cli.delivery import show_value
from mlgit.errors import GOOD
from mlgit.world.context import Context


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "base",
        nargs="?",
        metavar="BASE",
        help="where the change starts (default: the branch that ci.branch names)",
    )
    parser.add_argument(
        "head", nargs="?", default="HEAD", metavar="HEAD", help="where it ends (default: HEAD)"
    )
    parser.add_argument(
        "--green",
        default="",
        metavar="CHECK",
        help="in the job of a push, start at the newest commit on which this check ended well",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--github-output", action="store_true", help="also write the decision for the jobs of GitHub Actions"
    )


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Decide and show; always good news."""
    from mlgit.commands.affected import affected, write_outputs
    from mlgit.views.affected import affected_lines

    result, base = affected(context, arguments.base, arguments.head, green=arguments.green)
    if arguments.github_output:
        write_outputs(context, result, base)
    show_value(context, result, affected_lines(result), as_json=arguments.json)
    return GOOD
