"""Pin again what a scaffolded project and the jobs of CI install: `python docs/refresh_locks.py`; `--upgrade` takes newer.

One resolution holds a project with every kind of DVC remote and mlgit itself; each lock is cut out of that one, with the
digests of every file. So a remote that is added later fits the lock that stands. It needs `uv` and a package index.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

from mlgit.dvc.remote import EXTRAS
from mlgit.render.lockfile import pins, text_of
from mlgit.world.files import write_atomically

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = ROOT / "templates"
ASKED = TEMPLATES / "requirements.in"
LOCK = TEMPLATES / "project" / "requirements.lock.j2"
LOCKS = TEMPLATES / "locks"
FRAMEWORKS = TEMPLATES / "frameworks"
TESTS = LOCKS / "tests.txt"
COMPILE = (
    "uv", "pip", "compile", "--universal", "--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url", "--quiet",
)  # fmt: skip
TOGETHER = ("--python-version", "3.11", "--fork-strategy", "fewest")
"""`--fork-strategy fewest`: one version of NumPy and SciPy for all Pythons, so that two machines train the same model."""
OLDER = ("--python-version", "3.9", "--fork-strategy", "requires-python")
"""What runs tests stands beside the user's packages, in a Python that may be older than mlgit's."""


def compiled(asked: str, folder: Path, *more: str, pythons: Sequence[str] = TOGETHER) -> list[str]:
    """Return the pins of what is asked for, a requirement a line."""
    place = folder / "asked.in"
    place.write_text(asked)
    command = (*COMPILE, *pythons, *more, str(place))
    return pins(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def of_tests(asked: str, folder: Path, *, upgrade: bool) -> list[str]:
    """Return the pins of what runs tests, for every Python that stages may have."""
    standing = folder / "tests.lock"
    standing.write_text("" if upgrade else TESTS.read_text())
    compiled(asked, folder, "--output-file", str(standing), pythons=OLDER)
    return pins(standing.read_text())


def of_mlgit() -> dict[str, str]:
    """Return what mlgit itself asks for: to start, to work in a job, to be built."""
    facts = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = facts["project"]["optional-dependencies"]
    start = facts["project"]["dependencies"]
    tests = [one for one in extras["train"] if one.startswith("pytest")]
    asked = {
        "mlgit": start,
        "jobs": [*start, *extras["dvc"], *extras["data"], *tests],
        "tests": tests,
        "build": facts["build-system"]["requires"],
    }
    return {name: "".join(f"{one}\n" for one in wanted) for name, wanted in asked.items()}


def main() -> int:
    """Resolve once, cut, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take newer versions")
    arguments = parser.parse_args()
    title, *_ = LOCK.read_text().splitlines(keepends=True)
    scaffold = ASKED.read_text()
    remotes = {extra: f"dvc[{extra}]\n" for extra in sorted(set(EXTRAS.values()))}
    frameworks = {
        place.parent.name: place.read_text() for place in sorted(FRAMEWORKS.glob("*/requirements.in"))
    }
    own = of_mlgit()
    standing = [] if arguments.upgrade else [LOCK, *({*LOCKS.glob("*.txt")} - {TESTS})]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = folder / "whole.lock"
        whole.write_text(text_of({pin for place in standing for pin in pins(place.read_text())}))
        asked = "".join([scaffold, *remotes.values(), *frameworks.values(), *own.values()])
        compiled(asked, folder, "--output-file", str(whole))
        within = ("--constraint", str(whole))
        plain = compiled(scaffold, folder, *within)
        locks = {one: compiled(text, folder, *within) for one, text in own.items() if one != TESTS.stem}
        locks[TESTS.stem] = of_tests(own[TESTS.stem], folder, upgrade=arguments.upgrade)
        for extra, text in (remotes | frameworks).items():
            locks[extra] = sorted({*compiled(scaffold + text, folder, *within)} - {*plain})
    write_atomically(LOCK, (title + text_of(plain)).encode())
    for one, found in locks.items():
        write_atomically(LOCKS / f"{one}.txt", text_of(found).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
