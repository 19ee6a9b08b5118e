"""Print a page of the documentation that belongs to this mlgit, what the code of an error means, or the help of a verb.

example:
  mlgit help                        the pages there are
  mlgit help gates                  one of them
  mlgit help demo-folder-exists     what error[demo-folder-exists] says, and its hint
"""

from __future__ import annotations

import argparse

from mlgit.cli.delivery import show
from mlgit.errors import GOOD
from mlgit.world.context import Context


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "topic",
        nargs="?",
        metavar="TOPIC",
        help="a page, the code of an error, or a verb; default: the pages",
    )


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Print what was asked for."""
    from mlgit.cli.main import VERBS, main
    from mlgit.commands.help import contents, text_about

    if arguments.topic is None:
        show(context, contents())
        return GOOD
    text = text_about(arguments.topic, VERBS)
    if text is None:
        return main([arguments.topic, "--help"])
    show(context, text)
    return GOOD
