"""Run what is out of date through DVC, with progress, and record it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from mlgit.dvc.command import Dvc
from mlgit.dvc.paths import folder_of, joined
from mlgit.dvc.pipeline import FILE
from mlgit.dvc.reasons import reason_text
from mlgit.dvc.staleness import StageState
from mlgit.dvc.state import place
from mlgit.dvc.unfinished import is_unfinished, remove_unfinished
from mlgit.errors import ExternalError, MlgitError, UsageError
from mlgit.host.choose import ci_of
from mlgit.plan.outcome import TrainResult
from mlgit.project.change import change_since
from mlgit.project.kept_locks import forget_locks, keep_locks, mend_locks
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.project.roots import by_root, in_turn, within
from mlgit.project.stages import refuse_absent_inputs
from mlgit.project.trained import remember_training
from mlgit.project.training_progress import Progress
from mlgit.project.training_record import Beginning, Ending, beginning, write_records
from mlgit.runs.building import trigger_of
from mlgit.runs.statement import Outcome
from mlgit.world.context import Context
from mlgit.world.streaming import uninterrupted


def leave_nothing_torn(project: Project) -> None:
    """Put back or take away what a DVC that did not come to its end wrote by half."""
    mend_locks(project.repository)
    remove_unfinished(project.root, project.repository.untracked())


class Leg(Struct, frozen=True):
    """One run of DVC: the root in which it is asked, and what it is told to bring up to date there."""

    root: str
    targets: tuple[str, ...]


class Work(Struct, frozen=True, kw_only=True):
    """What a training has to do: the pipelines in `folders` (None: every one), and how it stands before anything runs.

    `legs` are run one after the other.
    """

    folders: tuple[str, ...] | None
    legs: tuple[Leg, ...]
    before: tuple[StageState, ...]
    locks: tuple[str, ...]
    start: Beginning


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
    them; of these with `only` those of some models (`change_since`). `trigger` is why, in the words of who asks; `options`
    go to `dvc repro`; after `limit` seconds it is stopped, which is a failure. Raises `UsageError` when `mlgit.yaml` has no
    such model, and (`input-not-fetched`) when Git has not brought what a stage reads.
    """
    context = project.context
    mend_locks(project.repository)
    work = work_of(project, folders_to_train(project, model, base, only), trigger)
    if work.folders == ():
        context.console.say("no pipeline is concerned by the change")
        return TrainResult(runs=(), failed=False)
    announce(context, work.before)
    progress = Progress(context)
    keep_locks(project.repository, work.locks)
    try:
        exit_code = run_legs(project, work.legs, options, progress, limit)
    except (KeyboardInterrupt, ExternalError) as error:
        stopped = cut_short(project, work, progress)
        if isinstance(error, ExternalError) and error.code == "process-timeout":
            return stopped
        raise
    return concluded(project, work, progress, failed=exit_code != 0)


def run_legs(
    project: Project, legs: Sequence[Leg], options: Sequence[str], progress: Progress, limit: float | None
) -> int:
    """Run DVC in each root until one fails; return its exit code. `limit`: seconds for all of them together."""
    clock = project.context.clock
    began = clock()
    for leg in legs:
        progress.enter(leg.root)
        left = None if limit is None else limit - (clock() - began)
        dvc = Dvc(project.context, project.root / leg.root)
        if exit_code := dvc.stream("repro", *options, *leg.targets, on_line=progress.line, limit=left):
            return exit_code
    return 0


def work_of(project: Project, folders: tuple[str, ...] | None, trigger: str | None) -> Work:
    """Return what a training of the pipelines in `folders` has to do; what an earlier one left by half is taken away first.

    Raises `UsageError` (`pipeline-missing`, `input-not-fetched`, `roots-circular`).
    """
    why = trigger_of(project.context.environment, trigger, ci_of(project.context).invocation.event)
    tree = project.at()
    if any(map(is_unfinished, tree.paths())):
        remove_unfinished(project.root, project.repository.untracked())
    if not tree.pipeline_folders and tree.configuration_or_none is None:
        raise UsageError(
            "pipeline-missing",
            f"there is no {FILE} in {project.root.name or project.root}: nothing says what trains",
            hint='mlgit init --run "python train.py" makes one of a script, mlgit init NAME a whole project',
        )
    every = tree.stages
    concerned = tree.pipeline_folders
    if folders is not None:
        concerned = tuple({one for folder in folders for one in tree.relations.with_sources(folder)})
    refuse_absent_inputs([one for one in tree.pipelines if one.folder in concerned], tree.evidence)
    return Work(
        folders=folders,
        legs=legs_of(tree, folders, concerned),
        before=tuple(one for one in every if folders is None or (joined(one.pipeline) or "") in folders),
        locks=tuple(place(one.folder, "dvc.lock") for one in tree.pipelines),
        start=beginning(project, why, {joined(state.pipeline) or "" for state in every}),
    )


def legs_of(tree: Revision, folders: tuple[str, ...] | None, concerned: Iterable[str]) -> tuple[Leg, ...]:
    """Return how DVC is asked to train the pipelines in `folders` (None: every one); `concerned` are these and what they read from.

    In its root it brings up to date by itself what a pipeline reads from; in another one it has to be told.
    """
    roots = by_root(tree.repository.root, (place(one, FILE) for one in sorted(concerned)))
    if folders is None:
        targets = {root: ["--all-pipelines"] for root in roots or [""]}
    else:
        own = by_root(tree.repository.root, (place(one, FILE) for one in folders))
        targets = {
            root: [within(root, file) for file in own.get(root, files)] for root, files in roots.items()
        }
    order = in_turn({root: [*map(folder_of, files)] for root, files in roots.items()}, tree.relations.uses)
    return tuple(Leg(root, tuple(targets[root])) for root in order or targets)


def cut_short(project: Project, work: Work, progress: Progress) -> TrainResult:
    """Leave nothing torn after a training that was stopped, record it, and return what came of it."""
    with uninterrupted():
        leave_nothing_torn(project)
    progress.finish("failed")
    cut = Ending(outcome="interrupted", runs=tuple(progress.runs))
    return result_of(progress, cut, record(project, work.start, work.before, cut), stopped=True)


def concluded(project: Project, work: Work, progress: Progress, *, failed: bool) -> TrainResult:
    """Record a training that came to its end, and return what came of it."""
    if failed:
        leave_nothing_torn(project)
    else:
        forget_locks(project.repository)
    progress.finish("failed" if failed else "ran")
    runs = (*progress.runs, *progress.others(work.before, failed=failed))
    outcome: Outcome = "failed" if failed else "succeeded"
    end = Ending(outcome=outcome, runs=runs, complaint=progress.complaint)
    if not failed:
        remember_training(Project(project.repository), runs)
    return result_of(progress, end, record(project, work.start, work.before, end))


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


def record(project: Project, start: Beginning, before: Sequence[StageState], end: Ending) -> tuple[str, ...]:
    """Write the records of a training; one that cannot be written does not undo what was trained."""
    try:
        return write_records(project, start, before, end)
    except MlgitError as error:
        project.context.console.warn(f"this training leaves no record: {error.message}")
        return ()


def announce(context: Context, states: Sequence[StageState]) -> None:
    """Tell which stages have to run, and why."""
    for state in states:
        if state.state in ("stale", "unknown"):
            verb = "has to run" if state.state == "stale" else "may have to run"
            reasons = "; ".join(reason_text(reason) for reason in state.reasons)
            context.console.say(f"{state.address} {verb}: {reasons}")
