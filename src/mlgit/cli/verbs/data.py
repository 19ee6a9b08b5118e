"""Look at tables: infer a schema, check against it, hold out a test set, fetch them anew.

example:
  mlgit data schema customers.csv --target churned   the schema of any file, to read or to redirect
  mlgit data schema customers                        write schemas/customers.yaml, or propose beside it
  mlgit data schema customers --update               what the schema needs for data that rightly changed
  mlgit data profile customers.csv --target churned --html profile.html   what is in a table, as one page
  mlgit data check                                   every table of mlgit.yaml; exit code 1 names the bad rows
  mlgit data check customers --report reports/data.json
  mlgit data diff main                               what changed since main: files, rows, columns, shifts
  mlgit data drift                                   exit code 1 when a table spreads otherwise than its reference
  mlgit data split customers --share 0.2             hold out a test set once and for all
  mlgit data update                                  fetch every table that has a source, when the new data are good
  mlgit data update --propose --local                the same beside your tree, as a branch a table to merge
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mlgit.cli.delivery import deliver, keep, show, show_blocks, show_value, written
from mlgit.cli.options import add_format, add_seen, seen_of
from mlgit.errors import CHECK_FAILED, GOOD, UsageError
from mlgit.world.context import Context
from mlgit.world.files import resolved

if TYPE_CHECKING:
    from mlgit.jobs.data_updates.handoff import DataProposals
    from mlgit.views.cells import Block

RAW = argparse.RawDescriptionHelpFormatter


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and their options."""
    actions = parser.add_subparsers(
        dest="action", required=True, metavar="schema|profile|check|diff|drift|split|update"
    )
    configure_schema(actions)
    configure_profile(actions)
    configure_check(actions)
    configure_diff(actions)
    configure_drift(actions)
    configure_split(actions)
    configure_update(actions)


