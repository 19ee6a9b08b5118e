"""Render the managed files from mlgit.yaml.

example:
  mlgit sync            write what mlgit.yaml says; a hand edit is kept and named
  mlgit sync --check    write nothing; exit 1 with the difference when something differs
"""

from __future__ import annotations

import argparse

from mlgit.cli.delivery import show
from mlgit.errors import CHECK_FAILED, GOOD
from mlgit.world.context import Context


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 when files are out of sync"
    )
    parser.add_argument("--diff", action="store_true", help="write nothing; print what sync would change")
    parser.add_argument(
        "--restore",
        action="append",
        default=[],
        metavar="PATH",
        help="put mlgit's text back into a managed file",
    )


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Sync, show, and return 1 when the files are not what mlgit.yaml says."""
    from mlgit.environments.folders import synchronised
    from mlgit.project.project import Project
    from mlgit.views.sync import sync_lines

    look_only = arguments.check or arguments.diff
    project, restore = Project.find(context), () if look_only else tuple(arguments.restore)
    result = synchronised(project.at(), write=not look_only, restore=restore)
    lines = sync_lines(result.plan, applied=result.applied, with_difference=look_only, unowned=result.unowned)
    show(context, lines)
    return GOOD if result.in_sync or (arguments.diff and not arguments.check) else CHECK_FAILED
