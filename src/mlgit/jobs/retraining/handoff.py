"""What one step of a retraining hands to the next: values, and the files they are kept in between two jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct

from mlgit.host.choose import AUTOMATION
from mlgit.jobs.retraining.decision import Assignment, Report, Skip
from mlgit.jobs.retraining.ledger import Ending, Ledger
from mlgit.jobs.retraining.trigger import Trigger

CLAIM = "claim.json"
TRAINED = "trained.json"
COMPARISON = "comparison.json"
CHARTS = "charts.json"
NO_PART = frozenset({"", ".", "..", ".git", ".dvc"})
NO_FILE = frozenset({"dvc.yaml", "mlgit.yaml", ".gitmodules", ".lfsconfig"})
Verdict = Literal["PASS", "FAIL", "UNDECIDED", "none"]


class Lease(Struct, frozen=True, kw_only=True):
    """What this run holds: its jobs, at which commit, for which trigger, until when (seconds since the epoch)."""

    version: Literal[1] = 1
    base: str
    branch: Annotated[str, Meta(description="The default branch.")]
    trigger: Trigger
    holder: str
    mark: str
    at: float
    until: float
    minutes: int
    propose: Literal["pull_request", "commit"] = "pull_request"
    train: tuple[Assignment, ...] = ()
    skip: tuple[Skip, ...] = ()
    report: tuple[Report, ...] = ()
    answered: bool = False
    known: Mapping[str, int] = {}
    """How often each job had been claimed or reported by others when this was claimed."""

    def is_newest(self, job: str, ledger: Ledger) -> bool:
        """Tell whether nothing was claimed or reported of a job since."""
        return ledger.noted_by_others(job, self.mark) <= self.known.get(job, 0)


class ChangedFile(Struct, frozen=True, kw_only=True):
    """A file that training changed: its path, and the file of the handoff with its content, empty when it is gone."""

    path: str
    content: str = ""


class Result(Struct, frozen=True, kw_only=True):
    """What became of one job before anything was proposed.

    `lines` are the broken rules of the data, or what the stage that failed said last; `stage` is that one, empty where
    none did. `left_out` are files that the training changed and no stage writes to Git.
    """

    job: str
    ending: Literal["trained", "unchanged", "bad-data", "failed"]
    seconds: float = 0.0
    verdict: Verdict = "none"
    detail: str = ""
    lines: tuple[str, ...] = ()
    stage: str = ""
    stages: tuple[str, ...] = ()
    files: tuple[ChangedFile, ...] = ()
    left_out: tuple[str, ...] = ()


class Results(Struct, frozen=True, kw_only=True):
    """What became of every job of a run."""

    version: Literal[1] = 1
    jobs: tuple[Result, ...] = ()


class Conclusion(Struct, frozen=True, kw_only=True):
    """What came of one job in the end."""

    job: str
    ending: Ending
    text: str
    branch: str = ""
    commit: str = ""
    url: str = ""
    seconds: float = 0.0
    notes: tuple[str, ...] = ()


class Reported(Struct, frozen=True, kw_only=True):
    """What came of a job that was not trained: somebody was told that its model is too old, too long to train, or good."""

    job: str
    ending: Literal["old", "long", "recovered"]
    text: str
    url: str = ""
    notes: tuple[str, ...] = ()


class Retrained(Struct, frozen=True, kw_only=True):
    """The whole of a retraining: what was decided, and what came of it (nothing in a dry run).

    `results` is what came of each training where that is all that was done: of the step that trains.
    """

    version: Literal[2] = 2
    lease: Lease
    results: tuple[Result, ...] = ()
    conclusions: tuple[Conclusion | Reported, ...] = ()
    dry: bool = False

    @property
    def bad(self) -> bool:
        """Whether there is check failed: data, a model or a pipeline that a person has to mend. A report is none."""
        return any(one.ending in ("worse", "bad-data", "failed") for one in self.conclusions)


def may_change(path: str) -> bool:
    """Tell whether a retraining may propose a change of a file: never of what starts, describes or guards it."""
    folders = path.casefold().split("/")
    if any(part in NO_PART for part in folders) or any(ord(letter) < 32 for letter in path):
        return False
    if folders[-1] in NO_FILE or folders[-1].endswith(".dvc"):
        return False
    if f"{path.casefold()}/".startswith(AUTOMATION):
        return False
    return folders[0] != ".mlgit" or path.startswith(".mlgit/runs/")
