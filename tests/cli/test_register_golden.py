"""A version whose commit brings no golden predictions keeps some in its tag: a deployment asks them."""

from __future__ import annotations

import json

from tests.cli.delivery_repository import Delivery
from tests.cli.serve_repository import Servable


def test_golden_predictions_are_made_by_register_and_asked_by_deploy(servable: Servable) -> None:
    desk = servable.desk
    servable.pull()
    desk.write("mlgit.yaml", desk.read("mlgit.yaml").replace("    golden: {file: golden.json}\n", ""))
    desk.commit("No golden predictions")
    servable.train(5)
    servable.push()
    said = servable.mlgit("register", "small")
    assert "golden predictions were made from its schema" in said.err
    tag = next(word for word in said.out.split() if word.startswith("small@"))
    text = desk.git("cat-file", "tag", tag)
    last = text.rstrip("\n").splitlines()[-1]
    assert last.startswith("Mlgit-Golden: ")
    cases = json.loads(last.removeprefix("Mlgit-Golden: "))
    assert len(cases) == 6
    assert "Mlgit-Golden" not in servable.mlgit("models", tag, "--card").out
    servable.target("staging", "{kind: local, port: 24713, seconds: 60}")
    servable.mlgit("promote", tag, "staging")
    (model,) = servable.deployed()["models"]
    assert (model["smoke"]["asked"], model["smoke"]["wrong"], model["untested"]) == (6, 0, False)


def test_a_version_without_golden_predictions_says_why(delivery: Delivery) -> None:
    """The job of the workflow that holds rights loads no model; a person's model here is none that mlgit serves."""
    desk = delivery.desk
    desk.write("mlgit.yaml", desk.read("mlgit.yaml").replace("    golden: {file: golden.json}\n", ""))
    delivery.train(5)
    (note,) = [one for one in delivery.json("deploy", "--step", "release")["notes"] if "golden" in one]
    assert note.startswith("small@v0.1.0: it has no golden predictions")
    assert "loads no model" in note
    tag = desk.git("cat-file", "tag", "small@v0.1.0")
    assert tag.splitlines()[-1] == "No golden predictions: a job that may write to Git loads no model"
    delivery.pull()
    delivery.train(6)
    said = delivery.mlgit("register", "small").err
    assert "it has no golden predictions, so a deployment asks it nothing: mlgit cannot serve it: " in said
    assert "No golden predictions: mlgit cannot serve it: " in desk.git("cat-file", "tag", "small@v0.2.0")
    assert (
        delivery.json("models", "small")["models"][0]["versions"][0]["version"]["record"]["verdict"] == "PASS"
    )
