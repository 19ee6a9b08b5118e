"""The git processes that something starts, counted by Git itself."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest


class Traces:
    """Git notes each of its processes here: the variable that asks for it would be taken away, the file is read."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder.mkdir()
        self.folder = folder
        settings = Path(os.environ["HOME"]) / ".gitconfig"
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(folder.with_suffix(".gitconfig")))
        folder.with_suffix(".gitconfig").write_text(
            f"{settings.read_text()}[trace2]\n\teventTarget = {folder}\n"
        )

    def started(self) -> list[str]:
        """The command lines of the processes so far, without `git` and its options, the oldest first."""
        lines = (line for one in self.folder.iterdir() for line in one.read_text().splitlines())
        events = [json.loads(line) for line in lines]
        starts = sorted((one["time"], one["argv"]) for one in events if one["event"] == "start")
        return [" ".join(without_options(arguments[1:])) for _, arguments in starts]

    def commands(self) -> list[str]:
        """Their commands alone."""
        return [one.partition(" ")[0] for one in self.started()]

    def text(self) -> str:
        """Everything that Git noted."""
        return "".join(one.read_text() for one in self.folder.iterdir())

    def clear(self) -> None:
        """Forget what was noted."""
        for one in self.folder.iterdir():
            one.unlink()


def without_options(arguments: list[str]) -> list[str]:
    while arguments[:1] == ["-c"]:
        arguments = arguments[2:]
    return arguments
