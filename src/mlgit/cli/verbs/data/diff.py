"""`mlgit data diff`: what changed in the data."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mlgit.cli.delivery import keep, show, show_form
from mlgit.cli.options import add_format
from mlgit.errors import CHECK_FAILED, GOOD
from mlgit.world.context import Context

if TYPE_CHECKING:
    from mlgit.data.difference import DataDifference


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
    parser.add_argument("--report", metavar="FILE", help="also write the JSON to FILE, for mlgit comment")
    parser.add_argument(
        "--needs",
        default="",
        metavar="FOLDER",
        help="compare nothing: write where `dvc fetch` brings what of the base changed and is not here, 1 GB at most",
    )
    parser.set_defaults(act=show_diff)


def show_diff(context: Context, arguments: argparse.Namespace) -> int:
    """Compare, show in the form that was asked for, and return 1 when a file could not be read."""
    from mlgit.project.data_difference import difference
    from mlgit.views.data_diff import difference_blocks

    if arguments.needs:
        return name_needs(context, arguments)
    report = difference(context, arguments.base, arguments.head, arguments.table)
    show_form(context, report, difference_blocks(report), arguments.format)
    if arguments.report:
        hand_over(context, arguments.report, report)
    return CHECK_FAILED if report.errors else GOOD


def hand_over(context: Context, file: str, report: DataDifference) -> None:
    """Write what `mlgit comment` shows; in a job of a CI its summary shows the same."""
    from mlgit.host.artifact import fitting_difference
    from mlgit.host.choose import ci_of
    from mlgit.views.comment_data import data_section
    from mlgit.views.json_form import json_text

    handed = fitting_difference(report)
    keep(context, file, context.redactor.json(json_text(handed).encode()))
    section, ci = data_section(handed), ci_of(context)
    if section is not None and ci.is_job:
        ci.add_to_summary(section.markdown)


def name_needs(context: Context, arguments: argparse.Namespace) -> int:
    """Write what has to be fetched first, and say what it is."""
    from mlgit.project.data_needs import write_needs
    from mlgit.project.project import Project
    from mlgit.views import needs

    found = write_needs(Project.find(context), arguments.base, arguments.head, arguments.needs)
    show(context, needs.render(found, needs.DATA))
    return GOOD
