"""What ran where, from when to when, by whom and why: told from the commits of the default branch alone.

The first parents of the branch are its history: a merge is the moment at which a pull request took effect, and its author is
who let it in. Two git processes, however long the history.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from mlgit.environments.desired import FOLDER, Entry, Written, environment_of, read, read_after
from mlgit.errors import MlgitError
from mlgit.git.plumbing import object_name
from mlgit.git.repository import Repository
from mlgit.registry.names import model_of

FORM = "%x01%H%x00%ct%x00%P%x00%an%x00%ae%x00%s"
CHANGED = re.compile(r"^:[0-7]+ ([0-7]+) [0-9a-f]+ ([0-9a-f]+) [A-Z][0-9]*\t([^\n]+)$", re.MULTILINE)
"""A line of `git log --raw`: the new mode, the new blob, the path."""
LONGEST = 200
NOTHING = Written()
"""The state of an environment without a file."""


class Commit(Struct, frozen=True, kw_only=True):
    """A commit of the default branch that touches what has to run; `files` are the blobs by environment, None: gone."""

    name: str
    at: int
    author: str
    subject: str
    merge: bool
    files: dict[str, str | None]


class Span(Struct, frozen=True, kw_only=True):
    """One version of a model in one environment, from when to when."""

    environment: str
    model: str
    artifact: Annotated[str, Meta(description="The model as tags call it.")]
    version: str
    digest: str
    action: Literal["promote", "rollback"]
    since: Annotated[int, Meta(description="When it was to run, seconds since the epoch.")]
    until: Annotated[int | None, Meta(description="When it was replaced; null: it has to run now.")] = None
    by: Annotated[str, Meta(description="Who asked for it.")] = ""
    approved_by: Annotated[str, Meta(description="Who merged it; empty where its gates let it in.")] = ""
    why: str = ""
    gate: Annotated[str, Meta(description="What the gates said.")] = ""
    image: Annotated[
        str, Meta(description="The image it runs from, by its digest; empty: none was built.")
    ] = ""
    commit: Annotated[str, Meta(description="The commit of the default branch that brought it.")] = ""
    position: Annotated[int, Meta(description="The place of that commit in the history, from 0.")] = 0


class Unreadable(Struct, frozen=True, kw_only=True):
    """A commit whose desired state of an environment cannot be read: what stood there before is taken to go on."""

    environment: str
    commit: str
    message: str


class History(Struct, frozen=True, kw_only=True):
    """Everything that ever had to run, the oldest first."""

    version: Annotated[Literal[1], Meta(description="The version of this form.")] = 1
    commit: Annotated[str | None, Meta(description="The commit at which it was read.")] = None
    complete: Annotated[bool, Meta(description="False in a shallow clone: older entries may be missing.")] = (
        True
    )
    spans: tuple[Span, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()


class Begun(Struct):
    """An entry that took effect with a commit; `position` counts them.

    While a history is read, an image is added to it, and the time at which it was replaced.
    """

    environment: str
    artifact: str
    entry: Entry
    commit: Commit
    position: int
    until: int | None = None


class Wanted(Struct, frozen=True, kw_only=True):
    """Which entries are asked for: of a model, in an environment, those that held at a moment (seconds since the epoch)."""

    model: str = ""
    environment: str = ""
    at: float | None = None

    def has(self, one: Begun) -> bool:
        """Tell whether an entry is asked for."""
        at = self.at
        return (
            self.model in ("", one.artifact, model_of(one.artifact)[0])
            and self.environment in ("", one.environment)
            and (at is None or (one.commit.at <= at and (one.until is None or at < one.until)))
        )


EVERYTHING = Wanted()


def history(repository: Repository, tip: str | None, wanted: Wanted = EVERYTHING) -> History:
    """Return what ever had to run of what is wanted, as the history of commit `tip` tells it; nothing for None."""
    if tip is None:
        return History()
    commits = commits_of(repository, tip)
    found, unreadable = folded(commits, contents(repository, commits))
    return History(
        commit=tip,
        complete=not repository.is_shallow,
        spans=tuple([span_of(one) for one in found if wanted.has(one)]),
        unreadable=tuple(unreadable),
    )


def past(repository: Repository, tip: str, artifact: str, environment: str) -> list[Entry]:
    """Return the entries that a model had in an environment, the oldest first."""
    found: list[Entry] = []
    commits = commits_of(repository, tip, environment)
    blobs = contents(repository, commits)
    for one in commits:
        try:
            entry = read(blobs.get(one.files.get(environment) or "", b""), environment).get(artifact)
        except MlgitError:
            continue
        if entry is not None and found and is_built(found[-1], entry):
            found[-1] = entry
        elif entry is not None and (not found or found[-1] != entry):
            found.append(entry)
    return found


def entries(repository: Repository, tip: str) -> Iterator[tuple[str, Entry]]:
    """Yield every entry that stood in any environment, by the artifact of its model, the oldest first; some come more than once."""
    commits = commits_of(repository, tip)
    blobs = contents(repository, commits)
    for one in commits:
        for environment, oid in one.files.items():
            with suppress(MlgitError):
                yield from read(blobs.get(oid or "", b""), environment).items()


def is_built(before: Entry | None, entry: Entry) -> bool:
    """Tell whether an entry is the one before with the image that was built of it meanwhile."""
    return (
        before is not None and not before.image and bool(entry.image) and replace(entry, image="") == before
    )


def commits_of(repository: Repository, tip: str, environment: str = "") -> list[Commit]:
    """Return the commits of the default branch that touch what has to run (in one environment), the oldest first."""
    under = f"{FOLDER}/{environment}.yaml" if environment else FOLDER
    listing = (
        "--first-parent",
        "-m",
        "--raw",
        "--no-abbrev",
        "--no-renames",
        "--no-show-signature",
    )
    done = repository.run("log", *listing, f"--format={FORM}", object_name(tip), "--", under, timeout=600.0)
    text = done.stdout.decode("utf-8", "replace")
    return [commit_of(part) for part in reversed(text.split("\x01")) if part]


def contents(repository: Repository, commits: Iterable[Commit]) -> dict[str, bytes]:
    """Return the files of commits by their blobs; the newest is asked for first: Git keeps the older as differences from it."""
    newest_first = [oid for one in commits for oid in one.files.values() if oid][::-1]
    return repository.blobs(newest_first)


def commit_of(text: str) -> Commit:
    """Return a commit from what git tells of it."""
    head, _, raw = text.partition("\n")
    name, at, parents, author, email, subject = head.split("\0", 5)
    files: dict[str, str | None] = {}
    for mode, oid, path in CHANGED.findall(raw):
        environment = environment_of(path)
        if environment:
            files[environment] = oid if mode.startswith("100") else None
    return Commit(
        name=name,
        at=int(at),
        author=f"{author} <{email}>"[:LONGEST],
        subject=subject[:LONGEST],
        merge=" " in parents,
        files=files,
    )


def folded(commits: Iterable[Commit], blobs: Mapping[str, bytes]) -> tuple[list[Begun], list[Unreadable]]:
    """Return the entries that commits come to, the oldest first, and what of them cannot be read."""
    states: dict[str, Written] = {}
    running: dict[tuple[str, str], Begun] = {}
    found: list[Begun] = []
    unreadable: list[Unreadable] = []
    for commit in commits:
        for environment, oid in commit.files.items():
            before = states.get(environment, NOTHING)
            try:
                content = blobs.get(oid or "")
                state = before.then({}) if content is None else read_after(before, content, environment)
            except MlgitError as error:
                broken = Unreadable(environment=environment, commit=commit.name, message=error.message)
                unreadable.append(broken)
                continue
            states[environment] = state
            for artifact in state.ended:
                running.pop((environment, artifact)).until = commit.at
            for artifact in state.begun:
                entry, runs = state.desired[artifact], running.get((environment, artifact))
                if runs is not None and is_built(before.desired.get(artifact), entry):
                    runs.entry = entry
                    continue
                if runs is not None:
                    runs.until = commit.at
                running[environment, artifact] = begun = Begun(
                    environment, artifact, entry, commit, len(found)
                )
                found.append(begun)
    return found, unreadable


def span_of(begun: Begun) -> Span:
    """Return an entry with its times; who merged it, or committed another's entry, approved it."""
    entry, commit = begun.entry, begun.commit
    approved = commit.author if commit.merge or commit.author != entry.by else ""
    return Span(
        environment=begun.environment,
        model=model_of(begun.artifact)[0],
        artifact=begun.artifact,
        version=entry.version,
        digest=entry.digest,
        action=entry.action,
        since=commit.at,
        until=begun.until,
        by=entry.by,
        approved_by=approved,
        why=entry.why,
        gate=entry.gate,
        image=entry.image,
        commit=commit.name,
        position=begun.position,
    )
