"""`mlgit data profile`: what is in a table."""

from __future__ import annotations

import argparse

from mlgit.cli.delivery import keep, show_blocks, written
from mlgit.cli.options import add_memory, add_seen, seen_of
from mlgit.errors import GOOD
from mlgit.world.context import Context


def add_to(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare `mlgit data profile`."""
    parser = actions.add_parser(
        "profile",
        help="what is in a table: kinds, spreads, what is missing, leaks, groups, the target, the split",
        description="Look at a table as mlgit init does and say what is seen: a summary, and with --html a page that needs\n"
        "no network and no script. Any file that mlgit init reads, or a table of mlgit.yaml, whose schema names\n"
        "the target. Of a large file no more than --memory is held (1GB unless said).\n\n"
        "example: mlgit data profile customers.csv --target churned --html profile.html",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("subject", metavar="FILE|TABLE", help="a file, or a table of mlgit.yaml")
    parser.add_argument("--target", metavar="COLUMN", default="", help="the column that is to be predicted")
    parser.add_argument("--query", metavar="SQL", default="", help="the rows of a SQLite or DuckDB database")
    parser.add_argument("--html", metavar="FILE", help="write the page to FILE")
    parser.add_argument("--json", action="store_true", help="for a program: a versioned form")
    add_memory(parser)
    add_seen(parser)
    parser.set_defaults(act=show_profile)


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
