"""Show what of your own workflows mlgit's do, as a difference.

To pull, reproduce and comment is what mlgit-ci does. The difference takes out a job that does nothing else, and of other jobs
the steps that only report; what a later step may need stays. Nothing is written: read it, then apply it yourself.

example:
  mlgit migrate
  mlgit migrate | git apply
"""

from __future__ import annotations

import argparse

from mlgit.cli.delivery import show
from mlgit.errors import GOOD
from mlgit.world.context import Context


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare that there are no arguments."""


def execute(context: Context, arguments: argparse.Namespace) -> int:  # noqa: ARG001 - every verb has both
    """Print the differences on standard output, and beside them what a person has to decide."""
    from mlgit.adoption.migration import migration
    from mlgit.adoption.standing import Standing
    from mlgit.project.project import Project

    found = migration(Standing(Project.find(context).at().files))
    show(context, "".join(found.differences.values()))
    for path, reason in found.broken.items():
        context.console.say(f"{path} cannot be read: {reason}")
    if not found.differences:
        context.console.say("no step of your workflows does what mlgit's do and nothing else")
    if found.trains:
        context.console.say(
            "mlgit-ci checks what was trained elsewhere; to let it train as yours did, write ci: {train: run} into mlgit.yaml"
        )
    return GOOD
