"""Which predictions a branch has accepted, from the history of its first parents."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from mlgit.dvc import lockfile, pointer
from mlgit.dvc.cache import LocalCache
from mlgit.dvc.hashing import content_digest
from mlgit.dvc.paths import folder_of, joined
from mlgit.errors import MlgitError
from mlgit.git.plumbing import object_name
from mlgit.git.repository import Repository

DECLARED = re.compile(rb"""predictions["']?\s*:\s*["']?([^\s"',{}#\]]+)""")
CONFIGURATION = "mlgit.yaml"
AT_ONCE = 16
MOST_CONFIGURATIONS = 200
MOST_POINTERS = 400

SameTestSet = Callable[[bytes, str], bool]


def accepted(
    repository: Repository,
    cache: LocalCache,
    commit: str,
    paths: Sequence[str],
    same: SameTestSet,
    *,
    kept_by_dvc: bool,
    enough: int,
) -> frozenset[str]:
    """Return the versions of predictions on one test set that the first parents of `commit` hold, newest first.

    `paths` are where predictions lie now; every other place that an older mlgit.yaml names is looked at too. `same`
    tells whether a content has the test set. The search ends once there are `enough`. `kept_by_dvc`: the contents are
    not in Git but behind dvc.lock or .dvc files; one that this machine lacks counts, so that there is never a step
    fewer than there was.
    """
    wanted = {*paths, CONFIGURATION}
    pointers = pointers_of(paths) if kept_by_dvc else set()
    versions = changes(repository, commit, sorted(wanted | pointers))
    older = declared_before(repository, [oid for path, oid in versions if path == CONFIGURATION]) - wanted
    if older:
        versions += changes(repository, commit, sorted(older))
    wanted = (wanted | older) - {CONFIGURATION}
    found: set[str] = set()
    blobs = [(path, oid) for path, oid in dict.fromkeys(versions) if path in wanted]
    for start in range(0, len(blobs), AT_ONCE):
        if len(found) >= enough:
            return frozenset(found)
        part = blobs[start : start + AT_ONCE]
        contents = repository.blobs(oid for _, oid in part)
        found.update(oid for path, oid in part if oid in contents and same(contents[oid], path))
    kept = [(path, oid) for path, oid in dict.fromkeys(versions) if path in pointers]
    found.update(in_dvc(repository, cache, kept[:MOST_POINTERS], wanted, same))
    return frozenset(found)


def changes(repository: Repository, commit: str, paths: Sequence[str]) -> list[tuple[str, str]]:
    """Return path and blob of every version of `paths` among the first parents of a commit, the newest first."""
    done = repository.run(
        "--literal-pathspecs",
        "log",
        "--first-parent",
        "-m",
        "--raw",
        "-z",
        "--no-renames",
        "--no-abbrev",
        "--format=",
        object_name(commit),
        "--",
        *paths,
    )
    parts = iter(done.stdout.split(b"\0"))
    found = []
    for part in parts:
        facts = part.strip().decode("ascii", "replace").split(" ")
        if len(facts) != 5 or not facts[0].startswith(":"):
            continue
        path = next(parts, b"").decode("utf-8", "surrogateescape")
        if facts[1].startswith("100"):
            found.append((path, facts[3]))
    return found


def declared_before(repository: Repository, oids: Sequence[str]) -> set[str]:
    """Return every place of predictions that some version of mlgit.yaml names."""
    contents = repository.blobs(dict.fromkeys(oids[:MOST_CONFIGURATIONS]))
    named = {match for content in contents.values() for match in DECLARED.findall(content)}
    paths = (joined(name.decode("utf-8", "replace")) for name in named)
    return {path for path in paths if path}


def pointers_of(paths: Iterable[str]) -> set[str]:
    """Return the files that record what DVC keeps: a .dvc file beside each path and a dvc.lock in each folder above."""
    found = set()
    for path in paths:
        found.add(path + pointer.SUFFIX)
        folder = folder_of(path)
        while True:
            found.add(f"{folder}/{lockfile.FILE}" if folder else lockfile.FILE)
            if not folder:
                break
            folder = folder_of(folder)
    return found


def in_dvc(
    repository: Repository,
    cache: LocalCache,
    kept: Sequence[tuple[str, str]],
    wanted: set[str],
    same: SameTestSet,
) -> Iterator[str]:
    """Yield the versions that DVC keeps of wanted paths."""
    contents = repository.blobs(oid for _, oid in kept)
    seen: set[str] = set()
    for file, oid in kept:
        for path, digest in recorded(contents.get(oid, b""), file):
            if path not in wanted or digest in seen or not digest:
                continue
            seen.add(digest)
            content = cache.content(folder_of(file), digest)
            if content is None or content_digest(content) != digest or same(content, path):
                yield f"md5-{digest}"


def recorded(content: bytes, file: str) -> Iterator[tuple[str, str]]:
    """Yield path and digest of everything that a dvc.lock or a .dvc file records; nothing of a broken one."""
    folder = folder_of(file)
    try:
        if file.endswith(pointer.SUFFIX):
            entries = list(pointer.read(content, file).outputs)
        else:
            stages = lockfile.read(content, file).stages.values()
            entries = [entry for stage in stages for entry in stage.outputs]
    except MlgitError:
        return
    for entry in entries:
        path = joined(folder, entry.path)
        if path is not None:
            yield path, entry.digest
