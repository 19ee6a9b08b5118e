"""Whose Python the stages run with: the active environment's where one is, else mlgit's own."""

from __future__ import annotations

import os
import platform
import sys
import venv
from pathlib import Path

import pytest

from mlgit.dvc.interpreter import activated, interpreter, stage_environment, stage_python
from mlgit.errors import ExternalError
from mlgit.world.context import Context, SilentConsole
from mlgit.world.processes import SystemProcesses

OWN = str(Path(sys.executable).parent)


def seen(folder: Path, **variables: str) -> Context:
    return Context(
        directory=folder,
        environment={"PATH": "/usr/bin", **variables},
        processes=SystemProcesses(),
        console=SilentConsole(),
    )


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("theirs") / "environment"
    venv.create(folder, symlinks=True)
    package = next(folder.glob("lib/python*/site-packages")) / "their_package-2.5.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: their-package\nVersion: 2.5\n")
    return folder


def test_without_an_active_environment_it_is_mlgits_own(tmp_path: Path) -> None:
    context = seen(tmp_path)
    assert stage_python(context) == sys.executable
    assert stage_environment(context)["PATH"] == os.pathsep.join((OWN, "/usr/bin"))


def test_the_active_environment_is_first_and_mlgit_is_found_in_any_case(theirs: Path) -> None:
    context = seen(theirs, VIRTUAL_ENV=str(theirs))
    assert stage_python(context) == str(theirs / "bin" / "python")
    assert stage_environment(context)["PATH"] == os.pathsep.join((str(theirs / "bin"), "/usr/bin", OWN))


@pytest.mark.parametrize(
    ("variables", "chosen"),
    [
        ({"VIRTUAL_ENV": "{own}"}, False),
        ({"VIRTUAL_ENV": "/not/there"}, False),
        ({"VIRTUAL_ENV": ""}, False),
        ({"CONDA_PREFIX": "{theirs}", "CONDA_DEFAULT_ENV": "churn"}, True),
        ({"CONDA_PREFIX": "{theirs}", "CONDA_DEFAULT_ENV": "base"}, False),
        ({"CONDA_PREFIX": "/opt/conda", "CONDA_DEFAULT_ENV": "base", "VIRTUAL_ENV": "{theirs}"}, True),
    ],
)
def test_what_counts_as_active(theirs: Path, variables: dict[str, str], *, chosen: bool) -> None:
    own = str(Path(OWN).parent)
    told = {name: text.format(own=own, theirs=theirs) for name, text in variables.items()}
    assert activated(seen(theirs, **told)) == (str(theirs / "bin") if chosen else "")


def test_the_versions_are_those_of_the_repositorys_python(theirs: Path) -> None:
    found = interpreter(seen(theirs, VIRTUAL_ENV=str(theirs)), "their_package", "msgspec")
    assert found.version == platform.python_version()
    assert found.packages == {"their_package": "2.5"}
    assert set(interpreter(seen(theirs), "their_package", "msgspec").packages) == {"msgspec"}


def test_a_broken_environment_is_named(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "python"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    with pytest.raises(ExternalError, match="does not tell its version"):
        interpreter(seen(tmp_path, VIRTUAL_ENV=str(tmp_path)))
