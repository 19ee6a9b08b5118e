"""The targets `kubernetes` and `kserve`: an image of a version, built once, in a cluster that `kubectl` reaches.

The objects of a model are known by their labels, and what runs by their annotations, so that nothing has to be kept here.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from mlgit.config.images import Cluster, KServeTarget
from mlgit.deploy.command import said
from mlgit.deploy.container import image_of
from mlgit.deploy.manifests import chosen, name_of, objects
from mlgit.deploy.target import Release, Running, Version, no_version, not_applied
from mlgit.errors import ExternalError
from mlgit.world.context import Context
from mlgit.world.files import write_atomically

KUBERNETES = ("deployments", "services", "horizontalpodautoscalers", "poddisruptionbudgets")
KSERVE = ("inferenceservices.serving.kserve.io",)
FOLDER = ".mlgit/cluster"


class Kubernetes:
    """The models of one environment in a cluster; see `target.Target`."""

    def __init__(self, context: Context, environment: str, settings: Cluster, tree: Path) -> None:
        """`tree` is a copy of the default branch."""
        self._context = context
        self._environment = environment
        self._settings = settings
        self._tree = tree
        self._kinds = KSERVE if isinstance(settings, KServeTarget) else KUBERNETES

    def live(self, artifacts: Sequence[str]) -> Mapping[str, Running]:
        """Return what runs, also of models that nobody wants any more."""
        del artifacts
        code, lines = self._kubectl("get", self._kinds[0], "--selector", self._selector(), "--output", "json")
        if code:
            raise silent(self._environment, said(code, lines))
        try:
            items = msgspec.json.decode("\n".join(lines))["items"]
            found = [(told_by(one), one) for one in items]
        except (msgspec.DecodeError, KeyError, TypeError) as error:
            raise silent(self._environment, "it wrote no list of objects") from error
        return {
            told["mlgit/artifact"]: Running(
                version=told.get("mlgit/version", ""),
                digest=told.get("mlgit/digest", ""),
                address=self._settings.address or "",
                healthy=is_ready(one),
                image=told.get("mlgit/image", ""),
            )
            for told, one in found
            if "mlgit/artifact" in told
        }

    def apply(self, version: Version, release: Release) -> str:
        """Build and push the image of a version unless that was done, apply its objects, and wait until it has taken the place."""
        image = image_of(self._context, self._settings, version, release)
        if "@" not in image:
            raise not_applied(
                version, f"its image {image} was never pushed", "push: where it was built first"
            )
        folder = self._written(replace(version, image=image))
        self._require(version, *self._kubectl("apply", "--kustomize", str(folder)), "kubectl explains it")
        limit = f"--timeout={self._settings.seconds}s"
        name = f"{self._kinds[0]}/{name_of(version.artifact)}"
        waiting = ("wait", "--for=condition=Ready") if self._kinds is KSERVE else ("rollout", "status")
        self._require(version, *self._kubectl(*waiting, name, limit), f"kubectl describe {name}")
        return image

    def stop(self, artifact: str) -> None:
        """Take every object of a model away."""
        label = ",".join(f"{key}={value}" for key, value in chosen(artifact).items())
        selector = f"{self._selector()},{label}"
        done = self._kubectl("delete", ",".join(self._kinds), "--selector", selector, "--ignore-not-found")
        self._require(no_version(artifact), *done, "kubectl get all")

    def _written(self, version: Version) -> Path:
        """Write the objects as a base, and bring the overlay to it; return the folder to apply."""
        overlay = self._settings.overlay
        folder = self._tree / (overlay or FOLDER)
        base = folder / "base" if overlay else folder
        shutil.rmtree(base, ignore_errors=True)
        made = objects(self._settings, self._environment, version)
        names = [f"{one['kind'].lower()}.json" for one in made]
        for name, one in zip(names, made, strict=True):
            write_atomically(base / name, msgspec.json.format(msgspec.json.encode(one), indent=2))
        listed = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "namespace": self._settings.namespace,
            "resources": names,
        }
        write_atomically(base / "kustomization.yaml", msgspec.json.encode(listed))
        return folder

    def _selector(self) -> str:
        return f"app.kubernetes.io/managed-by=mlgit,mlgit/environment={self._environment}"

    def _require(self, version: Version, code: int, lines: Sequence[str], hint: str) -> None:
        """Raise `ExternalError` (`target-apply`) for a command that failed."""
        if code:
            raise not_applied(version, said(code, lines), hint)

    def _kubectl(self, *words: str) -> tuple[int, list[str]]:
        namespace = ("--namespace", self._settings.namespace)
        return self._run((*self._settings.kubectl, *words, *namespace))

    def _run(self, words: Sequence[str]) -> tuple[int, list[str]]:
        """Run a command to its end; return its exit code and what it wrote."""
        lines: list[str] = []
        code = self._context.processes.stream(
            words,
            directory=self._tree,
            environment=self._context.environment,
            on_line=lines.append,
            limit=self._settings.seconds,
        )
        return code, lines


def told_by(one: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the annotations of an object."""
    return one["metadata"].get("annotations") or {}


def is_ready(one: Mapping[str, Any]) -> bool:
    """Tell whether the servers of an object answer: those of a deployment's newest form, or what KServe says."""
    status = one.get("status") or {}
    if one.get("kind") == "InferenceService":
        return any(
            (told["type"], told["status"]) == ("Ready", "True") for told in status.get("conditions", [])
        )
    newest = status.get("observedGeneration") == one["metadata"].get("generation")
    return bool(newest) and int(status.get("availableReplicas") or 0) >= 1


def silent(environment: str, why: str) -> ExternalError:
    """Return the error for a cluster that does not say what runs."""
    return ExternalError(
        "target-unreachable",
        f"the cluster of {environment} does not say what runs: {why}",
        hint="kubectl get deployments, or inferenceservices, with the context of this machine",
    )
