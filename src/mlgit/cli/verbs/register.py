"""Make a version of a model: an annotated tag on the commit that trained it, with its record and its model card.

example:
    mlgit register churn                      the next minor version: churn@v0.1.0, v0.2.0, ...
    mlgit register churn --bump major
    mlgit register churn --at 3f2a91c         the model as that commit holds it
    mlgit register churn --local              in this clone alone, without a remote
    mlgit register churn --mlflow URI         and in a registry of MLflow 3, for readers who look there

The tag is in the form of GTO, so that `gto show` and `dvc artifacts get` read it; its message carries the digest of the
model and of its run record, the metrics and the verdict of the gates against the newest version. It is refused when dvc.lock
is out of date, the model is not in the DVC remote, the gates fail (UNDECIDED: what undecided.promote says), the model card
lacks a topic, the same model is registered already, or this clone lacks tags.

Exit code 0: registered. 2: refused, with the reason and the command that helps. 4: Git, DVC or the remote failed.
"""

from __future__ import annotations

import argparse

from mlgit.cli.delivery import show_blocks
from mlgit.cli.options import add_remote, remote_of
from mlgit.errors import GOOD, UsageError
from mlgit.world.context import Context


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("model", metavar="MODEL", help="the model, as mlgit.yaml names it")
    parser.add_argument(
        "--bump",
        choices=("major", "minor", "patch"),
        default="minor",
        help="which number goes up (default: minor)",
    )
    parser.add_argument(
        "--at",
        default="",
        metavar="COMMIT",
        help="the model at this commit (default: the one that trained it)",
    )
    parser.add_argument(
        "--mlflow",
        default="",
        metavar="URI",
        help="mirror the version to this MLflow server, too (extra mlflow); again: what is there stays",
    )
    add_remote(parser, "the remote that gets the tag", "without a remote: in this clone")
    parser.add_argument("--json", action="store_true", help="for a program: a versioned form")


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Register and tell; see the help of the verb."""
    from mlgit.commands.register import mirror, register
    from mlgit.registry.candidate import Request
    from mlgit.views import registry

    request = Request(
        model=arguments.model,
        bump=arguments.bump,
        at=arguments.at,
        remote=remote_of(arguments),
    )
    try:
        made = register(context, request)
    except UsageError as error:
        if not arguments.mlflow or error.code != "register-same":
            raise
        context.console.say(error.message)
    else:
        for note in made.notes:
            context.console.warn(note)
        show_blocks(context, made.record, registry.registered(made), as_json=arguments.json)
    if arguments.mlflow:
        there = mirror(context, request, arguments.mlflow)
        how = "is now" if there.new else "was already"
        context.console.say(f"{there.tag} {how} version {there.version} of {there.name} in MLflow")
    return GOOD
