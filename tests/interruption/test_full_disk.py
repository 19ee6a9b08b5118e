"""A disk that fills up while a command writes: each file old or new, nothing left, and with room the next run completes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from tests.campaign import played
from tests.interruption.families import FAMILIES

APART = ("unshare", "--map-root-user", "--mount")


@cache
def why_not() -> str:
    """Why the kernel gives no small file system here; empty where it does."""
    try:
        tried = subprocess.run(
            [*APART, "mount", "-t", "tmpfs", "-o", "size=1m", "none", "/mnt"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    except OSError as error:
        return f"unshare: {error.strerror}"
    return "" if tried.returncode == 0 else f"no tmpfs in a name space of one's own: {tried.stderr.strip()}"


def filled(
    request: pytest.FixtureRequest, names: Iterable[str], number: int, seed: str, full: str = "disk"
) -> str:
    """Play so many runs of each scene, all of them in one repository, and return what the runs came to."""
    if why_not():
        pytest.skip(why_not())
    scenes = list(names)
    done = subprocess.run(
        [
            *APART,
            sys.executable,
            "-m",
            "tests.interruption.small_disk",
            ",".join(scenes),
            f"{number}",
            seed,
            full,
        ],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(one for one in sys.path if one)},
        capture_output=True,
        text=True,
        check=False,
    )
    cases = number * len(scenes)
    played(
        request,
        f"runs on a full {full}",
        seed,
        cases,
        cases if "Traceback" in done.stderr else done.returncode,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    return done.stdout


def test_a_rendering_on_a_full_disk(request: pytest.FixtureRequest) -> None:
    said = filled(request, ["sync"], 3, "short")
    assert "runs, 0 of them" not in said, said


WRITES_LITTLE = ("lineage", "reproduce", "compare", "retrain fetch")
"""What ends well on any disk."""


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "number"), [("long", 3), ("longer", 2)])
@pytest.mark.parametrize("names", FAMILIES.values(), ids=lambda names: names[0])
def test_sixty_runs_on_a_full_disk(
    request: pytest.FixtureRequest, names: tuple[str, ...], seed: str, number: int
) -> None:
    said = filled(request, [one for one in names if one not in WRITES_LITTLE], number, seed)
    assert "runs, 0 of them" not in said, said


@pytest.mark.slow
@pytest.mark.parametrize("names", FAMILIES.values(), ids=lambda names: names[0])
def test_with_a_full_folder_for_temporary_files(
    request: pytest.FixtureRequest, names: tuple[str, ...]
) -> None:
    """A command either does without, or says that it takes no more: which, is its own matter."""
    filled(request, names, 2, "temporary", "temporary")
