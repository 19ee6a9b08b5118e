"""What DVC does not see: the rules of `.dvcignore`, at the root and in the folders below, in the grammar of `.gitignore`.

A file of rules concerns its own folder and what is below; the last rule whose pattern fits a path decides (in Git one
that names a folder around it would not), the nearest file first; what lies in a folder that is passed over cannot be named again
(https://dvc.org/doc/user-guide/project-structure/dvcignore-files).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from mlgit.dvc.paths import around
from mlgit.errors import UsageError

ALWAYS = (".git", ".hg", ".dvc")
FILE = ".dvcignore"

Read = Callable[[str], bytes | None]
"""Gives the content of a file by its path from the root of the repository, None when there is none."""


Rules = Callable[[str], bool | None]
"""Tells whether a path from the folder of a file of rules (a folder's ends in `/`) is passed over; None: no rule of it."""


class Ignored:
    """What DVC does not see in one repository; paths are from its root, with `/` between.

    `read` gives the files of rules; `is_root` tells the folders that are DVC repositories of their own, which the one
    around them does not see. `file` is how the files of rules are called.
    """

    def __init__(self, read: Read, is_root: Callable[[str], bool], file: str = FILE) -> None:
        self._file = file
        self._read = read
        self._is_root = is_root
        self._rules: dict[str, Rules | None] = {}

    def folder(self, path: str) -> bool:
        """Tell whether a folder is passed over, those around it not asked."""
        return (
            path.rpartition("/")[2] in ALWAYS
            or self._is_root(path)
            or self._decided(path + "/", self._around(path))
        )

    def file(self, path: str) -> bool:
        """Tell whether a file is passed over, the folders around it not asked."""
        return path.rpartition("/")[2] == ".git" or self._decided(path, self._around(path))

    def hides(self, path: str, asked: str) -> bool:
        """Tell whether a file is passed over in a look at the folder `asked`, which is around it."""
        parts = path[len(asked) :].strip("/").split("/")
        inner = [asked + "/" * bool(asked) + "/".join(parts[: end + 1]) for end in range(len(parts))]
        return any(map(self.folder, inner[:-1])) or self.file(path)

    def _decided(self, path: str, folders: Iterable[str]) -> bool:
        """Return what the first file of rules in `folders` says that has a rule about a path."""
        for folder in folders:
            rules = self._of(folder)
            said = rules(path[len(folder) + 1 if folder else 0 :]) if rules else None
            if said is not None:
                return said
        return False

    def _around(self, path: str) -> Iterator[str]:
        """Yield the folders around a path, the nearest first, up to the root of its DVC repository."""
        for folder in around(path):
            yield folder
            if folder and self._is_root(folder):
                return

    def _of(self, folder: str) -> Rules | None:
        """Return the rules in a folder, read once."""
        if folder not in self._rules:
            where = f"{folder}/{self._file}" if folder else self._file
            above = () if self._is_root(folder) else self._around(folder)
            content = b"" if self._decided(where, above) else self._read(where) or b""
            lines = [line.strip() for line in content.decode("utf-8", "replace").splitlines()]
            rules = [line for line in lines if line and not line.startswith("#")]
            if folder and any("\\" in line or "!" in line for line in rules):
                raise unread(where)  # DVC makes such a rule another one when it adds it to those above
            self._rules[folder] = compiled(rules, where) if rules else None
        return self._rules[folder]


def compiled(lines: list[str], where: str) -> Rules:
    """Return rules by which paths are told; the library is only loaded where there is a rule.

    Patterns are held against the start of a path, as DVC does. Raises `UsageError` (`dvcignore`) for one that is none.
    """
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

    try:
        patterns = [(GitIgnoreSpecPattern(line), line.endswith("/")) for line in reversed(lines)]
    except ValueError as error:
        raise unread(where) from error

    def told(path: str) -> bool | None:
        spellings = {path, path.rstrip("/")}
        for pattern, only_folders in patterns:
            if pattern.regex is None or (only_folders and not path.endswith("/")):
                continue
            if any(map(pattern.regex.match, spellings)):
                return pattern.include
        return None

    return told


def unread(where: str) -> UsageError:
    """Return the error for a file of rules that cannot be followed."""
    return UsageError("dvcignore", f"{where} has a rule that cannot be read as DVC would", where=where)
