"""The target `container`: an image of a version, built once, known by its digest; the user's commands run it as those of `command` do."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NoReturn

from msgspec.structs import replace

from mlgit import __version__
from mlgit.config.images import ContainerTarget, Image
from mlgit.config.targets import CommandTarget
from mlgit.deploy import sbom
from mlgit.deploy.command import Command, said
from mlgit.deploy.target import Release, Running, Version, not_applied
from mlgit.world.context import Context
from mlgit.world.files import read_bytes, write_atomically

FILE = "Containerfile"
IMAGE_ID = ".image-id"
PUSHED = ".image-pushed"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
SAID = re.compile(rf"\bdigest: (?P<digest>{DIGEST.pattern})\b")
"""How `docker push` tells what the registry calls an image."""
WRITE_DIGESTS = ("buildah", "podman")
NOT_OF_A_TAG = re.compile(r"[^A-Za-z0-9_.-]+")
LONGEST_TAG = 128
IGNORES = (".containerignore", ".dockerignore")
"""What the commit says of an image of its own counts for nothing here: the model has to be in it."""
PORT = 8000
IGNORED = "\n".join((FILE, *IGNORES, IMAGE_ID, PUSHED, ".git", ".dvc", ""))
HEALTH = f"import urllib.request; urllib.request.urlopen('http://127.0.0.1:{PORT}/health', timeout=3)"
TEMPLATE = """\
FROM {base}
LABEL {labels}
ENV OMP_NUM_THREADS=1 ORT_DISABLE_TELEMETRY=1 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \\
    {variables}
WORKDIR /model
COPY . /model
{install}
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

    def apply(self, version: Version, release: Release) -> str:
        """Build the image of a version unless that was done, and run `apply` for it."""
        image = image_of(self._context, self._settings, version, release)
        return self._command(image).apply(replace(version, image=image), release)

    def stop(self, artifact: str) -> None:
        """Run `apply` for no version."""
        self._command("").stop(artifact)

    def _command(self, image: str) -> Command:
        """Return the user's commands, told of an image."""
        one = self._settings
        commands = CommandTarget(apply=one.apply, check=one.check, address=one.address, seconds=one.seconds)
        context = self._context.with_environment({"MLGIT_IMAGE": image})
        return Command(context, self._environment, commands, self._tree)


def image_of(context: Context, settings: Image, version: Version, release: Release) -> str:
    """Return the image of a version by its digest: the one that was built before, or one that is built and pushed now.

    Raises `ExternalError` (`target-apply`).
    """
    if version.image:
        return version.image
    name = f"{settings.image}:{tag_of(version)}"
    own = build(context, settings, name, version, release)
    return f"{settings.image}@{pushed(context, settings, name, version, release)}" if settings.push else own


def tag_of(version: Version) -> str:
    """Return the tag of an image: the model and its version, so that two models with one version are two images.

    >>> tag_of(Version(artifact="churn", name="churn", version="v1.2.0", digest="", commit=""))
    'churn-v1.2.0'
    """
    whole = f"{version.artifact}-{version.version}"
    plain = NOT_OF_A_TAG.sub("_", whole)[: LONGEST_TAG - 9]
    return plain if plain == whole else f"{plain}-{sha256(whole.encode()).hexdigest()[:8]}"


def build(context: Context, settings: Image, name: str, version: Version, release: Release) -> str:
    """Build the image of a version, and return its own digest; raises `ExternalError` (`target-apply`)."""
    bill = sbom.sbom(settings, version, lock_of(settings, version, release))
    write_atomically(release.folder / sbom.FILE, bill)
    write_atomically(release.folder / FILE, containerfile(settings, version, release, bill).encode())
    for ignores in IGNORES:
        write_atomically(release.folder / ignores, IGNORED.encode())
    words = (*settings.builder, "--file", FILE, "--tag", name, "--iidfile", IMAGE_ID, ".")
    lines = run(context, settings, words, version, release)
    return digest_in(release.folder / IMAGE_ID) or unnamed(settings.builder, version, lines)


def pushed(context: Context, settings: Image, name: str, version: Version, release: Release) -> str:
    """Push an image, and return the digest that the registry knows it by; raises `ExternalError` (`target-apply`)."""
    writes = Path(settings.push[0]).name in WRITE_DIGESTS
    words = (*settings.push, *(("--digestfile", PUSHED) if writes else ()), name)
    lines = run(context, settings, words, version, release)
    told = SAID.findall("\n".join(lines))
    found = digest_in(release.folder / PUSHED) if writes else told[-1] if told else ""
    return found or unnamed(settings.push, version, lines)


def run(
    context: Context, settings: Image, words: Sequence[str], version: Version, release: Release
) -> list[str]:
    """Run a command on a release to its end, and return what it wrote; raises `ExternalError` (`target-apply`)."""
    lines: list[str] = []
    code = context.processes.stream(
        words,
        directory=release.folder,
        environment=context.environment,
        on_line=lines.append,
        limit=settings.seconds,
    )
    if code:
        raise not_applied(version, f"{' '.join(words[:3])}: {said(code, lines)}", "run that command by hand")
    return lines


def digest_in(place: Path) -> str:
    """Return the digest that a file holds, empty where it holds none."""
    text = (read_bytes(place) or b"").decode("ascii", "replace").strip()
    return text if DIGEST.fullmatch(text) else ""


def unnamed(words: Sequence[str], version: Version, lines: Sequence[str]) -> NoReturn:
    """Raise the error for a program that does not say by which digest an image is known."""
    program = " ".join(words)
    raise not_applied(
        version,
        f"{program} does not say by which digest the image is known: {said(0, lines)}",
        "builder: takes --iidfile, and push: prints `digest: sha256:...` or is buildah or podman",
    )


def lock_of(settings: Image, version: Version, release: Release) -> str:
    """Return the text of the lock file, empty where none is named; raises `ExternalError` (`target-apply`) where it is missing."""
    content = read_bytes(release.folder / settings.lock) if settings.lock else b""
    if content is None:
        raise not_applied(
            version, f"its commit has no {settings.lock}", "target.lock names a lock file of the commit"
        )
    return content.decode("utf-8", "replace")


def installs(settings: Image) -> str:
    """Return the lines that install packages: those of the lock file by their digests, then mlgit."""
    pip = ["python3", "-m", "pip", "install", "--no-cache-dir"]
    locked = [*pip, "--require-hashes", "--requirement", settings.lock] if settings.lock else []
    own = [*pip, settings.install or f"mlgit[serve]=={__version__}"]
    return "\n".join(f"RUN {json.dumps(words)}" for words in (locked, own) if words)


def containerfile(settings: Image, version: Version, release: Release, bill: bytes = b"") -> str:
    """Return the Containerfile of a version: every value of a user stands in quotes; `bill` is its bill of materials."""
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
        "org.opencontainers.image.base.name": settings.base.partition("@")[0],
        "org.opencontainers.image.base.digest": settings.base.partition("@")[2],
        "mlgit.model.digest": version.digest,
        "mlgit.run.digest": f"sha256:{version.run}" if version.run else "",
        "mlgit.sbom.digest": f"sha256:{sha256(bill).hexdigest()}" if bill else "",
    }
    return TEMPLATE.format(
        base=settings.base,
        labels=pairs({name: text for name, text in labels.items() if text}),
        variables=pairs(told),
        install=installs(settings),
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
