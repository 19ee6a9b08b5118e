"""The packages of a repository: the file that jobs can install, and what stands in its way."""

from __future__ import annotations

import re
from collections.abc import Collection

from msgspec import Struct

from mlgit.adoption.conda import left_out
from mlgit.adoption.requirements import project_lines
from mlgit.adoption.standing import Standing, mapping
from mlgit.dvc.paths import around, folder_of
from mlgit.dvc.pipeline import is_pipeline
from mlgit.text import visible

PLAIN = ("requirements.lock", "requirements.txt", "src/requirements.txt", "requirements/requirements.txt")
"""Files that an installer takes as they are, the most exact first."""
LOCKS = ("uv.lock", "poetry.lock", "Pipfile.lock")
"""Locks of other programs, which the jobs read as requirements."""
LOOSE = ("setup.cfg", "setup.py", "Pipfile")
REQUIREMENTS = re.compile(r"(?:.*/)?requirements[^/]*\.(?:txt|lock)\Z|(?:.*/)?requirements/[^/]+\.txt\Z")
NOT_FOR_STAGES = re.compile(r"\b(?:dev|docs?|test|tests|lint|style)\b")
CONDA = re.compile(r"(?:.*/)?(?:[\w.-]*environment[\w.-]*|conda[\w.-]*|env)\.ya?ml\Z")
FOREIGN = {"renv.lock": "R", "DESCRIPTION": "R", "Project.toml": "Julia"}
"""Files of other languages, whose packages no job installs."""


class Packages(Struct, frozen=True, kw_only=True):
    """The file that the jobs install, empty for none; what a person should know of it, and the command that mends it.

    `good`: the jobs will have what the repository asks for. `left` are other files of requirements, which they do not read.
    """

    path: str
    good: bool
    detail: str
    hint: str = ""
    left: tuple[str, ...] = ()


def packages(files: Standing) -> Packages:
    """Return what the jobs can install of what the repository says that it needs, the most exact first."""
    for path in PLAIN:
        if path in files.paths:
            return Packages(path=path, good=True, detail=path)
    for path in LOCKS:
        if path in files.paths:
            return Packages(path=path, good=True, detail=f"{path}, which the jobs read as requirements")
    if declares(files):
        detail = "the dependencies of pyproject.toml, with its extras and groups"
        return Packages(path="pyproject.toml", good=True, detail=detail)
    return written(files) or conda(files) or nothing(files)


def written(files: Standing) -> Packages | None:
    """Return a file of requirements by another name, or one of setuptools or Pipenv; None where there is none."""
    near = frozenset(place for path in files.paths if is_pipeline(path) for place in around(path))
    named = sorted(filter(REQUIREMENTS.match, files.paths), key=lambda path: by_use(path, near))
    if named:
        left = tuple(named[1:])
        others = f"; not {' and '.join(left[:2])}" if left else ""
        return Packages(path=named[0], good=True, detail=named[0] + others, hint=several(named), left=left)
    for path in LOOSE:
        if path in files.paths and (path == "Pipfile" or "install_requires" in files.text(path)):
            return Packages(path=path, good=True, detail=f"the dependencies of {path}")
    return None


def by_use(path: str, near: Collection[str]) -> tuple[bool, bool, int, str]:
    """Return the order of files of requirements: those of stages first, those in folders around one, the nearest to the top."""
    return bool(NOT_FOR_STAGES.search(path)), folder_of(path) not in near, path.count("/"), path


def several(named: list[str]) -> str:
    """Return how the jobs get what several files ask for, empty where there is one."""
    return (
        f"for all of them: a file with a line `-r {named[1]}` each, named as ci.requirements"
        if len(named) > 1
        else ""
    )


def conda(files: Standing) -> Packages | None:
    """Return the Conda environment of a repository, of which the jobs install what Python's index has; None without one."""
    named = sorted(filter(CONDA.match, files.paths), key=lambda path: by_use(path, frozenset()))
    path = next((one for one in named if mapping(files.values(one)).get("dependencies")), None)
    if path is None:
        return None
    missing = left_out(mapping(files.values(path)))
    if not missing:
        return Packages(path=path, good=True, detail=f"{path}, all of it from Python's index")
    some = ", ".join(map(visible, missing[:5])) + (
        f" and {len(missing) - 5} more" if len(missing) > 5 else ""
    )
    detail = f"{path}, from Python's index; only Conda has {some}"
    hint = "where your stages need those: runners: {default: [self-hosted]}, a machine that has them"
    return Packages(path=path, good=True, detail=detail, hint=hint)


def nothing(files: Standing) -> Packages:
    """Return what is told of a repository that asks for no package of Python."""
    for path, language in FOREIGN.items():
        if path in files.paths:
            detail = f"{path}: no job installs packages of {language}"
            hint = f"run the jobs where {language} is: runners: {{default: [self-hosted]}}"
            return Packages(path="", good=False, detail=detail, hint=hint)
    hint = "python -m pip freeze > requirements.txt, cut to what your stages import"
    return Packages(path="", good=False, detail="no file says which packages your stages need", hint=hint)


def declares(files: Standing) -> bool:
    """Tell whether pyproject.toml lists packages: as dependencies, extras or groups, or in Poetry's tables."""
    project = mapping(files.values("pyproject.toml"))
    return any(not line.startswith("#") for line in project_lines(project))
