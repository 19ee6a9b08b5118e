"""An image is built once, tested, and promoted by its digest; another one is refused."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from mlgit.deploy.container import tag_of
from mlgit.deploy.target import Version
from tests.cli.deploy_repository import Deployable
from tests.cli.retrain_repository import TOKEN
from tests.driver import Person
from tests.github.answers import Account
from tests.github.stub_server import StubServer

NAME = "images.example.org/small"
SLOPES = {"v0.1.0": 5.0, "v0.2.0": 7.5, "v0.3.0": 10.0}
PLATFORM = """\
import os
import sys
from hashlib import sha256
from pathlib import Path

folder = Path({folder!r})
if sys.argv[1] in ("build", "push"):
    with (folder / "calls").open("a") as calls:
        calls.write(" ".join(sys.argv[1:]) + "\\n")
if sys.argv[1] == "build":
    content = os.urandom(8) + Path("Containerfile").read_bytes()  # no two builds are the same
    Path(sys.argv[sys.argv.index("--iidfile") + 1]).write_text("sha256:" + sha256(content).hexdigest())
    (folder / "built").write_bytes(content)
elif sys.argv[1] == "push":
    print("v: digest: sha256:" + sha256(b"pushed" + (folder / "built").read_bytes()).hexdigest() + " size: 1")
elif sys.argv[1] == "check":
    state = folder / os.environ["MLGIT_ENVIRONMENT"]
    print(state.read_text() if state.exists() else "")
elif os.environ["MLGIT_VERSION"]:
    words = [os.environ[name] for name in ("MLGIT_VERSION", "MLGIT_DIGEST", "MLGIT_IMAGE")]
    (folder / os.environ["MLGIT_ENVIRONMENT"]).write_text(" ".join(words))
"""


class Platform:
    """Where images are built, pushed and run; it answers as the version does that runs."""

    def __init__(self, deployable: Deployable) -> None:
        self.place = deployable
        self.folder = folder = deployable.folder / "platform"
        folder.mkdir()
        self.program = folder / "platform.py"
        self.program.write_text(PLATFORM.format(folder=str(folder)))

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                slope = SLOPES[(folder / self.path.split("/")[1]).read_text().split()[0]]
                self.send_response(200)
                self.end_headers()
                answer = {"predictions": [slope * row["x"] for row in asked["rows"]]}
                self.wfile.write(json.dumps(answer).encode())

            def log_message(self, *arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def target(self, environment: str) -> None:
        words = [sys.executable, str(self.program)]
        port = self.server.server_address[1]
        settings = {
            "kind": "container", "base": "images.example.org/python@sha256:" + "0" * 64, "image": NAME,
            "builder": [*words, "build"], "push": [*words, "push"], "apply": [*words, "apply"],
            "check": [*words, "check"], "address": f"http://127.0.0.1:{port}/{environment}",
        }  # fmt: skip
        self.place.target(environment, json.dumps(settings))

    def image(self, environment: str) -> str:
        """What runs."""
        return (self.folder / environment).read_text().split()[2]

    def recorded(self, environment: str) -> str:
        """What the server's default branch says runs."""
        lines = self.place.desired(environment).splitlines()
        found = [line.split('"')[1] for line in lines if line.strip().startswith("image:")]
        return found[0] if found else ""

    def calls(self, what: str) -> int:
        return [line.split()[0] for line in (self.folder / "calls").read_text().splitlines()].count(what)


@pytest.fixture
def platform(deployable: Deployable) -> Iterator[Platform]:
    made = Platform(deployable)
    made.target("staging")
    made.target("production")
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_the_image_that_was_tested_is_the_image_that_runs(platform: Platform) -> None:
    place = platform.place
    place.mlgit("promote", "small@v0.1.0", "staging")
    place.refused("promote-image", "promote", "small", "production")
    (model,) = place.deployed("staging")["models"]
    assert (model["state"], model["smoke"]["wrong"]) == ("applied", 0)
    image = platform.recorded("staging")
    assert image.startswith(f"{NAME}@sha256:")
    assert {image, platform.image("staging"), model["image"]} == {image}
    subject = Person(place.server).git("log", "-1", "--format=%s", "main")
    assert subject == "Record the image of small v0.1.0 in staging"
    place.mlgit("promote", "small", "production")
    assert platform.recorded("production") == image
    place.deployed("production")
    assert platform.image("production") == image
    assert (platform.calls("build"), platform.calls("push")) == (1, 1)
    history = place.json("history")["spans"]
    assert [(one["environment"], one["image"]) for one in history] == [
        ("staging", image),
        ("production", image),
    ]
    before = place.refs()
    assert [one["state"] for one in place.deployed("staging")["models"]] == ["same"]
    assert place.refs() == before


