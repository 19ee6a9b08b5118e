"""What one step of a retraining hands to the next: values, and the files they are kept in between two jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct

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


class Claimed(Struct, frozen=True, kw_only=True):
    """What this run holds: its units, at which commit, for which trigger, until when (seconds since the epoch)."""

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
    """How often each unit had been claimed or reported by others when this was claimed."""

    def is_newest(self, unit: str, ledger: Ledger) -> bool:
        """Tell whether nothing was claimed or reported of a unit since."""
        return ledger.told_by_others(unit, self.mark) <= self.known.get(unit, 0)


class Written(Struct, frozen=True, kw_only=True):
    """A file that training changed: its path, and the file of the handover with its content, empty when it is gone."""

    path: str
    content: str = ""


class Trained(Struct, frozen=True, kw_only=True):
    """What became of one unit before anything was proposed.

    `lines` are the broken rules of the data, or what the stage that failed said last; `stage` is that one, empty where
    none did. `left_out` are files that the training changed and no stage writes to Git.
    """

    unit: str
    ending: Literal["trained", "unchanged", "bad-data", "failed"]
    seconds: float = 0.0
    verdict: Verdict = "none"
    detail: str = ""
    lines: tuple[str, ...] = ()
    stage: str = ""
    stages: tuple[str, ...] = ()
    files: tuple[Written, ...] = ()
    left_out: tuple[str, ...] = ()


class Results(Struct, frozen=True, kw_only=True):
    """What became of every unit of a run."""

    version: Literal[1] = 1
    units: tuple[Trained, ...] = ()


class Concluded(Struct, frozen=True, kw_only=True):
    """What came of one unit in the end."""

    unit: str
    ending: Ending
    text: str
    branch: str = ""
    commit: str = ""
    url: str = ""
    seconds: float = 0.0
    notes: tuple[str, ...] = ()


class Reported(Struct, frozen=True, kw_only=True):
    """What came of a unit that was not trained: somebody was told that its model is too old, too long to train, or good."""

    unit: str
    ending: Literal["old", "long", "recovered"]
    text: str
    url: str = ""
    notes: tuple[str, ...] = ()


class Retrained(Struct, frozen=True, kw_only=True):
    """The whole of a retraining: what was decided, and what came of it (nothing in a dry run)."""

    version: Literal[1] = 1
    claimed: Claimed
    concluded: tuple[Concluded | Reported, ...] = ()
    dry: bool = False

    @property
    def bad(self) -> bool:
        """Whether there is check failed: data, a model or a pipeline that a person has to mend. A report is none."""
        return any(one.ending in ("worse", "bad-data", "failed") for one in self.concluded)


def may_change(path: str) -> bool:
    """Tell whether a retraining may propose a change of a file: never of what starts, describes or guards it."""
    folders = path.casefold().split("/")
    if any(part in NO_PART for part in folders) or any(ord(letter) < 32 for letter in path):
        return False
    if folders[-1] in NO_FILE or folders[0] == ".github" or folders[-1].endswith(".dvc"):
        return False
    return folders[0] != ".mlgit" or path.startswith(".mlgit/runs/")
