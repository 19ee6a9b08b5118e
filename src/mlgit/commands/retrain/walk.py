"""`retrain`: decide whether to train and why, train what is stale, propose what came of it.

Three steps with values between them. One process walks all three on a laptop; in a workflow each is a job, because
the one that runs the repository's code may write nothing, and those that may write run none of it.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import msgspec

from mlgit.commands.retrain.claim import Request, claim, ledger_log
from mlgit.commands.retrain.conclude import conclude
from mlgit.commands.retrain.scene import Scene
from mlgit.errors import UsageError
from mlgit.git.repository import Repository, find
from mlgit.host.choose import ci_of, forge_of
from mlgit.host.forge import Forge
from mlgit.jobs.handoff import bounded, decoded, refused
from mlgit.jobs.retraining.handoff import CLAIM, Lease, Retrained
from mlgit.project.project import Project
from mlgit.world.context import Context
from mlgit.world.files import write_atomically


def retrain(context: Context, request: Request) -> Retrained:
    """Walk all three steps; the user's tree is not touched.

    Raises `UsageError` for a wrong request or configuration, `ExternalError` when Git, the remote or the forge fail. Data
    that are wrong, a worse model, one that is too old or too long to train, and a failed pipeline are results.
    """
    project = Project.find(context)
    repository = project.repository
    forge = forge_of(context, repository, request.remote)
    lease = claim(context, repository, request)
    with project.sandbox() as sandbox:
        results = sandbox.folder / "results"
        if lease.train:
            tree = sandbox.check_out(project.at(lease.base).files)
            train_in_a_clone(context, tree.root, lease, results)
        scene = scene_of(context, repository, request, forge, results)
        return Retrained(lease=lease, conclusions=conclude(scene, lease))


def train_in_a_clone(context: Context, tree: Path, lease: Lease, results: Path) -> None:
    """Walk the second step in a clone at the claimed commit, and keep what it made in DVC's remote."""
    from mlgit.commands.retrain.train import train_jobs

    train_jobs(context, tree, lease, results, pull=True)
    keep(context, tree)


def would(context: Context, request: Request) -> Retrained:
    """Return what `retrain` would do and why; nothing is written."""
    return Retrained(lease=claim(context, find(context), request, dry=True), dry=True)


def step_claim(context: Context, request: Request, folder: Path, *, outputs: bool) -> Retrained:
    """Walk the first step and hand it over in `folder`."""
    lease = claim(context, find(context), request)
    content = context.redactor.json(msgspec.json.encode(lease))
    write_atomically(folder / CLAIM, content)
    if outputs:
        decided = {"train": bool(lease.train), "conclude": bool(lease.train or lease.report)}
        values = {name: str(value).lower() for name, value in decided.items()}
        digest = sha256(content).hexdigest()
        ci_of(context).write_outputs({**values, "base": lease.base, "digest": digest})
    return Retrained(lease=lease)


def step_train(context: Context, folder: Path) -> Retrained:
    """Walk the second step in the tree that is checked out, which has to be at the claimed commit."""
    from mlgit.commands.retrain.train import train_jobs

    repository, lease = find(context), claim_in(folder)
    if repository.head() != lease.base:
        raise UsageError(
            "retrain-base",
            f"the tree is not at {lease.base[:12]}, which was claimed",
            hint="check that commit out",
        )
    train_jobs(context, repository.root, lease, folder, pull=False)
    return Retrained(lease=lease)


def step_conclude(context: Context, request: Request, folder: Path, digest: str = "") -> Retrained:
    """Walk the last step with what the second handed over in `folder`.

    `digest` is the SHA-256 of the claim as the first step told it, empty where nobody could have changed it.
    """
    repository, lease = find(context), claim_in(folder, digest)
    scene = scene_of(context, repository, request, forge_of(context, repository, request.remote), folder)
    return Retrained(lease=lease, conclusions=conclude(scene, lease))


def claim_in(folder: Path, digest: str = "") -> Lease:
    """Return the claim that was handed over; raises `UsageError` when there is none, or another than `digest` says."""
    if not (folder / CLAIM).exists():
        raise UsageError(
            "handoff-missing", "there is no claim", hint="mlgit retrain --step claim", where=str(folder)
        )
    content = bounded(folder, CLAIM)
    if digest and sha256(content).hexdigest() != digest:
        raise refused(folder / CLAIM, "it is another claim than the first job made")
    return decoded(content, Lease, folder / CLAIM)


def scene_of(context: Context, repository: Repository, request: Request, forge: Forge, folder: Path) -> Scene:
    """Return where a run concludes."""
    return Scene(
        context=context,
        repository=repository,
        remote=request.remote,
        forge=forge,
        log=ledger_log(context, repository, request.remote),
        folder=folder,
    )


def keep(context: Context, tree: Path) -> None:
    """Push what training made, where the repository has a DVC remote."""
    from mlgit.dvc.command import Dvc

    dvc = Dvc(context, tree)
    if dvc.run("remote", "list").text.strip():
        dvc.run("push", "--run-cache")
