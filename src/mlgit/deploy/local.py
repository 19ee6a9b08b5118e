"""The target `local`: a process a model on this machine, kept track of in a folder inside Git's own.

<artifact>/live.json      which version was started last, where its files are and where it answers
<artifact>/running.*      the process; see `world/service.py`
<artifact>/<version>-*    the commit of the version with the model in it
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from mlgit.config.targets import LocalTarget
from mlgit.deploy.endpoint import answers
from mlgit.deploy.target import Release, Running, Version, not_applied, variables
from mlgit.errors import ExternalError
from mlgit.world.context import Context
from mlgit.world.files import read_bytes, write_atomically
from mlgit.world.service import Service, listened_at, wait_until

STATE = "live.json"
SERVE = ("-P", "-m", "mlgit", "serve")
"""What serves a model where `run:` says nothing; `-P`: no module of the release takes the place of mlgit."""
FOLDER_SIGN = "+"
"""Stands for the slash of an artifact: no name of one has it."""


class Kept(Struct, frozen=True, kw_only=True):
    """What was started last."""

    version: str
    digest: str
    address: str
    release: str


class Local:
    """The processes of one environment below `folder`; see `target.Target`."""

    def __init__(
        self,
        context: Context,
        environment: str,
        settings: LocalTarget,
        folder: Path,
        ports: Mapping[str, int],
    ) -> None:
        """`ports` are those of the models of mlgit.yaml, by artifact."""
        self._context = context
        self._environment = environment
        self._settings = settings
        self._folder = folder
        self._ports = ports

    def live(self, artifacts: Sequence[str]) -> dict[str, Running]:
        """Return what runs, also of models that nobody wants any more."""
        del artifacts
        folders = self._folder.iterdir() if self._folder.is_dir() else ()
        names = sorted(one.name.replace(FOLDER_SIGN, "/") for one in folders if one.is_dir())
        found = {name: self._running(name) for name in names}
        return {name: one for name, one in found.items() if one is not None}

    def apply(self, version: Version, release: Release) -> str:
        """Stop what runs, start the version, and wait until it answers."""
        service = self._service(version.artifact)
        service.stop()
        folder = self._own(release, service.folder, version)
        model = folder / release.model.relative_to(release.folder)
        port = self._ports.get(version.artifact, self._settings.port)
        address = f"http://127.0.0.1:{port}"
        kept = Kept(version=version.version, digest=version.digest, address=address, release=folder.name)
        write_atomically(service.folder / STATE, msgspec.json.encode(kept))
        if listened_at(port):
            # It would answer before the model does, and be taken for it.
            raise not_applied(
                version,
                f"another program listens at {address}",
                "end that program, or give the target another port: in mlgit.yaml",
            )
        told = {**variables(self._environment, version, model), "MLGIT_PORT": str(port)}
        command = self._settings.run or (self._context.python, *SERVE)
        service.start(command, folder, {**self._context.environment, **told})
        self._require_answer(service, version, address)
        return ""

    def stop(self, artifact: str) -> None:
        """End the process of a model, and forget it."""
        service = self._service(artifact)
        service.stop()
        shutil.rmtree(service.folder, ignore_errors=True)

    def _require_answer(self, service: Service, version: Version, address: str) -> None:
        """Raise `ExternalError` (`target-apply`) unless the version answers in time."""
        began = time.monotonic()
        health = f"{address}{self._settings.health}"
        wait_until(lambda: answers(health) or not service.runs, self._settings.seconds)
        if service.runs and answers(health):
            return
        said = service.last_words() or "nothing"
        state = "does not answer" if service.runs else "ended"
        raise not_applied(
            version,
            f"it {state} after {time.monotonic() - began:.0f} seconds; it wrote: {said}",
            f"look at {service.folder / 'log'}",
        )

    def _own(self, release: Release, folder: Path, version: Version) -> Path:
        """Move a release where it stays for as long as it runs; what an ended process left there goes."""
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.iterdir():
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
        place = Path(tempfile.mkdtemp(prefix=f"{version.version}-", dir=folder))
        try:
            return release.folder.replace(place)
        except OSError as error:
            raise ExternalError(
                "file-unwritable", f"{place.name} cannot be made: {error.strerror}"
            ) from error

    def _running(self, artifact: str) -> Running | None:
        """Return what runs of a model."""
        kept = self._kept(artifact)
        if kept is None or not self._service(artifact).runs:
            return None
        expected = f"http://127.0.0.1:{self._ports.get(artifact, self._settings.port)}"
        healthy = kept.address == expected and answers(f"{kept.address}{self._settings.health}")
        return Running(version=kept.version, digest=kept.digest, address=kept.address, healthy=healthy)

    def _kept(self, artifact: str) -> Kept | None:
        """Return what was started last of a model."""
        content = read_bytes(self._service(artifact).folder / STATE)
        try:
            return msgspec.json.decode(content, type=Kept) if content is not None else None
        except msgspec.DecodeError:
            return None

    def _service(self, artifact: str) -> Service:
        """Return the process of a model."""
        return Service(self._folder / artifact.replace("/", FOLDER_SIGN))
