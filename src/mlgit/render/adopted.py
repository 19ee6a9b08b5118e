"""The `mlgit.yaml` of a DVC repository that stands already: its pipelines, as its own dvc.yaml files declare them."""

from __future__ import annotations

from collections.abc import Iterable

from mlgit.errors import UsageError
from mlgit.render.names import slug
from mlgit.render.templates import yaml_scalar

FILE = "dvc.yaml"


def adopted_configuration(paths: Iterable[str], project: str) -> bytes | None:
    """Return the text of mlgit.yaml for a repository that holds `paths`; None when no dvc.yaml is among them."""
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
    return "".join(parts).encode()


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
