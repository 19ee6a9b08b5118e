"""Register, promote, roll back, deploy, each killed at a random moment and then run again: nothing stuck, lost or doubled."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from mlgit.cli.main import main
from tests.campaign import played
from tests.cli.delivery_repository import Delivery
from tests.cli.git_kept_repository import many, train
from tests.driver import Person

SEED = "20260105"
LONGER = 1.15
"""How much later than a whole run takes the last kills come: also the end is struck on a busy machine."""
PROGRAM = """
import os, sys
from pathlib import Path

state = Path({state!r})
if sys.argv[1] == "check":
    print(state.read_text() if state.exists() else "")
else:
    part = state.with_suffix(".part")
    part.write_text(os.environ["MLGIT_VERSION"] + " " + os.environ["MLGIT_DIGEST"])
    part.replace(state)
"""
TARGET = "target: {kind: command, apply: [python, ops.py, apply], check: [python, ops.py, check]}"


def ready(folder: Path) -> Delivery:
    """Three versions of a model that Git keeps, and an environment that commands make run."""
    place = many(folder, 1, 0, f"staging: {{approval: gate, {TARGET}}}")
    desk = place.desk
    # What the server runs is no part of the process group that is killed: it would be on another machine.
    desk.git("config", "remote.origin.receivepack", "setsid git-receive-pack")
    desk.write("ops.py", PROGRAM.format(state=str(folder / "runs")))
    for slope in (2, 3, 4):
        train(desk, "m0", {"metrics.json": f'{{"slope": {slope}}}', "model.json": f"model {slope}"})
        desk.commit(f"Train with {slope}")
        place.push()
        place.mlgit("register", "m0")
    place.mlgit("promote", "m0@v0.1.0", "staging")
    place.mlgit("deploy", "staging")
    return place


class Rounds:
    """An environment that goes from v0.1.0 to v0.2.0 and back, each verb killed at a random moment on its way.

    The verb runs in a fork of this process, so that the moments fall into what it does and not into the start of Python.
    """

    def __init__(self, folder: Path) -> None:
        self.place = ready(folder)
        self.state = folder / "runs"
        self.commits = self.count()
        self.took: dict[str, float] = {}

    def verb(self, number: int) -> tuple[str, ...]:
        """The verb of a round."""
        return (
            ("promote", "m0@v0.2.0", "staging"),
            ("deploy", "staging"),
            ("register", "m0", "--at", self.place.trained(4)),
            ("rollback", "m0", "staging", "--reason", f"round {number}"),
            ("deploy", "staging"),
        )[number % 5]

    def played(self, number: int, moment: float) -> bool:
        """Kill the verb of a round at a moment (0 to 1 of what it takes) and run it again; tell whether it was struck."""
        verb = self.verb(number)
        if verb[0] == "register":
            self.forget("m0=m0@v0.3.0")
        struck = self.killed(verb, self.took.get(verb[0], 2.0) * moment * LONGER)
        begun = time.monotonic()
        again = self.place.mlgit(*verb, exit_code=None)
        took = time.monotonic() - begun
        self.took[verb[0]] = max(took, self.took.get(verb[0], took) * 0.8)
        finished = verb[0] == "register" and "error[register-same]" in again.err
        assert again.exit_code == 0 or finished, str(again)
        self.look(verb[0])
        return struck

    def killed(self, verb: tuple[str, ...], seconds: float) -> bool:
        """Run a verb in a process group of its own, kill all of it after so many seconds; tell whether it still ran."""
        child = os.fork()
        if child == 0:
            self.alone(verb)
        with suppress(PermissionError, ProcessLookupError):
            os.setpgid(child, child)  # whoever of the two is quicker
        time.sleep(seconds)
        if os.waitpid(child, os.WNOHANG)[0]:
            return False
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return True

    def alone(self, verb: tuple[str, ...]) -> None:
        """Be the process that is killed."""
        try:
            with suppress(PermissionError):
                os.setpgid(0, 0)
            nothing = os.open(os.devnull, os.O_RDWR)
            for number in range(3):
                os.dup2(nothing, number)
            os.chdir(self.place.desk.folder)
            main(verb)
        finally:
            os._exit(0)

    def look(self, verb: str) -> None:
        """What has to be so after each round."""
        place = self.place
        assert self.count() - self.commits == (verb in ("promote", "rollback")), verb
        self.commits = self.count()
        runs = place.runs("staging")
        if verb in ("promote", "rollback"):
            assert runs == ("v0.2.0" if verb == "promote" else "v0.1.0")
        if verb == "deploy":
            assert self.state.read_text().split()[0] == runs
        if verb == "register":
            here, there = (
                Person(one).git("rev-parse", "refs/tags/m0=m0@v0.3.0")
                for one in (place.desk.folder, place.server)
            )
            assert here == there
        tags = Person(place.server).git("tag", "--list").split()
        assert tags == ["m0=m0@v0.1.0", "m0=m0@v0.2.0", "m0=m0@v0.3.0"]
        for folder in (place.server, place.desk.folder / ".git"):
            assert not [one for one in folder.rglob("*.lock") if "mlgit" not in one.parts], folder
        assert place.desk.git("status", "--porcelain") == ""

    def forget(self, tag: str) -> None:
        """Take a version back, as nobody should."""
        for folder in (self.place.desk.folder, self.place.server):
            Person(folder).git("update-ref", "-d", f"refs/tags/{tag}")

    def count(self) -> int:
        """Commits of the server's default branch, which has one line of history."""
        server = Person(self.place.server)
        whole = int(server.git("rev-list", "--count", "main"))
        assert whole == int(server.git("rev-list", "--count", "--first-parent", "main"))
        return whole


@pytest.mark.parametrize(
    "kills",
    [5, pytest.param(1000, marks=(pytest.mark.slow, pytest.mark.timeout(7200)))],
    ids=["short", "long"],
)
def test_whatever_was_killed_the_same_command_again_completes_it(
    request: pytest.FixtureRequest, tmp_path: Path, kills: int
) -> None:
    rounds, chance = Rounds(tmp_path), random.Random(SEED)
    struck, number = 0, 0
    while struck < kills:
        struck += rounds.played(number, chance.random())
        number += 1
        if number % 20 == 0:
            print(f"{struck} kills in {number} rounds", flush=True)
    played(request, "kills of register, promote, rollback, deploy", SEED, struck, 0)
    Person(rounds.place.server).git("fsck", "--strict")
