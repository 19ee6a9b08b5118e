"""An environment that a cluster follows: promotions write its folder, `deploy` waits for what runs and asks it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from mlgit import yamlfile
from mlgit.environments.desired import Entry, write
from tests.cli.deploy_repository import COMMAND, Deployable, delivering_job
from tests.driver import Person

BASE = "images.example.org/python@sha256:" + "0" * 64
STAGING = {
    "kind": "container",
    "base": BASE,
    "image": "images.example.org/small",
    "apply": ["true"],
    "check": ["true"],
}
SLOPES = {"v0.1.0": 5.0, "v0.2.0": 7.5, "v0.3.0": 10.0}
FOLDER = "deploy/production"
OBJECTS, VERSIONS = f"{FOLDER}/base/small.yaml", f"{FOLDER}/kustomization.yaml"
BUILDER = """\
import sys
from hashlib import sha256
from pathlib import Path
if "--iidfile" in sys.argv:
    Path(sys.argv[sys.argv.index("--iidfile") + 1]).write_text("sha256:" + "5" * 64)
else:
    print("digest: sha256:" + sha256(sys.argv[-1].encode()).hexdigest())
"""


class Cluster:
    """What Argo CD or Flux would do: runs what the default branch of the server says, unless it hangs."""

    def __init__(self, place: Deployable) -> None:
        self.server = Person(place.server)
        self.stuck = False
        self.runs: tuple[str, str] | None = None
        cluster = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                cluster.follow()
                known = self.path == "/v2/models/small" and cluster.runs is not None
                version, digest = cluster.runs or ("", "")
                self.answer({"versions": [version], "digest": digest} if known else {}, 200 if known else 404)

            def do_POST(self) -> None:
                rows = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["rows"]
                slope = SLOPES[(cluster.runs or ("", ""))[0]]
                self.answer({"predictions": [slope * row["x"] for row in rows]}, 200)

            def answer(self, value: Any, status: int) -> None:
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(value).encode())

            def log_message(self, *arguments: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.http.server_address[1]}"
        Thread(target=self.http.serve_forever, daemon=True).start()

    def follow(self) -> None:
        """Come to run what stands in Git."""
        if self.stuck:
            return
        text = self.server.run("git", "show", f"main:{VERSIONS}", exit_code=None).out
        found = [re.search(rf"mlgit~1{name}\n +value: (\S+)", text) for name in ("version", "digest")]
        self.runs = (found[0][1], found[1][1]) if found[0] and found[1] else None


@pytest.fixture
def cluster(deployable: Deployable) -> Iterator[Cluster]:
    made = Cluster(deployable)
    yield made
    made.http.shutdown()
    made.http.server_close()


def settings(place: Deployable, cluster: Cluster, *, pushed: bool = True, **more: Any) -> None:
    """Staging builds and runs by commands, production is followed; without `pushed` it is not yet, and images stay here."""
    state = place.folder / "platform"
    state.mkdir(exist_ok=True)
    place.desk.write("ops/target.py", COMMAND.format(state=str(state)))
    builder = place.folder / "build.py"
    builder.write_text(BUILDER)
    images = {
        "base": BASE,
        "image": "images.example.org/small",
        "builder": [sys.executable, str(builder)],
        "push": [sys.executable, str(builder)] if pushed else [],
    }
    words = [sys.executable, "ops/target.py"]
    staging = {
        "kind": "container",
        **images,
        "apply": [*words, "apply"],
        "check": [*words, "check"],
        "address": cluster.address,
    }
    place.target("staging", json.dumps(staging))
    if not pushed:
        return
    followed = {
        "kind": "kubernetes",
        **images,
        "followed": True,
        "address": cluster.address,
        "seconds": 1,
        "namespace": "models",
    }
    place.target("production", json.dumps({**followed, **more}))
    place.mlgit("sync")
    place.desk.commit("Render")
    place.push()


def built(place: Deployable, cluster: Cluster, version: str) -> None:
    """Bring a version to staging, where its image is built and what runs answers."""
    place.mlgit("promote", f"small@{version}", "staging")
    stuck, cluster.stuck, runs, cluster.runs = cluster.stuck, True, cluster.runs, (version, "")
    place.deployed("staging")
    cluster.stuck, cluster.runs = stuck, runs
    place.pull()


def built_by_kustomize(folder: Path) -> str:
    """What the real kustomize makes of a folder; nothing where kubectl is not installed."""
    if shutil.which("kubectl") is None:
        return ""
    done = subprocess.run(("kubectl", "kustomize", str(folder)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_promotion_writes_the_folder_and_a_deployment_waits_for_the_cluster(
    deployable: Deployable, cluster: Cluster
) -> None:
    settings(deployable, cluster)
    desk = deployable.desk
    assert "mlgit/small" in desk.read(OBJECTS)
    assert deployable.mlgit("sync", "--check").exit_code == 0
    deployable.mlgit("promote", "small@v0.1.0", "staging")
    deployable.refused("promote-image", "promote", "small@v0.1.0", "production")
    built(deployable, cluster, "v0.1.0")
    deployable.mlgit("promote", "small@v0.1.0", "production")
    deployable.pull()
    assert set(desk.git("show", "--name-only", "--format=").split()) == {"deploy/production.yaml", VERSIONS}
    made = built_by_kustomize(desk.folder / FOLDER)
    if made:
        wanted = re.search(r"image: \"(.+)\"", desk.read("deploy/production.yaml"))
        assert re.findall(r"^ +image: (\S+)$", made, re.MULTILINE) == [wanted and wanted[1]]
        assert made.count("mlgit/version: v0.1.0") == len(re.findall(r"^kind: ", made, re.MULTILINE)) + 1
    assert deployable.mlgit("sync", "--check").exit_code == 0
    (model,) = deployable.deployed("production")["models"]
    assert (model["state"], model["live"], model["smoke"]["wrong"]) == ("same", "v0.1.0", 0)
    cluster.stuck = True
    built(deployable, cluster, "v0.2.0")
    cluster.runs = ("v0.1.0", cluster.runs[1]) if cluster.runs else None
    deployable.mlgit("promote", "small@v0.2.0", "production")
    (model,) = deployable.deployed("production", exit_code=1)["models"]
    assert (model["state"], model["live"], model["restored"]) == ("failed", "v0.1.0", "")
    assert "does not serve it after 1 s" in model["why"]
    assert deployable.deployed("production", "--check", exit_code=1)["models"][0]["state"] == "differs"
    cluster.stuck = False
    (model,) = deployable.deployed("production")["models"]
    assert (model["live"], model["smoke"]["wrong"]) == ("v0.2.0", 0)
    deployable.mlgit("rollback", "small", "production", "--reason", "too slow")
    deployable.pull()
    assert "value: v0.1.0" in desk.read(VERSIONS)
    assert deployable.deployed("production")["models"][0]["live"] == "v0.1.0"


def test_what_people_change_is_merged_or_refused_by_name(deployable: Deployable, cluster: Cluster) -> None:
    settings(deployable, cluster)
    desk = deployable.desk
    desk.write(
        OBJECTS,
        desk.read(OBJECTS).replace(
            "      automountServiceAccountToken: false\n",
            "      automountServiceAccountToken: false\n      nodeSelector: {disk: fast}\n",
        ),
    )
    text = desk.read("mlgit.yaml")
    desk.write("mlgit.yaml", text.replace('"namespace": "models"', '"namespace": "others", "memory": "2Gi"'))
    assert deployable.mlgit("sync", exit_code=1).exit_code == 1
    assert "disk: fast" in desk.read(OBJECTS)
    assert 'memory: "2Gi"' in desk.read(OBJECTS)
    assert "namespace: others" in desk.read(VERSIONS)
    desk.write(VERSIONS, desk.read(VERSIONS) + "commonLabels: {a: b}\n")
    assert f"{VERSIONS}:" in deployable.mlgit("sync", "--check", exit_code=1).out
    desk.commit("By hand")
    deployable.push()
    built(deployable, cluster, "v0.1.0")
    deployable.refused("followed-folder", "promote", "small@v0.1.0", "production")
    desk.folder.joinpath(VERSIONS).unlink()
    desk.folder.joinpath(OBJECTS).unlink()
    desk.commit("Gone")
    deployable.push()
    deployable.refused("followed-folder", "promote", "small@v0.1.0", "production")
    assert yamlfile.read(desk.read("mlgit.yaml"), "mlgit.yaml")


def test_what_was_promoted_before_the_folder_was_followed_keeps_nobody_from_it(
    deployable: Deployable, cluster: Cluster
) -> None:
    desk = deployable.desk
    deployable.pull()
    earlier = Entry(
        version="v0.1.0",
        commit="a" * 40,
        digest="md5:" + "0" * 32,
        action="promote",
        by="Ada <ada@example.org>",
    )
    desk.write("deploy/production.yaml", write("production", {"other": earlier}).decode())
    desk.commit("Before")
    deployable.push()
    settings(deployable, cluster)
    assert "resources: []" in desk.read(VERSIONS)
    built(deployable, cluster, "v0.1.0")
    deployable.mlgit("promote", "small@v0.1.0", "production")
    deployable.pull()
    assert "- base/small.yaml" in desk.read(VERSIONS)
    assert '"other"' in desk.read("deploy/production.yaml")
    assert deployable.mlgit("sync", "--check").exit_code == 0


def test_a_folder_that_is_followed_no_more_is_taken_away_unless_somebody_edited_it(
    deployable: Deployable, cluster: Cluster
) -> None:
    settings(deployable, cluster)
    desk = deployable.desk
    before, text = desk.read(VERSIONS), desk.read("mlgit.yaml")
    desk.write("mlgit.yaml", text.replace('"followed": true', '"followed": false'))
    desk.write(VERSIONS, before + "commonLabels: {a: b}\n")
    said = deployable.mlgit("sync").out
    assert "base/small.yaml" in said
    assert VERSIONS not in said
    assert (desk.folder / VERSIONS).exists()
    desk.write(VERSIONS, before)
    assert f"{VERSIONS}:1: out of sync (delete)" in deployable.mlgit("sync", "--check", exit_code=1).out
    assert "no cluster follows this folder any more" in deployable.mlgit("sync").out
    assert not (desk.folder / VERSIONS).exists()
    assert not (desk.folder / OBJECTS).exists()
    assert deployable.mlgit("sync", "--check").exit_code == 0


def test_an_image_that_was_never_pushed_is_refused(deployable: Deployable, cluster: Cluster) -> None:
    settings(deployable, cluster, pushed=False)
    built(deployable, cluster, "v0.1.0")
    settings(deployable, cluster)
    said = deployable.refused("followed-image", "promote", "small@v0.1.0", "production")
    assert "small v0.1.0 has no image in a registry" in said


def test_what_the_cluster_does_not_reach_is_rolled_back_in_git_and_stays_due(
    deployable: Deployable, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(deployable, cluster)
    for version in ("v0.1.0", "v0.2.0"):
        built(deployable, cluster, version)
        deployable.mlgit("promote", f"small@{version}", "production")
        if version == "v0.1.0":
            deployable.deployed("production")
            cluster.stuck = True
    handed = ("--step", "apply", "--folder", str(tmp_path / "handed"))
    deployable.pull()
    (model,) = deployable.deployed("production", "--local", *handed, exit_code=1)["models"]
    assert (model["state"], model["version"], model["live"]) == ("failed", "v0.2.0", "v0.1.0")
    concluding = ("--step", "conclude", "--folder", str(tmp_path / "handed"))
    with delivering_job(monkeypatch) as github:
        done = deployable.deployed("production", *concluding, exit_code=1)
        assert [(one["to"], one["outcome"]) for one in done["changed"]] == [("v0.1.0", "committed")]
        assert done["due"] == ["staging", "production"]
        (issue,) = github.contents.issues()
        assert issue["title"] == "small v0.2.0 failed in production"
        deployable.pull()
        assert "value: v0.1.0" in deployable.desk.read(VERSIONS)
        assert deployable.mlgit("sync", "--check").exit_code == 0
        cluster.stuck = False
        (model,) = deployable.deployed("production", "--local", *handed)["models"]
        assert (model["live"], model["smoke"]["wrong"]) == ("v0.1.0", 0)
        assert deployable.deployed("production", *concluding)["due"] == ["staging"]


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"address": None}, "it needs an `address`"),
        ({"overlay": "deploy/production"}, "`overlay` is for `kubectl`"),
    ],
)
def test_a_followed_target_that_cannot_be_is_refused_with_its_line(
    deployable: Deployable, cluster: Cluster, more: dict[str, Any], what: str
) -> None:
    with pytest.raises(AssertionError, match="target-followed"):
        settings(deployable, cluster, **more)
    answer = deployable.mlgit("sync", "--check", exit_code=2)
    assert what in answer.err
    assert "error[target-followed]: mlgit.yaml:" in answer.err


def test_the_environment_before_has_to_build_and_push_images(
    deployable: Deployable, cluster: Cluster
) -> None:
    images = {"base": BASE, "image": "images.example.org/small", "followed": True, "address": cluster.address}
    deployable.target("staging", json.dumps({"kind": "kubernetes", **images}))
    assert "has to build images" in deployable.mlgit("sync", "--check", exit_code=2).err
    deployable.target("staging", json.dumps({**STAGING, "address": cluster.address}))
    deployable.target("production", json.dumps({"kind": "kubernetes", **images}))
    assert "build images and push them" in deployable.mlgit("sync", "--check", exit_code=2).err
