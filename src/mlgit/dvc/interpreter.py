"""The Python of the repository: what stages and the repository's own tests run with.

It is the one of the environment that a person or a job activated; where none is, the one that runs mlgit. So mlgit may
live in an environment of its own, and its packages never meet the user's.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from shutil import which

import msgspec

from mlgit.errors import ExternalError
from mlgit.world.context import Context

PROGRAMS = "Scripts" if os.name == "nt" else "bin"
ENVIRONMENTS = ("VIRTUAL_ENV", "CONDA_PREFIX")
"""The variables that name the active environment: of venv and uv, of Conda."""
ASK = """\
import json, platform, sys
from importlib.metadata import PackageNotFoundError, version
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        pass
print(json.dumps({"version": platform.python_version(), "packages": found}))
"""


class Interpreter(msgspec.Struct, frozen=True):
    """What a Python tells of itself: its version, and by their names those of the packages that were asked for."""

    version: str
    packages: dict[str, str]


def stage_environment(context: Context) -> dict[str, str]:
    """Return the environment for DVC and its stages: `python` is the repository's, `mlgit` is found in any case."""
    own = str(Path(context.python).parent)
    chosen = activated(context)
    standing = context.environment.get("PATH", os.defpath)
    path = os.pathsep.join(part for part in ((chosen, standing, own) if chosen else (own, standing)) if part)
    return {**context.environment, "PATH": path, "DVC_NO_ANALYTICS": "1", "PYTHONUNBUFFERED": "1"}


def stage_python(context: Context) -> str:
    """Return the Python that stages and the repository's own tests run with."""
    return which("python", path=activated(context) or os.devnull) or context.python


def activated(context: Context) -> str:
    """Return the folder of programs of the active environment, empty where none is or where mlgit runs in it.

    Conda activates its `base` in every terminal of its own accord: nobody chose it for this repository.
    """
    venv, conda = (context.environment.get(name, "") for name in ENVIRONMENTS)
    chosen = venv or (conda if context.environment.get("CONDA_DEFAULT_ENV") != "base" else "")
    folder = Path(chosen) / PROGRAMS
    if not chosen or folder == Path(context.python).parent or which("python", path=str(folder)) is None:
        return ""
    return str(folder)


def interpreter(context: Context, *packages: str) -> Interpreter:
    """Return what the Python of the repository tells; a package that is not installed for it is left out.

    Raises `ExternalError` (`python-failed`) where it does not answer.
    """
    python = stage_python(context)
    if python == context.python:
        return Interpreter(platform.python_version(), dict(installed(packages)))
    done = context.processes.run(
        (python, "-c", ASK, *packages), directory=context.directory, environment=context.environment
    )
    try:
        return msgspec.json.decode(done.stdout, type=Interpreter)
    except msgspec.DecodeError as error:
        raise ExternalError(
            "python-failed",
            f"{python} does not tell its version",
            hint="deactivate this environment, or make it anew",
        ) from error


def installed(packages: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the packages that are installed beside mlgit, each with its version."""
    for name in packages:
        with suppress(PackageNotFoundError):
            yield name, version(name)
