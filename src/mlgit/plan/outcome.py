"""What was done, as a value for the views."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from msgspec import Struct


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that mlgit needs: whether it is well, what was seen, and the command that mends it."""

    name: str
    good: bool
    detail: str
    hint: str


class InitResult(Struct, frozen=True, kw_only=True):
    """What init made.

    `written` and `proposed` are paths below `root`; `proposed` names files of the user's that differ from what mlgit
    would write. `about` tells what was seen in the data, `notes` what the user should know. `commit` is None when
    nothing was committed, with the reason in `not_committed`. `installs` says what of mlgit the jobs of CI install,
    `findings` what was seen in a repository that is adopted and what of it the first push will show red.
    """

    root: Path
    adopted: bool
    written: tuple[str, ...]
    proposed: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    commit: str | None = None
    not_committed: str = ""
    installs: str = ""
    findings: tuple[Finding, ...] = ()


CheckState = Literal["passed", "failed", "skipped", "not judged"]
"""`not judged`: nothing failed, and of some rule nobody can say that it is kept."""


class CheckItem(Struct, frozen=True, kw_only=True):
    """One check: what was looked at, how it went, the lines that tell more, and the command that mends it.

    A line that starts with `path:number: ` is about that line of that file.
    """

    subject: Literal["code", "data", "model"]
    name: str
    state: CheckState
    detail: str
    lines: tuple[str, ...] = ()
    hint: str = ""


class CheckReport(Struct, frozen=True, kw_only=True):
    """What `mlgit check --json` writes."""

    version: Literal[1] = 1
    checks: tuple[CheckItem, ...] = ()


class StageRun(Struct, frozen=True, kw_only=True):
    """What happened to one stage, and how long it took in seconds of the clock."""

    name: str
    outcome: Literal["ran", "restored", "skipped", "failed", "not reached"]
    seconds: float


class TrainResult(Struct, frozen=True, kw_only=True):
    """What happened to every stage.

    `complaint` is what DVC says went wrong, `last_words` what the stage that failed said last; `stopped`: it failed because
    its time was over. `records` are the files that tell of the run afterwards, `commit` holds what it wrote where that was asked for.
    """

    runs: tuple[StageRun, ...]
    failed: bool
    complaint: str = ""
    last_words: tuple[str, ...] = ()
    stopped: bool = False
    records: tuple[str, ...] = ()
    commit: str = ""

    @property
    def failed_stage(self) -> str:
        """The stage that failed as DVC calls it; empty when it was none."""
        return next((run.name for run in self.runs if run.outcome == "failed"), "")
