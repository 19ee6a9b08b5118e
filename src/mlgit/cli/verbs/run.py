"""Execute the rendered workflows on this machine, before any push.

The jobs run in a copy of the repository with the real act, without Docker and without the network: small actions of
mlgit stand in for those of GitHub, the Python that runs mlgit stands in for the one a job would install, and what this
machine's DVC cache holds is there as if it had been pushed. The event is made from the repository: the current branch
as a pull request against the default branch, or a file in GitHub's form.

Exit code 1 when a job failed or did not run; 0 when none did, also where the event starts nothing, which a note says.

example:
  mlgit run pull_request
  mlgit run pull_request --job model
  mlgit run pull_request --fork          as if it came from a fork: no access to the data
  mlgit run push --payload event.json
  mlgit run push --install               with the packages that a runner would install
"""

from __future__ import annotations

import argparse
from pathlib import Path

from mlgit.cli.delivery import show_value
from mlgit.errors import CHECK_FAILED, GOOD, UsageError
from mlgit.world.context import Context
from mlgit.world.files import resolved


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from mlgit.commands.run.prepare import EVENTS

    parser.add_argument("event", choices=EVENTS, metavar="EVENT", help="one of: " + ", ".join(EVENTS))
    parser.add_argument(
        "--workflow", metavar="NAME", help="only this workflow (default: those that mlgit renders)"
    )
    parser.add_argument("--job", metavar="ID", help="only this job, and those it needs")
    parser.add_argument(
        "--payload", metavar="FILE", help="the event in GitHub's form (default: made from the repository)"
    )
    parser.add_argument(
        "--fork", action="store_true", help="play the branch of a fork, which may not reach the data"
    )
    parser.add_argument(
        "--secret",
        action="append",
        default=[],
        metavar="NAME",
        help="give the jobs this secret, from the environment variable of that name",
    )
    parser.add_argument(
        "--artifacts", metavar="FOLDER", help="keep what the jobs upload; workflow_run takes it from there"
    )
    parser.add_argument(
        "--install",
        action="store_true",
        help="install what the jobs install, with uv from the registry, each job in an empty environment",
    )
    parser.add_argument("--api-url", metavar="URL", help="the address of GitHub's API for the jobs")
    parser.add_argument("--json", action="store_true", help="print JSON")


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Run, show, and return 1 when a job failed or did not run."""
    from mlgit.commands.run.prepare import Request
    from mlgit.commands.run.run import run
    from mlgit.views.run import run_lines

    request = Request(
        event=arguments.event,
        workflow=arguments.workflow,
        job=arguments.job,
        payload=context.directory / arguments.payload if arguments.payload else None,
        fork=arguments.fork,
        secrets={name: secret(context, name) for name in arguments.secret},
        artifacts=resolved(context.directory / Path(arguments.artifacts)) if arguments.artifacts else None,
        interface=arguments.api_url,
        install=arguments.install,
    )
    outcome = run(context, request)
    show_value(context, outcome, run_lines(outcome), as_json=arguments.json)
    return GOOD if outcome.good else CHECK_FAILED


def secret(context: Context, name: str) -> str:
    """Return the value of a secret from the environment; it never stands in a command line."""
    value = context.environment.get(name)
    if not value:
        raise UsageError(
            "secret-missing", f"the environment has no variable {name}", hint=f"export {name}=..."
        )
    return value
