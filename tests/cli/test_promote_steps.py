"""10,000 steps of two clones: registered, deregistered, promoted and rolled back with real Git, held against a small model.

Each seed plays on a server of its own and ends with the peers: `gto show` and `dvc artifacts get` read the same tags.
"""

from __future__ import annotations

import json
import os
import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from mlgit.environments.change import change
from mlgit.environments.request import Request
from mlgit.errors import UsageError
from mlgit.project.project import Project
from mlgit.views.environments import texts
from mlgit.world.context import Context, SilentConsole
from mlgit.world.processes import SystemProcesses
from tests.campaign import played
from tests.cli.delivery_repository import Delivery
from tests.cli.git_kept_repository import CONTENTS, many, tag_version
from tests.driver import Person
from tests.unit.environments.reference import ORDER, Reference

GTO = str(Path(sys.executable).parent / "gto")
SEEDS, STEPS = range(20), 500
Action = Literal["promote", "rollback"]


def taken(desk: Person, request: Request) -> str:
    """The version that a step brings, or the code of its refusal with its hint."""
    context = Context(
        directory=desk.folder,
        environment=dict(os.environ),
        processes=SystemProcesses(),
        console=SilentConsole(),
    )
    try:
        return change(Project.find(context), request, texts()).to
    except UsageError as error:
        return f"{error.code}: {error.hint}"


@dataclass
class Play:
    """A server, two clones that see it only when they look, and the rules once more."""

    server: Delivery
    desks: list[Person]
    chance: random.Random
    reference: Reference = field(default_factory=Reference)
    count: Counter[str] = field(default_factory=Counter)

    @classmethod
    def made(cls, folder: Path, seed: int) -> Play:
        server = many(folder, 1, 0, ", ".join(f"{name}: {{approval: gate}}" for name in ORDER))
        return cls(server, [server.desk, server.clone("other").desk], random.Random(seed))

    def register(self, desk: Person) -> None:
        """Make the next version; as two clones that register do, on top of all tags of the server."""
        self.reference.newest += 1
        desk.git("fetch", "--quiet", "--tags", "origin")
        tag_version(desk, "m0", self.reference.newest)
        desk.git("push", "--quiet", "origin", f"m0=m0@v0.{self.reference.newest}.0")

    def deregister(self, desk: Person) -> None:
        """Take one away, as `gto deprecate` does."""
        gone = self.chance.randrange(1, self.reference.newest + 1)
        if gone in self.reference.gone:
            return
        self.reference.gone.add(gone)
        desk.git("fetch", "--quiet", "--tags", "origin")
        name = f"m0=m0@v0.{gone}.0"
        desk.git("tag", "--annotate", "--message", "gone", f"{name}!", f"{name}^{{commit}}")
        desk.git("push", "--quiet", "origin", f"{name}!")

    def step(self, number: int) -> None:
        """Do one thing in one of the clones, and hold what comes of it against the rules."""
        chance, reference = self.chance, self.reference
        desk, name = chance.choice(self.desks), chance.choice(ORDER[: 1 + chance.randrange(3)])
        forward = not reference.live(name) or chance.random() < 0.7
        action: Action = "promote" if forward else "rollback"
        if chance.random() < 0.1 or not reference.newest:
            self.register(desk)
        if chance.random() < 0.02:
            self.deregister(desk)
        near = max(1, reference.newest - chance.randrange(4))
        wanted = chance.choice((0, near, reference.live(name), chance.randrange(1, reference.newest + 1)))
        chosen, allowed = reference.answer(action, name, wanted)
        request = Request(
            action=action,
            model="m0",
            environment=name,
            version=f"v0.{wanted}.0" if wanted else "",
            why=f"step {number}",  # the same rollback for the same reason is one that was interrupted
        )
        before = self.server.refs()
        came = taken(desk, request)
        assert (came == f"v0.{chosen}.0") is allowed, (number, action, name, wanted, came)
        self.count["taken" if allowed else "refused"] += 1
        if allowed:
            (reference.promote if action == "promote" else reference.roll_back)(name, chosen)
            assert self.server.runs(name) == f"v0.{chosen}.0"
        else:
            assert self.server.refs() == before
            assert came.partition(": ")[2], came

    def read_back(self) -> None:
        """Hold what each environment runs, and what is registered, against the rules."""
        reference, reader = self.reference, self.server.clone("reader")
        registered = {f"v0.{one}.0" for one in range(1, reference.newest + 1) if one not in reference.gone}
        listed = reader.json("models", "--all")["models"][0]["versions"]
        assert {one["version"]["version"] for one in listed if one["version"]["active"]} == registered
        assert len(listed) == reference.newest
        runs = {
            one["environment"]: one["version"]
            for one in reader.json("history")["spans"]
            if one["until"] is None
        }
        assert runs == {name: f"v0.{reference.live(name)}.0" for name in ORDER if reference.live(name)}
        bare = Person(self.server.server)
        assert bare.git("rev-list", "--min-parents=2", "main") == ""
        bare.git("fsck", "--strict")

    def read_by_peers(self) -> None:
        """Hold the same against what GTO and DVC read from the tags."""
        reference, reader = self.reference, self.server.clone("peer").desk
        registered = {f"v0.{one}.0" for one in range(1, reference.newest + 1) if one not in reference.gone}
        shown = json.loads(reader.run(GTO, "show", "m0:m0", "--json").out)
        assert {one["version"] for one in shown} == registered
        running = {f"v0.{reference.live(name)}.0" for name in ORDER if reference.live(name)} & registered
        for version in sorted(running):
            artifact = ("artifacts", "get", str(reader.folder), "m0:m0", "--rev", version)
            reader.dvc(*artifact, "-o", f"{version}.json")
            assert reader.read(f"{version}.json") == CONTENTS["model.json"]


@pytest.mark.parametrize(
    ("seed", "steps"),
    [
        pytest.param(20260105, 10, id="short"),
        *(
            pytest.param(seed, STEPS, id=f"{seed}", marks=(pytest.mark.slow, pytest.mark.timeout(3600)))
            for seed in SEEDS
        ),
    ],
)
def test_two_clones_agree_with_the_reference_and_the_peers(
    tmp_path: Path, seed: int, steps: int, request: pytest.FixtureRequest
) -> None:
    play = Play.made(tmp_path, seed)
    fallen = 1
    try:
        for number in range(steps):
            play.step(number)
        play.read_back()
        if steps == STEPS:
            play.read_by_peers()
        fallen = 0
    finally:
        played(request, "steps of two clones", f"{seed}", steps, fallen)
    if steps == STEPS:
        assert min(play.count["taken"], play.count["refused"]) > STEPS // 10, play.count
