"""The port of targets: what makes the models of an environment run. One module beside this one per kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from mlgit.errors import ExternalError
from mlgit.registry.names import model_of


class Version(Struct, frozen=True, kw_only=True):
    """A version of a model that is to run: `artifact` is the model as tags call it, `name` as mlgit.yaml does.

    `image` is the one that was built of it, by its digest; empty: none was. `run` is the SHA-256 of the record of its training;
    empty: no record tells of it.
    """

    artifact: str
    name: str
    version: str
    digest: str
    commit: str
    image: str = ""
    run: str = ""


def no_version(artifact: str) -> Version:
    """Return what stands for a model of which no version is to run."""
    return Version(artifact=artifact, name=model_of(artifact)[0], version="", digest="", commit="")


class Running(Struct, frozen=True, kw_only=True):
    """What is live of a model: the version and digest that serve it, where it is asked, and whether it answers there.

    `image` is what it runs from; empty where the target does not say.
    """

    version: str
    digest: str
    address: str = ""
    healthy: bool = True
    image: str = ""

    def serves(self, version: str, digest: str, image: str = "") -> bool:
        """Tell whether exactly this version runs, from this image where both are known, and answers."""
        same = not (image and self.image) or image == self.image
        return self.healthy and same and (self.version, self.digest) == (version, digest)


class Release(Struct, frozen=True, kw_only=True):
    """A version on disk: the folder of its commit with the model in it, and the model."""

    folder: Path
    model: Path


class Target(Protocol):
    """What makes the models of one environment run.

    Every method raises `ExternalError` when it cannot be reached or does not do as it is told.
    """

    def live(self, artifacts: Sequence[str]) -> Mapping[str, Running]:
        """Return what runs of these models, and of others that the target knows, by their artifact."""

    def apply(self, version: Version, release: Release) -> str:
        """Make a version run in the place of what ran of its model; it answers when this returns.

        Return the image that it runs from, by its digest; empty where the target makes none.
        """

    def stop(self, artifact: str) -> None:
        """Make sure that nothing of a model runs."""


def variables(environment: str, version: Version, model: Path | None = None) -> dict[str, str]:
    """Return what a command of the user's is told of a version."""
    told = {
        "MLGIT_ENVIRONMENT": environment,
        "MLGIT_MODEL": version.name,
        "MLGIT_VERSION": version.version,
        "MLGIT_DIGEST": version.digest,
        "MLGIT_COMMIT": version.commit,
    }
    return {**told, "MLGIT_PATH": str(model)} if model else told


def unreachable(program: str, model: str, why: str) -> ExternalError:
    """Return the error for a target that does not say what runs."""
    return ExternalError(
        "target-unreachable",
        f"{program} does not say what runs of {model}: {why}",
        hint="run the command of `check:` by hand: it prints a version and its digest, or nothing",
    )


def not_applied(version: Version, why: str, hint: str) -> ExternalError:
    """Return the error for a target that does not run what it was told to."""
    return ExternalError(
        "target-apply",
        f"{version.name} {version.version or 'without a version'} was not made to run: {why}",
        hint=hint,
    )
