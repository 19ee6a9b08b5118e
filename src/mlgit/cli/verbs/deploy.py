"""Make what runs in an environment what deploy/ENVIRONMENT.yaml says has to run there, and test it where it runs.

example:
    mlgit deploy staging
    mlgit deploy production --check     how what runs differs from what has to run
    mlgit deploy staging --local        what has to run as this clone has it, without a remote

What has to run is read from the default branch of the remote; the model comes from the DVC remote, by its digest, into a copy
of the commit that trained it. Your files have no part in it. environments.ENVIRONMENT.target in mlgit.yaml says what makes
it run: `local` is a process on this machine, `command` your own commands. A model with `golden:` is then asked at its real
address what it has to answer; where it does not come to run or answers wrongly, what ran before is put back, and
`mlgit rollback` lets deploy/ENVIRONMENT.yaml say so. Run again, it changes nothing.

Exit code 0: what runs is what has to run. 1: it is not (--check), or a model failed. 2: refused, with the reason.
4: the target cannot be reached, or Git, DVC or the remote failed.
"""

from __future__ import annotations

import argparse

from mlgit.cli.delivery import show_blocks
from mlgit.cli.options import add_remote, remote_of
from mlgit.errors import CHECK_FAILED, GOOD
from mlgit.world.context import Context


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("environment", metavar="ENVIRONMENT", help="where to deploy, as mlgit.yaml names it")
    parser.add_argument("--check", action="store_true", help="only compare what runs with what has to run")
    add_remote(parser, "the remote whose default branch counts", "the default branch of this clone counts")
    parser.add_argument("--json", action="store_true", help="for a program: a versioned form")


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Deploy or compare, and tell; see the help of the verb."""
    from mlgit.commands.deploy import deploy
    from mlgit.views.deploy import blocks

    done = deploy(context, arguments.environment, remote=remote_of(arguments), check=arguments.check)
    show_blocks(context, done, blocks(done), as_json=arguments.json)
    return GOOD if done.good else CHECK_FAILED
