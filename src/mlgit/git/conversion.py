"""The line ends that Git converts when it stores a file and when it checks one out: `text`, `eol`, `core.autocrlf`.

What a stage wrote and what Git keeps of it may differ by nothing else; then they are the same file.
Reference: https://git-scm.com/docs/gitattributes#_end_of_line_conversion
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mlgit.git.plumbing import plain_name
from mlgit.git.repository import Repository

ATTRIBUTES = ("text", "eol", "crlf")
LOOKED_AT = 8000
"""The bytes in which Git looks for a zero byte to tell a binary file."""


class Conversion:
    """Tells of the files of one repository whether Git converts their line ends; each is asked for once."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._known: dict[str, bool] = {}

    def recorded_form(self, path: str, content: bytes, is_recorded: Callable[[bytes], bool]) -> bytes:
        """Return the form of a file that `is_recorded`: as it is, or with the other line ends where Git converts them.

        The content itself where neither is.
        """
        other = None if is_recorded(content) else other_line_ends(content)
        if other is not None and is_recorded(other) and path in self.converted([path]):
            return other
        return content

    def converted(self, paths: Iterable[str]) -> frozenset[str]:
        """Return those of `paths` whose line ends Git converts by its attributes and settings."""
        wanted = list(dict.fromkeys(paths))
        new = [path for path in wanted if path not in self._known and plain_name(path)]
        if new:
            listed = "".join(f"{path}\0" for path in new).encode("utf-8", "surrogateescape")
            done = self._repository.run("check-attr", "-z", "--stdin", *ATTRIBUTES, stdin=listed)
            parts = done.stdout.decode("utf-8", "surrogateescape").split("\0")
            said = {
                (path, name): value
                for path, name, value in zip(parts[::3], parts[1::3], parts[2::3], strict=False)
            }
            automatic = self.automatic()
            for path in new:
                self._known[path] = is_converted(
                    [said.get((path, name), "") for name in ATTRIBUTES], automatic
                )
        return frozenset(path for path in wanted if self._known.get(path))

    def automatic(self) -> bool:
        """Tell whether `core.autocrlf` is set: then Git converts every text that no attribute speaks of."""
        done = self._repository.run("config", "--get", "core.autocrlf", check=False)
        return done.text.strip().lower() in ("true", "input", "yes", "on", "1")


def is_converted(values: list[str], automatic: bool) -> bool:
    """Tell whether the values of `text`, `eol` and `crlf` make Git convert line ends."""
    text, eol, old = values
    if "unset" in (text, old) and text not in ("set", "auto"):
        return False
    return text in ("set", "auto") or eol in ("lf", "crlf") or old in ("set", "input") or automatic


def other_line_ends(content: bytes) -> bytes | None:
    """Return a text with CRLF for its line ends, or LF where it has CRLF; None for what is no text or has one line."""
    if b"\0" in content[:LOOKED_AT] or b"\n" not in content:
        return None
    return content.replace(b"\r\n", b"\n") if b"\r\n" in content else content.replace(b"\n", b"\r\n")
