"""The packages of a repository: the file that jobs can install, and what stands in its way."""

from __future__ import annotations

from msgspec import Struct

from mlgit.adoption.standing import Standing, mapping

LOCKS = ("requirements.lock", "requirements.txt", "src/requirements.txt", "requirements/requirements.txt")
"""Files that an installer takes as they are, the most exact first."""
EXPORTS = {
    "uv.lock": "uv export --format requirements-txt --output-file requirements.lock",
    "poetry.lock": "poetry export --output requirements.lock",
    "Pipfile.lock": "pipenv requirements --hash > requirements.lock",
    "pdm.lock": "pdm export --output requirements.lock",
    "pixi.lock": "write what your stages import into requirements.txt",
    "environment.yml": "write what your stages import into requirements.txt",
    "environment.yaml": "write what your stages import into requirements.txt",
}
"""Files that only their own program can read, and the command that makes one that every installer can."""
FOREIGN = {"renv.lock": "R", "DESCRIPTION": "R", "Project.toml": "Julia"}
"""Files of other languages, whose packages no job installs."""


class Packages(Struct, frozen=True, kw_only=True):
    """The file that the jobs install, empty for none; what a person should know of it, and the command that mends it.

    `good`: the jobs will have what the repository asks for.
    """

    path: str
    good: bool
    detail: str
    hint: str = ""


def packages(files: Standing) -> Packages:
    """Return what the jobs can install of what the repository says that it needs."""
    for path in LOCKS:
        if path in files.paths:
            return Packages(path=path, good=True, detail=path)
    foreign = next((path for path in EXPORTS if path in files.paths), None)
    if declares(files):
        hint = f"for the very versions of {foreign}: {EXPORTS[foreign]}" if foreign else ""
        return Packages(
            path="pyproject.toml", good=True, detail="the dependencies of pyproject.toml", hint=hint
        )
    if foreign is not None:
        detail = f"{foreign} is read by its own program only: no job would install your packages"
        return Packages(
            path="", good=False, detail=detail, hint=f"{EXPORTS[foreign]}; then name it as ci.requirements"
        )
    return nothing(files)


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
    """Tell whether pyproject.toml lists packages that an installer can take from there."""
    project = mapping(files.values("pyproject.toml"))
    table = mapping(project.get("project"))
    poetry = mapping(mapping(project.get("tool")).get("poetry"))
    return bool(table.get("dependencies")) or bool(poetry.get("dependencies") and "build-system" in project)