@pytest.mark.slow
def test_a_rollback_brings_the_image_that_ran_and_builds_none(platform: Platform) -> None:
    place = platform.place
    images = []
    for version in ("v0.1.0", "v0.2.0"):
        place.mlgit("promote", f"small@{version}", "staging")
        place.deployed("staging")
        images.append(platform.image("staging"))
    place.mlgit("rollback", "small", "staging", "--reason", "spike")
    assert platform.recorded("staging") == images[0]
    place.deployed("staging")
    assert (platform.image("staging"), platform.calls("build")) == (images[0], 2)


def test_an_image_that_somebody_swapped_is_refused_and_what_runs_goes_on(platform: Platform) -> None:
    place = platform.place
    place.mlgit("promote", "small@v0.1.0", "staging")
    place.deployed("staging")
    image = platform.recorded("staging")
    other = f"{NAME}@sha256:" + "e" * 64
    place.pull()
    place.desk.write("deploy/staging.yaml", place.desk.read("deploy/staging.yaml").replace(image, other))
    place.desk.commit("Look here")
    place.push()
    said = place.refused("deploy-image", "deploy", "staging")
    assert "deploy/staging.yaml" in said
    assert platform.image("staging") == image
    place.refused("deploy-image", "deploy", "staging", "--check")


@pytest.mark.slow
def test_what_runs_from_another_image_differs(platform: Platform) -> None:
    place = platform.place
    place.mlgit("promote", "small@v0.1.0", "staging")
    place.deployed("staging")
    image = platform.image("staging")
    running = platform.folder / "staging"
    running.write_text(running.read_text().replace(image, f"{NAME}@sha256:" + "e" * 64))
    (model,) = place.deployed("staging", "--check", exit_code=1)["models"]
    assert model["state"] == "differs"
    place.deployed("staging")
    assert (platform.image("staging"), platform.calls("build")) == (image, 1)


def test_whoever_was_killed_before_the_image_was_written_down_is_taken_up(platform: Platform) -> None:
    place = platform.place
    place.mlgit("promote", "small@v0.1.0", "staging")
    place.deployed("staging")
    before = Person(place.server).git("rev-parse", "main~1")
    Person(place.server).git("update-ref", "refs/heads/main", before)
    (model,) = place.deployed("staging")["models"]
    assert (model["state"], platform.recorded("staging")) == ("same", platform.image("staging"))
    assert platform.calls("build") == 1


def test_what_a_protected_branch_does_not_take_is_proposed(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = platform.place
    place.mlgit("promote", "small@v0.1.0", "staging")
    place.protect()
    with StubServer("octo-org/churn") as github:
        github.state.accounts = {TOKEN: Account("a", "User", frozenset({"issues", "pull_requests"}))}
        for name, value in github.environment(TOKEN).items():
            monkeypatch.setenv(name, value)
        said = place.mlgit("deploy", "staging").err
        assert "the image is not written directly" in said
        place.mlgit("deploy", "staging")
        (pull,) = github.contents.pulls()
        assert pull["title"] == "Record the image of small v0.1.0 in staging"
        assert platform.image("staging") in pull["body"]
        assert (platform.recorded("staging"), platform.calls("build")) == ("", 1)
        place.unprotect()
        Person(place.server).git("update-ref", "refs/heads/main", "mlgit/image/staging")
        assert platform.recorded("staging") == platform.image("staging")
        place.mlgit("promote", "small", "production")


@pytest.mark.parametrize(
    ("artifact", "version", "tag"),
    [
        ("churn", "v1.2.0", "churn-v1.2.0"),
        ("fraud", "v1.2.0", "fraud-v1.2.0"),
        ("teams/a=churn", "v1.2.0+x", "teams_a_churn-v1.2.0_x-"),
        ("m" * 200, "v1.0.0", "m" * 119 + "-"),
    ],
)
def test_two_models_with_one_version_are_two_images(artifact: str, version: str, tag: str) -> None:
    made = tag_of(Version(artifact=artifact, name="m", version=version, digest="", commit=""))
    assert made.startswith(tag)
    assert len(made) <= 128
