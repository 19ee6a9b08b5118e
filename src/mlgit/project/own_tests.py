"""Where a repository keeps its own tests of the code, the data and the model."""

from __future__ import annotations

from pathlib import Path

SUBJECTS = ("code", "data", "model")
USUAL = ("tests", "test")


def tests_folder(root: Path, subject: str) -> str:
    """Return the folder whose tests are of this subject, whether it is there or not.

    A repository that does not keep them apart keeps all of them in one folder: they are tests of its code.
    """
    apart = any((root / "tests" / one).is_dir() for one in SUBJECTS)
    if subject == "code" and not apart:
        for folder in USUAL:
            if any((root / folder).rglob("test_*.py")) or any((root / folder).rglob("*_test.py")):
                return folder
    return f"tests/{subject}"
