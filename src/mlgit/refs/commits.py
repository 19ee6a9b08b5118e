"""The one writer of commits: `git fast-import` writes blobs, trees and the commit in one process, without a work tree.

The same arguments give the same commit, whatever the configuration of the user says; no hook runs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping

from mlgit.errors import UsageError
from mlgit.git.plumbing import object_name
from mlgit.git.repository import Repository

FETCH = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--end-of-options")
"""Take over what is named, and nothing beside it."""
NOBODY = "mlgit <mlgit@localhost>"
UNSAFE = re.compile(r"[\x00-\x1f\x7f<>]+")
FILE, PROGRAM = "100644", "100755"
LONG = 600.0

Change = bytes | str | None
"""The new content of a path, the name of a blob that is there already, or None: the path goes away."""


def commit_on(
    repository: Repository,
    base: str,
    changes: Mapping[str, bytes | None],
    message: str,
    *,
    seconds: float,
    author: str = NOBODY,
) -> str:
    """Write a commit on top of `base` that replaces the content of paths (None: takes them away); return its name.

    A program stays one. Raises `UsageError` (`tree-name`) for a path that Git would read as another, or as more than one.
    """
    for path in changes:
        parts = path.casefold().split("/")
        if "\0" in path or any(part in ("", ".", "..", ".git") for part in parts):
            raise UsageError("tree-name", f"{path[:200]!r} is no path of a repository")
    tree = repository.tree(base)
    programs = {entry.path for entry in tree if entry.mode == PROGRAM and entry.path in changes}
    return write_commit(repository, base, changes, message, seconds=seconds, programs=programs, author=author)


def write_commit(
    repository: Repository,
    parent: str | None,
    changes: Mapping[str, Change],
    message: str,
    *,
    seconds: float,
    programs: frozenset[str] | set[str] = frozenset(),
    author: str = NOBODY,
) -> str:
    """Write a commit and return its name; `seconds` is its time since the epoch, `author` a `person`.

    `parent` None: the first commit of a history. Raises `ExternalError` when Git fails.
    """
    stream = b"".join(import_stream(parent, changes, message, int(seconds), programs, author))
    done = repository.write("fast-import", "--quiet", stdin=stream, timeout=LONG)
    return object_name(done.text.strip())


def import_stream(
    parent: str | None,
    changes: Mapping[str, Change],
    message: str,
    seconds: int,
    programs: frozenset[str] | set[str],
    author: str = NOBODY,
) -> Iterator[bytes]:
    """Yield a stream for `git fast-import` that writes a commit, prints its name, and leaves no ref behind.

    Source: git-fast-import(1), "Input Format". A branch that is reset to nothing is not written. One that is reset to the null object is
    deleted, which takes a lock of all refs: who is killed then leaves it behind.
    """
    branch = f"refs/mlgit/import/{os.urandom(16).hex()}"
    time = f"{seconds} +0000"
    yield f"feature done\ncommit {branch}\nmark :1\nauthor {author} {time}\n".encode()
    yield f"committer {author} {time}\n".encode()
    yield data(message.encode("utf-8", "surrogateescape"))
    if parent is not None:
        yield f"from {object_name(parent)}\n".encode()
    for path, content in sorted(changes.items()):
        mode = PROGRAM if path in programs else FILE
        if content is None:
            yield b"D " + quoted(path) + b"\n"
        elif isinstance(content, str):
            yield f"M {mode} {object_name(content)} ".encode() + quoted(path) + b"\n"
        else:
            yield f"M {mode} inline ".encode() + quoted(path) + b"\n" + data(content)
    yield f"get-mark :1\nreset {branch}\n\ndone\n".encode()


def person(name: str, email: str) -> str:
    """Return who writes a commit, as Git has it: nothing in a name or address can end its line."""
    return f"{UNSAFE.sub(' ', name).strip() or 'mlgit'} <{UNSAFE.sub('', email)}>"


def data(content: bytes) -> bytes:
    """Return a content as the stream has it: its length, then its bytes."""
    return b"data %d\n%b\n" % (len(content), content)


def quoted(path: str) -> bytes:
    """Return a path in quotes, every byte that is not plain ASCII as an octal escape."""
    plain = (
        chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03o}"
        for byte in path.encode("utf-8", "surrogateescape")
    )
    return f'"{"".join(plain)}"'.encode()
