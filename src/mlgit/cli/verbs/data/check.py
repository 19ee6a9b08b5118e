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
        "named at file:line.\n\nexample: mlgit data check customers --report reports/data.json\n\n"
        "--engine spark asks the same rules of a table that outgrows the machine: it says which values break them, in no line.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "tables", nargs="*", metavar="TABLE", help="tables of mlgit.yaml; all when none is named"
    )
    parser.add_argument("--report", metavar="FILE", help="write the report to FILE as JSON too")
    parser.add_argument(
        "--engine",
        choices=("duckdb", "spark"),
        default="duckdb",
        help="what reads the tables: duckdb (this machine, any size that its disk holds) or spark (a cluster)",
    )
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

    project = Project.nearest(context)
    if arguments.engine == "spark":
        from mlgit.commands.data.on_spark import check_tables_on_spark

        report = data_report(check_tables_on_spark(project, arguments.tables))
    else:
        report = data_report(check_tables(project, arguments.tables, arguments.memory or ""))
    if arguments.report:
        keep(context, arguments.report, context.redact(json_text(report)).encode())
    show_value(context, report, view.report_lines(report), as_json=arguments.format == "json")
    return GOOD if report.passed else CHECK_FAILED
