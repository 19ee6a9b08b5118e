"""`--deploy` of the verbs that change what an environment has to run."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mlgit.cli.delivery import show_blocks
from mlgit.cli.options import remote_of
from mlgit.errors import CHECK_FAILED, GOOD
from mlgit.world.context import Context

if TYPE_CHECKING:
    from mlgit.environments.request import Changed


def add_deploy(parser: argparse.ArgumentParser) -> None:
    """Declare `--deploy` and `--json`: one value goes to a program, so either or."""
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_true", help="for a program: a versioned form")
    forms.add_argument("--deploy", action="store_true", help="and make it so at once, as mlgit deploy does")


def deployed(context: Context, made: Changed, arguments: argparse.Namespace) -> int:
    """Deploy the environment that was changed, and tell; what waits for a person changed nothing yet."""
    from mlgit.commands.deploy import deploy
    from mlgit.views.deploy import blocks

    if made.outcome == "proposed":
        context.console.warn("nothing was deployed: the pull request is not merged yet")
        return GOOD
    done = deploy(context, made.environment, remote=remote_of(arguments))
    show_blocks(context, done, blocks(done), as_json=False)
    return GOOD if done.good else CHECK_FAILED
