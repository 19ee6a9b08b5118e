"""The target `container`: an image of a version, built once; the user's commands run it as those of `command` do."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from mlgit import __version__
from mlgit.config.images import ContainerTarget, Image
from mlgit.config.targets import CommandTarget
from mlgit.deploy.command import Command, said
from mlgit.deploy.target import Release, Running, Version, not_applied
from mlgit.world.context import Context
from mlgit.world.files import write_atomically

FILE = "Containerfile"
IGNORES = (".containerignore", ".dockerignore")
"""What the commit says of an image of its own counts for nothing here: the model has to be in it."""
PORT = 8000
IGNORED = "\n".join((FILE, *IGNORES, ".git", ".dvc", ""))
HEALTH = f"import urllib.request; urllib.request.urlopen('http://127.0.0.1:{PORT}/health', timeout=3)"
TEMPLATE = """\
FROM {base}
LABEL {labels}
ENV OMP_NUM_THREADS=1 ORT_DISABLE_TELEMETRY=1 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \\
    {variables}
WORKDIR /model
COPY . /model
RUN {install}
USER 10001:10001
EXPOSE {port}
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD {health}
CMD {command}
"""


class Container:
    """Images of one environment, and the user's commands that run them; see `target.Target`."""

    def __init__(self, context: Context, environment: str, settings: ContainerTarget, tree: Path) -> None:
        """`tree` is a copy of the default branch."""
        self._context = context
        self._environment = environment
        self._settings = settings
        self._tree = tree

    def live(self, artifacts: Sequence[str]) -> Mapping[str, Running]:
        """Return what `check` prints of each model."""
        return self._command("").live(artifacts)

    def apply(self, version: Version, release: Release) -> None:
        """Build the image of a version, and run `apply` for it."""
        image = f"{self._settings.image}:{version.version}"
        build(self._context, self._settings, image, version, release)
        self._command(image).apply(version, release)

    def stop(self, artifact: str) -> None:
        """Run `apply` for no version."""
        self._command("").stop(artifact)

    def _command(self, image: str) -> Command:
        """Return the user's commands, told of an image."""
        one = self._settings
        commands = CommandTarget(apply=one.apply, check=one.check, address=one.address, seconds=one.seconds)
        context = self._context.with_environment({"MLGIT_IMAGE": image})
        return Command(context, self._environment, commands, self._tree)


def build(context: Context, settings: Image, image: str, version: Version, release: Release) -> None:
    """Build the image of a version; raises `ExternalError` (`target-apply`)."""
    write_atomically(release.folder / FILE, containerfile(settings, version, release).encode())
    for name in IGNORES:
        write_atomically(release.folder / name, IGNORED.encode())
    lines: list[str] = []
    code = context.processes.stream(
        (*settings.builder, "--file", FILE, "--tag", image, "."),
        directory=release.folder,
        environment=context.environment,
        on_line=lines.append,
        limit=settings.seconds,
    )
    if code:
        program = " ".join(settings.builder)
        raise not_applied(version, f"{program}: {said(code, lines)}", "look at what builds the image")


def containerfile(settings: Image, version: Version, release: Release) -> str:
    """Return the Containerfile of a version: every value of a user stands in quotes."""
    model = release.model.relative_to(release.folder).as_posix()
    told = {
        "MLGIT_MODEL": version.name,
        "MLGIT_VERSION": version.version,
        "MLGIT_DIGEST": version.digest,
        "MLGIT_COMMIT": version.commit,
        "MLGIT_PATH": f"/model/{model}",
        "MLGIT_PORT": str(PORT),
    }
    labels = {
        "org.opencontainers.image.title": version.name,
        "org.opencontainers.image.version": version.version,
        "org.opencontainers.image.revision": version.commit,
        "org.opencontainers.image.base.name": settings.base,
        "mlgit.model.digest": version.digest,
    }
    requirement = settings.install or f"mlgit[serve]=={__version__}"
    return TEMPLATE.format(
        base=settings.base,
        labels=pairs(labels),
        variables=pairs(told),
        install=json.dumps(["python3", "-m", "pip", "install", "--no-cache-dir", requirement]),
        port=PORT,
        health=json.dumps(["python3", "-c", HEALTH]),
        command=json.dumps(["python3", "-P", "-m", "mlgit", "serve", "--host", "0.0.0.0"]),  # noqa: S104 - of its own network
    )


def pairs(values: Mapping[str, str]) -> str:
    """Return values as a Containerfile takes them: in quotes, with nothing left to expand."""
    return " \\\n    ".join(f'{name}="{quoted(text)}"' for name, text in values.items())


def quoted(text: str) -> str:
    """Return a text between double quotes of a Containerfile."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
