"""The target `command`: what it makes of what the user's commands write and how they end."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mlgit.config.targets import CommandTarget
from mlgit.deploy.command import Command
from mlgit.deploy.target import Release, Version
from mlgit.errors import ExternalError
from mlgit.world.context import SilentConsole, real_context

VERSION = Version(artifact="a/b=churn", name="churn", version="v1.0.0", digest="md5:1", commit="c")
SHOW = "import os; open('seen', 'w').write(' '.join(os.environ.get(f'MLGIT_{n}', '') for n in ('ENVIRONMENT', 'MODEL', 'VERSION', 'DIGEST', 'PATH')))"


def target(folder: Path, apply: str, check: str) -> Command:
    settings = CommandTarget(
        apply=(sys.executable, "-c", apply),
        check=(sys.executable, "-c", check),
        address="https://example.org",
    )
    return Command(real_context(SilentConsole()), "staging", settings, folder)


@pytest.mark.parametrize(
    ("check", "found"),
    [
        ("print('v1.0.0 md5:1')", ("v1.0.0", "md5:1", "https://example.org")),
        ("print('asking'); print('v1.0.0   md5:1'); print()", ("v1.0.0", "md5:1", "https://example.org")),
        ("", None),
    ],
)
def test_the_last_line_of_check_says_what_runs(
    tmp_path: Path, check: str, found: tuple[str, ...] | None
) -> None:
    live = target(tmp_path, "", check).live(["a/b=churn"])
    running = live.get("a/b=churn")
    assert (running and (running.version, running.digest, running.address)) == found


@pytest.mark.parametrize("check", ["print('v1.0.0')", "print('all is well here')", "raise SystemExit(3)"])
def test_a_check_that_says_nothing_clear_is_an_error(tmp_path: Path, check: str) -> None:
    with pytest.raises(ExternalError) as error:
        target(tmp_path, "", check).live(["churn"])
    assert error.value.code == "target-unreachable"


def test_apply_is_told_the_version_and_where_its_model_lies_and_nothing_where_none_is_to_run(
    tmp_path: Path,
) -> None:
    made = target(tmp_path, SHOW, "")
    made.apply(VERSION, Release(folder=tmp_path, model=tmp_path / "model"))
    assert (tmp_path / "seen").read_text() == f"staging churn v1.0.0 md5:1 {tmp_path}/model"
    made.stop("a/b=churn")
    assert (tmp_path / "seen").read_text() == "staging churn   "
    with pytest.raises(ExternalError) as error:
        target(tmp_path, "print('no quota'); raise SystemExit(3)", "").apply(
            VERSION, Release(folder=tmp_path, model=tmp_path / "model")
        )
    assert (error.value.code, "exit code 3, no quota" in error.value.message) == ("target-apply", True)
