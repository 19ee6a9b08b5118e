"""The pages on testing tables and models: every block runs, in order, in a fresh repository."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.driver import Person

HOW_TO = Path(__file__).resolve().parents[2] / "docs/how-to"
BLOCK = re.compile(r"^```(python|yaml|console)\n(.*?)^```$", re.S | re.M)


@pytest.mark.parametrize(
    "page", [pytest.param("test-data.md", marks=pytest.mark.slow), "test-models.md", "profile-data.md"]
)
def test_every_block_runs(repository: Person, page: str) -> None:
    script = ""
    for kind, text in BLOCK.findall((HOW_TO / page).read_text(encoding="utf-8")):
        if kind == "yaml":
            repository.write("mlgit.yaml", text)
        elif kind == "python":
            script += text
            repository.run(sys.executable, "-c", script if page == "test-models.md" else text)
        else:
            for line in text.splitlines():
                run(repository, line.removeprefix("$ "))


def run(person: Person, line: str) -> None:
    """Run one line of a terminal; a comment says which exit code it has."""
    command, _, comment = line.partition("  # ")
    command, _, output = command.partition(" > ")
    words = shlex.split(command)
    program = (sys.executable, "-m", "mlgit") if words[0] == "mlgit" else (words[0],)
    answer = person.run(*program, *words[1:], exit_code=1 if comment == "exit code 1" else 0)
    if output:
        person.write(output, answer.out)
