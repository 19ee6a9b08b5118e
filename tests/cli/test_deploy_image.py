"""The image of a version, built by buildah and run by a plain user: it answers as `mlgit predict` does.

    MLGIT_TEST_BASE=localhost/base@sha256:... python -m pytest tests/cli/test_deploy_image.py

The base has `python3` with pip and what `mlgit[serve]` needs; one that debootstrap made does, and no hub is asked.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from mlgit.config.images import ContainerTarget
from mlgit.deploy.container import build, image_of
from mlgit.deploy.target import Release, Version
from mlgit.render.wheel import installed_wheel
from mlgit.world.context import SilentConsole, real_context
from mlgit.world.service import free_port
from tests.cli.serve_repository import Servable

STORE = ("buildah", "--storage-driver", "vfs")
BASE = os.environ.get("MLGIT_TEST_BASE", "")
WHEEL = "mlgit-0.1.0-py3-none-any.whl"


def why_not() -> str:
    """Why no image is built here; empty where one is."""
    if shutil.which("buildah") is None:
        return "buildah is not installed"
    return "" if BASE else "MLGIT_TEST_BASE names no base image of this machine"


def buildah(*words: str) -> str:
    done = subprocess.run((*STORE, *words), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


def prepared(servable: Servable) -> tuple[ContainerTarget, Version, Release]:
    """What the image of v0.1.0 is made from."""
    if why_not():
        pytest.skip(why_not())
    desk = servable.desk
    folder = servable.folder / "release"
    commit = desk.git("rev-parse", "small@v0.1.0^{commit}")
    desk.git("worktree", "add", "--quiet", str(folder), commit)
    model = next(
        line for line in (folder / "dvc.lock").read_text().split("- path: ") if line.startswith("model")
    )
    digest = model.partition("md5: ")[2].partition("\n")[0].strip()
    shutil.copy(desk.folder / ".dvc/cache/files/md5" / digest[:2] / digest[2:], folder / "model.onnx")
    (folder / WHEEL).write_bytes(installed_wheel())
    settings = ContainerTarget(
        base=BASE,
        image="localhost/mlgit-test",
        builder=(*STORE, "bud", "--isolation", "chroot", "--format", "docker"),
        install=f"./{WHEEL}[serve]",
        apply=("true",),
        check=("true",),
    )
    version = Version(artifact="small", name="small", version="v0.1.0", digest=f"md5:{digest}", commit=commit)
    return settings, version, Release(folder=folder, model=folder / "model.onnx")


@pytest.fixture
def image(servable: Servable) -> Iterator[str]:
    """The image of v0.1.0."""
    name = "localhost/mlgit-test:small-v0.1.0"
    settings, version, release = prepared(servable)
    assert build(real_context(SilentConsole()), settings, name, version, release).startswith("sha256:")
    yield name
    subprocess.run((*STORE, "rmi", "--force", name), capture_output=True, check=False)


def answered(address: str, body: bytes | None = None) -> bytes:
    """What an address answers, as soon as somebody does."""
    ends = time.monotonic() + 60
    while True:
        try:
            asked = urllib.request.Request(address, body, {"Content-Type": "application/json"})
            with urllib.request.urlopen(asked, timeout=5) as answer:
                content: bytes = answer.read()
                return content
        except urllib.error.URLError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.5)


@pytest.mark.slow
def test_the_image_runs_as_a_plain_user_and_answers_as_predict_does(servable: Servable, image: str) -> None:
    told = json.loads(buildah("inspect", "--type", "image", image))["Docker"]["config"]
    assert told["User"] == "10001:10001"
    assert told["Labels"]["org.opencontainers.image.version"] == "v0.1.0"
    container, port = buildah("from", image), free_port()
    words = ("run", "--isolation", "chroot", "--env", f"MLGIT_PORT={port}", container, "--", *told["Cmd"])
    log = servable.folder / "log"
    with log.open("wb") as out:
        server = subprocess.Popen((*STORE, *words), stdout=out, stderr=out)
    try:
        address = f"http://127.0.0.1:{port}"
        answered(f"{address}/health")
        assert plain_user(port)
        rows = [{"x": float(row["x"])} for row in csv.DictReader(servable.desk.read("data.csv").splitlines())]
        answer = json.loads(answered(f"{address}/predict", json.dumps({"rows": rows}).encode()))
    except (OSError, AssertionError) as error:
        raise AssertionError(f"{error}: {log.read_text()[-2000:]}") from error
    finally:
        server.terminate()
        server.wait(timeout=30)
        subprocess.run((*STORE, "rm", container), capture_output=True, check=False)
    servable.mlgit("predict", "small@v0.1.0", "data.csv", "-o", "out.csv")
    predicted = [float(line.split(",")[1]) for line in servable.desk.read("out.csv").splitlines()[1:]]
    assert answer["predictions"] == pytest.approx(predicted)


def plain_user(port: int) -> bool:
    """Tell whether what serves at a port runs as the user of the image."""
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if f"MLGIT_PORT={port}".encode() in (place / "environ").read_bytes().split(b"\0"):
                status = (place / "status").read_text()
                if "\nUid:\t10001\t10001" in status:
                    return True
        except OSError:
            continue
    return False


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A registry that really runs: its address, and the folder of what it holds."""
    program = shutil.which("docker-registry") or shutil.which("registry")
    if program is None:
        pytest.skip("docker-registry is not installed")
    port, folder = free_port(), tmp_path / "registry"
    settings = tmp_path / "registry.yml"
    settings.write_text(
        f"version: 0.1\nstorage:\n  filesystem: {{rootdirectory: {folder}}}\nhttp: {{addr: '127.0.0.1:{port}'}}\n"
    )
    with (tmp_path / "registry.log").open("wb") as log:
        process = subprocess.Popen((program, "serve", str(settings)), stdout=log, stderr=log)
    try:
        answered(f"http://127.0.0.1:{port}/v2/")
        yield f"127.0.0.1:{port}", folder
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.mark.slow
def test_an_image_is_pushed_once_pulled_by_its_digest_and_refused_when_it_was_swapped(
    servable: Servable, registry: tuple[str, Path]
) -> None:
    address, folder = registry
    settings, version, release = prepared(servable)
    plain = "--tls-verify=false"
    settings = replace(settings, image=f"{address}/small", push=(*STORE, "push", plain))
    context = real_context(SilentConsole())
    pushed = image_of(context, settings, version, release)
    name, _, digest = pushed.partition("@")
    assert name == f"{address}/small"
    asked = urllib.request.Request(
        f"http://{address}/v2/small/manifests/{digest}",
        headers={"Accept": "application/vnd.docker.distribution.manifest.v2+json"},
    )
    with urllib.request.urlopen(asked, timeout=10) as answer:
        assert answer.headers["Docker-Content-Digest"] == digest
    again = image_of(context, replace(settings, builder=("false",)), replace(version, image=pushed), release)
    assert again == pushed  # nothing is built
    buildah("rmi", "--force", f"{address}/small:small-v0.1.0")
    buildah("pull", plain, pushed)
    buildah("rmi", "--force", pushed)
    blob = folder / "docker/registry/v2/blobs/sha256" / digest[7:9] / digest[7:] / "data"
    blob.write_bytes(blob.read_bytes().replace(b"schemaVersion", b"schemaversion"))
    done = subprocess.run((*STORE, "pull", plain, pushed), capture_output=True, text=True, check=False)
    assert done.returncode != 0, done.stderr
