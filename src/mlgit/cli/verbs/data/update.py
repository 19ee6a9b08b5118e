"""`mlgit data update`: fetch tables anew, or propose what is new."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mlgit.cli.delivery import show, show_value
from mlgit.errors import CHECK_FAILED, GOOD, UsageError
from mlgit.world.context import Context
from mlgit.world.files import resolved

if TYPE_CHECKING:
    from mlgit.jobs.data_updates.handoff import DataProposals


def add_to(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare `mlgit data update`."""
    parser = actions.add_parser(
        "update",
        help="fetch tables anew from where they come from, when the new data are good",
        description="Fetch tables anew: by dvc update what dvc import or dvc import-url brought, by its source: command what\n"
        "mlgit.yaml has one for. The new data are checked; when they break their schema, the exit code is 1 and\n"
        "everything is as it was.\n\nWith --propose your tree is not touched: what is new at the default branch becomes a "
        "pull request a table,\nwhat is bad an issue. In mlgit-data the steps stand alone: --step fetch, keep, propose hand "
        "over through --folder.\n\nexample: mlgit data update customers",
        formatter_class=argparse.RawDescriptionHelpFormatter,
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
    parser.set_defaults(act=show_update)


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
