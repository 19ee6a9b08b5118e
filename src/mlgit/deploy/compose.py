"""The target `compose`: an image of a version, built once, as the one service of a stack of Docker Swarm.

The file keeps the Compose Specification, so that `docker compose` reads it as well. A stack is known by the labels of its service,
so nothing has to be kept here. Source: https://docs.docker.com/reference/compose-file/.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from mlgit.config.images import ComposeTarget
from mlgit.deploy.command import said
from mlgit.deploy.container import HEALTH, PORT, image_of
from mlgit.deploy.manifests import name_of
from mlgit.deploy.target import Release, Running, Version, no_version, not_applied, unreachable
from mlgit.world.context import Context
from mlgit.world.files import write_atomically

FOLDER = ".mlgit/stack"
SERVICE = "model"
ENVIRONMENT = "mlgit.environment"


def stack(settings: ComposeTarget, environment: str, version: Version) -> dict[str, Any]:
    """Return the stack of a version: the next takes the place of the last server by server, and goes back where it fails."""
    change = {"parallelism": 1, "order": "start-first", "monitor": "30s"}
    told = {
        ENVIRONMENT: environment,
        "mlgit.artifact": version.artifact,
        "mlgit.version": version.version,
        "mlgit.digest": version.digest,
        "mlgit.commit": version.commit,
        "mlgit.image": version.image,
    }
    service = {
        "image": version.image,
        "user": "10001:10001",
        "read_only": True,
        "cap_drop": ["ALL"],
        "tmpfs": ["/tmp"],  # noqa: S108 - of the container
        "environment": {"OMP_NUM_THREADS": "1"},
        "ports": [{"target": PORT, "published": settings.port, "protocol": "tcp", "mode": "ingress"}],
        "secrets": list(settings.secrets),
        "healthcheck": {
            "test": ["CMD", "python3", "-c", HEALTH],
            "interval": "10s",
            "timeout": "5s",
            "retries": 3,
            "start_period": "20s",
        },
        "deploy": {
            "replicas": settings.replicas,
            "labels": told,
            "resources": {"limits": {"cpus": settings.cpus, "memory": settings.memory}},
            "update_config": {**change, "failure_action": "rollback"},
            "rollback_config": {**change, "failure_action": "pause"},
            "restart_policy": {"condition": "any", "delay": "5s"},
        },
    }
    made: dict[str, Any] = {"services": {SERVICE: service}}
    if settings.secrets:
        made["secrets"] = {name: {"external": True} for name in settings.secrets}
    return made


class Compose:
    """The models of one environment as stacks of a swarm; see `target.Target`."""

    def __init__(self, context: Context, environment: str, settings: ComposeTarget, tree: Path) -> None:
        """`tree` is a copy of the default branch."""
        self._context = context
        self._environment = environment
        self._settings = settings
        self._tree = tree

    def live(self, artifacts: Sequence[str]) -> Mapping[str, Running]:
        """Return what runs, also of models that nobody wants any more."""
        del artifacts
        label = f"label={ENVIRONMENT}={self._environment}"
        listed = self._told("service", "ls", "--filter", label, "--format", "{{json .}}")
        servers = {str(one["ID"]): str(one["Replicas"]) for one in map(decoded, listed)}
        if not servers:
            return {}
        (seen,) = [self._told("service", "inspect", *servers)]
        return dict(self._running(decoded("\n".join(seen)), servers))

    def _running(self, services: Sequence[Mapping[str, Any]], servers: Mapping[str, str]) -> Iterator[Any]:
        for one in services:
            labels = one["Spec"]["Labels"]
            started, _, wanted = servers.get(one["ID"][:12], servers.get(one["ID"], "")).partition("/")
            back = str((one.get("UpdateStatus") or {}).get("State", "")).startswith("rollback")
            yield (
                labels["mlgit.artifact"],
                Running(
                    version=labels["mlgit.version"],
                    digest=labels["mlgit.digest"],
                    address=self._settings.address or "",
                    healthy=bool(started) and started == wanted.split(" ")[0] and not back,
                    image=labels["mlgit.image"],
                ),
            )

    def apply(self, version: Version, release: Release) -> str:
        """Build and push the image of a version unless that was done, deploy its stack, and wait until it has taken the place."""
        image = image_of(self._context, self._settings, version, release)
        if "@" not in image:
            raise not_applied(
                version, f"its image {image} was never pushed", "push: where it was built first"
            )
        place = self._tree / FOLDER / "compose.json"
        made = stack(self._settings, self._environment, replace(version, image=image))
        write_atomically(place, msgspec.json.format(msgspec.json.encode(made), indent=2))
        words = ("stack", "deploy", "--detach=false", "--with-registry-auth", "--compose-file", str(place))
        code, lines = self._docker(*words, self._name(version.artifact))
        if code:
            raise not_applied(version, said(code, lines), f"docker stack ps {self._name(version.artifact)}")
        return image

    def stop(self, artifact: str) -> None:
        """Take the stack of a model away."""
        code, lines = self._docker("stack", "rm", self._name(artifact))
        if code:
            raise not_applied(no_version(artifact), said(code, lines), "docker stack ls")

    def _name(self, artifact: str) -> str:
        return f"{self._environment}-{name_of(artifact)}"

    def _told(self, *words: str) -> list[str]:
        """Return what docker writes; raises `ExternalError` (`target-unreachable`) where it fails."""
        code, lines = self._docker(*words)
        if code:
            raise unreachable(self._settings.docker[0], self._environment, said(code, lines))
        return [line for line in lines if line.strip()]

    def _docker(self, *words: str) -> tuple[int, list[str]]:
        lines: list[str] = []
        code = self._context.processes.stream(
            (*self._settings.docker, *words),
            directory=self._tree,
            environment=self._context.environment,
            on_line=lines.append,
            limit=self._settings.seconds,
        )
        return code, lines


def decoded(text: str) -> Any:
    """Return what docker wrote as JSON; raises `ExternalError` (`target-unreachable`) for what is none."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise unreachable("docker", "the swarm", f"it wrote {text[:200]}") from error
