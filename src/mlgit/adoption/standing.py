"""The files of a repository as they stand: their paths, their texts, their values; a file that is not there is empty."""

from __future__ import annotations

from typing import Any

from mlgit.dvc.values import nested
from mlgit.errors import UsageError
from mlgit.git.snapshot import Snapshot
from mlgit.host.choose import automation

ENDINGS = (".yml", ".yaml")
KNOWN = (*ENDINGS, ".json", ".toml")
"""The endings that tell the form of a file; one without is TOML."""


class Standing:
    """What Git tracks or could track, read when it is asked for."""

    def __init__(self, files: Snapshot) -> None:
        self._files = files
        self.paths = files.paths()

    def text(self, path: str) -> str:
        """Return the text of a file, empty when it is not there."""
        if path not in self.paths:
            return ""
        return self._files.read([path]).get(path, b"").decode("utf-8", "replace")

    def values(self, path: str) -> Any:
        """Return the values of a TOML, JSON or YAML file, None when it is not there or broken."""
        if path not in self.paths:
            return None
        try:
            form = "" if path.endswith(KNOWN) else ".toml"
            return nested(self._files.read([path]).get(path, b""), path + form)
        except UsageError:
            return None

    def workflows(self) -> list[str]:
        """Return the files that start jobs at a host, but for those that mlgit renders, in their order."""
        known = automation()
        return sorted(
            path
            for path in self.paths
            if path.startswith(known.files) and path.endswith(ENDINGS) and not path.startswith(known.managed)
        )


def mapping(value: Any) -> dict[str, Any]:
    """Return a value that is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}
