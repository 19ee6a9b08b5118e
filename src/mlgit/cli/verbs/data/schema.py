"""`mlgit data schema`: infer a schema, bring one up to date, export one."""

from __future__ import annotations

import argparse

from mlgit.cli.delivery import show
from mlgit.errors import GOOD, UsageError
from mlgit.world.context import Context


def add_to(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare `mlgit data schema`."""
    parser = actions.add_parser(
        "schema",
        help="infer the schema of a file or table",
        description="Infer the schema of a table: CSV (also .gz), JSON lines, Parquet, or a folder of such files. An existing\n"
        "schema is never written over: what differs is shown, and the proposal is put under .mlgit/proposed/.\n\nexample: mlgit data schema customers.csv --target churned",
        formatter_class=argparse.RawDescriptionHelpFormatter,
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
    parser.set_defaults(act=show_schema)


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
