"""Files on disk as Git stores them: where it converts line ends, those are no edit of anybody's."""

from __future__ import annotations

from collections.abc import Iterable

from mlgit.git.conversion import Conversion, other_line_ends
from mlgit.git.repository import Repository
from mlgit.world.files import read_bytes


class Checkout:
    """The files of a work tree, or of a folder that becomes one.

    `converted` are those, of all that were read, whose line ends Git made CRLF, as they stand on disk.
    """

    def __init__(self, repository: Repository) -> None:
        self.root = repository.root
        self._exists = (self.root / ".git").exists()
        self.converted = dict[str, bytes]()
        self._conversion = Conversion(repository)

    def contents(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Return the contents of those of the files that exist; Git is asked only where a line ends with CRLF."""
        read = {path: read_bytes(self.root / path) for path in paths}
        found = {path: content for path, content in read.items() if content is not None}
        ended = {path: content for path, content in found.items() if self._exists and b"\r\n" in content}
        other = {path: other_line_ends(content) for path, content in ended.items()}
        texts = {path: content for path, content in other.items() if content is not None}
        converted = self._conversion.converted(texts)
        self.converted |= {path: found[path] for path in converted}
        return found | {path: texts[path] for path in converted}

    def content(self, path: str) -> bytes | None:
        """Return the content of a file, None where there is none."""
        return self.contents([path]).get(path)
