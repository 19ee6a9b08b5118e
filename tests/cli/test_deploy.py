"""`mlgit deploy`: what has to run is made to run, by real processes and commands, and asked its golden predictions."""

from __future__ import annotations

import json
import os
import signal
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.cli.delivery_repository import Delivery
from tests.cli.deploy_repository import Deployable


def told(port: int) -> dict[str, str]:
    """What the server of a model was told when it was started."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
        found: dict[str, str] = json.load(answer)
    return found


def test_a_version_runs_and_one_that_answers_wrongly_makes_way_for_it_again(deployable: Deployable) -> None:
    port = deployable.local()
    deployable.mlgit("promote", "small@v0.2.0", "staging")
    assert deployable.deployed("staging", "--check", exit_code=1)["models"][0]["state"] == "differs"
    desk = deployable.desk
    before = desk.contents(), desk.git("status", "--porcelain"), desk.git("rev-parse", "HEAD")
    (model,) = deployable.deployed()["models"]
    assert (model["state"], model["live"]) == ("applied", "v0.2.0")
    assert model["smoke"] == {"asked": 2, "wrong": 0, "first": ""}
    assert (desk.contents(), desk.git("status", "--porcelain"), desk.git("rev-parse", "HEAD")) == before
    seen = told(port)
    assert (seen["MLGIT_VERSION"], seen["MLGIT_DIGEST"]) == ("v0.2.0", model["digest"])
    assert Path(seen["MLGIT_PATH"]).read_text() == '{"slope": 7.5}'
    number = processes(deployable)
    assert deployable.deployed()["models"][0]["state"] == "same"
    assert processes(deployable) == number
    assert deployable.deployed("staging", "--check")["models"][0]["live"] == "v0.2.0"
    deployable.pull()
    assert seen_by_status(deployable) == ("v0.2.0", "v0.2.0", "same")
    deployable.mlgit("promote", "small@v0.3.0", "staging")
    assert seen_by_status(deployable) == ("v0.3.0", "v0.2.0", "differs")
    assert "differs: v0.2.0 (mlgit deploy staging)" in deployable.mlgit("status").out
    (model,) = deployable.deployed(exit_code=1)["models"]
    assert (model["state"], model["restored"], model["live"]) == ("failed", "v0.2.0", "v0.2.0")
    assert "answer.predictions[0] is 10 instead of 1" in model["why"]
    assert (told(port)["MLGIT_VERSION"], processes(deployable) == number) == ("v0.2.0", False)
    deployable.mlgit("rollback", "small", "staging", "--reason", "golden predictions")
    deployable.pull()
    assert "golden predictions: 2 of 2 are answered" in deployable.desk.git("log", "-1", "--format=%B")
    assert deployable.deployed()["models"][0]["state"] == "same"
    again = ("rollback", "small", "staging", "--to", "v0.3.0", "--reason", "a mistake")
    assert "10 instead of 1" in deployable.refused("rollback-golden", *again)
    assert not deployable.desk.folder.joinpath(".git/mlgit/trials").exists()


def test_a_program_of_somebody_else_at_the_port_is_not_taken_for_the_model(deployable: Deployable) -> None:
    class Well(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    port = deployable.local()
    deployable.mlgit("promote", "small@v0.1.0", "staging")
    with ThreadingHTTPServer(("127.0.0.1", port), Well) as other:
        Thread(target=other.serve_forever, daemon=True).start()
        (model,) = deployable.deployed(exit_code=1)["models"]
        other.shutdown()
    assert (model["state"], model["live"]) == ("failed", "")
    assert f"another program listens at http://127.0.0.1:{port}" in model["why"]
    (model,) = deployable.deployed()["models"]
    assert model["state"] == "applied"


@pytest.mark.slow
def test_a_version_without_golden_predictions_is_said_to_be_untested_and_goes_there_and_back_at_once(
    deployable: Deployable,
) -> None:
    port = deployable.local()
    assert "2 of 2" in deployable.mlgit("promote", "small@v0.2.0", "staging", "--deploy").out
    deployable.pull()
    settings = deployable.desk.read("mlgit.yaml")
    deployable.desk.write("mlgit.yaml", settings.replace("    golden: {file: golden.json}\n", ""))
    deployable.train(5)
    deployable.push()
    assert "no golden predictions" in deployable.mlgit("register", "small").err
    text = deployable.mlgit("promote", "small@v0.4.0", "staging", "--deploy").out
    assert "none asked" in text
    assert "not tested: small has no golden predictions" in text
    assert deployable.deployed()["models"][0]["untested"] is True
    assert told(port)["MLGIT_VERSION"] == "v0.4.0"
    deployable.mlgit("rollback", "small", "staging", "--reason", "untested", "--deploy")
    assert told(port)["MLGIT_VERSION"] == "v0.2.0"


def seen_by_status(deployable: Deployable, *options: str) -> tuple[str, str, str]:
    """What has to run in the first environment, what runs there, and whether that is the same."""
    deployable.desk.git("fetch", "--quiet")
    one = deployable.json("status", *options)["environments"][0]
    return one["version"], one["live"], one["state"]


def processes(deployable: Deployable) -> list[str]:
    """The numbers of what serves."""
    found = deployable.desk.folder.glob(".git/mlgit/deployed/*/*/running.pid")
    return [place.read_text() for place in found]


@pytest.mark.slow
def test_the_next_version_takes_the_place_and_what_died_is_started_again(deployable: Deployable) -> None:
    port = deployable.local()
    deployable.mlgit("promote", "small@v0.1.0", "staging")
    deployable.deployed()
    deployable.mlgit("promote", "small@v0.2.0", "staging")
    assert deployable.deployed("staging", "--check", exit_code=1)["models"][0]["live"] == "v0.1.0"
    deployable.deployed()
    assert told(port)["MLGIT_VERSION"] == "v0.2.0"
    (number,) = processes(deployable)
    os.killpg(int(number), signal.SIGKILL)
    text = deployable.mlgit("deploy", "staging").out
    assert "runs now" in text
    assert "2 of 2" in text
    assert told(port)["MLGIT_VERSION"] == "v0.2.0"
    deployable.mlgit("promote", "small@v0.3.0", "staging")
    assert "mlgit rollback small staging" in deployable.mlgit("deploy", "staging", exit_code=1).out


@pytest.mark.slow
def test_a_server_that_ends_or_is_silent_is_told_with_its_last_words(deployable: Deployable) -> None:
    deployable.target(
        "staging", "{kind: local, run: [python, -c, 'raise SystemExit(\"no port\")'], port: 8000}"
    )
    deployable.mlgit("promote", "small@v0.1.0", "staging")
    (model,) = deployable.deployed(exit_code=1)["models"]
    assert (model["state"], model["live"]) == ("failed", "")
    assert "ended" in model["why"]
    assert "no port" in model["why"]
    deployable.target("staging", "{kind: local, run: [no-such-program], port: 8000}")
    assert "no-such-program: No such file" in deployable.deployed(exit_code=1)["models"][0]["why"]


@pytest.mark.slow
def test_commands_of_the_user_apply_and_say_what_runs(deployable: Deployable) -> None:
    port = deployable.local("staging")
    state = deployable.command("production", f"http://127.0.0.1:{port}")
    deployable.mlgit("promote", "small@v0.2.0", "staging")
    deployable.mlgit("promote", "small", "production")
    deployable.deployed("staging")
    assert deployable.deployed("production", "--check", exit_code=1)["models"][0]["live"] == ""
    (model,) = deployable.deployed("production")["models"]
    assert (model["state"], model["live"], model["smoke"]["asked"]) == ("applied", "v0.2.0", 2)
    calls = (state / "calls").read_text().splitlines()
    deployable.deployed("production")
    assert (state / "calls").read_text().splitlines() == [*calls, "check "]
    assert calls == ["check ", "check ", "apply v0.2.0", "check "]
    deployable.desk.git("fetch", "--quiet")
    asked = (deployable.json("status", *options)["environments"][1]["state"] for options in ((), ("--live",)))
    assert list(asked) == ["unknown", "same"]
    (state / "production-small").write_text("what?")
    assert "does not say what runs" in deployable.mlgit("status", "--live", exit_code=1).out
    deployable.refused("target-unreachable", "deploy", "production", "--check", exit_code=4)
    (state / "production-small").write_text("v0.1.0 md5:0")
    assert deployable.deployed("production")["models"][0]["state"] == "applied"


@pytest.mark.slow
def test_a_model_that_is_wanted_no_more_is_ended(deployable: Deployable) -> None:
    port = deployable.local()
    deployable.mlgit("promote", "small@v0.1.0", "staging")
    deployable.deployed()
    deployable.pull()
    deployable.desk.write("deploy/staging.yaml", "version: 1\nmodels: {}\n")
    deployable.desk.commit("Nothing any more")
    deployable.push()
    assert [one["state"] for one in deployable.deployed()["models"]] == ["stopped"]
    assert deployable.deployed()["models"] == []
    assert "None" in str(connected(port))


def connected(port: int) -> dict[str, str] | None:
    """What a server was told, None where none listens."""
    try:
        return told(port)
    except OSError:
        return None


@pytest.mark.slow
def test_a_swapped_artifact_and_a_forged_desired_state_are_refused_before_anything_changes(
    deployable: Deployable,
) -> None:
    port = deployable.local()
    deployable.mlgit("promote", "small@v0.1.0", "staging")
    deployable.deployed()
    deployable.mlgit("promote", "small@v0.2.0", "staging")
    stored = deployable.stored(deployable.folder / "storage", b'{"slope": 7.5}')
    stored.chmod(0o644)
    stored.write_bytes(b'{"slope": 9.9}')
    stored.chmod(0o444)
    deployable.refused("artifact-swapped", "deploy", "staging")
    assert told(port)["MLGIT_VERSION"] == "v0.1.0"
    stored.unlink()
    deployable.refused("artifact-not-stored", "deploy", "staging")
    stored.write_bytes(b'{"slope": 7.5}')
    deployable.pull()
    text = deployable.desk.read("deploy/staging.yaml")
    deployable.desk.write("deploy/staging.yaml", text.replace("v0.2.0", "v0.3.0"))
    deployable.desk.commit("Another version, the same digest")
    deployable.push()
    deployable.refused("deploy-digest", "deploy", "staging")
    assert told(port)["MLGIT_VERSION"] == "v0.1.0"


def test_what_cannot_be_deployed_is_said_with_what_helps(registered: Delivery) -> None:
    registered.refused("target-missing", "deploy", "staging")
    registered.refused("environment-unknown", "deploy", "moon")
    registered.refused("deploy-environment", "deploy")
    registered.refused("step-folder", "deploy", "staging", "--step", "apply")


def test_golden_predictions_that_nobody_can_ask_are_refused_before_anything_runs(
    deployable: Deployable,
) -> None:
    state = deployable.command("staging")
    deployable.mlgit("promote", "small@v0.1.0", "staging")
    deployable.refused("target-address", "deploy", "staging")
    assert not (state / "calls").exists()
