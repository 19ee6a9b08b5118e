"""Which stages are out of date, and why; which versions the environments have to run.

example:
    mlgit status
    mlgit status --json
    mlgit status --at main       from what that commit holds alone, without any data

It compares dvc.yaml with dvc.lock and with the files, and starts no DVC. What environments: of mlgit.yaml have to run is read
from the default branch as it was fetched last; what runs is shown where that starts no program, with --live everywhere. Exit code 0 whether something is stale or not
(--exit-code: 1 when a stage is not fresh); 1 when a file of DVC cannot be read, 2 when mlgit.yaml is wrong: the stages are
shown all the same.
"""

from __future__ import annotations

import argparse

from mlgit.cli.delivery import show_blocks
from mlgit.errors import CHECK_FAILED, GOOD, USAGE
from mlgit.world.context import Context


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="for a program: a versioned form")
    parser.add_argument("--at", metavar="REVISION", help="look at a commit instead of the files on disk")
    parser.add_argument(
        "--live", action="store_true", help="ask every target what runs, also by commands of mlgit.yaml"
    )
    parser.add_argument(
        "--exit-code", action="store_true", help="exit with 1 when a stage is stale or cannot be told"
    )


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Look and tell; see the help of the verb."""
    from mlgit.config.reader import FILE
    from mlgit.environments.status import repository_status
    from mlgit.project.project import Project
    from mlgit.views.status import blocks

    project = Project.find(context)
    found = repository_status(project, project.at(arguments.at), ask=arguments.live)
    show_blocks(context, found, blocks(found), as_json=arguments.json)
    if any(error.file == FILE and not error.where.startswith("environments.") for error in found.errors):
        return USAGE
    waiting = any(stage.state in ("stale", "unknown") for stage in found.stages)
    return CHECK_FAILED if found.errors or (arguments.exit_code and waiting) else GOOD
