"""The version of Python that a repository is written for, told from the files in which people say it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from mlgit.adoption.standing import Standing, mapping

OLDEST, NEWEST, USUAL = 7, 14, 12
"""Minor versions of Python 3: what is looked for, and the newest that is taken where a range allows more."""
MINORS = range(OLDEST, NEWEST + 1)
BELOW_FOUR = ("<4", "<4.0", "<=4", "<=4.0")
AT_LEAST = (">=", ">", "^", "~", "~=", "==")
EXACT = re.compile(r"(?:[a-z]+-?)?3\.(?P<minor>[0-9]{1,2})(?:\.[0-9]+)?\s*(?:#.*)?\Z")
CLAUSE = re.compile(
    r"(?P<sign>>=|<=|==|!=|~=|<|>|\^|~|=)?\s*v?3(?:\.(?P<minor>[0-9]{1,2}))?(?P<rest>[.\w*]*)\Z"
)
SETUP = re.compile(r"^\s*python_requires\s*=\s*[\"']?(?P<range>[^\"'\n]+)", re.MULTILINE)
CONDA = re.compile(r"^\s*-\s*[\"']?python\s*(?P<range>[<>=~!][^\"'\n#]*)", re.MULTILINE)
WORKFLOW = re.compile(
    r"^\s*-?\s*python-version:\s*[\"']?(?P<version>3\.[0-9]{1,2})[\"']?\s*(?:#.*)?$", re.MULTILINE
)


class Told(Struct, frozen=True):
    """A version such as `3.11`, and the file that says so."""

    version: str
    path: str


def python_version(files: Standing) -> Told | None:
    """Return the version that jobs should have: what the repository pins, else the newest usual one that it allows."""
    for path, minors in sayings(files):
        fitting = [minor for minor in minors if minor in MINORS]
        if fitting:
            return Told(f"3.{min(max(fitting), max(min(fitting), USUAL))}", path)
    return None


def sayings(files: Standing) -> Iterator[tuple[str, list[int]]]:
    """Yield each file that speaks of Python with the minor versions that it allows, the most binding file first."""
    for path in (".python-version", "runtime.txt"):
        found = EXACT.match(files.text(path).strip())
        yield path, [int(found["minor"])] if found else []
    project = mapping(files.values("pyproject.toml"))
    yield "pyproject.toml", allowed(str(mapping(project.get("project")).get("requires-python", "")))
    yield "pyproject.toml", allowed(poetry(project))
    for path, pattern in (
        ("setup.cfg", SETUP),
        ("setup.py", SETUP),
        ("environment.yml", CONDA),
        ("environment.yaml", CONDA),
    ):
        spoken = pattern.search(files.text(path))
        yield path, allowed(spoken["range"]) if spoken else []
    required = mapping(mapping(files.values("Pipfile")).get("requires"))
    pinned = EXACT.match(str(required.get("python_full_version") or required.get("python_version", "")))
    yield "Pipfile", [int(pinned["minor"])] if pinned else []
    for path in files.workflows():
        version = WORKFLOW.search(files.text(path))
        yield path, [int(version["version"].partition(".")[2])] if version else []


def poetry(project: dict[str, Any]) -> str:
    """Return the range of versions that Poetry's own table asks for, empty where there is none."""
    dependencies = mapping(mapping(mapping(project.get("tool")).get("poetry")).get("dependencies"))
    return str(dependencies.get("python", ""))


def allowed(text: str) -> list[int]:
    """Return the minor versions of Python 3 that a range allows; none where it is empty or not understood."""
    clauses = [clause.strip() for clause in text.split(",") if clause.strip()]
    kept = set(MINORS) if clauses else set()
    for clause in clauses:
        kept &= allowed_by(clause)
    return sorted(kept)


def allowed_by(clause: str) -> set[int]:
    """Return the minor versions of Python 3 that one clause allows, none for a clause that is not understood.

    `>=3.9` and Poetry's `^3.9`; `~=3.9` has no upper bound below 4, `~=3.9.2` and Poetry's `~3.9` stay at 3.9 (PEP 440).
    """
    if clause.replace(" ", "") in BELOW_FOUR:
        return set(MINORS)
    found = CLAUSE.match(clause)
    if not found:
        return set()
    sign = found["sign"] or "=="
    if found["minor"] is None:
        return set(MINORS) if sign in AT_LEAST else set()
    told, patched = int(found["minor"]), bool(found["rest"].strip(".*"))
    above = {minor for minor in MINORS if minor > told}
    below = {minor for minor in MINORS if minor < told}
    here = {told} & set(MINORS)
    chosen = {
        ">=": here | above,
        "^": here | above,
        "~=": here if patched else here | above,
        ">": (here if patched else set()) | above,
        "<=": here | below,
        "<": (here if patched else set()) | below,
        "!=": (here if patched else set()) | above | below,
    }
    return chosen.get(sign, here)
