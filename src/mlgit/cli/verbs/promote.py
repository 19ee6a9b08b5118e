"""Let an environment run a version of a model: one commit on deploy/ENVIRONMENT.yaml, or one pull request.

example:
    mlgit promote churn staging              the newest version, to the first environment
    mlgit promote churn@v1.2.0 staging
    mlgit promote churn production           what the environment before runs
    mlgit promote churn staging --local      in this clone alone, without a remote
    mlgit promote churn staging --deploy     and make it run at once, as mlgit deploy does

environments: in mlgit.yaml names them in their order, and what lets a version in: `gate` is a commit at once, `pull_request`
waits for a person. Either way the gates are asked against what runs in that environment, by the rules of the default branch;
the text of the commit or pull request is the comparison of both. A version has to be merged, pushed, and what its tag
says; an environment takes only what the one before it runs. Your files are left alone.

Exit code 0: committed, proposed, or it runs there already. 1: its deployment failed. 2: refused, with the reason. 4: Git, the remote or the forge failed.
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
    parser.add_argument("target", metavar="MODEL[@VERSION]", help="the model, and which version of it")
    parser.add_argument("environment", metavar="ENVIRONMENT", help="where it is to run")
    parser.add_argument("--reason", default="", metavar="TEXT", help="why, for the history")
    parser.add_argument("--propose", action="store_true", help="open a pull request, whatever approval: says")
    add_remote(parser, "the remote with the default branch", "without remote and forge: in this clone")
    add_deploy(parser)


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Promote and tell; see the help of the verb."""
    from mlgit.environments.change import change
    from mlgit.environments.request import Request
    from mlgit.project.project import Project
    from mlgit.views import environments

    model, _, version = arguments.target.partition("@")
    request = Request(
        action="promote",
        model=model,
        environment=arguments.environment,
        version=version,
        why=arguments.reason,
        remote=remote_of(arguments),
        propose=arguments.propose,
    )
    made = change(Project.find(context), request, environments.texts())
    show_blocks(context, made, environments.changed(made), as_json=arguments.json)
    return deployed(context, made, arguments) if arguments.deploy else GOOD
