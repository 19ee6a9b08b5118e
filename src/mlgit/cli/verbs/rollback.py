"""Let an environment run again what ran there before: one commit that restores it, without a gate.

example:
    mlgit rollback churn production --reason "returns spike"
    mlgit rollback churn production --to v1.1.0 --reason "v1.2.0 and v1.1.1 both fail"
    mlgit rollback churn production --reason "audit" --propose     as a pull request
    mlgit rollback churn staging --reason "too slow" --deploy      and make it run at once

It goes back to the version before, a second rollback to the one before that; --to names any version that ever ran there.
First it looks whether the model is still in the DVC remote with its digest, whether the tag is what ran, and whether the version,
served here for that moment, still answers its golden predictions. History is not rewritten: `mlgit history` shows the rollback with its reason.

Exit code 0: committed or proposed. 1: its deployment failed. 2: refused, with the reason. 4: Git, DVC, the remote or the forge failed.
"""

from __future__ import annotations

import argparse

from mlgit.cli.delivery import show_blocks
from mlgit.cli.deploying import add_deploy, deployed
from mlgit.cli.options import add_remote, remote_of
from mlgit.errors import GOOD
from mlgit.world.context import Context


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("model", metavar="MODEL", help="the model")
    parser.add_argument("environment", metavar="ENVIRONMENT", help="where")
    parser.add_argument(
        "--to", default="", metavar="VERSION", help="a version that ran there (default: the one before)"
    )
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why, for the history")
    parser.add_argument("--propose", action="store_true", help="open a pull request instead of a commit")
    add_remote(parser, "the remote with the default branch", "without remote and forge: in this clone")
    add_deploy(parser)


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Roll back and tell; see the help of the verb."""
    from mlgit.environments.change import change
    from mlgit.environments.request import Request
    from mlgit.environments.trial import trial
    from mlgit.project.project import Project
    from mlgit.views import environments

    request = Request(
        action="rollback",
        model=arguments.model,
        environment=arguments.environment,
        version=arguments.to,
        why=arguments.reason,
        remote=remote_of(arguments),
        propose=arguments.propose,
    )
    made = change(Project.find(context), request, environments.texts(), trial)
    show_blocks(context, made, environments.changed(made), as_json=arguments.json)
    return deployed(context, made, arguments) if arguments.deploy else GOOD
