"""The second step of a retraining: check the data, train what is stale, compare. Writes nothing but its results.

It runs the code of the repository, so it holds no right to write: what it found goes on as files.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from mlgit.config.model import Configuration
from mlgit.data.report import CheckReport, failure_lines
from mlgit.dvc.paths import touches
from mlgit.dvc.pointer import is_pointer
from mlgit.errors import MlgitError
from mlgit.git.repository import Repository
from mlgit.host.choose import untrusted
from mlgit.jobs.handoff import write_handoff
from mlgit.jobs.retraining.available import reads_of
from mlgit.jobs.retraining.collect import with_results
from mlgit.jobs.retraining.decision import Assignment
from mlgit.jobs.retraining.handoff import TRAINED, Lease, Result, Results
from mlgit.plan.outcome import TrainResult
from mlgit.project.project import Project
from mlgit.project.roots import asked
from mlgit.project.tables import check_tables
from mlgit.project.training import train
from mlgit.redact import without_colours
from mlgit.world.context import Context

SHOWN = 20
USED_UP = "the minutes of the budget were used up"
REPRO = ("--allow-missing",)
PULL = ("--pull", "--allow-missing")


def train_jobs(context: Context, tree: Path, lease: Lease, out: Path, *, pull: bool) -> Results:
    """Train every job of a claim in `tree`, a clone at its base, and write what came of it below `out`.

    The minutes of the budget are for all of them together that have none of their own, from now on: how long the job waited
    for a runner and set itself up is nobody's training. `pull`: fetch what is missing as it is needed.
    """
    work = Repository(untrusted(context).at(tree), tree)
    configuration = Project(work).at().configuration
    left = lease.minutes * 60.0
    done: list[Result] = []
    for one in lease.train:
        context.console.say(f"retraining {one.job.name}: {'; '.join(one.job.stale[:3])}")
        own, started = one.job.budget, context.clock()
        limit, trigger = left if own is None else own * 60.0, trigger_of(lease)
        ended = train_one(work, configuration, one, trigger=trigger, limit=limit, pull=pull)
        left -= context.clock() - started if own is None else 0.0
        done.append(without_secrets(ended, context))
    done = with_results(work, lease, done, out)
    results = Results(jobs=tuple(done))
    write_handoff(context, out / TRAINED, results)
    return results


def trigger_of(lease: Lease) -> str:
    """Return what the record of a training says of why it was started."""
    text = f": {lease.trigger.because}" if lease.trigger.because else ""
    return f"retrain: {lease.trigger.cause}{text}"


def train_one(
    work: Repository,
    configuration: Configuration,
    one: Assignment,
    *,
    trigger: str,
    limit: float,
    pull: bool,
) -> Result:
    """Check and train one job; whatever goes wrong is a value."""
    context, started = work.context, work.context.clock()
    try:
        if pull:
            bring_tables(work, configuration, one)
            bring_inputs(work, one)
        reports = check_tables(Project(work), one.job.tables) if one.job.tables else ()
        wrong = [report for report in reports if not report.passed]
        if wrong:
            return bad_data(one, wrong)
        if limit <= 0:
            return failed(one, 0.0, f"{USED_UP} before it could start")
        options, model = PULL if pull else REPRO, one.job.models[0]
        result = train(Project(work), model, trigger=trigger, options=options, limit=limit)
    except MlgitError as error:
        return failed(one, context.clock() - started, error.message)
    seconds = context.clock() - started
    if result.failed:
        return failed(one, seconds, complaint_of(result), result)
    ran = tuple(run.name for run in result.runs if run.outcome in ("ran", "restored"))
    return Result(job=one.job.name, ending="trained", seconds=seconds, stages=ran)


def bring_tables(work: Repository, configuration: Configuration, one: Assignment) -> None:
    """Get the tables of a job, from the cache where they are there, else from the remote."""
    wanted = [configuration.data[name].path for name in one.job.tables]
    missing = [path for path in wanted if not (work.root / path).exists()]
    for dvc, paths in asked(work.context, work.root, missing):
        try:
            dvc.run("checkout", "--quiet", "--", *paths)
        except MlgitError:
            dvc.run("pull", "--", *paths)


def bring_inputs(work: Repository, one: Assignment) -> None:
    """Get what else the stages of a job read of DVC, as far as it is known anywhere.

    `dvc repro --pull` looks for it below the root, wherever the pipeline lies: what a stage in a folder reads is not found.
    """
    found = Project(work).at()
    kept = [path.removesuffix(".dvc") for path in found.paths() if is_pointer(path)]
    kept += found.relations.written
    reads = [path for path in reads_of(found.relations, one.job.folder) if not (work.root / path).exists()]
    missing = sorted(path for path in reads if any(touches(path, other) for other in kept))
    for command in ("checkout", "pull"):
        left = [path for path in missing if not (work.root / path).exists()]
        for dvc, paths in asked(work.context, work.root, left):
            with suppress(MlgitError):
                dvc.run(command, "--quiet", "--allow-missing", "--", *paths)


def bad_data(one: Assignment, wrong: Sequence[CheckReport]) -> Result:
    """Return that the data break their schema, with the first broken rules."""
    lines = [
        line
        for report in wrong
        for failure in report.failures
        for line in failure_lines(failure, report.path)
    ]
    names, broken = ", ".join(report.table for report in wrong), sum(len(one.failures) for one in wrong)
    return Result(
        job=one.job.name,
        ending="bad-data",
        detail=f"{names}: {broken} rule{'' if broken == 1 else 's'} broken",
        lines=tuple(lines[:SHOWN]),
    )


def complaint_of(result: TrainResult) -> str:
    """Return why a pipeline came to no end, in a sentence."""
    where = f"stage {result.failed_stage}" if result.failed_stage else "the pipeline"
    if result.stopped:
        return f"{USED_UP} while {where} ran"
    return f"{where}: {result.complaint}" if result.complaint else f"{where} did not finish"


def failed(one: Assignment, seconds: float, text: str, result: TrainResult | None = None) -> Result:
    """Return that a training came to nothing, and why."""
    return Result(
        job=one.job.name,
        ending="failed",
        seconds=seconds,
        detail=text,
        lines=result.last_words if result else (),
        stage=result.failed_stage if result else "",
    )


def without_secrets(trained: Result, context: Context) -> Result:
    """Return a failure as an issue may tell it: what stages and DVC said may hold anything of the environment."""
    if trained.ending != "failed":
        return trained
    detail, said = (
        context.redact(without_colours(one)) for one in (trained.detail, "\n".join(trained.lines))
    )
    return msgspec.structs.replace(trained, detail=detail, lines=tuple(said.split("\n") if said else ()))
