"""`retrain`: decide whether to train and why, train what is stale, propose what came of it.

Three steps with values between them. One process takes all three on a laptop; in a workflow each is a job, because
the one that runs the repository's code may write nothing, and those that may write run none of it.
"""

from __future__ import annotations

from pathlib import Path

from mlgit.errors import UsageError
from mlgit.git.finding import find
from mlgit.git.repository import Repository
from mlgit.host.choose import ci_of, forge_of
from mlgit.jobs.handoff import read_handoff, write_handoff
from mlgit.jobs.retraining.claim import Request, claim, ledger_log
from mlgit.jobs.retraining.conclude import conclude
from mlgit.jobs.retraining.handoff import CLAIM, Lease, Retrained
from mlgit.jobs.retraining.report import WORKFLOW, Texts, TrainingSite
from mlgit.project.project import Project
from mlgit.world.context import Context


def retrain(context: Context, request: Request) -> Retrained:
    """Take all three steps; the user's tree is not touched.

    Raises `UsageError` for a wrong request or configuration, `ExternalError` when Git, the remote or the forge fail. Data
    that are wrong, a worse model, one that is too old or too long to train, and a failed pipeline are results.
    """
    project = Project.find(context)
    forge_of(context, project.repository, request.remote)  # before anything is claimed
    lease = claim(context, project.repository, request)
    with project.sandbox() as sandbox:
        results = sandbox.folder / "results"
        if lease.train:
            tree = sandbox.check_out(project.at(lease.base).files)
            train_in_a_clone(context, tree.root, lease, results, shared=bool(request.remote))
        site = site_of(context, project.repository, request, results)
        return Retrained(lease=lease, conclusions=conclude(site, lease))


def train_in_a_clone(context: Context, tree: Path, lease: Lease, results: Path, *, shared: bool) -> None:
    """Train in a clone at the claimed commit, and push what that made; `shared`: others than this clone have to get it."""
    from mlgit.jobs.retraining.storage import keep, require_remote
    from mlgit.jobs.retraining.train import train_jobs

    project = Project(Repository(context.at(tree), tree))
    if shared:
        require_remote(project, lease)
    train_jobs(context, tree, lease, results, pull=True)
    keep(project)


def would(context: Context, request: Request) -> Retrained:
    """Return what `retrain` would do and why; nothing is written."""
    return Retrained(lease=claim(context, find(context), request, dry=True), dry=True)


def step_claim(context: Context, request: Request, folder: Path, *, outputs: bool) -> Retrained:
    """Take the first step and hand it off in `folder`; `outputs`: the next jobs of the workflow are told, too."""
    lease = claim(context, find(context), request)
    digest = write_handoff(context, folder / CLAIM, lease)
    if outputs:
        decided = {"train": bool(lease.train), "conclude": bool(lease.train or lease.report)}
        values = {name: str(value).lower() for name, value in decided.items()}
        ci_of(context).write_outputs({**values, "base": lease.base, "digest": digest})
    return Retrained(lease=lease)


def step_fetch(context: Context, folder: Path) -> Retrained:
    """Bring the data before the second step; raises `ExternalError` where nobody could get what is going to be made."""
    from mlgit.jobs.retraining.storage import fetch

    lease = lease_in(folder)
    fetch(Project.find(context), lease)
    return Retrained(lease=lease)


def step_keep(context: Context, folder: Path) -> Retrained:
    """Push what the second step made to the DVC remote."""
    from mlgit.jobs.retraining.storage import keep

    lease = lease_in(folder)
    keep(Project.find(context))
    return Retrained(lease=lease)


def step_train(context: Context, folder: Path) -> Retrained:
    """Take the second step in the tree that is checked out, which has to be at the claimed commit."""
    from mlgit.jobs.retraining.train import train_jobs

    repository, lease = find(context), lease_in(folder)
    if repository.head() != lease.base:
        raise UsageError(
            "retrain-base",
            f"the tree is not at {lease.base[:12]}, which was claimed",
            hint="check that commit out",
        )
    results = train_jobs(context, repository.root, lease, folder, pull=False)
    return Retrained(lease=lease, results=results.jobs)


def step_conclude(context: Context, request: Request, folder: Path, digest: str = "") -> Retrained:
    """Take the last step with what the second handed off in `folder`; `digest` is that of the lease."""
    repository, lease = find(context), lease_in(folder, digest)
    site = site_of(context, repository, request, folder)
    return Retrained(lease=lease, conclusions=conclude(site, lease))


def lease_in(folder: Path, digest: str = "") -> Lease:
    """Return the lease that was handed off."""
    return read_handoff(folder, CLAIM, Lease, digest=digest, hint="mlgit retrain --step claim")


def site_of(context: Context, repository: Repository, request: Request, folder: Path) -> TrainingSite:
    """Return where a run concludes."""
    return TrainingSite(
        context=context,
        repository=repository,
        remote=request.remote,
        forge=forge_of(context, repository, request.remote),
        folder=folder,
        workflow=WORKFLOW,
        log=ledger_log(context, repository, request.remote),
        texts=texts(),
    )


def texts() -> Texts:
    """Return what pull requests and issues of a retraining say."""
    from mlgit.views import retrain_documents as documents
    from mlgit.views import retrain_issues as issues

    return Texts(
        title=documents.title,
        proposal=documents.proposal,
        issue=issues.issue,
        reported=issues.reported,
        mended=issues.mended,
        settled=issues.settled,
    )
