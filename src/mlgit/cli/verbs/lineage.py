"""Where a model came from: which data, code, parameters and libraries, who trained it, why, when and how long.

It is told from the commit alone: dvc.lock, and the record that mlgit train left below .mlgit/runs. --verify computes
every digest that the record covers again, as far as this clone holds the content.

example:
    mlgit lineage                           every model of the last commit
    mlgit lineage churn                     one model
    mlgit lineage churn@main --verify
    mlgit lineage 3f2a91c --format json
    mlgit lineage churn --format mermaid    a drawing for a page on GitHub

Exit code 0: told, and with --verify everything is as recorded. 1: something differs, or a record cannot be read.
3: --verify, and no record tells of a model.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mlgit.cli.delivery import show
from mlgit.cli.options import add_format
from mlgit.errors import CHECK_FAILED, GOOD, UNDECIDED
from mlgit.world.context import Context

if TYPE_CHECKING:
    from mlgit.runs.lineage import LineageReport


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "target",
        nargs="?",
        metavar="MODEL@COMMIT",
        help="a model at a commit, a model, or a commit (default: every model of the last commit)",
    )
    add_format(parser, "mermaid")
    parser.add_argument(
        "--verify", action="store_true", help="compute every digest again and name what differs"
    )


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Tell; see the help of the verb."""
    from mlgit.commands.lineage import lineage

    report = lineage(context, arguments.target, verify=arguments.verify)
    show(context, rendered(report, arguments.format))
    return exit_code(report)


def rendered(report: LineageReport, form: str) -> str | list[str]:
    """Return the report in one of its forms, as text or as its lines."""
    if form == "mermaid":
        from mlgit.views import lineage_mermaid

        return lineage_mermaid.render(report)
    if form == "json":
        from mlgit.views.json_form import json_text

        return json_text(report)
    from mlgit.views.lineage_text import report_lines

    return report_lines(report)


def exit_code(report: LineageReport) -> int:
    """Return what the shell is told."""
    if report.errors or any(one.differences for one in report.verifications):
        return CHECK_FAILED
    return UNDECIDED if any(not one.record for one in report.verifications) else GOOD
