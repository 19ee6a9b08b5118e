"""What was asked for, claimed and done: the entries of the log as values, and what follows from them.

triggers/<trigger>      how a trigger was answered: once, whatever comes after
claims/<work>-<n>       the n-th attempt at a piece of work, with its holder and its end
outcomes/<work>-<n>     what became of it, written last
notices/<report>        that a model was reported as too old or too long to train, written after the issue is open; or that
                        what was told of it is over, written after the issues are closed
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from itertools import count
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct

from mlgit.errors import ExternalError
from mlgit.jobs.retraining.job import name_of

REF = "refs/mlgit/retraining"
MESSAGE = "Note what continuous training does\n"
Ending = Literal["proposed", "committed", "unchanged", "worse", "bad-data", "failed"]
FINAL: tuple[Ending, ...] = ("proposed", "committed", "unchanged", "worse", "bad-data")
"""Outcomes after which the same inputs need no second training; a failure may be the machine's."""
DAY = 86_400
Entry = TypeVar("Entry", bound=Struct)
STORED = {"job": "unit"}
"""The names of fields in the entries that stand on the ref since version 1."""


class Answered(Struct, frozen=True, kw_only=True):
    """How a trigger was answered: what is trained, and why the rest is not."""

    kind: str
    id: str
    at: float
    event: str = ""
    because: str = ""
    train: tuple[str, ...] = ()
    skip: Mapping[str, str] = {}
    report: tuple[str, ...] = ()


class Claim(Struct, frozen=True, kw_only=True, rename=STORED):
    """Somebody works on it until `until`; `mark` tells two claims of one holder apart.

    `others` counts what had come of other inputs of the job by then, `running` names the claims of those that had not
    come to their end.
    """

    job: str
    inputs: str
    trigger: str
    holder: str
    mark: str
    at: float
    until: float
    attempt: int
    others: int | None = None
    running: tuple[str, ...] = ()


class Outcome(Struct, frozen=True, kw_only=True, rename=STORED):
    """What became of a claim; `seconds` is how long the training took, `data` a digest of its tables and their schemas."""

    job: str
    inputs: str
    data: str = ""
    trigger: str
    ending: Ending
    seconds: float
    at: float
    attempt: int
    branch: str = ""
    commit: str = ""
    url: str = ""
    detail: str = ""

    @property
    def work(self) -> str:
        """The name of the piece of work that it is about."""
        return name_of(self.job, self.inputs)


class Notice(Struct, frozen=True, kw_only=True, rename=STORED):
    """A model was reported as too old or too long to train, or as up to date again: what was said of it, and where.

    `about` is `old`, `long` or `settled`, `mark` is that of the job that told it, `settles` are the entries that tell of
    what is over.
    """

    job: str
    mark: str = ""
    about: str = ""
    made: str = ""
    detail: str = ""
    trigger: str
    at: float
    url: str = ""
    settles: tuple[str, ...] = ()


class Attempt(Struct, frozen=True, kw_only=True):
    """A claim with its outcome, None as long as there is none."""

    claim: Claim
    outcome: Outcome | None = None


