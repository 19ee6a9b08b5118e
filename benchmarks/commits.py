"""What a commit of nine files costs by three ways: `python benchmarks/commits.py`.

CPU seconds (this process and its children, imports left out), the median of nine runs, and the git processes that Git
itself counts.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

FILES = {f"a/{number}/b": b"%d" % number for number in range(9)}
IDENTITY = "[user]\nname = a\nemail = a@example.org\n"


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    """Run git and return what it prints."""
    done = subprocess.run(("git", *arguments), cwd=folder, input=stdin, check=True, capture_output=True)
    return done.stdout.decode().strip()


def by_plumbing(folder: Path) -> None:
    """Start a process for each blob, each tree that is read and each that is written."""
    blobs = {
        path: git(folder, "hash-object", "-w", "--stdin", stdin=content) for path, content in FILES.items()
    }
    git(folder, "commit-tree", tree_of(folder, "HEAD^{tree}", blobs), "-p", "HEAD", "-m", "Nine")


def tree_of(folder: Path, standing: str, blobs: Mapping[str, str]) -> str:
    """Write a tree with other blobs."""
    lines = git(folder, "ls-tree", standing).splitlines() if standing else []
    below: dict[str, dict[str, str]] = {}
    for path, oid in blobs.items():
        name, _, rest = path.partition("/")
        if rest:
            below.setdefault(name, {})[rest] = oid
        else:
            lines.append(f"100644 blob {oid}\t{name}")
    lines += [f"040000 tree {tree_of(folder, '', inside)}\t{name}" for name, inside in below.items()]
    return git(folder, "mktree", stdin="".join(f"{line}\n" for line in lines).encode())


def by_fast_import(folder: Path) -> None:
    """Commit as mlgit does."""
    from mlgit.git.repository import Repository
    from mlgit.refs.commits import commit_on
    from mlgit.world.context import SilentConsole, real_context

    repository = Repository(real_context(SilentConsole()), folder)
    commit_on(repository, repository.resolve("HEAD"), FILES, "Nine", seconds=1.8e9)


def by_library(folder: Path) -> None:
    """Commit with an index of GitPython in memory."""
    from git import Commit, IndexFile, Repo
    from git.index.typ import BaseIndexEntry, IndexEntry
    from gitdb import IStream

    with Repo(folder) as repository:
        index = IndexFile.from_tree(repository, "HEAD")
        for path, content in FILES.items():
            stored = repository.odb.store(IStream("blob", len(content), BytesIO(content)))
            entry = BaseIndexEntry((0o100644, stored.binsha, 0, path))
            index.entries[path, 0] = IndexEntry.from_base(entry)
        Commit.create_from_tree(
            repository, index.write_tree(), "Nine", parent_commits=[repository.head.commit]
        )


WAYS = {"plumbing": by_plumbing, "fast-import": by_fast_import, "GitPython": by_library}


def spent() -> float:
    """Return the CPU seconds of this process and of its children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def repository(folder: Path) -> Path:
    """Return a repository with one commit."""
    place = Path(tempfile.mkdtemp(dir=folder))
    git(place, "init", "--quiet")
    git(place, "commit", "--quiet", "--allow-empty", "--message", "Start")
    return place


def main() -> None:
    """Measure every way, the first run of each left out: it imports."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = folder / "gitconfig"
        os.environ["GIT_CONFIG_GLOBAL"] = str(settings)
        for way, commit in WAYS.items():
            settings.write_text(IDENTITY)
            commit(repository(folder))
            seconds = []
            for _ in range(9):
                place, start = repository(folder), spent()
                commit(place)
                seconds.append(spent() - start)
            place, traces = repository(folder), Path(tempfile.mkdtemp(dir=folder))
            settings.write_text(f"{IDENTITY}[trace2]\neventTarget = {traces}\n")
            commit(place)
            count = len(list(traces.iterdir()))
            sys.stdout.write(f"{way}: {statistics.median(seconds):.3f} CPU s, {count} processes\n")


if __name__ == "__main__":
    main()
