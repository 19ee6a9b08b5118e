"""Check the code, the data and the model: exactly what CI checks.

code   the managed files are in sync, tests/code pass
data   each table keeps its schema, tests/data pass
model  every stage is up to date, the metrics come out the same when they are measured again, tests/model pass

example:
  mlgit check           all three; exit 1 when anything fails
  mlgit check data
  mlgit check model --base main
                        as for a pull request: new data alone may wait for the retraining that their merge starts
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mlgit.cli.delivery import keep, show_as_it_is, show_value
from mlgit.errors import CHECK_FAILED, GOOD
from mlgit.world.context import Context

if TYPE_CHECKING:
    from mlgit.plan.outcome import CheckItem


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "subject", nargs="?", choices=("code", "data", "model"), help="only this (default: all)"
    )
    parser.add_argument(
        "--base",
        default="",
        metavar="COMMIT",
        help="where the change starts: with ct.data, new data and nothing else need no training before the merge",
    )
    parser.add_argument(
        "--only",
        default="",
        metavar="MODELS",
        help="of the model, only these: names with commas in between, or `.` for what belongs to no model",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--report", metavar="FILE", help="also write the JSON to FILE, for mlgit comment")


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Check, show, and return 1 when anything failed."""
    from mlgit.commands.check.run import SUBJECTS, check
    from mlgit.plan.outcome import CheckReport
    from mlgit.views.check import check_lines

    subjects = (arguments.subject,) if arguments.subject else SUBJECTS
    items = check(context, subjects, arguments.base, only=arguments.only)
    report = CheckReport(checks=items)
    show_value(context, report, check_lines(items), as_json=arguments.json)
    if arguments.report:
        from mlgit.host.artifact import fitting_checks
        from mlgit.views.json_form import json_text

        handed = CheckReport(checks=fitting_checks(items))
        keep(context, arguments.report, context.redact(json_text(handed)).encode())
    report_to_job(context, items)
    return CHECK_FAILED if any(item.state == "failed" for item in items) else GOOD


def report_to_job(context: Context, items: tuple[CheckItem, ...]) -> None:
    """In a job of a CI, annotate what failed and add the checks to the summary of the job."""
    from mlgit.host.choose import ci_of

    ci = ci_of(context)
    if not ci.is_job:
        return
    from mlgit.views.check_summary import annotations_of, summary

    show_as_it_is(context, ci.annotated(list(annotations_of(items))))
    ci.add_to_summary(summary(items))
