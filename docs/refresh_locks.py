"""Pin again what a scaffolded project installs: `python docs/refresh_locks.py`; `--upgrade` takes newer versions.

One resolution holds a project with every kind of DVC remote; the lock of a project and what each remote adds to it are
cut out of that one. So a remote that is added later fits the lock that stands. It needs `uv` and a package index.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from mlgit.dvc.remote import EXTRAS
from mlgit.world.files import write_atomically

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
ASKED = TEMPLATES / "requirements.in"
LOCK = TEMPLATES / "project" / "requirements.lock.j2"
ADDED = TEMPLATES / "locks"
COMPILE = (
    "uv", "pip", "compile", "--universal", "--python-version", "3.11", "--fork-strategy", "fewest",
    "--no-header", "--no-annotate", "--no-emit-index-url", "--quiet",
)  # fmt: skip
"""`--fork-strategy fewest`: one version of NumPy and SciPy for all Pythons, so that two machines train the same model."""


def pins(workshop: Path, extras: list[str], *more: str) -> list[str]:
    """Return the pins of a project whose DVC has these extras."""
    asked = workshop / "asked.in"
    asked.write_text(ASKED.read_text() + (f"dvc[{','.join(extras)}]\n" if extras else ""))
    done = subprocess.run((*COMPILE, *more, str(asked)), check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.splitlines()


def main() -> int:
    """Resolve once, cut, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take newer versions")
    arguments = parser.parse_args()
    extras = sorted(set(EXTRAS.values()))
    title, *standing = LOCK.read_text().splitlines()
    known = [*standing, *(line for place in ADDED.glob("*.txt") for line in place.read_text().splitlines())]
    with tempfile.TemporaryDirectory() as folder:
        workshop = Path(folder)
        whole = workshop / "whole.lock"
        whole.write_text("".join(f"{line}\n" for line in known if line and not arguments.upgrade))
        pins(workshop, extras, "--output-file", str(whole))
        within = ("--constraint", str(whole))
        plain = pins(workshop, [], *within)
        added = {extra: sorted({*pins(workshop, [extra], *within)} - {*plain}) for extra in extras}
    write_atomically(LOCK, "".join(f"{line}\n" for line in (title, *plain)).encode())
    for extra, found in added.items():
        write_atomically(ADDED / f"{extra}.txt", "".join(f"{line}\n" for line in found).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
