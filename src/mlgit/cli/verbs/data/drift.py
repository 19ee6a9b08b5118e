"""`mlgit data drift`: how tables spread, beside their references."""

from __future__ import annotations

import argparse

from mlgit.cli.delivery import show_form
from mlgit.cli.options import add_format
from mlgit.errors import CHECK_FAILED, GOOD
from mlgit.world.context import Context


def add_to(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare `mlgit data drift`."""
    parser = actions.add_parser(
        "drift",
        help="compare how tables spread with their references",
        description="Compare how the columns of a table spread now with the profile that `mlgit data schema` keeps beside the\n"
        "schema. Exit code 1 on drift: more than chance explains for both sizes, and a PSI of 0.02 at least.\n\n"
        "example: mlgit data drift customers --file data/june.csv --format html > drift.html",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "tables", nargs="*", metavar="TABLE", help="tables of mlgit.yaml; all when none is named"
    )
    parser.add_argument("--file", metavar="FILE", default="", help="another file of the one table named")
    add_format(parser, "markdown", "html")
    parser.set_defaults(act=show_drift)


def show_drift(context: Context, arguments: argparse.Namespace) -> int:
    """Compare, show in the form that was asked for, and return 1 on drift."""
    from mlgit.commands.data.drift import find_drift
    from mlgit.views.drift import drift_blocks

    report = find_drift(context, arguments.tables, arguments.file)
    show_form(context, report, drift_blocks(report), arguments.format)
    return CHECK_FAILED if report.drifted else GOOD
