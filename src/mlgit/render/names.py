"""Names that fit: folders, packages, tables and models from what the user called things."""

from __future__ import annotations

import keyword
import re
import unicodedata
from pathlib import Path

from msgspec import Struct

LONGEST = 50
TAKEN = {
    "extract",
    "prepare",
    "train",
    "evaluate",
    "settings",
    "features",
    "export",
    "plots",
    "mlgit",
    "tests",
    "src",
}


def slug(text: str, otherwise: str) -> str:
    """Return `text` as lower-case letters, digits and hyphens; `otherwise` when nothing of it can stand."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST].strip("-") or otherwise


def package_name(project: str) -> str:
    """Return a Python package name for a project, never a keyword nor a name that shadows a module of the scaffold."""
    name = project.replace("-", "_")
    if name[0].isdigit() or keyword.iskeyword(name) or name in TAKEN:
        name = f"model_{name}"
    return name


class Names(Struct, frozen=True, kw_only=True):
    """What things are called in the repository that is made."""

    project: str
    package: str
    model: str


def names_for(directory: Path) -> Names:
    """Return the names that follow from the folder's."""
    project = slug(directory.name, "project")
    return Names(project=project, package=package_name(project), model=project)
