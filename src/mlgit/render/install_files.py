"""The files below `.mlgit/install/`: what the jobs install, each package by the digests of its files.

They are managed and kept as they are rendered: nobody merges a digest, so no copy of the last rendering stands beside.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mlgit.render.installation import Installation
from mlgit.render.lockfile import joined
from mlgit.render.origin import FOLDER, WHEEL
from mlgit.render.record import digest
from mlgit.render.templates import folder
from mlgit.render.wheel import installed_wheel
from mlgit.world.files import read_bytes

ALONE = FOLDER + "mlgit.txt"
JOBS = FOLDER + "jobs.txt"
TESTS = FOLDER + "tests.txt"
TITLE = (
    "# Rendered by `mlgit sync`: {what}, each file by its digest. `mlgit sync --check` finds a hand edit.\n"
)


def install_files(installation: Installation, extras: Iterable[str]) -> dict[str, bytes]:
    """Return the files of requirements by path; `extras` of DVC reach the remote."""
    build = ("build",) if installation.origin == "git" else ()
    alone = requirements("mlgit and what it needs", installation.line, "mlgit", *build)
    jobs = requirements("mlgit with all that its jobs need", installation.line, "jobs", *build, *extras)
    tests = requirements("what runs tests, for a Python that lacks it", "", "tests")
    return {ALONE: alone, JOBS: jobs, TESTS: tests}


def requirements(what: str, first: str, *locks: str) -> bytes:
    """Return a file of requirements: its first line, then the pins of the locks."""
    texts = [(folder() / "locks" / f"{lock}.txt").read_text(encoding="utf-8") for lock in locks]
    return (TITLE.format(what=what) + first + joined(*texts)).encode()


def with_wheel(files: dict[str, bytes], installation: Installation, root: Path) -> dict[str, bytes]:
    """Return the managed files with the wheel that the jobs install; the one that stands at `root` is good by its digest."""
    if installation.origin != "wheel":
        return files
    standing = read_bytes(root / WHEEL)
    good = standing is not None and (digest(standing),) == installation.digests
    return {**files, WHEEL: standing if good and standing is not None else installed_wheel()}
