"""What a swarm is told, by the published schema of the Compose Specification, and a swarm that does as it is told.

`compose-spec.json` is that of https://github.com/compose-spec/compose-spec (Apache License 2.0), unchanged.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace

from mlgit.config.images import ComposeTarget
from mlgit.deploy.compose import Compose, stack
from mlgit.deploy.target import Release, Version
from mlgit.errors import ExternalError
from mlgit.world.context import SilentConsole, real_context

SCHEMA = jsonschema.Draft7Validator(json.loads(Path(__file__).with_name("compose-spec.json").read_text()))
IMAGE = "images.example.org/churn@sha256:" + "2" * 64
VERSION = Version(
    artifact="a/b=churn",
    name="churn",
    version="v1.2.0",
    digest="md5:" + "1" * 32,
    commit="c" * 40,
    image=IMAGE,
)
DOCKER = """\
import json, sys
from pathlib import Path
log, state = Path({log!r}), Path({log!r} + ".state")
with log.open("a") as out:
    out.write(json.dumps(sys.argv[1:]) + "\\n")
words = sys.argv[1:]
if words[:2] == ["stack", "deploy"]:
    state.write_text(Path(words[words.index("--compose-file") + 1]).read_text())
elif words[:2] == ["service", "ls"] and state.exists():
    print(json.dumps({{"ID": "abcdefghijkl", "Replicas": Path({log!r} + ".replicas").read_text()}}))
elif words[:2] == ["service", "inspect"]:
    labels = json.loads(state.read_text())["services"]["model"]["deploy"]["labels"]
    print(json.dumps([{{"ID": "abcdefghijklmnop", "Spec": {{"Labels": labels}}}}], indent=1))
elif words[:2] == ["stack", "rm"]:
    state.unlink()
sys.exit(3 if words[1] == {fails!r} else 0)
"""


def settings(**more: Any) -> ComposeTarget:
    return ComposeTarget(
        base="images.example.org/python@sha256:" + "0" * 64, image="images.example.org/churn", **more
    )


@pytest.mark.parametrize("more", [{}, {"secrets": ("key",), "cpus": "0.5", "memory": "512m", "replicas": 1}])
def test_the_stack_keeps_the_published_schema(more: dict[str, Any]) -> None:
    made = stack(settings(**more), "staging", VERSION)
    SCHEMA.validate(made)
    service = made["services"]["model"]
    assert service["image"] == IMAGE
    assert service["deploy"]["update_config"]["failure_action"] == "rollback"
    assert service["deploy"]["resources"]["limits"]["memory"] == more.get("memory", "1g")
    assert made.get("secrets", {}) == {name: {"external": True} for name in more.get("secrets", ())}
    with pytest.raises(jsonschema.ValidationError):
        SCHEMA.validate({"services": {"model": {**service, "imagee": "x"}}})


class Swarm:
    """A swarm that notes what it is told."""

    def __init__(self, folder: Path, fails: str = "") -> None:
        self.log = folder / "log"
        Path(f"{self.log}.replicas").write_text("2/2")
        program = folder / "docker.py"
        program.write_text(DOCKER.format(log=str(self.log), fails=fails))
        chosen = settings(docker=(sys.executable, str(program)), seconds=20, address="http://127.0.0.1:1")
        self.target = Compose(real_context(SilentConsole()), "staging", chosen, folder)
        self.release = Release(folder=folder, model=folder / "model.onnx")


def test_a_version_is_deployed_seen_and_taken_away(tmp_path: Path) -> None:
    swarm = Swarm(tmp_path)
    assert swarm.target.live([]) == {}
    assert swarm.target.apply(VERSION, swarm.release) == IMAGE
    for replicas, healthy in (("2/2", True), ("1/2", False), ("2/2 (max 1 per node)", True)):
        Path(f"{swarm.log}.replicas").write_text(replicas)
        running = swarm.target.live([])["a/b=churn"]
        assert (running.version, running.image, running.healthy) == ("v1.2.0", IMAGE, healthy)
    swarm.target.stop("a/b=churn")
    assert swarm.target.live([]) == {}
    names = {json.loads(line)[-1] for line in swarm.log.read_text().splitlines() if '"stack"' in line}
    assert len(names) == 1
    assert names.pop().startswith("staging-a-b-churn-")


@pytest.mark.parametrize(("fails", "code"), [("deploy", "target-apply"), ("ls", "target-unreachable")])
def test_a_swarm_that_refuses_is_an_error_with_its_words(tmp_path: Path, fails: str, code: str) -> None:
    swarm = Swarm(tmp_path, fails)
    with pytest.raises(ExternalError) as error:
        (swarm.target.apply(VERSION, swarm.release), swarm.target.live([]))
    assert error.value.code == code


def test_an_image_that_was_never_pushed_is_no_image_of_a_swarm(tmp_path: Path) -> None:
    swarm = Swarm(tmp_path)
    with pytest.raises(ExternalError, match="never pushed"):
        swarm.target.apply(replace(VERSION, image="sha256:" + "3" * 64), swarm.release)
