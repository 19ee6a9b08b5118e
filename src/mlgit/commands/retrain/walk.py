"""`retrain`: decide whether to train and why, train what is stale, propose what came of it.

Three steps with values between them. One process walks all three on a laptop; in a workflow each is a job, because
the one that runs the repository's code may write nothing, and those that may write run none of it.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import msgspec

from mlgit.commands.retrain.claim import Wish, claim, notebook
from mlgit.commands.retrain.conclude import conclude
from mlgit.commands.retrain.scene import Scene
from mlgit.errors import UsageError
from mlgit.git.repository import Repository, find
from mlgit.host.choose import forge_of
from mlgit.host.forge import Forge
from mlgit.project.project import Project
from mlgit.retraining.handover import CLAIM, Claimed, Retrained
from mlgit.world.context import Context
from mlgit.world.files import append_text, write_atomically
from mlgit.world.handover import bounded, decoded, refused


def retrain(context: Context, wish: Wish) -> Retrained:
    """Walk all three steps; the user's tree is not touched.

    Raises `UsageError` for a wrong wish or configuration, `ExternalError` when Git, the remote or the forge fail. Data
    that are wrong, a worse model, one that is too old or too long to train, and a failed pipeline are results.
    """
    project = Project.find(context)
    repository = project.repository
    forge = forge_of(context, repository, wish.remote)
    claimed = claim(context, repository, wish)
    with project.sandbox() as sandbox:
        results = sandbox.folder / "results"
        if claimed.train:
            tree = sandbox.check_out(project.at(claimed.base).files)
            train_in_a_clone(context, tree.root, claimed, results)
        scene = scene_of(context, repository, wish, forge, results)
        return Retrained(claimed=claimed, concluded=conclude(scene, claimed))


def train_in_a_clone(context: Context, tree: Path, claimed: Claimed, results: Path) -> None:
    """Walk the second step in a clone at the claimed commit, and keep what it made in DVC's remote."""
    from mlgit.commands.retrain.train import train_units

    train_units(context, tree, claimed, results, pull=True)
    keep(context, tree)


def would(context: Context, wish: Wish) -> Retrained:
    """Return what `retrain` would do and why; nothing is written."""
    return Retrained(claimed=claim(context, find(context), wish, dry=True), dry=True)


def step_claim(context: Context, wish: Wish, folder: Path, *, tell_github: bool) -> Retrained:
    """Walk the first step and hand it over in `folder`."""
    claimed = claim(context, find(context), wish)
    content = msgspec.json.encode(claimed)
    write_atomically(folder / CLAIM, content)
    output = context.environment.get("GITHUB_OUTPUT")
    if tell_github:
        if not output:
            raise UsageError(
                "github-output", "GITHUB_OUTPUT is not set", hint="--github-output is for GitHub Actions"
            )
        said = {"train": bool(claimed.train), "conclude": bool(claimed.train or claimed.report)}
        lines = "".join(f"{name}={str(value).lower()}\n" for name, value in said.items())
        append_text(
            context.directory / output, f"{lines}base={claimed.base}\ndigest={sha256(content).hexdigest()}\n"
        )
    return Retrained(claimed=claimed)


def step_train(context: Context, folder: Path) -> Retrained:
    """Walk the second step in the tree that is checked out, which has to be at the claimed commit."""
    from mlgit.commands.retrain.train import train_units

    repository, claimed = find(context), claim_in(folder)
    if repository.head() != claimed.base:
        raise UsageError(
            "retrain-base",
            f"the tree is not at {claimed.base[:12]}, which was claimed",
            hint="check that commit out",
        )
    train_units(context, repository.root, claimed, folder, pull=False)
    return Retrained(claimed=claimed)


def step_conclude(context: Context, wish: Wish, folder: Path, digest: str = "") -> Retrained:
    """Walk the last step with what the second handed over in `folder`.

    `digest` is the SHA-256 of the claim as the first step told it, empty where nobody could have changed it.
    """
    repository, claimed = find(context), claim_in(folder, digest)
    scene = scene_of(context, repository, wish, forge_of(context, repository, wish.remote), folder)
    return Retrained(claimed=claimed, concluded=conclude(scene, claimed))


def claim_in(folder: Path, digest: str = "") -> Claimed:
    """Return the claim that was handed over; raises `UsageError` when there is none, or another than `digest` says."""
    if not (folder / CLAIM).exists():
        raise UsageError(
            "handover-missing", "there is no claim", hint="mlgit retrain --step claim", where=str(folder)
        )
    content = bounded(folder, CLAIM)
    if digest and sha256(content).hexdigest() != digest:
        raise refused(folder / CLAIM, "it is another claim than the first job made")
    return decoded(content, Claimed, folder / CLAIM)


def scene_of(context: Context, repository: Repository, wish: Wish, forge: Forge, folder: Path) -> Scene:
    """Return where a run concludes."""
    return Scene(
        context=context,
        repository=repository,
        remote=wish.remote,
        forge=forge,
        book=notebook(context, repository, wish.remote),
        folder=folder,
    )


def keep(context: Context, tree: Path) -> None:
    """Push what training made, where the repository has a DVC remote."""
    from mlgit.dvc.command import Dvc

    dvc = Dvc(context, tree)
    if dvc.run("remote", "list").text.strip():
        dvc.run("push", "--run-cache")
