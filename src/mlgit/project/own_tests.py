"""Where a repository keeps its own tests of the code, the data and the model."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

SUBJECTS = ("code", "data", "model")
USUAL = ("tests", "test")
FILE = re.compile(r"(?:test_.*|.*_test)\.py\Z")
TEST = re.compile(rb"^(?:\s*(?:async )?def test|class Test)", re.MULTILINE)
FOREIGN = ("node_modules", "site-packages", "__pycache__", "venv", "env")
"""Folders whose tests are somebody else's, besides hidden ones."""


def tests_folder(root: Path, subject: str) -> str:
    """Return the folder whose tests are of this subject, whether it is there or not.

    A repository that does not keep them apart keeps all of them in one folder: they are tests of its code. Where that is
    not `tests` or `test` it is the folder that all files with tests lie below, `.` for the top.
    """
    apart = any((root / "tests" / one).is_dir() for one in SUBJECTS)
    if subject == "code" and not apart:
        for folder in USUAL:
            if any((root / folder).rglob("test_*.py")) or any((root / folder).rglob("*_test.py")):
                return folder
        if found := [place.parent.as_posix() for place in test_files(root)]:
            return os.path.commonpath(found) or "."
    return f"tests/{subject}"


def is_test(path: str) -> bool:
    """Tell whether a file is called as those are that hold tests."""
    return FILE.match(path.rpartition("/")[2]) is not None


def test_files(root: Path) -> Iterator[Path]:
    """Yield the files that hold tests, as paths from `root`: by their name and because one is defined in them."""
    for folder, below, names in os.walk(root):
        below[:] = [one for one in below if not one.startswith(".") and one not in FOREIGN]
        below[:] = [one for one in below if not Path(folder, one, "pyvenv.cfg").exists()]
        for name in filter(FILE.match, names):
            place = Path(folder, name)
            if place.is_file() and TEST.search(place.read_bytes()):
                yield place.relative_to(root)
