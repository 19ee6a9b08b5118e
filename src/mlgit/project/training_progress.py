"""What DVC prints while it runs, told to a person stage by stage."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Literal

from mlgit.dvc.staleness import StageState
from mlgit.plan.outcome import StageRun
from mlgit.project.roots import from_the_top
from mlgit.world.context import Context

STARTED = re.compile(r"Running stage '(?P<stage>[^']+)'")
RESTORED = re.compile(r"Stage '(?P<stage>[^']+)' is cached")
SKIPPED = re.compile(r"Stage '(?P<stage>[^']+)' didn't change")
RECORDED = re.compile(r"(?:Generating|Updating) lock file")
LAST_WORDS = 20
"""Lines of a stage that are kept for who asks why it failed."""
OWN_WORDS = (
    "> ",
    "Use `dvc push`",
    "To track the changes",
    "To enable auto staging",
    "\tgit add",
    "\tdvc config",
)


class Progress:
    """What DVC prints while it runs, line by line, turned into stage runs.

    `root` is where it runs: how it calls a stage from there becomes how it is called from the top of the repository.
    """

    def __init__(self, context: Context, root: str = "") -> None:
        self._context = context
        self._root = root
        self._current = ""
        self._since = 0.0
        self.runs: list[StageRun] = []
        self.complaint = ""
        self.last_words: deque[str] = deque(maxlen=LAST_WORDS)
        self._skipped: set[str] = set()

    def enter(self, root: str) -> None:
        """Go on with what DVC prints in another root."""
        self.finish("ran")
        self._root = root

    def line(self, line: str) -> None:
        """Take one line of DVC or of a stage."""
        started, restored = STARTED.search(line), RESTORED.search(line)
        if started:
            self.finish("ran")
            self._current, self._since = from_the_top(self._root, started["stage"]), self._context.clock()
            self.last_words.clear()
            self._context.console.say(f"running {self._current}")
        elif restored:
            self.finish("ran")
            name = from_the_top(self._root, restored["stage"])
            self.runs.append(StageRun(name=name, outcome="restored", seconds=0.0))
            self._context.console.say(
                f"restored {name} from the run cache: it ran before with the same inputs"
            )
        elif RECORDED.match(line):
            self.finish("ran")
        elif skipped := SKIPPED.search(line):
            self._skipped.add(from_the_top(self._root, skipped["stage"]))
        elif not line.strip() or line.startswith(OWN_WORDS):
            return
        elif line.startswith("ERROR: "):
            self.complaint = self.complaint or line.removeprefix("ERROR: ")
        elif self._current:
            self.last_words.append(line)
            self._context.console.say(f"  {self._current} | {line}")

    def finish(self, outcome: Literal["ran", "failed"]) -> None:
        """Close the stage that runs."""
        if self._current:
            seconds = round(self._context.clock() - self._since, 1)
            self.runs.append(StageRun(name=self._current, outcome=outcome, seconds=seconds))
            self._context.console.say(
                f"{'finished' if outcome == 'ran' else 'FAILED'} {self._current} in {seconds} s"
            )
        if outcome == "ran":
            self.last_words.clear()
        self._current = ""

    def others(self, before: Sequence[StageState], *, failed: bool) -> Iterator[StageRun]:
        """Yield the stages that did not run: up to date, or, where the pipeline failed, not reached."""
        ran = {run.name for run in self.runs}
        for state in before:
            if state.address not in ran:
                skipped = not failed or state.address in self._skipped
                yield StageRun(
                    name=state.address, outcome="skipped" if skipped else "not reached", seconds=0.0
                )
