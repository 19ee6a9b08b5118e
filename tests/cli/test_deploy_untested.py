"""A version that brings no golden predictions, as the job with rights registers it: its deployment makes some and asks them."""

from __future__ import annotations

import sys

import pytest

from tests.cli.deploy_repository import Deployable, free_port
from tests.cli.serve_repository import Servable, served
from tests.cli.test_deploy_container import BUILDER, prepared, target


@pytest.fixture
def released(servable: Servable) -> Servable:
    """A model without golden predictions is registered and promoted by the first job of the workflow."""
    desk = servable.desk
    servable.pull()
    desk.write("mlgit.yaml", desk.read("mlgit.yaml").replace("    golden: {file: golden.json}\n", ""))
    servable.train(5)
    servable.push()
    done = servable.json("deploy", "--step", "release")
    assert done["registered"] == ["small@v0.3.0"]
    assert "loads no model" in desk.git("cat-file", "tag", "small@v0.3.0").splitlines()[-1]
    return servable


def builder_of(place: Deployable) -> list[str]:
    """What stands for a builder of images, and commands that only write down what they were given."""
    prepared(place)
    builder, code = place.folder / "build.py", place.folder / "code"
    code.write_text("0")
    builder.write_text(BUILDER.format(log=str(place.folder / "built"), code=str(code)))
    return [sys.executable, str(builder)]


def test_what_runs_is_asked_for_what_the_model_answers_by_itself(released: Servable) -> None:
    released.target("staging", f"{{kind: local, port: {free_port()}, seconds: 60}}")
    said = released.mlgit("deploy", "staging").out
    assert "6 of 6" in said
    assert "small brings no golden predictions" in said
    assert released.deployed()["models"][0]["state"] == "same"


def test_an_endpoint_that_answers_otherwise_than_the_model_fails(released: Servable) -> None:
    """The commands run something else than they were given: version and digest are right, the answers are not."""
    builder = builder_of(released)
    with served(released.desk.folder, "small@v0.1.0") as other:
        released.target("staging", target(builder, address=other.address))
        (model,) = released.deployed(exit_code=1)["models"]
    assert (model["state"], model["made"]) == ("failed", True)
    assert "golden predictions are wrong" in model["why"]


@pytest.mark.slow
def test_where_nobody_can_make_any_the_reason_is_told(deployable: Deployable) -> None:
    """The model is one that `mlgit serve` cannot load."""
    settings = deployable.desk.read("mlgit.yaml").replace("    golden: {file: golden.json}\n", "")
    deployable.desk.write("mlgit.yaml", settings)
    deployable.train(5)
    deployable.push()
    deployable.json("deploy", "--step", "release")
    builder = builder_of(deployable)
    deployable.target("staging", target(builder, address="http://127.0.0.1:9"))
    said = deployable.mlgit("deploy", "staging").out
    assert "none asked" in said
    assert "has no golden predictions, so nothing was asked: mlgit cannot serve it" in said
