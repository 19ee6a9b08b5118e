"""`check`: what CI checks, the same on a laptop: the code, the data, the model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from mlgit.commands.sync import configuration_at, sync
from mlgit.commands.unwritten import unwritten_items
from mlgit.commands.verify import pipeline_items, verified_metrics
from mlgit.commands.waiting import left_to_retraining
from mlgit.config.model import Configuration
from mlgit.data.report import CheckReport
from mlgit.dvc.command import stage_environment
from mlgit.dvc.staleness import StageState, reason_text
from mlgit.errors import MlgitError
from mlgit.git.repository import Repository
from mlgit.plan.outcome import CheckItem
from mlgit.views.data import failure_lines
from mlgit.world.context import Context

Subject = Literal["code", "data", "model"]
SUBJECTS: tuple[Subject, ...] = ("code", "data", "model")
NOTHING_COLLECTED = 5
ONE_HOUR = 3600.0
SHOWN = 40


def check(
    context: Context, root: Path, subjects: tuple[Subject, ...], base: str = ""
) -> tuple[CheckItem, ...]:
    """Return one item for each check of the subjects, in order; a check that cannot run says why.

    `base` is the commit that a change starts from, empty where none is looked at: a change of nothing but data may leave
    its training to the default branch.
    """
    configuration = configuration_at(root)
    checks: dict[Subject, Callable[[], Iterator[CheckItem]]] = {
        "code": lambda: code_items(context, root),
        "data": lambda: data_items(context, root, configuration),
        "model": lambda: model_items(context, root, configuration, base),
    }
    return tuple(item for subject in subjects for item in checks[subject]())


def code_items(context: Context, root: Path) -> Iterator[CheckItem]:
    """Yield: the managed files are in sync; the tests of the code pass."""
    result = sync(context, root, write=False)
    out_of_sync = [f"{refusal.path}:{refusal.line}: {refusal.reason}" for refusal in result.plan.refusals]
    out_of_sync += [f"{change.path}: {change.reason}" for change in result.plan.changes]
    yield CheckItem(
        subject="code",
        name="managed files",
        state="passed" if result.in_sync else "failed",
        detail="in sync" if result.in_sync else "out of sync",
        lines=tuple(out_of_sync),
        hint="" if result.in_sync else "mlgit sync --check" if result.plan.refusals else "mlgit sync",
    )
    yield tests(context, root, "code")


def data_items(context: Context, root: Path, configuration: Configuration) -> Iterator[CheckItem]:
    """Yield: each table keeps its schema; the tests of the data pass."""
    if unreachable(context):
        yield CheckItem(
            subject="data", name="tables", state="skipped", detail="not verified: no access to the data"
        )
        return
    yield from table_items(context, root, configuration)
    yield tests(context, root, "data")


def table_items(context: Context, root: Path, configuration: Configuration) -> Iterator[CheckItem]:
    """Yield one item a table."""
    if not configuration.data:
        yield CheckItem(subject="data", name="tables", state="skipped", detail="mlgit.yaml names no table")
        return
    from mlgit.commands.data.check import check_tables

    for name in configuration.data:
        context.console.progress(f"checking {configuration.data[name].path}")
        try:
            (report,) = check_tables(context, configuration, root, (name,))
        except MlgitError as error:
            yield from_error("data", f"table {name}", error)
            continue
        yield table_item(report)


def table_item(report: CheckReport) -> CheckItem:
    """Return the item of one table, its broken rules with file and line."""
    if report.passed:
        detail = f"{report.rows:,} rows keep {len(report.results)} rules"
        return CheckItem(subject="data", name=f"table {report.table}", state="passed", detail=detail)
    return CheckItem(
        subject="data",
        name=f"table {report.table}",
        state="failed",
        detail=f"{len(report.failures)} of {len(report.results)} rules are broken",
        lines=tuple(line for failure in report.failures for line in failure_lines(failure, report.path)),
        hint="mend the rows, or change the schema in a reviewed commit: " + report.schema,
    )


def model_items(context: Context, root: Path, configuration: Configuration, base: str) -> Iterator[CheckItem]:
    """Yield: no pipeline is missing; stages write every metric; every stage is up to date; the metrics can be measured again; the tests of the model pass."""
    from mlgit.commands.status import stage_states

    stale, waiting, unknown = [], [], []
    yield from pipeline_items(root, configuration)
    yield from unwritten_items(context, root, configuration)
    try:
        states = stage_states(context.at(root), "HEAD" if unreachable(context) else None)
    except MlgitError as error:
        yield from_error("model", "stages", error)
    else:
        later = left_to_retraining(Repository(context, root), states, base) if base else ()
        for state in states:
            if state.address in later:
                waiting.append(told(state))
            elif state.state == "stale":
                stale.append(told(state))
            elif state.state == "unknown":
                unknown.append(told(state))
        yield CheckItem(
            subject="model",
            name="stages",
            state="failed" if stale else "passed",
            detail=stages_text(len(states), len(stale), len(waiting), len(unknown)),
            lines=(*stale, *waiting, *(f"cannot be told: {line}" for line in unknown)),
            hint="mlgit train, then commit dvc.lock and the metrics" if stale else "",
        )
    if unreachable(context):
        yield CheckItem(
            subject="model", name="metrics", state="skipped", detail="not verified: no access to the data"
        )
        return
    if waiting and not stale:
        detail = "not verified: they are measured again by the retraining"
        yield CheckItem(subject="model", name="metrics", state="skipped", detail=detail)
    elif not stale:
        yield from verified_metrics(context, root, configuration)
    yield tests(context, root, "model")


def unreachable(context: Context) -> bool:
    """Tell whether the job that runs this could not fetch the data, as a fork's cannot."""
    return context.environment.get("MLGIT_DATA") == "unreachable"


