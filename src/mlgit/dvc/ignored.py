"""The plain rules of .dvcignore: names and endings. A rule with more to it is said to be beyond this reader."""

from __future__ import annotations

from fnmatch import fnmatchcase

ALWAYS = (".git", ".hg", ".dvc")
FILE = ".dvcignore"


class Ignored:
    """What DVC does not see inside a folder; `unsure` is the first rule that only DVC can follow."""

    def __init__(self, content: bytes | None) -> None:
        self.unsure = ""
        self._folders: list[str] = []
        self._files: list[str] = []
        for line in (content or b"").decode("utf-8", "replace").splitlines():
            rule = line.strip()
            if not rule or rule.startswith("#"):
                continue
            name = rule.rstrip("/")
            if "/" in name or rule.startswith("!") or "\\" in rule or "**" in rule:
                self.unsure = self.unsure or rule
                continue
            self._folders.append(name)
            if name == rule:
                self._files.append(name)

    def folder(self, name: str) -> bool:
        """Tell whether a folder of this name is passed over."""
        return name in ALWAYS or any(fnmatchcase(name, pattern) for pattern in self._folders)

    def file(self, name: str) -> bool:
        """Tell whether a file of this name is passed over."""
        return name == ".git" or any(fnmatchcase(name, pattern) for pattern in self._files)

    def hides(self, path: str) -> bool:
        """Tell whether a file is passed over, by its path from the folder that is asked about."""
        *folders, name = path.split("/")
        return any(map(self.folder, folders)) or self.file(name)


def beyond(rule: str) -> str:
    """Return why a folder cannot be told because of a rule, or a file of rules, that only DVC follows."""
    return f".dvcignore has a rule that only DVC reads: {rule}"
