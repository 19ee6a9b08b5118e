"""Play the whole story in a fresh folder with real data and no account, in a minute or two.

Each step shows the command that does it. The folder stays for exploring; when a step fails it is removed.

example:
  mlgit demo            in the folder mlgit-demo; inside a repository: beside it
"""

from __future__ import annotations

import argparse

from mlgit.cli.delivery import show
from mlgit.errors import GOOD
from mlgit.world.context import Context


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "directory",
        nargs="?",
        metavar="DIR",
        help="default: mlgit-demo, here or beside the repository that this is",
    )


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Play, and tell where the folder stands."""
    from mlgit.commands.demo import demo, shown_from
    from mlgit.views.init import demo_text

    made = demo(context, arguments.directory)
    show(context, demo_text(made, shown_from(context.directory, made)))
    return GOOD
