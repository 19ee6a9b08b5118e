"""A version whose commit brings no golden predictions keeps some in its tag: a deployment asks them."""

from __future__ import annotations

import json

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
