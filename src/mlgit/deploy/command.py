"""The target `command`: the user's own commands, run in the newest commit of the default branch."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from mlgit.config.targets import CommandTarget
from mlgit.deploy.target import Release, Running, Version, no_version, not_applied, unreachable, variables
from mlgit.registry.names import model_of
from mlgit.world.context import Context

LINE = re.compile(r"(?P<version>\S+)\s+(?P<digest>\S+)(?:\s+(?P<image>\S+))?")
LAST_LINES = 3
BY_HAND = "run the command of `apply:` by hand"


class Command:
    """What the user's commands say and do about one environment; see `target.Target`."""

    def __init__(self, context: Context, environment: str, settings: CommandTarget, tree: Path) -> None:
        """`tree` is a copy of the default branch."""
        self._context = context
        self._environment = environment
        self._settings = settings
        self._tree = tree

    def live(self, artifacts: Sequence[str]) -> dict[str, Running]:
        """Return what `check` prints of each model."""
        found = {artifact: self._asked(artifact) for artifact in artifacts}
        return {artifact: one for artifact, one in found.items() if one is not None}

    def apply(self, version: Version, release: Release) -> str:
        """Run `apply` for a version."""
        code, lines = self._run(self._settings.apply, version, release.model)
        if code:
            raise not_applied(version, said(code, lines), BY_HAND)
        return version.image

    def stop(self, artifact: str) -> None:
        """Run `apply` for no version."""
        version = no_version(artifact)
        code, lines = self._run(self._settings.apply, version)
        if code:
            raise not_applied(version, said(code, lines), BY_HAND)

    def _asked(self, artifact: str) -> Running | None:
        """Return what runs of one model; raises `ExternalError` (`target-unreachable`)."""
        check, name = self._settings.check, model_of(artifact)[0]
        code, lines = self._run(check, no_version(artifact))
        if code:
            raise unreachable(check[0], name, said(code, lines))
        told = [line.strip() for line in lines if line.strip()]
        if not told:
            return None
        found = LINE.fullmatch(told[-1])
        if found is None:
            raise unreachable(check[0], name, f"it wrote {told[-1][:200]}")
        return Running(
            version=found["version"],
            digest=found["digest"],
            address=self._settings.address or "",
            image=found["image"] or "",
        )

    def _run(
        self, words: Sequence[str], version: Version, model: Path | None = None
    ) -> tuple[int, list[str]]:
        """Run a command to its end; return its exit code and what it wrote."""
        lines: list[str] = []
        code = self._context.processes.stream(
            words,
            directory=self._tree,
            environment={**self._context.environment, **variables(self._environment, version, model)},
            on_line=lines.append,
            limit=self._settings.seconds,
        )
        return code, lines


def said(code: int, lines: Sequence[str]) -> str:
    """Return how a command ended, and the last that it wrote."""
    words = " / ".join(line.strip() for line in lines[-LAST_LINES:] if line.strip())
    return f"exit code {code}" + (f", {words[:400]}" if words else "")
