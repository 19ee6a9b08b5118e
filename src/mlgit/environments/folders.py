"""The folders of environments that a cluster follows by itself: what of them is rendered, and what a change of version writes.

`sync` renders the objects of every model and merges what people change there, as with all managed files. Which version runs stands
in one file more, which mlgit writes anew as long as nobody edited it.
"""

from __future__ import annotations

from pathlib import Path

from mlgit.config.environments import follows
from mlgit.config.images import Cluster, KServeTarget
from mlgit.config.model import Configuration
from mlgit.deploy import kustomize
from mlgit.deploy.manifests import name_of
from mlgit.environments.deployment import version_of
from mlgit.environments.desired import FOLDER, Desired, path_of, read, write
from mlgit.errors import UsageError
from mlgit.plan.change import Change, Plan, Refusal, difference, first_changed_line
from mlgit.project.revision import Revision
from mlgit.registry.names import artifact_of, model_of
from mlgit.render.sync import SyncResult, synchronise
from mlgit.world.files import read_bytes


def synchronised(tree: Revision, *, write: bool, restore: tuple[str, ...] = ()) -> SyncResult:
    """Plan every managed file of a tree on disk, the folders that clusters follow included; see `render.sync.synchronise`."""
    configuration, root = tree.configuration, tree.repository.root
    return synchronise(
        tree.repository.context,
        root,
        configuration,
        write=write,
        restore=restore,
        further=objects(configuration),
        besides=versions(root, configuration),
    )


def followed(configuration: Configuration) -> dict[str, Cluster]:
    """Return the environments that a cluster follows, with their targets."""
    targets = ((name, follows(one)) for name, one in configuration.environments.items())
    return {name: target for name, target in targets if target is not None}


def objects(configuration: Configuration) -> dict[str, bytes]:
    """Return the objects of every model in every environment that is followed, by their path."""
    named = (artifact_of(name, model.folder) or name for name, model in configuration.models.items())
    artifacts = list(named)
    return {
        base_of(environment, artifact): kustomize.base(target, environment, artifact)
        for environment, target in followed(configuration).items()
        for artifact in artifacts
    }


def base_of(environment: str, artifact: str) -> str:
    """Return where the objects of a model stand."""
    return f"{FOLDER}/{environment}/base/{name_of(artifact)}.yaml"


def kustomization_of(environment: str) -> str:
    """Return where the versions of an environment's models are given to their objects."""
    return f"{FOLDER}/{environment}/{kustomize.FILE}"


def versions(root: Path, configuration: Configuration) -> Plan:
    """Return the plan that brings the kustomizations on disk to what `deploy/` on disk and mlgit.yaml say."""
    changes: list[Change] = []
    refusals: list[Refusal] = []
    for environment, target in followed(configuration).items():
        file, path = path_of(environment), kustomization_of(environment)
        content = read_bytes(root / file)
        desired = read(content, file) if content is not None else {}
        new, mine = kustomization(target, environment, desired), read_bytes(root / path)
        if mine is None or (mine != new and kustomize.untouched(mine)):
            reason = "it is missing" if mine is None else f"{file}, mlgit.yaml or mlgit's templates changed"
            changes.append(Change(path=path, old=mine, new=new, reason=reason))
        elif mine != new:
            refusals.append(edited(path, mine, new))
    return Plan(changes=tuple(changes), refusals=tuple(refusals))


def edited(path: str, mine: bytes, new: bytes) -> Refusal:
    """Return why a kustomization that somebody edited is left alone."""
    return Refusal(
        path=path,
        line=first_changed_line(new, mine),
        reason="edited by hand, and the next promotion has to write it",
        hint=f"make the change in base/, or in an overlay that takes this folder; then delete {path} and run mlgit sync",
        difference=difference(path, new, mine),
    )


def kustomization(target: Cluster, environment: str, desired: Desired) -> bytes:
    """Return what gives the models of an environment their versions.

    Raises `UsageError` (`followed-image`) for a version without an image in a registry: a cluster could not fetch it.
    """
    for artifact, entry in desired.items():
        if "@" not in entry.image:
            file = path_of(environment)
            raise UsageError(
                "followed-image",
                f"{file} names no image in a registry of {model_of(artifact)[0]} {entry.version}, and the cluster of "
                f"{environment} has to fetch one",
                hint="the environment before builds it: deploy it there with `push:` set, then promote again",
                where=file,
            )
    entries = {artifact: version_of(artifact, entry, entry.image) for artifact, entry in desired.items()}
    return kustomize.kustomization(
        target.namespace, path_of(environment), entries, kserve=isinstance(target, KServeTarget)
    )


def files_of(revision: Revision, environment: str, desired: Desired) -> dict[str, bytes | None]:
    """Return the files that say what an environment has to run, for a commit on top of a revision.

    Raises `UsageError` (`followed-folder`) where the folder that a cluster follows lacks the objects of a model, or was edited where
    versions are written.
    """
    files: dict[str, bytes | None] = {path_of(environment): write(environment, desired)}
    target = follows(revision.configuration.environments.get(environment))
    if target is None:
        return files
    path = kustomization_of(environment)
    standing = revision.content(path)
    if standing is not None and not kustomize.untouched(standing):
        raise unfit(
            path, "was edited by hand", "make the change in base/, or in an overlay that takes this folder"
        )
    missing = [
        path for path in (base_of(environment, one) for one in desired) if revision.content(path) is None
    ]
    if missing:
        raise unfit(missing[0], "is not on the default branch", "mlgit sync, and commit what it writes")
    return {**files, path: kustomization(target, environment, desired)}


def unfit(path: str, what: str, hint: str) -> UsageError:
    """Return the error for a folder that cannot take a version."""
    return UsageError("followed-folder", f"{path} {what}", hint=hint, where=path)