class Ledger:
    """The ledger at one moment."""

    def __init__(self, entries: Mapping[str, bytes]) -> None:
        self._pages = entries

    def answered(self, trigger: str) -> Answered | None:
        """Return how a trigger was answered, None when it was not."""
        entry = self._pages.get(f"triggers/{trigger}")
        return None if entry is None else decoded(entry, Answered, f"triggers/{trigger}")

    def notice(self, name: str) -> Notice | None:
        """Return the notice of a report, None when nobody was told, or what was told is over."""
        return self.notices.get(self.place(name))

    def place(self, name: str) -> str:
        """Return under which name a report is noted: another one each time that it was told and is over."""
        names = (name if turn == 1 else f"{name}-{turn}" for turn in count(1))
        return next(one for one in names if f"notices/{one}" not in self.settled)

    @cached_property
    def settled(self) -> frozenset[str]:
        """The entries that tell of what is over."""
        return frozenset(entry for notice in self.notices.values() for entry in notice.settles)

    @cached_property
    def attempts(self) -> Mapping[str, tuple[Attempt, ...]]:
        """Every piece of work with its attempts, the oldest first."""
        found: dict[str, list[Attempt]] = {}
        for path in self._pages:
            folder, _, name = path.partition("/")
            if folder == "claims":
                claim = decoded(self._pages[path], Claim, path)
                entry = self._pages.get(f"outcomes/{name}")
                outcome = None if entry is None else decoded(entry, Outcome, f"outcomes/{name}")
                found.setdefault(name.partition("-")[0], []).append(Attempt(claim=claim, outcome=outcome))
        return {
            work: tuple(sorted(tries, key=lambda one: one.claim.attempt)) for work, tries in found.items()
        }

    def last(self, work: str) -> Attempt | None:
        """Return the newest attempt at a piece of work."""
        tries = self.attempts.get(work, ())
        return tries[-1] if tries else None

    def of_job(self, job: str) -> Sequence[Attempt]:
        """Return every attempt for a job, whatever its inputs."""
        return self._by_job.get(job, ())

    @cached_property
    def _by_job(self) -> Mapping[str, Sequence[Attempt]]:
        found: dict[str, list[Attempt]] = {}
        for tries in self.attempts.values():
            for one in tries:
                found.setdefault(one.claim.job, []).append(one)
        return found

    def tried_otherwise(self, job: str, inputs: str, *, but: Collection[str] = ()) -> int:
        """Return how often something came of a job with other inputs than these, `but` for the claims of these names."""
        tries = (
            one
            for one in self.of_job(job)
            if one.claim.inputs != inputs and attempt_name(one.claim) not in but
        )
        return sum(one.outcome is not None and one.outcome.ending != "unchanged" for one in tries)

    def running(self, job: str) -> tuple[str, ...]:
        """Return the names of the claims of a job of which nothing came yet."""
        return tuple(attempt_name(one.claim) for one in self.of_job(job) if one.outcome is None)

    def noted_by_others(self, job: str, mark: str) -> int:
        """Return how often a job was claimed or reported by others than the job of `mark`.

        Entries are only ever added: when it is more than that job saw as it lease, something newer is known. Clocks of
        several machines could not tell.
        """
        claims = sum(one.claim.mark != mark for one in self.of_job(job))
        return claims + sum(one.mark != mark for one in self.notices_of(job).values())

    @cached_property
    def notices(self) -> Mapping[str, Notice]:
        """Everything that was reported, by its name."""
        return {
            path.removeprefix("notices/"): decoded(entry, Notice, path)
            for path, entry in self._pages.items()
            if path.startswith("notices/")
        }

    def notices_of(self, job: str) -> Mapping[str, Notice]:
        """Return what was reported of a job, by its name."""
        return {name: notice for name, notice in self.notices.items() if notice.job == job}

    def runs_on_day(self, now: float) -> frozenset[str]:
        """Return the marks of the runs that claimed something on the day (UTC) of `now`."""
        day = now // DAY
        return frozenset(
            one.claim.mark for tries in self.attempts.values() for one in tries if one.claim.at // DAY == day
        )

    def last_training(self, job: str) -> float | None:
        """Return when a job was last claimed, in seconds since the epoch."""
        return max((one.claim.at for one in self.of_job(job)), default=None)

    def durations(self, job: str) -> list[float]:
        """Return the seconds of the trainings of a job that came to an end, the oldest first."""
        ended = [
            one.outcome
            for one in self.of_job(job)
            if one.outcome is not None and one.outcome.ending not in ("failed", "bad-data")
        ]
        return [one.seconds for one in sorted(ended, key=lambda one: one.at)]


def entry(path: str, value: Struct) -> dict[str, bytes]:
    """Return the entry of a value, such as `triggers/<trigger>` of an answer."""
    return {path: msgspec.json.encode(value) + b"\n"}


def attempt_name(one: Claim | Outcome) -> str:
    """Return the name of an attempt, claimed or done: that of its piece of work, and its number."""
    return f"{name_of(one.job, one.inputs)}-{one.attempt:04d}"


def outcome_path(attempt: Attempt) -> str:
    """Return where the outcome of an attempt is written down."""
    return f"outcomes/{attempt_name(attempt.claim)}"


def decoded(entry: bytes, form: type[Entry], path: str) -> Entry:
    """Return the value of an entry; raises `ExternalError` (`ledger-entry`) when it is none."""
    try:
        return msgspec.json.decode(entry, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ExternalError(
            "ledger-entry",
            f"an entry of the ledger of retraining cannot be read: {error}",
            hint=f"git log {REF} -- {path} tells who wrote it",
            where=f"{REF}:{path}",
        ) from error
