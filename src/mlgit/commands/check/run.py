"""`check`: what CI checks, the same on a laptop: the code, the data, the model."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mlgit.commands.check.model import model_items, selected
from mlgit.commands.check.tests import (
    OwnTests,
    Subject,
    from_error,
    not_fetched,
    own_tests,
    test_items,
    unreachable,
)
from mlgit.data.report import CheckReport, failure_lines, unjudged_line
from mlgit.errors import MlgitError
from mlgit.plan.outcome import CheckItem
from mlgit.project.project import Project
from mlgit.project.tables import check_tables
from mlgit.world.context import Context

SUBJECTS: tuple[Subject, ...] = ("code", "data", "model")


def check(
    context: Context, subjects: tuple[Subject, ...] = SUBJECTS, base: str = "", *, only: str = ""
) -> tuple[CheckItem, ...]:
    """Return one item for each check of the subjects, in order; a check that cannot run says why.

    `base` is the commit that a change starts from, empty where none is looked at: a change of nothing but data may leave
    its training to the default branch. `only` are the models to look at with commas in between, empty: all, `.`: what belongs
    to none. Raises `UsageError` for a mlgit.yaml that is missing or broken, and for a model that no side has.
    """
    project = Project.find(context)
    selected(project, base, only)
    checks: dict[Subject, Callable[[], Iterator[CheckItem | OwnTests]]] = {
        "code": lambda: code_items(project),
        "data": lambda: data_items(project),
        "model": lambda: model_items(project, base, only),
    }
    found = [item for subject in subjects for item in checks[subject]()]
    tested = test_items(project, [one for one in found if isinstance(one, OwnTests)])
    return tuple(tested[one] if isinstance(one, OwnTests) else one for one in found)


def code_items(project: Project) -> Iterator[CheckItem | OwnTests]:
    """Yield: the managed files are in sync; the tests of the code."""
    from mlgit.environments.folders import synchronised

    result = synchronised(project.at(), write=False)
    differences = [f"{refusal.path}:{refusal.line}: {refusal.reason}" for refusal in result.plan.refusals]
    differences += [f"{change.path}: {change.reason}" for change in result.plan.changes]
    yield CheckItem(
        subject="code",
        name="managed files",
        state="passed" if result.in_sync else "failed",
        detail="in sync" if result.in_sync else "out of sync",
        lines=tuple(differences),
        hint=result.hint,
    )
    yield own_tests(project, "code")


def data_items(project: Project) -> Iterator[CheckItem | OwnTests]:
    """Yield: each table keeps its schema; the tests of the data."""
    yield from not_fetched(project, "data")
    if unreachable(project.context):
        yield CheckItem(
            subject="data", name="tables", state="skipped", detail="not verified: no access to the data"
        )
        return
    yield from table_items(project)
    yield own_tests(project, "data")


def table_items(project: Project) -> Iterator[CheckItem]:
    """Yield one item a table."""
    tables = project.at().configuration.data
    if not tables:
        yield CheckItem(subject="data", name="tables", state="skipped", detail="mlgit.yaml names no table")
    for name in tables:
        try:
            (report,) = check_tables(project, (name,))
        except MlgitError as error:
            yield from_error("data", f"table {name}", error)
        else:
            yield table_item(report)


def table_item(report: CheckReport) -> CheckItem:
    """Return the item of one table, its broken rules with file and line; what was not judged has not passed."""
    if report.passed:
        kept, left = len(report.results) - len(report.unjudged), len(report.unjudged)
        few = f", {left} not judged: too few rows to tell chance from a fault" if left else ""
        return CheckItem(
            subject="data",
            name=f"table {report.table}",
            state="not judged" if left else "passed",
            detail=f"{report.rows:,} rows keep {kept} rules{few}",
            lines=tuple(unjudged_line(one, report.path) for one in report.unjudged),
        )
    return CheckItem(
        subject="data",
        name=f"table {report.table}",
        state="failed",
        detail=f"{len(report.failures)} of {len(report.results)} rules are broken",
        lines=tuple(line for failure in report.failures for line in failure_lines(failure, report.path)),
        hint=f"mend the rows; if the data are right: mlgit data schema {report.table} --update",
    )
