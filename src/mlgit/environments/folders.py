"""The folders of environments that a cluster follows by itself: what of them is rendered, and what a change of version writes.

`sync` renders the objects of every model and merges what people change there, as with all managed files. Which version runs stands
in one file more, which mlgit writes anew as long as nobody edited it.
"""

from __future__ import annotations

from mlgit.config.environments import follows
from mlgit.config.images import Cluster, KServeTarget
from mlgit.config.model import Configuration
from mlgit.deploy import kustomize
from mlgit.environments.deployment import version_of
from mlgit.environments.desired import FOLDER, Desired, Entry, path_of, read, write
from mlgit.environments.situation import desired_state
from mlgit.errors import UsageError
from mlgit.git.checkout import Checkout
from mlgit.plan.change import Change, Plan, Refusal, difference, first_changed_line
from mlgit.project.revision import Revision
from mlgit.registry.names import artifact_of, model_of
from mlgit.render.sync import SyncResult, synchronise


def synchronised(tree: Revision, *, write: bool, restore: tuple[str, ...] = ()) -> SyncResult:
    """Plan every managed file of a tree on disk, the folders that clusters follow included; see `render.sync.synchronise`."""
    configuration, checkout = tree.configuration, Checkout(tree.repository)
    return synchronise(
        checkout,
        tree.repository.context,
        configuration,
        write=write,
        restore=restore,
        further=objects(configuration),
        besides=versions(checkout, configuration),
    )


def followed(configuration: Configuration) -> dict[str, Cluster]:
    """Return the environments that a cluster follows, with their targets."""
    targets = ((name, follows(one)) for name, one in configuration.environments.items())
    return {name: target for name, target in targets if target is not None}


def objects(configuration: Configuration) -> dict[str, bytes]:
    """Return the objects of every model in every environment that is followed, by their path."""
    artifacts = artifacts_of(configuration)
    return {
        base_of(environment, artifact): kustomize.base(target, environment, artifact)
        for environment, target in followed(configuration).items()
        for artifact in artifacts
    }


def artifacts_of(configuration: Configuration) -> list[str]:
    """Return the models of mlgit.yaml as tags call them."""
    return [artifact_of(name, model.folder) or name for name, model in configuration.models.items()]


def base_of(environment: str, artifact: str) -> str:
    """Return where the objects of a model stand."""
    return f"{FOLDER}/{environment}/{kustomize.file_of(artifact)}"


def kustomization_of(environment: str) -> str:
    """Return where the versions of an environment's models are given to their objects."""
    return f"{FOLDER}/{environment}/{kustomize.FILE}"


def versions(checkout: Checkout, configuration: Configuration) -> Plan:
    """Return the plan that brings the kustomizations on disk to what `deploy/` on disk and mlgit.yaml say."""
    changes = left_behind(checkout, configuration)
    refusals: list[Refusal] = []
    for environment, target in followed(configuration).items():
        file, path = path_of(environment), kustomization_of(environment)
        content = checkout.content(file)
        desired = read(content, file) if content is not None else {}
        new = kustomization(target, environment, brought(configuration, desired))
        mine = checkout.content(path)
        if mine is None or (mine != new and kustomize.untouched(mine)):
            reason = "it is missing" if mine is None else f"{file}, mlgit.yaml or mlgit's templates changed"
            changes.append(Change(path=path, old=mine, new=new, reason=reason))
        elif mine != new:
            refusals.append(edited(path, mine, new))
    return Plan(changes=tuple(changes), refusals=tuple(refusals))


def left_behind(checkout: Checkout, configuration: Configuration) -> list[Change]:
    """Return what takes away the kustomizations of folders that no cluster follows any more; an edited one is the user's own."""
    known = {kustomization_of(environment) for environment in followed(configuration)}
    places = sorted(checkout.root.glob(kustomization_of("*")))
    paths = [path for place in places if (path := place.relative_to(checkout.root).as_posix()) not in known]
    return [
        Change(path=path, old=mine, new=None, reason="no cluster follows this folder any more")
        for path, mine in checkout.contents(paths).items()
        if kustomize.untouched(mine)
    ]


def edited(path: str, mine: bytes, new: bytes) -> Refusal:
    """Return why a kustomization that somebody edited is left alone."""
    return Refusal(
        path=path,
        line=first_changed_line(new, mine),
        reason="edited by hand, and the next promotion has to write it",
        hint=f"make the change in base/, or in an overlay that takes this folder; then delete {path} and run mlgit sync",
        difference=difference(path, new, mine),
    )


def brought(configuration: Configuration, desired: Desired) -> Desired:
    """Return the entries that the folder brings: of models that mlgit.yaml has, with an image that a cluster can fetch.

    What was promoted before the folder was followed may have no image: it never ran from here, and does not until it is promoted again.
    """
    known = artifacts_of(configuration)
    return {key: entry for key, entry in desired.items() if key in known and is_in_registry(entry)}


def kustomization(target: Cluster, environment: str, entries: Desired) -> bytes:
    """Return what gives the models of an environment their versions."""
    versions = {artifact: version_of(artifact, entry, entry.image) for artifact, entry in entries.items()}
    return kustomize.kustomization(
        target.namespace, path_of(environment), versions, kserve=isinstance(target, KServeTarget)
    )


def is_in_registry(entry: Entry) -> bool:
    """Tell whether an entry names an image that a cluster can fetch."""
    return "@" in entry.image


def files_of(revision: Revision, environment: str, desired: Desired) -> dict[str, bytes | None]:
    """Return the files that say what an environment has to run, for a commit on top of a revision.

    Raises `UsageError` where a cluster follows the folder: (`followed-folder`) for one that lacks the objects of a model, or was edited
    where versions are written, (`followed-image`) for a version that comes and has no image in a registry.
    """
    files: dict[str, bytes | None] = {path_of(environment): write(environment, desired)}
    target = follows(revision.configuration.environments.get(environment))
    if target is None:
        return files
    before = desired_state(revision, environment)
    for artifact, entry in desired.items():
        if entry != before.get(artifact) and not is_in_registry(entry):
            raise without_image(environment, artifact, entry)
    path = kustomization_of(environment)
    standing = revision.content(path)
    if standing is not None and not kustomize.untouched(standing):
        raise unfit(
            path, "it was edited by hand", "make the change in base/, or in an overlay that takes this folder"
        )
    entries = brought(revision.configuration, desired)
    missing = [one for one in (base_of(environment, key) for key in entries) if revision.content(one) is None]
    if missing:
        raise unfit(
            missing[0], "the default branch has no such file", "mlgit sync, and commit what it writes"
        )
    return {**files, path: kustomization(target, environment, entries)}


def unfit(path: str, what: str, hint: str) -> UsageError:
    """Return the error for a folder that cannot take a version."""
    return UsageError("followed-folder", what, hint=hint, where=path)


def without_image(environment: str, artifact: str, entry: Entry) -> UsageError:
    """Return the error for a version that a cluster could not fetch."""
    name = model_of(artifact)[0]
    return UsageError(
        "followed-image",
        f"{name} {entry.version} has no image in a registry, and the cluster of {environment} has to fetch one",
        hint="`push:` of the environment before brings it there; deploy it there once more, then promote",
        where=path_of(environment),
    )
