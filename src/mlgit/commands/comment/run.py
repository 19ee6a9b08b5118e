"""`comment`: compare, and make the one comment of a pull request show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from mlgit.commands.comment.pull_request import Request, commits_of, pull_request_of
from mlgit.data.difference import DataDifference, DataProblem
from mlgit.data.difference_handed import without_values
from mlgit.dvc.plots import Chart
from mlgit.errors import MlgitError, UsageError
from mlgit.evaluation.compare import compare
from mlgit.git.repository import Repository
from mlgit.host import choose
from mlgit.host.check_run import CheckPosted, Verdict, post_check
from mlgit.host.choose import ci_of
from mlgit.host.document import CommentDocument
from mlgit.host.forge import Conclusion, Forge, PullRequest
from mlgit.host.proposals import body_of
from mlgit.host.sticky import Posted, ReportKey, post_report
from mlgit.metrics.comparison import Comparison, Side
from mlgit.metrics.merged import worst_first
from mlgit.metrics.tally import Outcome
from mlgit.project.data_difference import difference
from mlgit.project.project import Project
from mlgit.views.comment import Frame, counts_of, document, headline, sentence
from mlgit.world.context import Context

CONCLUSIONS: dict[Outcome, Conclusion] = {"good": "success", "bad": "failure", "open": "neutral"}
CHECK = "mlgit report"


class Commented(Struct, frozen=True, kw_only=True):
    """What became of it: the comment, the check run, and what the user should know.

    `body` is empty where there was nothing to comment; `posted` is None then and in a dry run. `refusal`: the report of the
    run was not believed, which is all that the comment says.
    """

    body: str = ""
    posted: Posted | None = None
    check: CheckPosted | None = None
    number: int | None = None
    notes: tuple[str, ...] = ()
    refusal: UsageError | None = None


class Report(NamedTuple):
    """What a pull request is told (None: a dry run without one); `check_sha` is the commit it is about."""

    comparison: Comparison
    charts: Sequence[Chart]
    frame: Frame
    key: ReportKey
    pull: PullRequest | None
    check_sha: str = ""


def comment(context: Context, request: Request) -> Commented:
    """Compare two commits of this repository and comment; see the help of the verb.

    Raises `UsageError` for a revision, a model or a pull request that does not exist, `ExternalError` when the forge
    cannot be reached. A token that may not write is a result.
    """
    project, ci = Project.find(context), ci_of(context)
    forge = forge_of(project.repository, request)
    pull = pull_request_of(project, forge, request) if forge else None
    base, head = commits_of(project, request, pull)
    found = compare(project, base, head, model=request.model, with_plots=True)
    report = Report(
        comparison=called(found.comparison, request, pull),
        charts=found.charts,
        frame=Frame(whole=ci.artifacts_address, difference=difference_of(project, request, base, head)),
        key=key_of(ci.workflow, request.model),
        pull=pull,
        check_sha=found.comparison.head.commit or "",
    )
    return post(context, forge, report, dry=request.dry_run)


def difference_of(project: Project, request: Request, base: str, head: str) -> DataDifference | None:
    """Return what changed in the data, with values only where mlgit.yaml of both sides lets them; None for one model alone."""
    if request.model:
        return None
    try:
        found = difference(project.context, base, head)
        allowed = all(project.at(one).configuration_or_default.forge.show_values for one in (base, head))
    except MlgitError as error:
        problem = DataProblem(where=error.where, message=error.message, hint=error.hint)
        return DataDifference(base=base, head=head, errors=(problem,))
    return found if allowed else without_values(found)


def post(context: Context, forge: Forge | None, report: Report, *, dry: bool) -> Commented:
    """Write the comment and the check run, or, in a dry run, only say what they would be."""
    comparison = replace(report.comparison, models=worst_first(report.comparison.models))
    made = document(comparison, report.charts, report.frame)
    number = report.pull.number if report.pull else None
    if dry or forge is None or report.pull is None:
        return Commented(body=body_of(report.key, made)[0], number=number)
    posted = post_report(forge, report.pull.number, report.key, made)
    if posted.outcome == "refused":
        ci_of(context).add_to_summary(posted.body)
    check = None
    if report.check_sha == report.pull.head_sha:
        check = post_check(forge, report.key, verdict(report, made))
    return Commented(body=posted.body, posted=posted, check=check, number=number, notes=posted.notes)


def verdict(report: Report, made: CommentDocument) -> Verdict:
    """Return what the check run says."""
    counts = counts_of(report.comparison, report.frame)
    report_name = report.key.report.removeprefix("model ") if report.key.report.startswith("model ") else ""
    return Verdict(
        name=f"{CHECK}: {report_name}" if report_name else CHECK,
        head_sha=report.check_sha,
        conclusion=CONCLUSIONS[counts.outcome],
        title=sentence(headline(counts)),
        document=made,
    )


def key_of(workflow: str, model: str) -> ReportKey:
    """Return which comment it is: each workflow and each model that is reported alone has its own."""
    return ReportKey(workflow=workflow or "mlgit", report=f"model {model}" if model else "models")


def forge_of(repository: Repository, request: Request) -> Forge | None:
    """Return the forge to write to; None for a dry run that needs none."""
    if request.dry_run and request.number is None and not request.local:
        return None
    return choose.forge_of(repository.context, repository, "" if request.local else "origin")


def called(comparison: Comparison, request: Request, pull: PullRequest | None) -> Comparison:
    """Return the comparison with its sides called by the branches of the pull request, where none was named."""
    if pull is None:
        return comparison
    base = comparison.base if request.base else Side(name=pull.base, commit=comparison.base.commit)
    head = comparison.head if request.head else Side(name=branch_of(pull), commit=comparison.head.commit)
    return replace(comparison, base=base, head=head)


def branch_of(pull: PullRequest) -> str:
    """Return how the branch of a pull request is called: with its owner where that is another than ours."""
    return pull.head if pull.from_fork else pull.head.partition(":")[2] or pull.head
