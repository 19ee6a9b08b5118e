"""Print what another program's file asks for, as requirements that every installer reads.

Poetry, Pipenv and Conda keep the packages of a repository in files of their own, and pyproject.toml in extras and groups.
The jobs of CI install them by this; of a Conda environment they get what Python's own index has, and the rest is named in
comments.

example:
  mlgit requirements poetry.lock
  mlgit requirements environment.yml > requirements.txt
"""

from __future__ import annotations

import argparse

from mlgit.cli.delivery import show
from mlgit.errors import GOOD, UsageError
from mlgit.world.context import Context


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "file",
        metavar="FILE",
        help="poetry.lock, Pipfile.lock, Pipfile, pyproject.toml, or a Conda environment",
    )


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Read the file and print its requirements."""
    from mlgit.adoption.requirements import requirements
    from mlgit.world.files import read_bytes

    content = read_bytes(context.directory / arguments.file)
    if content is None:
        raise UsageError("requirements-missing", f"there is no file {arguments.file}")
    show(context, requirements(content, arguments.file).splitlines())
    return GOOD
