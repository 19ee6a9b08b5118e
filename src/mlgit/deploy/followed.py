"""The targets `kubernetes` and `kserve` where Argo CD or Flux brings about what stands in Git: nothing is told, what runs is asked.

A promotion wrote the version into the folder that the cluster follows, so there is nothing left to apply but to wait for it. What runs is
what its own server says, by the Open Inference Protocol; an address that does not answer runs nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from mlgit.config.images import Cluster
from mlgit.deploy.endpoint import exchange
from mlgit.deploy.target import Release, Running, Version, no_version, not_applied
from mlgit.errors import MlgitError
from mlgit.registry.names import model_of
from mlgit.world.http import ExchangeError, Request

PAUSE = 5.0
"""Seconds between two questions what runs."""
PROMPT = 10.0


class Followed:
    """The models of one environment that a cluster follows; see `target.Target`."""

    def __init__(self, settings: Cluster, wait: Callable[[float], None] = time.sleep) -> None:
        """`wait` passes seconds."""
        self._settings = settings
        self._wait = wait

    def live(self, artifacts: Sequence[str]) -> Mapping[str, Running]:
        """Return what the servers of these models say that they are."""
        found = {artifact: self._running(artifact) for artifact in artifacts}
        return {artifact: running for artifact, running in found.items() if running is not None}

    def apply(self, version: Version, release: Release) -> str:
        """Wait until a version runs; return the image that its commit gave it."""
        del release

        def runs() -> bool:
            running = self._running(version.artifact)
            return running is not None and running.serves(version.version, version.digest)

        if not self._until(runs):
            raise not_applied(
                version,
                f"{self._settings.address} does not serve it after {self._settings.seconds} s",
                "look at what Argo CD or Flux says of the folder",
            )
        return version.image

    def stop(self, artifact: str) -> None:
        """Wait until nothing of a model answers any more."""
        if not self._until(lambda: self._running(artifact) is None):
            raise not_applied(
                no_version(artifact),
                f"{self._settings.address} still serves it after {self._settings.seconds} s",
                "look at what Argo CD or Flux says of the folder; it has to prune",
            )

    def _until(self, holds: Callable[[], bool]) -> bool:
        """Tell whether something comes to hold within the time limit."""
        pause = min(PAUSE, float(self._settings.seconds))
        for _ in range(round(self._settings.seconds / pause)):
            if holds():
                return True
            self._wait(pause)
        return holds()

    def _running(self, artifact: str) -> Running | None:
        """Return what the server of a model says, None where none answers for it."""
        address = self._settings.address or ""
        model = quote(model_of(artifact)[0], safe="")
        try:
            reply = exchange(
                f"{address.rstrip('/')}/v2/models/{model}", Request(method="GET", target=""), PROMPT
            )
            said: dict[str, Any] = msgspec.json.decode(reply.body, type=dict)
        except (MlgitError, ExchangeError, msgspec.DecodeError):
            return None
        versions = said.get("versions") or [""]
        if reply.status != 200 or not isinstance(versions, list):
            return None
        return Running(version=str(versions[0]), digest=str(said.get("digest", "")), address=address)
