"""`mlgit data diff`: what changed in the data."""

from __future__ import annotations

import argparse

from mlgit.cli.delivery import show_form
from mlgit.cli.options import add_format
from mlgit.errors import CHECK_FAILED, GOOD
from mlgit.world.context import Context


def add_to(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare `mlgit data diff`."""
    parser = actions.add_parser(
        "diff",
        help="what changed in the data between two revisions",
        description="Tell what changed in each table and data folder that DVC or Git tracks. Nothing is pulled: digests and lists\n"
        "of files tell what they can; where both contents are here, rows, columns and shifts are told too. Exit code 1\n"
        "when a file stands there and cannot be read.\n\nexample: mlgit data diff main --table customers --format markdown",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("base", metavar="BASE", help="the old revision")
    parser.add_argument(
        "head", nargs="?", default=None, metavar="HEAD", help="the new revision (default: the working tree)"
    )
    parser.add_argument(
        "--table",
        action="append",
        default=[],
        metavar="TABLE",
        help="only this table of mlgit.yaml, or the data at this path; may stand several times",
    )
    add_format(parser, "markdown", "html")
    parser.set_defaults(act=show_diff)


def show_diff(context: Context, arguments: argparse.Namespace) -> int:
    """Compare, show in the form that was asked for, and return 1 when a file could not be read."""
    from mlgit.commands.data.diff import difference
    from mlgit.views.data_diff import difference_blocks

    report = difference(context, arguments.base, arguments.head, arguments.table)
    show_form(context, report, difference_blocks(report), arguments.format)
    return CHECK_FAILED if report.errors else GOOD
