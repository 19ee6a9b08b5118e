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

The workflow mlgit-cd walks in steps: `--step release` registers what changed and passed and promotes it to the first
environment, `--step fetch` brings the models, `--step apply` deploys and holds no rights, `--step conclude` holds rights and
runs none of your code: it goes on to the next environment, or writes the rollback back to Git and opens one issue that says
why.

Exit code 0: what runs is what has to run. 1: it is not (--check), or a model failed. 2: refused, with the reason.
4: the target cannot be reached, or Git, DVC or the remote failed.
"""

from __future__ import annotations

import argparse

from mlgit.cli.delivery import show_blocks, show_value
from mlgit.cli.options import add_remote, remote_of
from mlgit.errors import CHECK_FAILED, GOOD, UsageError
from mlgit.world.context import Context


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "environment",
        nargs="?",
        default="",
        metavar="ENVIRONMENT",
        help="where to deploy, as mlgit.yaml names it",
    )
    parser.add_argument("--check", action="store_true", help="only compare what runs with what has to run")
    add_remote(parser, "the remote whose default branch counts", "the default branch of this clone counts")
    parser.add_argument(
        "--step", choices=("release", "fetch", "apply", "conclude"), help="one step, for a job of a workflow"
    )
    parser.add_argument(
        "--folder", metavar="DIR", help="with --step apply and conclude: what one hands to the other"
    )
    parser.add_argument(
        "--models", metavar="DIR", help="with --step fetch and apply: what one brings for the other"
    )
    parser.add_argument(
        "--github-output",
        action="store_true",
        help="set the output due (the environments to deploy, each between |), with --step apply address",
    )
    parser.add_argument("--json", action="store_true", help="for a program: a versioned form")


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Deploy, compare or take a step, and tell; see the help of the verb."""
    from mlgit.commands import deploy
    from mlgit.views.deploy import blocks, delivered

    refuse(arguments)
    remote, outputs = remote_of(arguments), bool(arguments.github_output)
    folder = context.directory / (arguments.folder or ".")
    if arguments.step in ("release", "conclude"):
        made = (
            deploy.release(context, remote=remote, outputs=outputs)
            if arguments.step == "release"
            else deploy.conclude(context, arguments.environment, folder, remote=remote, outputs=outputs)
        )
        show_blocks(context, made, delivered(made), as_json=arguments.json)
        return CHECK_FAILED if made.failed else GOOD
    models = context.directory / arguments.models if arguments.models else None
    if arguments.step == "fetch" and models is not None:
        brought = deploy.fetch(context, arguments.environment, models, remote=remote)
        show_value(context, brought, [f"fetched {one}" for one in brought], as_json=arguments.json)
        return GOOD
    if arguments.step == "apply":
        done = deploy.apply(context, arguments.environment, folder, models, remote=remote, outputs=outputs)
    else:
        done = deploy.deploy(context, arguments.environment, remote=remote, check=arguments.check)
    show_blocks(context, done, blocks(done), as_json=arguments.json)
    return GOOD if done.good else CHECK_FAILED


def refuse(arguments: argparse.Namespace) -> None:
    """Raise `UsageError` for arguments that do not go together."""
    if bool(arguments.environment) is (arguments.step == "release"):
        raise UsageError(
            "deploy-environment",
            "--step release is about all environments, everything else about one",
            hint="mlgit deploy ENVIRONMENT",
        )
    if bool(arguments.folder) is not (arguments.step in ("apply", "conclude")):
        raise UsageError(
            "step-folder",
            "--step apply and conclude need --folder, and nothing else does",
            hint="mlgit deploy --help",
        )
