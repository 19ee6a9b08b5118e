"""`comment`: compare, and make the one comment of a pull request show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from mlgit.config import reader as configuration_reader
from mlgit.dvc.plots import Chart
from mlgit.errors import UsageError
from mlgit.git.repository import Repository, find
from mlgit.host import choose
from mlgit.host.check_run import CheckPosted, Verdict, post_check
from mlgit.host.choose import ci_of
from mlgit.host.document import CommentDocument
from mlgit.host.forge import Conclusion, Forge, Proposal, PullRequest
from mlgit.host.proposals import body_of
from mlgit.host.sticky import Posted, ReportKey, post_report
from mlgit.metrics.comparison import Comparison, Side
from mlgit.metrics.tally import Outcome, tally
from mlgit.views.comment import Frame, document, headline, sentence
from mlgit.world.context import Context
from mlgit.world.files import read_bytes

CONCLUSIONS: dict[Outcome, Conclusion] = {"good": "success", "bad": "failure", "open": "neutral"}
CHECK = "mlgit report"


class Wish(Struct, frozen=True, kw_only=True):
    """What is asked for. Empty: `base` where the branch left the base branch, `head` the commit that is checked out.

    `model` names the one model to report, in a comment of its own.
    """

    base: str = ""
    head: str = ""
    number: int | None = None
    model: str = ""
    dry_run: bool = False
    local: bool = False


class Commented(Struct, frozen=True, kw_only=True):
    """What became of it: the comment, the check run, and what the user should know.

    `body` is empty where there was nothing to comment; `posted` is None then and in a dry run.
    """

    body: str = ""
    posted: Posted | None = None
    check: CheckPosted | None = None
    number: int | None = None
    notes: tuple[str, ...] = ()


class Told(NamedTuple):
    """A comparison as it is told on a pull request (None: a dry run without one); `check_sha` is what it is about."""

    comparison: Comparison
    charts: Sequence[Chart]
    frame: Frame
    key: ReportKey
    pull: PullRequest | None
    check_sha: str = ""


def comment(context: Context, wish: Wish) -> Commented:
    """Compare two commits of this repository and comment; see the help of the verb.

    Raises `UsageError` for a revision, a model or a pull request that does not exist, `ExternalError` when the forge
    cannot be reached. A token that may not write is a result.
    """
    repository = find(context)
    forge = forge_of(context, repository, wish)
    pull = pull_of(context, repository, forge, wish) if forge else None
    base, head = moments(context, repository, wish, pull)
    from mlgit.evaluation.compare import compare
    from mlgit.project.project import Project

    found = compare(Project(repository), base, head, model=wish.model, with_plots=True)
    told = Told(
        comparison=called(found.comparison, wish, pull),
        charts=found.charts,
        frame=Frame(whole=ci_of(context).artifacts_address),
        key=key_of(ci_of(context).workflow, wish.model),
        pull=pull,
        check_sha=found.comparison.head.commit or "",
    )
    return tell(context, forge, told, dry=wish.dry_run)


def tell(context: Context, forge: Forge | None, told: Told, *, dry: bool) -> Commented:
    """Write the comment and the check run, or, in a dry run, only say what they would be."""
    made = document(told.comparison, told.charts, told.frame)
    number = told.pull.number if told.pull else None
    if dry or forge is None or told.pull is None:
        return Commented(body=body_of(told.key, made)[0], number=number)
    posted = post_report(forge, told.pull.number, told.key, made)
    if posted.outcome == "refused":
        ci_of(context).add_to_summary(posted.body)
    check = None
    if told.check_sha == told.pull.head_sha:
        check = post_check(forge, told.key, verdict(told, made))
    return Commented(body=posted.body, posted=posted, check=check, number=number, notes=posted.notes)


def verdict(told: Told, made: CommentDocument) -> Verdict:
    """Return what the check run says."""
    counts = tally(told.comparison)
    report_name = told.key.report.removeprefix("model ") if told.key.report.startswith("model ") else ""
    return Verdict(
        name=f"{CHECK}: {report_name}" if report_name else CHECK,
        head_sha=told.check_sha,
        conclusion=CONCLUSIONS[counts.outcome],
        title=sentence(headline(counts)),
        document=made,
    )


def key_of(workflow: str, model: str) -> ReportKey:
    """Return which comment it is: each workflow and each model that is reported alone has its own."""
    return ReportKey(workflow=workflow or "mlgit", report=f"model {model}" if model else "models")


def forge_of(context: Context, repository: Repository, wish: Wish) -> Forge | None:
    """Return the forge to write to; None for a dry run that needs none."""
    if wish.dry_run and wish.number is None and not wish.local:
        return None
    return choose.forge_of(context, repository, "" if wish.local else "origin")


def pull_of(context: Context, repository: Repository, forge: Forge, wish: Wish) -> PullRequest | None:
    """Return the pull request to comment; of the local forge it is opened when there is none."""
    if wish.number is not None:
        return forge.pull_request(wish.number)
    if wish.local:
        return local_pull(context, repository, forge, wish)
    number = ci_of(context).pull_request
    if number is not None:
        return forge.pull_request(number)
    commit = repository.resolve(wish.head or "HEAD")
    found = forge.pull_requests_at(commit)
    if len(found) == 1:
        return found[0]
    if found:
        numbers = ", ".join(str(pull.number) for pull in found)
        raise UsageError(
            "pull-request-ambiguous", f"several pull requests stand at this commit: {numbers}", hint="--pr N"
        )
    raise UsageError(
        "pull-request-missing",
        f"no open pull request stands at {commit[:9]}",
        hint="push the branch and open one, name it with --pr N, or keep the comment here with --local",
    )


def local_pull(context: Context, repository: Repository, forge: Forge, wish: Wish) -> PullRequest | None:
    """Return the local pull request of the branch that is checked out; a dry run opens none."""
    done = repository.run("symbolic-ref", "--quiet", "--short", "HEAD", check=False)
    branch, into = done.text.strip(), base_branch(context, repository, wish)
    if not branch or branch == into:
        where = f"{into} is checked out" if branch else "no branch is checked out"
        raise UsageError(
            "branch-missing", f"{where}: a pull request needs a branch", hint="git switch --create NAME"
        )
    standing = forge.pull_requests_from(branch, base=into)
    if standing or wish.dry_run:
        return standing[0] if standing else None
    subject = repository.run("log", "-1", "--format=%s", "HEAD").text.strip()
    return forge.create_pull_request(Proposal(head=branch, base=into, title=subject or branch, body=""))


def base_branch(context: Context, repository: Repository, wish: Wish) -> str:
    """Return the branch to merge into: BASE where it is a branch, else what CI or mlgit.yaml names."""
    if wish.base and exists(repository, f"refs/heads/{wish.base}"):
        return wish.base
    named = ci_of(context).base_branch
    if named:
        return named
    content = read_bytes(repository.root / configuration_reader.FILE)
    return configuration_reader.read(content).ci.branch if content is not None else "main"


def moments(
    context: Context, repository: Repository, wish: Wish, pull: PullRequest | None
) -> tuple[str, str]:
    """Return the two commits to compare: where the branch left the base branch, and its newest commit."""
    head = wish.head or "HEAD"
    if not wish.head and pull and exists(repository, pull.head_sha):
        head = pull.head_sha
    if wish.base:
        return wish.base, head
    branch = pull.base if pull else base_branch(context, repository, wish)
    for reference in (f"refs/remotes/origin/{branch}", f"refs/heads/{branch}"):
        if exists(repository, reference):
            since = repository.merge_base(repository.resolve(reference), repository.resolve(head))
            if since:
                return since, head
    raise UsageError(
        "base-unknown",
        f"this clone does not hold the commit where the branch left {branch!r}",
        hint="git fetch --unshallow origin; or name the base: mlgit comment BASE",
    )


def exists(repository: Repository, revision: str) -> bool:
    """Tell whether a revision names a commit here."""
    try:
        repository.resolve(revision)
    except UsageError:
        return False
    return True


def called(comparison: Comparison, wish: Wish, pull: PullRequest | None) -> Comparison:
    """Return the comparison with its moments called by the branches of the pull request, where none was named."""
    if pull is None:
        return comparison
    base = comparison.base if wish.base else Side(name=pull.base, commit=comparison.base.commit)
    head = comparison.head if wish.head else Side(name=branch_of(pull), commit=comparison.head.commit)
    return replace(comparison, base=base, head=head)


def branch_of(pull: PullRequest) -> str:
    """Return how the branch of a pull request is called: with its owner where that is another than ours."""
    return pull.head if pull.from_fork else pull.head.partition(":")[2] or pull.head
