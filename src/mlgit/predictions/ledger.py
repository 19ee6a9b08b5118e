"""The ledger of a repository: which predictions were ever judged by which test set, merged or not.

It is a ref of its own, `refs/mlgit/ledger`, whose tree holds one small file per judgement,
`<test set>/<version of the predictions>`. Files are only ever added, so two ledgers are merged by union and nobody
has to wait for anybody: a push that lost the race is made again on top of the winner.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct

from mlgit.errors import ExternalError, UsageError
from mlgit.git.repository import Repository
from mlgit.refs.objects import move_ref, refs_below, write_blob, write_commit
from mlgit.refs.remote import ATTEMPTS, busy, pause, push_on_top, remote_tip, tree_of

REF = "refs/mlgit/ledger"
FETCHED = "refs/mlgit/fetched/ledger"
TEST_SET = re.compile(r"[0-9a-f]{32}\Z")
VERSION = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64}|md5-[0-9a-f]{32})\Z")
MESSAGE = "Count judgements of a test set\n"


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
        """Return the versions of predictions that were judged by a test set."""
        prefix = f"{test_set}/"
        return frozenset(path.removeprefix(prefix) for path in self.entries if path.startswith(prefix))


def read(repository: Repository, *, rolled_back: bool = False) -> Ledger:
    """Return what this clone knows, without asking anybody."""
    tips = [oid for name, oid in refs_below(repository).items() if name in (REF, FETCHED)]
    if not tips:
        return Ledger(entries={}, rolled_back=rolled_back)
    entries: dict[str, str] = {}
    for tip in dict.fromkeys(tips):
        entries.update(entries_at(repository, tip))
    return Ledger(entries=entries, exists=True, deleted=takes_away(repository, tips), rolled_back=rolled_back)


def entries_at(repository: Repository, commit: str) -> dict[str, str]:
    """Return the lines of one commit of the ledger; what is no line is passed over."""
    found = {}
    for entry in repository.tree(commit):
        test_set, _, version = entry.path.partition("/")
        if TEST_SET.match(test_set) and VERSION.match(version):
            found[entry.path] = entry.oid
    return found


def takes_away(repository: Repository, tips: Iterable[str]) -> bool:
    """Tell whether any commit of the ledger holds fewer lines than one before it."""
    done = repository.run("log", "-m", "--diff-filter=D", "--name-only", "--format=", *dict.fromkeys(tips))
    return bool(done.stdout.strip())


def record(repository: Repository, lines: Mapping[str, Line], *, seconds: float) -> None:
    """Add lines, by `<test set>/<version>`, to the ledger of this clone; lines that are there stay as they are."""
    for _ in range(ATTEMPTS):
        tip = refs_below(repository).get(REF)
        if move_ref_with(repository, tip, read(repository).entries, lines, seconds) is not None:
            return
        pause()
    raise busy(REF)


def move_ref_with(
    repository: Repository,
    tip: str | None,
    entries: Mapping[str, str],
    lines: Mapping[str, Line],
    seconds: float,
) -> str | None:
    """Point the ledger of this clone to `entries` and `lines` on top of `tip`; None when another was quicker."""
    old = entries_at(repository, tip) if tip else {}
    new = {
        **entries,
        **written(repository, {path: lines[path] for path in lines.keys() - entries.keys()}),
        **old,
    }
    if tip and old.keys() == new.keys():
        return tip
    commit = write_commit(
        repository, tree_of(repository, new), [tip] if tip else [], MESSAGE, seconds=seconds
    )
    return commit if move_ref(repository, REF, commit, tip) else None


def written(repository: Repository, lines: Mapping[str, Line]) -> dict[str, str]:
    """Write the blobs of lines; equal lines share one."""
    blobs: dict[bytes, str] = {}
    made = {}
    for path, line in sorted(lines.items()):
        content = msgspec.json.encode(line) + b"\n"
        if content not in blobs:
            blobs[content] = write_blob(repository, content)
        made[path] = blobs[content]
    return made


def fetch(repository: Repository, remote: str) -> bool:
    """Bring the remote's ledger here; return whether it still holds everything that was fetched before.

    Raises `UsageError` when there is no such remote, `ExternalError` when it does not answer.
    """
    refuse_unknown(repository, remote)
    tip = remote_tip(repository, remote, REF)
    before = refs_below(repository).get(FETCHED)
    if tip == before:
        return True
    if tip is None:
        return False
    if before is not None and not set(entries_at(repository, before)) <= set(entries_at(repository, tip)):
        return False
    move_ref(repository, FETCHED, tip, before)
    return True


def refuse_unknown(repository: Repository, remote: str) -> None:
    """Raise `UsageError` (`ledger-remote`) for a name that no remote of this clone has; an address may be any."""
    if "/" in remote or ":" in remote or remote in repository.run("remote").text.split():
        return
    raise UsageError(
        "ledger-remote",
        f"there is no remote called {remote} to share the ledger with",
        hint=f"git remote add {remote} URL, or name another by --remote; without --push the ledger stays here",
    )


def push(repository: Repository, remote: str, *, seconds: float) -> None:
    """Give the lines of this clone to the remote, by compare-and-swap: whoever was quicker keeps his lines.

    Raises `ExternalError` (`ledger-push`) when the remote does not take them.
    """
    said = ""
    for _ in range(ATTEMPTS):
        tip = remote_tip(repository, remote, REF)
        mine = read(repository).entries
        theirs = entries_at(repository, tip) if tip else {}
        if mine.keys() <= theirs.keys():
            return
        together = {**mine, **theirs}
        commit = write_commit(
            repository, tree_of(repository, together), [tip] if tip else [], MESSAGE, seconds=seconds
        )
        done = push_on_top(repository, remote, REF, commit, tip)
        if done.exit_code == 0:
            settle(repository, commit)
            return
        said = (done.error_text.splitlines() or [""])[-1]
        if remote_tip(repository, remote, REF) == tip and "rejected" not in done.error_text:
            break
        pause()
    raise ExternalError(
        "ledger-push",
        f"the remote did not take the ledger: {said}",
        hint="the job needs the right to write contents; without it mlgit gate counts what history shows",
    )


def settle(repository: Repository, commit: str) -> None:
    """Remember what the remote now holds, unless another process remembers something newer."""
    before = refs_below(repository)
    move_ref(repository, FETCHED, commit, before.get(FETCHED))
    mine = before.get(REF)
    if mine is None or set(entries_at(repository, mine)) <= set(entries_at(repository, commit)):
        move_ref(repository, REF, commit, mine)
