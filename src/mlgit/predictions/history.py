"""Which predictions a branch has accepted, from the history of its first parents."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from mlgit import yamlfile
from mlgit.dvc import lockfile, pointer
from mlgit.dvc.cache import LocalCache
from mlgit.dvc.content import inside_folder
from mlgit.dvc.hashing import content_digest
from mlgit.dvc.lockfile import Entry
from mlgit.dvc.paths import below, folder_of, joined
from mlgit.dvc.tracked import Tracked
from mlgit.errors import MlgitError
from mlgit.git.plumbing import object_name
from mlgit.git.repository import Repository

NAMED = re.compile(rb"""predictions["']?\s*:""")
PLAIN = re.compile(rb"""predictions["']?\s*:[ ]*["']?([\w./-]+)["']?[ ]*(?=\r?\n|[,}#]|\Z)""")
"""A path that needs no reader of YAML, as most are."""
CONFIGURATION = "mlgit.yaml"
AT_ONCE = 16
MOST_CONFIGURATIONS = 200
MOST_POINTERS = 400

SameTestSet = Callable[[bytes, str], bool]
Directories = Mapping[tuple[str, str], str]
"""The directory of a stage (`wdir`), by the path of its dvc.lock and its name."""


def accepted(
    repository: Repository,
    cache: LocalCache,
    commit: str,
    paths: Sequence[str],
    same: SameTestSet,
    *,
    directories: Directories,
    kept_by_dvc: bool,
    enough: int,
) -> frozenset[str]:
    """Return the versions of predictions on one test set that the first parents of `commit` hold, newest first.

    `paths` are where predictions lie now; every other place that an older mlgit.yaml names is looked at too. `same`
    tells whether a content has the test set. The search ends once there are `enough`. `kept_by_dvc`: the contents are
    not in Git but behind dvc.lock or .dvc files; one that this machine lacks counts, so that there is never a step
    fewer than there was. Of what Git keeps now, the versions count that DVC kept before. `directories` are those that
    stages run in, by the path of their dvc.lock and their name.
    """
    wanted = set(paths)
    pointers = pointers_of(paths) | {lock for lock, _ in directories}
    versions = changes(repository, commit, sorted({CONFIGURATION, *wanted, *pointers}))
    older = declared_before(
        repository, [one.oid for one in versions if one.path == CONFIGURATION and one.oid]
    )
    if older - wanted:
        wanted |= older
        pointers |= pointers_of(older)
        versions = changes(repository, commit, sorted(wanted | pointers))
    found: set[str] = set()
    known: set[str] = set()
    blobs = list(dict.fromkeys((one.path, one.oid) for one in versions if one.path in wanted and one.oid))
    for start in range(0, len(blobs), AT_ONCE):
        if len(found) >= enough:
            return frozenset(found)
        part = blobs[start : start + AT_ONCE]
        contents = repository.blobs(oid for _, oid in part)
        held = [oid for path, oid in part if oid in contents and same(contents[oid], path)]
        found.update(held)
        known.update(content_digest(contents[oid]) for oid in held if not kept_by_dvc)
    beside = dict.fromkeys(beside_git(versions, wanted, always=kept_by_dvc))
    kept = [one for one in beside if one[0] in pointers][:MOST_POINTERS]
    found.update(in_dvc(repository, cache, kept, wanted, same, directories, known))
    return frozenset(found)


def beside_git(versions: Sequence[Version], wanted: set[str], *, always: bool) -> Iterator[tuple[str, str]]:
    """Yield path and blob of other files than the wanted ones from when Git did not keep one of these; `always`: all.

    The versions are the newest first, those of one commit by their paths. Before a file was added Git had none, before it
    was removed it had one, and the record of the commit that removed it is DVC's first.
    """
    missing, removed, last = set[str](), set[str](), ""
    for one in versions:
        if one.path <= last:
            missing -= removed
            removed.clear()
        last = one.path
        if one.path not in wanted:
            if one.oid and (always or missing):
                yield one.path, one.oid
        elif not one.oid:
            removed.add(one.path)
        elif one.added:
            missing.add(one.path)
            removed.discard(one.path)


class Version(NamedTuple):
    """What a commit did to a path: the blob that it holds from then on, empty where it removed it; whether it `added` it."""

    path: str
    oid: str
    added: bool


def changes(repository: Repository, commit: str, paths: Sequence[str]) -> list[Version]:
    """Return every version of `paths` among the first parents of a commit, the newest first."""
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
            found.append(Version(path, facts[3], added=facts[4].startswith("A")))
        elif facts[4].startswith("D"):
            found.append(Version(path, "", added=False))
    return found


def declared_before(repository: Repository, oids: Sequence[str]) -> set[str]:
    """Return every place of predictions that some version of mlgit.yaml names."""
    contents = repository.blobs(dict.fromkeys(oids[:MOST_CONFIGURATIONS]))
    named = {name for content in contents.values() for name in named_in(content)}
    paths = (joined(name) for name in named)
    return {path for path in paths if path}


def named_in(content: bytes) -> Iterator[str]:
    """Yield the predictions that one version of mlgit.yaml names; a reader of YAML is asked where a path is no plain word."""
    plain = PLAIN.findall(content)
    yield from (name.decode() for name in plain)
    if len(plain) == len(NAMED.findall(content)):
        return
    try:
        models = yamlfile.read(content, CONFIGURATION).value["models"].values()
        yield from (one["predictions"] for one in models if isinstance(one.get("predictions"), str))
    except (MlgitError, AttributeError, KeyError, TypeError):
        return


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
    directories: Directories,
    known: Set[str],
) -> Iterator[str]:
    """Yield the versions that DVC keeps of wanted paths; none whose digest is `known` of what Git keeps."""
    contents = repository.blobs(oid for _, oid in kept)
    seen = set(known)
    for file, oid in kept:
        for path, digest in recorded(contents.get(oid, b""), file, wanted, cache, directories):
            if digest in seen or not digest:
                continue
            seen.add(digest)
            content = None if digest.endswith(".dir") else cache.content(folder_of(file), digest)
            if content is None or content_digest(content) != digest or same(content, path):
                yield f"md5-{digest}"


def recorded(
    content: bytes, file: str, wanted: set[str], cache: LocalCache, directories: Directories
) -> Iterator[tuple[str, str]]:
    """Yield the wanted paths that a dvc.lock or a .dvc file records, with their digests; nothing of a broken one.

    Of a folder, the digest of the file in it; that of the folder where the list of its files is not here.
    """
    folder = folder_of(file)
    for directory, entry in entries_of(content, file, directories):
        place = joined(folder, directory, entry.path)
        if place is None:
            continue
        if place in wanted:
            yield place, entry.digest
        elif entry.is_folder:
            above = {place: Tracked(place, entry, folder, "made")}
            for path in sorted(one for one in wanted if below(place, one)):
                inside = inside_folder(cache, path, above)
                if inside is not None:
                    yield path, inside.entry.digest


def entries_of(content: bytes, file: str, directories: Directories) -> Iterator[tuple[str, Entry]]:
    """Yield every output that a dvc.lock or a .dvc file records with the folder that its path starts from."""
    try:
        if file.endswith(pointer.SUFFIX):
            found = pointer.read(content, file)
            yield from ((found.directory, entry) for entry in found.outputs)
        else:
            for stage in lockfile.read(content, file).stages.values():
                directory = directories.get((file, stage.name), ".")
                yield from ((directory, entry) for entry in stage.outputs)
    except MlgitError:
        return