def told(state: StageState) -> str:
    """Return a stage and why it is not fresh, in one line."""
    return f"{state.address}: {'; '.join(reason_text(reason) for reason in state.reasons)}"


def stages_text(stages: int, stale: int, waiting: int, unknown: int) -> str:
    """Return how many stages are out of date, or up to date, in words."""
    if stale:
        return f"{stale + waiting} of {stages} stages are out of date"
    if waiting:
        return f"{waiting} of {stages} stages have new data and wait for the retraining that the merge starts"
    return f"{stages - unknown} stages are up to date" + (f", {unknown} cannot be told" if unknown else "")


def tests(context: Context, root: Path, subject: Subject) -> CheckItem:
    """Run the repository's own tests of one subject."""
    folder = f"tests/{subject}"
    if not (root / folder).is_dir():
        return CheckItem(subject=subject, name=folder, state="skipped", detail=f"there is no folder {folder}")
    context.console.progress(f"running {folder}")
    done = context.processes.run(
        (context.python, "-m", "pytest", "--tb=short", "--no-header", "-p", "no:cacheprovider", folder),
        directory=root,
        environment=stage_environment(context),
        timeout=ONE_HOUR,
    )
    words = (done.text + done.error_text).strip().splitlines()
    summary = words[-1].strip("= ") if words else f"exit code {done.exit_code}"
    if done.exit_code == NOTHING_COLLECTED:
        return CheckItem(
            subject=subject, name=folder, state="skipped", detail=f"there is no test in {folder}"
        )
    good = done.exit_code == 0
    return CheckItem(
        subject=subject,
        name=folder,
        state="passed" if good else "failed",
        detail=summary,
        lines=() if good else tuple(words[-SHOWN:]),
        hint="" if good else f"python -m pytest {folder}",
    )


def from_error(subject: Subject, name: str, error: MlgitError) -> CheckItem:
    """Return the item of a check that could not run; the reason is check failed too."""
    place = f"{error.where}: " if error.where else ""
    return CheckItem(
        subject=subject, name=name, state="failed", detail=place + error.message, hint=error.hint
    )
