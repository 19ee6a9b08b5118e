"""The ledger of a repository: which predictions were ever evaluated on which test set, merged or not.

It is a ref of its own, `refs/mlgit/ledger`, whose tree holds one small file per evaluation,
`<test set>/<version of the predictions>`. Files are only ever added, so two ledgers are merged by union and nobody
has to wait for anybody: a push that lost the race is made again on top of the winner.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct

from mlgit.git.repository import Repository
from mlgit.refs.commits import Change
from mlgit.refs.log import RefLog, blobs_at
from mlgit.refs.swap import refs_of_ours, refuse_unknown, swap, tip

REF = "refs/mlgit/ledger"
FETCHED = "refs/mlgit/fetched/ledger"
TEST_SET = re.compile(r"[0-9a-f]{32}\Z")
VERSION = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64}|md5-[0-9a-f]{32})\Z")
MESSAGE = "Count evaluations of a test set\n"


class Line(Struct, frozen=True, kw_only=True):
    """What one file of the ledger says, for people; that it exists is what counts."""

    model: str
    base: str
    head: str | None
    verdict: str
    at: int


class Ledger(Struct, frozen=True, kw_only=True):
    """The ledger as this clone knows it: its own and the one last fetched, together.

    `entries` maps `<test set>/<version>` to the blob of the line. `deleted`: a commit of it takes lines away, which
    no mlgit does; `rolled_back`: the remote's no longer holds what was fetched before.
    """

    entries: Mapping[str, str]
    exists: bool = False
    deleted: bool = False
    rolled_back: bool = False

    def versions(self, test_set: str) -> frozenset[str]:
        """Return the versions of predictions that were evaluated on a test set."""
        prefix = f"{test_set}/"
        return frozenset(path.removeprefix(prefix) for path in self.entries if path.startswith(prefix))


def read(repository: Repository, *, rolled_back: bool = False) -> Ledger:
    """Return what this clone knows, without asking anybody."""
    tips = [oid for name, oid in refs_of_ours(repository).items() if name in (REF, FETCHED)]
    if not tips:
        return Ledger(entries={}, rolled_back=rolled_back)
    entries: dict[str, str] = {}
    for commit in dict.fromkeys(tips):
        entries.update(entries_at(repository, commit))
    return Ledger(entries=entries, exists=True, deleted=takes_away(repository, tips), rolled_back=rolled_back)


def entries_at(repository: Repository, commit: str) -> dict[str, str]:
    """Return the lines of one commit of the ledger; what is no line is passed over."""
    return {path: oid for path, oid in blobs_at(repository, commit).items() if is_line(path)}


def is_line(path: str) -> bool:
    """Tell whether a path is that of a line."""
    test_set, _, version = path.partition("/")
    return bool(TEST_SET.match(test_set) and VERSION.match(version))


def takes_away(repository: Repository, tips: Iterable[str]) -> bool:
    """Tell whether any commit of the ledger holds fewer lines than one before it."""
    done = repository.run("log", "-m", "--diff-filter=D", "--name-only", "--format=", *dict.fromkeys(tips))
    return bool(done.stdout.strip())


def encoded(line: Line) -> bytes:
    """Return a line as its file has it."""
    return msgspec.json.encode(line) + b"\n"


def log_at(repository: Repository, remote: str, seconds: float) -> RefLog:
    """Return the log of this clone, of the remote where one is named."""
    return RefLog(repository, REF, remote=remote, message=MESSAGE, clock=lambda: seconds)


def record(repository: Repository, lines: Mapping[str, Line], *, seconds: float) -> None:
    """Add lines, by `<test set>/<version>`, to the ledger of this clone; lines that are there stay as they are."""

    def missing(standing: Mapping[str, str]) -> dict[str, Change]:
        known = read(repository).entries
        changes: dict[str, Change] = {path: encoded(line) for path, line in lines.items()}
        changes.update(known)
        return {path: change for path, change in changes.items() if path not in standing}

    log_at(repository, "", seconds).grow(missing)


def fetch(repository: Repository, remote: str) -> bool:
    """Bring the remote's ledger here; return whether it still holds everything that was fetched before.

    Raises `UsageError` when there is no such remote, `ExternalError` when it does not answer.
    """
    refuse_unknown(repository, remote)
    standing = tip(repository, remote, REF)
    before = refs_of_ours(repository).get(FETCHED)
    if standing == before:
        return True
    if standing is None:
        return False
    if before is not None and not set(entries_at(repository, before)) <= set(
        entries_at(repository, standing)
    ):
        return False
    swap(repository, "", FETCHED, standing, before)
    return True


def push(repository: Repository, remote: str, *, seconds: float) -> None:
    """Give the lines of this clone to the remote, by compare-and-swap: whoever was quicker keeps his lines.

    Raises `ExternalError` (`ref-push`) when the remote does not take them.
    """

    def missing(standing: Mapping[str, str]) -> dict[str, Change]:
        return {path: oid for path, oid in read(repository).entries.items() if path not in standing}

    commit = log_at(repository, remote, seconds).grow(missing)
    if commit is not None:
        settle(repository, commit)


def settle(repository: Repository, commit: str) -> None:
    """Remember what the remote now holds, unless another process remembers something newer."""
    before = refs_of_ours(repository)
    swap(repository, "", FETCHED, commit, before.get(FETCHED))
    mine = before.get(REF)
    if mine is None or set(entries_at(repository, mine)) <= set(entries_at(repository, commit)):
        swap(repository, "", REF, commit, mine)
