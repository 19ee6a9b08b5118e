"""The programs of a run: the shell that steps are started with, and what the setup of a job puts on PATH."""

from __future__ import annotations

import shlex
import sysconfig
from pathlib import Path
from shutil import which

from mlgit.errors import ExternalError
from mlgit.world.context import Context
from mlgit.world.files import write_atomically


def write_programs(context: Context, folder: Path, *, install: bool = False) -> None:
    """Write what the setup of a job puts on PATH: the Python, DVC and mlgit that run now, and a uv that installs nothing.

    `install`: the uv of this machine alone, which installs everything else.
    """
    if install:
        write_program(folder, "uv", f'exec {quoted(installer(context))} "$@"\n')
        for name, script in {"az": AZURE, **SYSTEM}.items():
            write_program(folder, name, script)
        return
    package = Path(__file__).resolve().parents[4]
    python = quoted(context.python)
    installed = str(package) in (sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))
    found = "" if installed else f'export PYTHONPATH={quoted(str(package))}"${{PYTHONPATH:+:$PYTHONPATH}}"\n'
    programs = {
        "python": f'exec {python} "$@"\n',
        "python3": f'exec {python} "$@"\n',
        "pytest": f'exec {python} -m pytest "$@"\n',
        "dvc": f'exec {python} -m dvc "$@"\n',
        "mlgit": f'{found}exec {python} -m mlgit "$@"\n',
        "uv": UV,
        "az": AZURE,
        **SYSTEM,
    }
    for name, script in programs.items():
        write_program(folder, name, script)


def write_program(folder: Path, name: str, script: str) -> None:
    """Write one program, a script of the shell."""
    write_atomically(folder / name, f"#!/bin/sh\n{script}".encode(), executable=True)


def installer(context: Context) -> str:
    """Return the path of uv: beside this Python, else from PATH; raises `ExternalError` (`uv-missing`)."""
    beside = Path(context.python).parent / "uv"
    found = str(beside) if beside.is_file() else which("uv", path=context.environment.get("PATH"))
    if found is None:
        raise ExternalError(
            "uv-missing", "uv, which installs packages, is not here", hint="python -m pip install uv"
        )
    return found


UV = """\
[ "$1" = venv ] || [ "$1 $2" = "pip freeze" ] && exit 0
if [ "$1 $2" = "pip install" ]; then
  echo "the packages of this machine stand in for: uv $*"
  exit 0
fi
echo "mlgit run: nothing stands in for: uv $*" >&2
exit 2
"""
AZURE = """\
[ "$1" = logout ] && exit 0
echo "mlgit run: nothing stands in for: az $*" >&2
exit 2
"""


SYSTEM = {
    "sudo": 'exec "$@"\n',
    "apt-get": '[ "$1" = update ] || echo "the packages of this system stand in for: apt-get $*"\n',
}
"""What installs system packages: a run leaves this machine as it is."""


LAUNCHER = """\
PATH=":$PATH:"
PATH="${{PATH//":{launch}:"/:}}"
PATH="${{PATH#:}}"
export PATH="${{PATH%:}}"
{bash} "$@" 2>&1 | cat
status="${{PIPESTATUS[0]}}"
sleep 0.1
exit "$status"
"""


def write_launcher(context: Context, folder: Path) -> None:
    """Write the bash that act starts steps with.

    It gives the steps no terminal, as on a runner, and ends a moment late: of a step that fails at once act 0.2.89 loses
    lines (14 of 40 such steps did; with the launcher none of 40).
    """
    found = which("bash", path=context.environment.get("PATH"))
    if found is None:
        raise ExternalError(
            "program-missing", "bash, which the steps are written for, is not installed", hint="mlgit doctor"
        )
    script = LAUNCHER.format(bash=quoted(found), launch=folder)
    write_atomically(folder / "bash", f"#!{found}\n{script}".encode(), executable=True)


def quoted(text: str) -> str:
    """Return a text as one word of a shell script."""
    return shlex.quote(text)
