"""Commands that keep something beside what they say: a page, a folder for DVC, what was measured, a log, an experiment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.cached_predictions import cached, cloned
from tests.cli.test_experiments import trained
from tests.driver import Person
from tests.interruption.scenes import TABLE, make_shop
from tests.interruption.trial import Scene


def profile(folder: Path) -> list[Scene]:
    words = ("data", "profile", TABLE, "--target", "churned", "--html", "profile.html")
    return [Scene("data profile", make_shop(folder / "profiled"), "shop", words)]


def needs(folder: Path) -> list[Scene]:
    """A clone without the predictions that the gates need."""
    at = folder / "needing"
    at.mkdir()
    desk = cloned(cached(at / "desk")).folder.name
    words = ("gate", "main", "HEAD", "--needs", "../needs")
    # Whole, it is there already (2); the settings of the machine name folders of the copy.
    timed = (".dvc/config.local",)
    return [Scene("gate needs", at, desk, words, exits=(0, 2), files="needs", timed=timed)]


def coins(folder: Path) -> Person:
    """A model of a coin, trained and committed."""
    folder.mkdir(parents=True)
    return trained(Person(folder))


def measured(folder: Path) -> list[Scene]:
    coins(folder / "measured" / "desk")
    return [Scene("check model", folder / "measured", "desk", ("check", "model"), exits=(0, 1))]


DATE = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), "1767614400 +0000")
"""As DVC reads it."""


def experiments(folder: Path) -> list[Scene]:
    """A sweep, and a branch for one of its experiments."""
    words = ("experiments", "sweep", "coin.wrong=5,10")
    coins(folder / "coins" / "desk")
    after = coins(folder / "swept" / "desk")
    with pytest.MonkeyPatch.context() as patch:
        for variable, moment in DATE.items():
            patch.setenv(variable, moment)
        after.mlgit(*words)
    name = json.loads(after.mlgit("experiments", "list", "--json").out)["experiments"][0]["name"]
    return [
        Scene("experiments sweep", folder / "coins", "desk", words, environment=DATE),
        Scene(
            "experiments promote",
            folder / "swept",
            "desk",
            ("experiments", "promote", name, "better"),
            environment=DATE,
        ),
    ]


def logs(folder: Path) -> list[Scene]:
    """Two full logs of predictions."""
    at = folder / "logs" / "desk"
    at.mkdir(parents=True)
    about = {
        "at": 1_700_000_000.25,
        "model": "m",
        "version": "v1",
        "digest": "d",
        "variant": "live",
        "redacted": [],
    }
    said = {"inputs": {"x": [1.5, 2.5]}, "outputs": {"predictions": [1.0, 2.0]}}
    lines = [json.dumps({"request": f"{one}", **about, **said}) + "\n" for one in range(500)]
    for number in (1, 2):
        (at / f"log.jsonl.{number}").write_text("".join(lines))
    (at / "log.jsonl").write_text(lines[0])
    return [Scene("serve compact", folder / "logs", "desk", ("serve", "--compact", "log.jsonl"))]
