"""Real programs that are counted: what a test says of the cost of reading a repository."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mlgit.world.processes import Completed, SystemProcesses


class Counted(SystemProcesses):
    """Real programs, and a list of what was started."""

    def __init__(self) -> None:
        self.started: list[tuple[str, ...]] = []

    def run(
        self, arguments: Sequence[str], *, directory: Path, environment: Mapping[str, str], stdin: bytes = b"", timeout: float = 60
    ) -> Completed:  # fmt: skip
        self.started.append(tuple(arguments[:2]))
        return super().run(
            arguments, directory=directory, environment=environment, stdin=stdin, timeout=timeout
        )

    @property
    def verbs(self) -> list[str]:
        """What was asked of git, in order."""
        return [arguments[1] for arguments in self.started if arguments[0] == "git"]
