"""`mlgit data check`: tables against their schemas."""

from __future__ import annotations

import argparse

from mlgit.cli.delivery import keep, show_value
from mlgit.cli.options import add_format, add_memory
from mlgit.errors import CHECK_FAILED, GOOD
from mlgit.world.context import Context


def add_to(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare `mlgit data check`."""
    parser = actions.add_parser(
        "check",
        help="check tables against their schemas",
        description="Hold the tables of mlgit.yaml against their schemas. Exit code 1 when a rule is broken; the bad rows are\n"
        "named at file:line.\n\nexample: mlgit data check customers --report reports/data.json",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "tables", nargs="*", metavar="TABLE", help="tables of mlgit.yaml; all when none is named"
    )
    parser.add_argument("--report", metavar="FILE", help="write the report to FILE as JSON too")
    add_memory(parser)
    add_format(parser)
    parser.set_defaults(act=show_check)


def show_check(context: Context, arguments: argparse.Namespace) -> int:
    """Check, write the report where asked for, print it."""
    from mlgit.data.report import data_report
    from mlgit.project.project import Project
    from mlgit.project.tables import check_tables
    from mlgit.views import data as view
    from mlgit.views.json_form import json_text

    report = data_report(check_tables(Project.nearest(context), arguments.tables, arguments.memory or ""))
    if arguments.report:
        keep(context, arguments.report, context.redact(json_text(report)).encode())
    show_value(context, report, view.report_lines(report), as_json=arguments.format == "json")
    return GOOD if report.passed else CHECK_FAILED
