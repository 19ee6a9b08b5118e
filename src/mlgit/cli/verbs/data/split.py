"""`mlgit data split`: a test set, held out once."""

from __future__ import annotations

import argparse

from mlgit.cli.delivery import show
from mlgit.errors import GOOD
from mlgit.world.context import Context


def add_to(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare `mlgit data split`."""
    parser = actions.add_parser(
        "split",
        help="hold out a test set, once",
        description="Hold out a test set and write its ids to splits/TABLE.csv. A split that stands is frozen; rows that come\n"
        "later go to training.\n\nexample: mlgit data split customers --share 0.2",
        formatter_class=argparse.RawDescriptionHelpFormatter,
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
    parser.set_defaults(act=show_split)


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
