"""One Git repository, read and written through plumbing commands.

No value of a user ever stands where git could take it for an option: revisions follow `--end-of-options`, paths
follow `--`, object names are checked to be hexadecimal.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from mlgit.errors import UsageError
from mlgit.git.failures import git_failed, no_commit, revision_unknown
from mlgit.git.plumbing import (
    OBJECT_NAME,
    Author,
    Difference,
    TreeEntry,
    batch_records,
    object_name,
    plain_name,
    raw_differences,
    tree_entry,
)
from mlgit.git.unlocked import ALONE, unlocked
from mlgit.world.context import Context
from mlgit.world.files import resolved
from mlgit.world.processes import Completed

INHERITED = re.compile(
    r"GIT_(?!AUTHOR_|COMMITTER_|CONFIG_NOSYSTEM\Z|SSH|ASKPASS\Z|SSL_|CONFIG_GLOBAL\Z|CONFIG_SYSTEM\Z)"
)


class Repository:
    """A work tree and its object store.

    `root` is the top of the work tree.
    """

    def __init__(self, context: Context, root: Path) -> None:
        self.context = context
        self.root = root
        self._environment = git_environment(context.environment)

    @cached_property
    def git_folder(self) -> Path:
        """Git's own folder for this work tree; of a bare repository, the repository itself."""
        place = self.root / ".git"
        return place if place.is_dir() else self.git_path("--git-dir")

    @cached_property
    def common_folder(self) -> Path:
        """Git's own folder, the one that all work trees of the repository share."""
        place = self.root / ".git"
        return resolved(place) if place.is_dir() else self.git_path("--git-common-dir")

    @property
    def is_shallow(self) -> bool:
        """Whether history is cut off here: Git keeps a file of where, and asks no more itself."""
        return (self.common_folder / "shallow").exists()

    def git_path(self, which: str) -> Path:
        """Return one of Git's folders as it tells them."""
        return resolved(self.root / self.run("rev-parse", which).text.strip())

    def run(
        self, *arguments: str, stdin: bytes = b"", check: bool = True, timeout: float = 120.0
    ) -> Completed:
        """Run git here; raises `ExternalError` with git's own words when it fails and `check` is set."""
        done = self.context.processes.run(
            ("git", *arguments),
            directory=self.root,
            environment=self._environment,
            stdin=stdin,
            timeout=timeout,
        )
        if check and done.exit_code != 0:
            raise git_failed(done)
        return done

    def write(
        self, *arguments: str, stdin: bytes = b"", check: bool = True, timeout: float = 120.0
    ) -> Completed:
        """Run a git that writes to its own folder: as `run`, alone, with a note that takes its locks away should we be killed."""
        with unlocked(self):
            return self.run(*ALONE, *arguments, stdin=stdin, check=check, timeout=timeout)

    def resolve(self, revision: str) -> str:
        """Return the commit a revision names; raises `UsageError` (`revision-unknown`) when it names none."""
        done = self.run(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", check=False
        )
        name = done.text.strip()
        if done.exit_code != 0 or not OBJECT_NAME.match(name):
            raise self.unknown(revision)
        return name

    def unknown(self, revision: str) -> UsageError:
        """Return the error for a revision that names no commit here, as far as this repository tells why."""
        return no_commit() if revision == "HEAD" and self.head() is None else revision_unknown(revision)

    def resolve_many(self, revisions: Sequence[str]) -> list[str]:
        """Return the commits that revisions name, in one process.

        The names go through standard input, where nothing is an option. Raises `UsageError` as `resolve` does.
        """
        for revision in revisions:
            if "\n" in revision or "\0" in revision:
                raise revision_unknown(revision)
        lines = "".join(f"{revision}^{{commit}}\n" for revision in revisions)
        done = self.run(
            "cat-file",
            "--buffer",
            "--batch-check=%(objectname) %(objecttype)",
            stdin=lines.encode("utf-8", "surrogateescape"),
        )
        found = done.text.split("\n")[: len(revisions)]
        for revision, line in zip(revisions, found, strict=True):
            if not OBJECT_NAME.match(line.removesuffix(" commit")):
                raise self.unknown(revision)
        return [line.removesuffix(" commit") for line in found]

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the best common ancestor of two commits, None when the histories are not related."""
        done = self.run("merge-base", object_name(one), object_name(other), check=False)
        return done.text.strip() or None

    def head(self) -> str | None:
        """Return the commit that is checked out, None before the first commit."""
        done = self.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}", check=False)
        return done.text.strip() or None

    def tree(self, commit: str, *, under: str = "") -> list[TreeEntry]:
        """Return every file of a commit (below the folder `under`), in Git's order."""
        paths = ("--", under) if under else ()
        done = self.run("ls-tree", "-r", "-z", "--full-tree", object_name(commit), *paths)
        return [tree_entry(record) for record in done.stdout.split(b"\0") if record]

    def blobs(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return the content of blobs by their object name, each read once, in one process and in the order of `names`."""
        return {name: content for name, _, content in self.objects(names)}

    def objects(self, names: Iterable[str]) -> Iterator[tuple[str, str, bytes]]:
        """Return objects with their kind and content, each once, in one process; one that is not here is left out."""
        wanted = [object_name(name) for name in dict.fromkeys(names)]
        if not wanted:
            return iter(())
        names_given = "".join([f"{name}\n" for name in wanted]).encode()
        return batch_records(self.run("cat-file", "--batch", "--buffer", stdin=names_given).stdout)

    def changed(self, old: str, new: str) -> list[str]:
        """Return the paths that differ between two commits (renames as a path gone and a path new)."""
        done = self.run(
            "diff-tree", "-r", "-z", "--no-renames", "--name-only", object_name(old), object_name(new)
        )
        return [part.decode("utf-8", "surrogateescape") for part in done.stdout.split(b"\0") if part]

    def differences(self, old: str, new: str) -> list[Difference]:
        """Return what differs between two commits, a rename as one path gone and one new."""
        done = self.run("diff-tree", "-r", "-z", "--no-renames", "--raw", object_name(old), object_name(new))
        return raw_differences(done.stdout)

    def differences_on_disk(self, old: str) -> list[Difference]:
        """Return what differs between a commit and the files on disk, among those that Git tracks.

        Contents count, as Git would store them: a file that was only touched, or whose line ends Git converts, is the same.
        The blob of a change on disk is not known.
        """
        done = self.run("diff-index", "-z", "--no-renames", "--raw", object_name(old), "--")
        found = raw_differences(done.stdout)
        held = [
            one for one in found if one.before and not one.oid.strip("0") and self.is_plain_file(one.path)
        ]
        same = {
            one.path for one, name in zip(held, self.names_on_disk(held), strict=False) if name == one.before
        }
        return [one for one in found if one.path not in same]

    def is_plain_file(self, path: str) -> bool:
        """Tell whether Git may be asked for a file on disk: it waits at a pipe for ever, and reads what a link leads to."""
        place = self.root / path
        return plain_name(path) and place.is_file() and not place.is_symlink()

    def names_on_disk(self, files: Sequence[Difference]) -> list[str]:
        """Return the blobs that Git would store of files on disk, in one process; none when a file cannot be read."""
        if not files:
            return []
        listed = "".join(f"{one.path}\n" for one in files).encode("utf-8", "surrogateescape")
        done = self.run("hash-object", "--stdin-paths", stdin=listed, check=False)
        return done.text.split() if done.exit_code == 0 else []

    def untracked(self) -> list[str]:
        """Return the files on disk that Git neither tracks nor ignores."""
        done = self.run("ls-files", "-z", "--others", "--exclude-standard", "--full-name")
        return [part.decode("utf-8", "surrogateescape") for part in done.stdout.split(b"\0") if part]

    def ever(self, commit: str, under: str) -> list[tuple[str, str]]:
        """Return the paths and blobs that a commit or one before it has or had below a folder."""
        done = self.run("rev-list", "--objects", object_name(commit), "--", under)
        lines = [line.partition(b" ") for line in done.stdout.split(b"\n")]
        return [(path.decode("utf-8", "surrogateescape"), oid.decode()) for oid, _, path in lines if path]

    def additions(self, commit: str, under: str) -> dict[str, Author]:
        """Return for each file below a folder the last commit up to `commit` that brought it in."""
        form = "--format=%H%x00%an%x00%aI%x00%s"
        listing = ("--no-renames", "--diff-filter=A", "--name-only", "-z", form)
        done = self.run("log", *listing, object_name(commit), "--", under)
        parts = iter(done.stdout.decode("utf-8", "surrogateescape").split("\0"))
        found: dict[str, Author] = {}
        author = None
        for part in parts:
            if OBJECT_NAME.match(part):
                author = Author(part, next(parts, ""), next(parts, ""), next(parts, ""))
            elif author is not None and part.strip("\n"):
                found.setdefault(part.strip("\n"), author)
        return found


def git_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for git: no repository inherited from the caller, no prompt, plain English."""
    kept = {name: value for name, value in environment.items() if not INHERITED.match(name)}
    return {
        **kept,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        # History as everybody has it: not as this clone alone rewrites it.
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_GRAFT_FILE": f"{os.devnull}/none",  # of a file that is there Git says that grafts are going
        "LC_ALL": "C",
        "GIT_EDITOR": "true",
    }