def configure_schema(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare `mlgit data schema`."""
    parser = actions.add_parser(
        "schema",
        help="infer the schema of a file or table",
        description="Infer the schema of a table: CSV (also .gz), JSON lines, Parquet, or a folder of such files. An existing\n"
        "schema is never written over: what differs is shown, and the proposal is put under .mlgit/proposed/.\n\nexample: mlgit data schema customers.csv --target churned",
        formatter_class=RAW,
        allow_abbrev=False,
    )
    parser.add_argument("subject", metavar="FILE|TABLE", help="a file, or a table of mlgit.yaml")
    parser.add_argument("--target", metavar="COLUMN", default="", help="the column that is to be predicted")
    parser.add_argument(
        "--update",
        action="store_true",
        help="show how the schema of TABLE changes for data that rightly changed; your edits and comments stay",
    )
    parser.add_argument("--write", action="store_true", help="with --update: write it, too")
    parser.add_argument(
        "--export",
        choices=("pandera",),
        help="print the schema as a Python module for pandera; nothing is written",
    )


def configure_profile(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare `mlgit data profile`."""
    parser = actions.add_parser(
        "profile",
        help="what is in a table: kinds, spreads, what is missing, leaks, groups, the target, the split",
        description="Look at a table as mlgit init does and say what is seen: a summary, and with --html a page that needs\n"
        "no network and no script. Any file that mlgit init reads, or a table of mlgit.yaml, whose schema names\n"
        "the target. Of a large file no more than --memory is held (1GB unless said).\n\n"
        "example: mlgit data profile customers.csv --target churned --html profile.html",
        formatter_class=RAW,
        allow_abbrev=False,
    )
    parser.add_argument("subject", metavar="FILE|TABLE", help="a file, or a table of mlgit.yaml")
    parser.add_argument("--target", metavar="COLUMN", default="", help="the column that is to be predicted")
    parser.add_argument("--query", metavar="SQL", default="", help="the rows of a SQLite or DuckDB database")
    parser.add_argument("--html", metavar="FILE", help="write the page to FILE")
    parser.add_argument("--json", action="store_true", help="for a program: a versioned form")
    add_memory(parser)
    add_seen(parser)


def add_memory(parser: argparse.ArgumentParser) -> None:
    """Declare `--memory`."""
    parser.add_argument(
        "--memory",
        type=amount,
        metavar="SIZE",
        help="hold no more than SIZE (500MB, 2GB) of a table in memory; the rest goes to temporary files",
    )


def configure_check(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare `mlgit data check`."""
    parser = actions.add_parser(
        "check",
        help="check tables against their schemas",
        description="Hold the tables of mlgit.yaml against their schemas. Exit code 1 when a rule is broken; the bad rows are\n"
        "named at file:line.\n\nexample: mlgit data check customers --report reports/data.json",
        formatter_class=RAW,
        allow_abbrev=False,
    )
    parser.add_argument(
        "tables", nargs="*", metavar="TABLE", help="tables of mlgit.yaml; all when none is named"
    )
    parser.add_argument("--report", metavar="FILE", help="write the report to FILE as JSON too")
    add_memory(parser)
    add_format(parser)


def configure_diff(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare `mlgit data diff`."""
    parser = actions.add_parser(
        "diff",
        help="what changed in the data between two revisions",
        description="Tell what changed in each table and data folder that DVC or Git tracks. Nothing is pulled: digests and lists\n"
        "of files tell what they can; where both contents are here, rows, columns and shifts are told too. Exit code 1\n"
        "when a file stands there and cannot be read.\n\nexample: mlgit data diff main --table customers --format markdown",
        formatter_class=RAW,
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


def amount(text: str) -> str:
    """Return a size in memory as DuckDB takes it: a number of MB or GB, at least 100MB."""
    number, unit = text[:-2], text[-2:].upper()
    if not number.isascii() or not number.isdigit() or unit not in ("MB", "GB"):
        raise argparse.ArgumentTypeError(f"{text!r} is no size: write 500MB or 2GB")
    if unit == "MB" and int(number) < 100:
        raise argparse.ArgumentTypeError(f"{text} is too little: at least 100MB")
    return number + unit


def configure_drift(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare `mlgit data drift`."""
    parser = actions.add_parser(
        "drift",
        help="compare how tables spread with their references",
        description="Compare how the columns of a table spread now with the profile that `mlgit data schema` keeps beside the\n"
        "schema. Exit code 1 on drift: more than chance explains for both sizes, and a PSI of 0.02 at least.\n\n"
        "example: mlgit data drift customers --file data/june.csv --format html > drift.html",
        formatter_class=RAW,
        allow_abbrev=False,
    )
    parser.add_argument(
        "tables", nargs="*", metavar="TABLE", help="tables of mlgit.yaml; all when none is named"
    )
    parser.add_argument("--file", metavar="FILE", default="", help="another file of the one table named")
    add_format(parser, "markdown", "html")


def configure_split(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare `mlgit data split`."""
    parser = actions.add_parser(
        "split",
        help="hold out a test set, once",
        description="Hold out a test set and write its ids to splits/TABLE.csv. A split that stands is frozen; rows that come\n"
        "later go to training.\n\nexample: mlgit data split customers --share 0.2",
        formatter_class=RAW,
        allow_abbrev=False,
    )
    parser.add_argument("table", metavar="TABLE", help="a table of mlgit.yaml")
    parser.add_argument(
        "--share", type=float, default=0.25, help="the share held out, of each class (default: 0.25)"
    )
    parser.add_argument(
        "--seed", type=int, help="another seed holds out other rows (default: 7; with --renew a new one)"
    )
    parser.add_argument("--renew", action="store_true", help="draw anew although a split stands")


def configure_update(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare `mlgit data update`."""
    parser = actions.add_parser(
        "update",
        help="fetch tables anew from where they come from, when the new data are good",
        description="Fetch tables anew: by dvc update what dvc import or dvc import-url brought, by its source: command what\n"
        "mlgit.yaml has one for. The new data are checked; when they break their schema, the exit code is 1 and\n"
        "everything is as it was.\n\nWith --propose your tree is not touched: what is new at the default branch becomes a "
        "pull request a table,\nwhat is bad an issue. In mlgit-data the steps stand alone: --step fetch, keep, propose hand "
        "over through --folder.\n\nexample: mlgit data update customers",
        formatter_class=RAW,
        allow_abbrev=False,
    )
    parser.add_argument(
        "tables",
        nargs="*",
        metavar="TABLE",
        help="tables of mlgit.yaml (default: every one that has a source)",
    )
    parser.add_argument(
        "--propose",
        action="store_true",
        help="propose what is new as a pull request a table; touch no file here",
    )
    parser.add_argument("--local", action="store_true", help="without remote and forge: in this clone")
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="with --propose: fetch and check, say what would come, write nothing",
    )
    parser.add_argument(
        "--step", choices=("fetch", "keep", "propose"), help="one step, for a job of a workflow"
    )
    parser.add_argument("--folder", metavar="DIR", help="with --step: what one step hands to the next")
    parser.add_argument("--json", action="store_true", help="for a program: a versioned form")


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Walk the action that was asked for and return its exit code."""
    actions = {
        "schema": show_schema,
        "profile": show_profile,
        "check": show_check,
        "diff": show_diff,
        "drift": show_drift,
        "split": show_split,
        "update": show_update,
    }
    return actions[arguments.action](context, arguments)


def show_schema(context: Context, arguments: argparse.Namespace) -> int:
    """Infer a schema, tell what was found, print it or how it differs."""
    if arguments.export:
        return show_export(context, arguments)
    if arguments.update or arguments.write:
        return show_schema_update(context, arguments)
    from mlgit.commands.data.schema import propose_schema
    from mlgit.views import data as view

    context.console.progress(f"reading {arguments.subject}")
    proposal = propose_schema(context, arguments.subject, arguments.target)
    for line in view.proposal_talk(proposal):
        context.console.say(line)
    for warning in proposal.profile.warnings:
        context.console.warn(warning)
    show(context, view.proposal_text(proposal))
    return GOOD


def show_export(context: Context, arguments: argparse.Namespace) -> int:
    """Print a schema as a module, and say what the module does not check."""
    from mlgit.commands.data.schema import export_schema

    if arguments.update or arguments.write or arguments.target:
        raise UsageError(
            "schema-options", "--export stands alone", hint="mlgit data schema TABLE --export pandera"
        )
    found = export_schema(context, arguments.subject)
    for one in found.left_out:
        context.console.say(f"not in the module: {one}")
    show(context, found.text)
    return GOOD


def show_schema_update(context: Context, arguments: argparse.Namespace) -> int:
    """Show how a schema changes for the data of its table; what stays broken is said."""
    from mlgit.commands.data.schema import update_schema
    from mlgit.views import data as view

    if not arguments.update or arguments.target:
        raise UsageError(
            "schema-options",
            "--write goes with --update, which takes no --target",
            hint="mlgit data schema TABLE --update --write",
        )
    context.console.progress(f"reading {arguments.subject}")
    found = update_schema(context, arguments.subject, write=arguments.write)
    for line in view.update_talk(found):
        context.console.say(line)
    show(context, view.update_text(found))
    return GOOD


def show_profile(context: Context, arguments: argparse.Namespace) -> int:
    """Look at a table, write the page where asked for, and show the summary."""
    from mlgit.commands.data.profile import profile_subject
    from mlgit.views.data_profile import page_blocks, summary_blocks

    found = profile_subject(
        context,
        arguments.subject,
        arguments.target,
        seen_of(arguments),
        query=arguments.query,
        memory=arguments.memory or "",
    )
    if arguments.html:
        keep(context, arguments.html, context.redact(written(page_blocks(found), "html")).encode())
    show_blocks(context, found, summary_blocks(found), as_json=arguments.json)
    return GOOD


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


def show_diff(context: Context, arguments: argparse.Namespace) -> int:
    """Compare, show in the form that was asked for, and return 1 when a file could not be read."""
    from mlgit.commands.data.diff import difference
    from mlgit.views.data_diff import difference_blocks

    report = difference(context, arguments.base, arguments.head, arguments.table)
    show_form(context, report, difference_blocks(report), arguments.format)
    return CHECK_FAILED if report.errors else GOOD


def show_form(context: Context, value: object, blocks: Iterable[Block], form: str) -> None:
    """Write a value to standard output in the form that was asked for."""
    if form in ("markdown", "html"):
        deliver(context, None, written(blocks, form))
    else:
        show_blocks(context, value, blocks, as_json=form == "json")


def show_drift(context: Context, arguments: argparse.Namespace) -> int:
    """Compare, show in the form that was asked for, and return 1 on drift."""
    from mlgit.commands.data.drift import find_drift
    from mlgit.views.drift import drift_blocks

    report = find_drift(context, arguments.tables, arguments.file)
    show_form(context, report, drift_blocks(report), arguments.format)
    return CHECK_FAILED if report.drifted else GOOD


def show_split(context: Context, arguments: argparse.Namespace) -> int:
    """Hold out a test set and say how large it is."""
    from mlgit.commands.data.split import split_table
    from mlgit.views import data as view

    context.console.progress(f"splitting {arguments.table}")
    result = split_table(
        context, arguments.table, share=arguments.share, seed=arguments.seed, renew=arguments.renew
    )
    show(context, view.split_lines(result))
    return GOOD


def show_update(context: Context, arguments: argparse.Namespace) -> int:
    """Fetch, check, keep what is good or propose it, and say what came."""
    refuse_mixture(arguments)
    if arguments.step:
        return take_step(context, arguments)
    if arguments.propose:
        from mlgit.commands.data.propose.run import propose_updates

        remote = "" if arguments.local else "origin"
        made = propose_updates(context, arguments.tables, remote=remote, dry=arguments.dry_run)
        return show_proposals(context, made, arguments)
    from mlgit.commands.data.update import update_tables
    from mlgit.views.data import update_lines

    report = update_tables(context, arguments.tables)
    show_value(context, report, update_lines(report), as_json=arguments.json)
    return GOOD if report.passed else CHECK_FAILED


def refuse_mixture(arguments: argparse.Namespace) -> None:
    """Raise `UsageError` (`update-options`, `step-folder`) for options that do not go together."""
    if bool(arguments.step) != bool(arguments.folder):
        raise UsageError("step-folder", "--step and --folder go together", hint="mlgit data update --help")
    wrong = {
        "--step takes no --propose and no --dry-run": arguments.step
        and (arguments.propose or arguments.dry_run),
        "only --step fetch takes tables": arguments.step not in (None, "fetch") and arguments.tables,
        "--local needs --propose or --step propose": arguments.local
        and not (arguments.propose or arguments.step == "propose"),
        "--dry-run needs --propose": arguments.dry_run and not arguments.propose,
    }
    for said, is_so in wrong.items():
        if is_so:
            raise UsageError("update-options", said, hint="mlgit data update --help")


def take_step(context: Context, arguments: argparse.Namespace) -> int:
    """Take one step for a job of a workflow; only the last one knows good news from bad."""
    from mlgit.commands.data.propose import run
    from mlgit.views.data import fetched_lines

    folder = resolved(context.directory / arguments.folder)
    if arguments.step == "propose":
        made = run.step_propose(context, folder, remote="" if arguments.local else "origin")
        return show_proposals(context, made, arguments)
    if arguments.step == "keep":
        run.step_keep(context, folder)
    else:
        show(context, fetched_lines(run.step_fetch(context, arguments.tables, folder)))
    return GOOD


def show_proposals(context: Context, result: DataProposals, arguments: argparse.Namespace) -> int:
    """Say what came of every table, and return 1 when data or a source are bad."""
    from mlgit.views.data import proposals_lines

    show_value(context, result, proposals_lines(result), as_json=arguments.json)
    return CHECK_FAILED if result.bad else GOOD
