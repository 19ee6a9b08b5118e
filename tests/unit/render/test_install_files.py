"""What the jobs install, by the files below `.mlgit/install/`."""

from __future__ import annotations

from importlib.metadata import requires

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement

from mlgit.render.install_files import TESTS, install_files
from mlgit.render.installation import Installation
from mlgit.render.lockfile import pins


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.11", "3.14"])
def test_what_runs_tests_is_whole_for_every_python_of_the_stages(version: str) -> None:
    """It is installed without what it depends on: all of that has to stand there, once for each Python."""
    place = {**default_environment(), "python_version": version, "python_full_version": f"{version}.0"}
    files = install_files(Installation(origin="registry", requirement="mlgit==1"), ())
    found = [Requirement(pin.partition(" \\\n")[0]) for pin in pins(files[TESTS].decode())]
    names = [one.name for one in found if one.marker is None or one.marker.evaluate(place)]
    assert len(names) == len(set(names))
    asked = map(Requirement, requires("pytest") or ())
    wanted = {one.name for one in asked if one.marker is None or one.marker.evaluate({**place, "extra": ""})}
    assert wanted <= set(names)
