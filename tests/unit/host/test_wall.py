"""What is GitHub's stays in GitHub's folder: its variables and paths stand nowhere else in the package."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import mlgit

SOURCE = Path(mlgit.__file__).parent
OWN = re.compile(r"GITHUB_|ACTIONS_|RUNNER_|\.github/")
"""Variables of a job of GitHub Actions, and the folder it reads."""


def test_no_room_but_the_hosts_says_what_is_githubs() -> None:
    said = {
        f"{path.relative_to(SOURCE)}:{number}": line
        for path in sorted(SOURCE.rglob("*.py"))
        if path.relative_to(SOURCE).parts[0] not in ("host", "_templates")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if OWN.search(line)
    }
    assert said == {}


@pytest.mark.parametrize("room", ["local", ""])
def test_neither_the_ports_nor_another_host_say_it(room: str) -> None:
    said = [
        path.name for path in sorted((SOURCE / "host" / room).glob("*.py")) if OWN.search(path.read_text())
    ]
    assert said == []
