"""Run what is out of date through DVC, with progress, and record it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Literal

from mlgit.dvc.command import Dvc
from mlgit.dvc.paths import joined
from mlgit.dvc.reasons import reason_text
from mlgit.dvc.staleness import StageState
from mlgit.dvc.state import place
from mlgit.dvc.unfinished import is_unfinished, remove_unfinished
from mlgit.errors import ExternalError, MlgitError
from mlgit.host.choose import ci_of
from mlgit.plan.outcome import StageRun, TrainResult
from mlgit.project.change import change_since
from mlgit.project.kept_locks import forget_locks, keep_locks, mend_locks
from mlgit.project.project import Project
from mlgit.project.stages import refuse_absent_inputs
from mlgit.project.trained import remember_training
from mlgit.project.training_record import Beginning, Ending, beginning, write_records
from mlgit.runs.building import trigger_of
from mlgit.runs.statement import Outcome
from mlgit.world.context import Context
from mlgit.world.streaming import uninterrupted

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
    """What DVC prints while it runs, line by line, turned into stage runs."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._current = ""
        self._since = 0.0
        self.runs: list[StageRun] = []
        self.complaint = ""
        self.last_words: deque[str] = deque(maxlen=LAST_WORDS)
        self._skipped: set[str] = set()

    def line(self, line: str) -> None:
        """Take one line of DVC or of a stage."""
        started, restored = STARTED.search(line), RESTORED.search(line)
        if started:
            self.finish("ran")
            self._current, self._since = started["stage"], self._context.clock()
            self.last_words.clear()
            self._context.console.say(f"running {self._current}")
        elif restored:
            self.finish("ran")
            self.runs.append(StageRun(name=restored["stage"], outcome="restored", seconds=0.0))
            self._context.console.say(
                f"restored {restored['stage']} from the run cache: it ran before with the same inputs"
            )
        elif RECORDED.match(line):
            self.finish("ran")
        elif skipped := SKIPPED.search(line):
            self._skipped.add(skipped["stage"])
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

    def others(self, before: list[StageState], *, failed: bool) -> Iterator[StageRun]:
        """Yield the stages that did not run: up to date, or, where the pipeline failed, not reached."""
        ran = {run.name for run in self.runs}
        for state in before:
            if state.address not in ran:
                skipped = not failed or state.address in self._skipped
                yield StageRun(
                    name=state.address, outcome="skipped" if skipped else "not reached", seconds=0.0
                )


def leave_nothing_torn(project: Project) -> None:
    """Put back or take away what a DVC that did not come to its end wrote by half."""
    mend_locks(project.repository)
    remove_unfinished(project.root, project.repository.untracked())


def train(
    project: Project,
    model: str | None = None,
    *,
    base: str = "",
    only: str = "",
    trigger: str | None = None,
    options: Sequence[str] = (),
    limit: float | None = None,
) -> TrainResult:
    """Run the stale stages of one model's pipeline, or of every pipeline of the repository, and record it.

    With `base`, the pipelines that a change since that commit concerns: what others merged without a training is left to
    them; of these with `only` those of some models (`change_since`). `trigger` is why, in the words of who asks; `options` go to `dvc repro`; after `limit` seconds it is stopped, which is
    a failure. Raises `UsageError` when `mlgit.yaml` has no such model, and (`input-not-fetched`) when Git has not brought
    what a stage reads.
    """
    context = project.context
    mend_locks(project.repository)
    folders = folders_to_train(project, model, base, only)
    why = trigger_of(context.environment, trigger, ci_of(context).invocation.event)
    tree = project.at()
    if any(map(is_unfinished, tree.paths())):
        remove_unfinished(project.root, project.repository.untracked())
    every = tree.stages
    concerned = tree.pipeline_folders
    if folders is not None:
        concerned = tuple({one for folder in folders for one in tree.relations.with_sources(folder)})
    refuse_absent_inputs([one for one in tree.pipelines if one.folder in concerned], tree.evidence)
    before = [state for state in every if folders is None or (joined(state.pipeline) or "") in folders]
    start = beginning(project, why, {joined(state.pipeline) or "" for state in every})
    if folders == ():
        context.console.say("no pipeline is concerned by the change")
        return TrainResult(runs=(), failed=False)
    announce(context, before)
    progress = Progress(context)
    keep_locks(project.repository, [place(one.folder, "dvc.lock") for one in tree.pipelines])
    targets = ("--all-pipelines",) if folders is None else tuple(place(one, "dvc.yaml") for one in folders)
    try:
        exit_code = Dvc(context, project.root).stream(
            "repro", *options, *targets, on_line=progress.line, limit=limit
        )
    except (KeyboardInterrupt, ExternalError) as error:
        with uninterrupted():
            leave_nothing_torn(project)
        progress.finish("failed")
        cut = Ending(outcome="interrupted", runs=tuple(progress.runs))
        records = record(project, start, before, cut)
        if isinstance(error, ExternalError) and error.code == "process-timeout":
            return result_of(progress, cut, records, stopped=True)
        raise
    if exit_code:
        leave_nothing_torn(project)
    else:
        forget_locks(project.repository)
    progress.finish("ran" if exit_code == 0 else "failed")
    runs = (*progress.runs, *progress.others(before, failed=exit_code != 0))
    outcome: Outcome = "failed" if exit_code else "succeeded"
    end = Ending(outcome=outcome, runs=runs, complaint=progress.complaint)
    if not exit_code:
        remember_training(Project(project.repository), runs)
    return result_of(progress, end, record(project, start, before, end))


def folders_to_train(
    project: Project, model: str | None, base: str, only: str = ""
) -> tuple[str, ...] | None:
    """Return the folders of the pipelines to train; None: every one of the repository."""
    if model is not None:
        return (project.at().configuration.model(model).folder,)
    change = change_since(project, base, only) if base or only else None
    return change.folders if change is not None and (only or change.since is not None) else None


def result_of(
    progress: Progress, end: Ending, records: tuple[str, ...], *, stopped: bool = False
) -> TrainResult:
    """Return what happened."""
    return TrainResult(
        runs=end.runs,
        failed=end.outcome != "succeeded",
        complaint=progress.complaint,
        last_words=tuple(progress.last_words),
        stopped=stopped,
        records=records,
    )


def record(project: Project, start: Beginning, before: list[StageState], end: Ending) -> tuple[str, ...]:
    """Write the records of a training; one that cannot be written does not undo what was trained."""
    try:
        return write_records(project, start, before, end)
    except MlgitError as error:
        project.context.console.warn(f"this training leaves no record: {error.message}")
        return ()


def announce(context: Context, states: list[StageState]) -> None:
    """Tell which stages have to run, and why."""
    for state in states:
        if state.state in ("stale", "unknown"):
            verb = "has to run" if state.state == "stale" else "may have to run"
            reasons = "; ".join(reason_text(reason) for reason in state.reasons)
            context.console.say(f"{state.address} {verb}: {reasons}")
