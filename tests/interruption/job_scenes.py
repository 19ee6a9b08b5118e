"""The steps of jobs, as a workflow runs them: each from where the one before left the repository and the handoff."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.retrain_repository import Works
from tests.driver import Person
from tests.interruption.scenes import REBUILT, deployable, from_the_scene, make_shop, new_rows
from tests.interruption.trial import Scene

HANDOFF = ("--folder", "../handoff")
RETRAINING = ("claim", "fetch", "train", "keep", "conclude")
UPDATE = ("fetch", "keep", "propose")
STORAGE = "[core]\n    remote = storage\n['remote \"storage\"']\n    url = ../../storage\n"
DEPLOYMENT = ("fetch", "apply", "conclude")


def retraining(folder: Path) -> list[Scene]:
    at = Works(folder / "retraining" / "before").folder
    new_rows(at)
    words = {step: ("retrain", "--step", step, "--local", *HANDOFF) for step in RETRAINING}
    # A job trains in its own copy of the repository.
    made = steps("retrain", at, "desk", words, server_beside)
    return [replace(one, rebuilt=REBUILT) if one.name == "retrain train" else one for one in made]


def update(folder: Path) -> list[Scene]:
    at = make_shop(folder / "update" / "before")
    Person(at / "shop").write(".dvc/config", STORAGE)
    from_the_scene(at)
    local = {"propose": ("--local",)}
    words = {step: ("data", "update", "--step", step, *local.get(step, ()), *HANDOFF) for step in UPDATE}
    return list(steps("data update", at, "shop", words, lambda folder: None))


def deployment(folder: Path) -> list[Scene]:
    at = deployable(folder / "deployment" / "before")
    words = {
        "fetch": ("deploy", "staging", "--step", "fetch", "--models", "../models"),
        "apply": ("deploy", "staging", "--step", "apply", "--local", "--models", "../models", *HANDOFF),
        "conclude": ("deploy", "staging", "--step", "conclude", "--local", *HANDOFF),
    }
    made = steps("deploy", at, "desk", words, server_beside)
    return [replace(one, timed=("deploy/",)) for one in made]


def steps(
    verb: str, at: Path, desk: str, words: dict[str, tuple[str, ...]], prepare: Callable[[Path], None]
) -> Iterator[Scene]:
    """Yield a scene for each step, in the folder where the ones before it have been taken."""
    last = list(words)[-1]
    for step, arguments in words.items():
        yield Scene(f"{verb} {step}", at, desk, arguments, prepare)
        if step != last:
            at = Path(shutil.copytree(at, at.with_name(f"after {step}"), symlinks=True))
            prepare(at)
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("SCENE", str(at))
                Person(at / desk).mlgit(*arguments)


def server_beside(folder: Path) -> None:
    Person(folder / "desk").git("remote", "set-url", "origin", str(folder / "server.git"))
