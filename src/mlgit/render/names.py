"""Names that fit: folders, packages, tables and models from what the user called things."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from mlgit.errors import UsageError
from mlgit.render.templates import yaml_scalar

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


FILE = "dvc.yaml"


def adopted_configuration(paths: Iterable[str], project: str, further: str = "") -> bytes | None:
    """Return the text of mlgit.yaml for a repository that holds `paths`; None when no dvc.yaml is among them.

    `further` is the text of what follows the models.
    """
    pipelines = [path for path in sorted(paths) if path == FILE or path.endswith("/" + FILE)]
    if not pipelines:
        return None
    folders = [path.removesuffix(FILE).rstrip("/") or "." for path in pipelines]
    names = model_names(folders, project)
    parts = [
        "# yaml-language-server: $schema=.mlgit/schema/mlgit.schema.json\n",
        "# The models of this repository, one a dvc.yaml. Metrics, parameters and plots are read from there.\n",
        "version: 1\nmodels:\n",
    ]
    parts += [f"  {names[folder]}: {{pipeline: {yaml_scalar(folder)}}}\n" for folder in folders]
    return "".join([*parts, further]).encode()


def model_names(folders: list[str], project: str) -> dict[str, str]:
    """Return a name for the model of each folder: the folder's own, with its parents' where two would be the same."""
    short = {
        folder: slug(folder.rsplit("/", 1)[-1], project) if folder != "." else project for folder in folders
    }
    taken = list(short.values())
    names = {
        folder: name if taken.count(name) == 1 else slug(folder, project) for folder, name in short.items()
    }
    if len(set(names.values())) != len(names):
        raise UsageError(
            "init-names-clash",
            "two pipelines would get the same model name",
            hint="write mlgit.yaml yourself with a name for each, then run mlgit sync",
        )
    return names
