"""The models that a repository's pipelines make, as they stand in mlgit.yaml: one for each pipeline that has stages."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence, Set

from msgspec import Struct

from mlgit.dvc.artifacts import artifacts
from mlgit.dvc.paths import SortedPaths, around, folder_of
from mlgit.dvc.state import PipelineState, metric_paths
from mlgit.dvc.tracked import outputs
from mlgit.render.names import slug
from mlgit.render.templates import yaml_scalar

PLAIN = re.compile(r"[a-z][a-z0-9_-]*\Z")
WORDS = ("false", "n", "no", "null", "off", "on", "true", "y", "yes")
"""What YAML reads as another value than a text."""
LONGEST = 63
"""How long a name in mlgit.yaml may be."""


class Proposed(Struct, frozen=True, kw_only=True):
    """A model for mlgit.yaml: its pipeline's folder, empty for the root, and what dvc.yaml does not tell by itself.

    `metrics` are files in place of those of the dvc.yaml, empty where it names all; `artifact` is the one output that is
    a model by its name, empty where none or several are. `unmade`: no stage makes it, so nothing can make its numbers again.
    """

    name: str
    folder: str
    metrics: tuple[str, ...] = ()
    artifact: str = ""
    unmade: bool = False

    @property
    def text(self) -> str:
        """The model as a line of mlgit.yaml."""
        parts = [f"pipeline: {yaml_scalar(self.folder or '.')}"]
        parts += [f"artifact: {yaml_scalar(self.artifact)}"] if self.artifact else []
        parts += [f"metrics: {yaml_scalar(list(self.metrics))}"] if self.metrics else []
        parts += ["verify: off"] if self.unmade else []
        return f"  {key(self.name)}: {{{', '.join(parts)}}}\n"


def key(name: str) -> str:
    """Return a name as a key of YAML that reads back as the same text: what looks like another value is quoted."""
    return name if PLAIN.match(name) and name not in WORDS else yaml_scalar(name)


def proposed_models(
    states: Sequence[PipelineState], paths: Iterable[str], project: str
) -> tuple[Proposed, ...]:
    """Return a model for each pipeline; a dvc.yaml without stages lends its metrics to the pipeline in the folder above.

    That is what DVCLive writes. One that nobody takes is a model, and so is one that cannot be read: a person looks at it.
    One with metrics that no stage writes lends none: nothing would vouch for them.
    """
    every = SortedPaths(paths)
    working = {one.folder for one in states if one.pipeline is None or one.pipeline.stages}
    written = {path for one in states for path, _ in outputs(one.folder, one.pipeline)}
    lenders = [one for one in states if lends(one.folder, working) and is_made(one, every, written)]
    made = [one for one in states if one not in lenders]
    names = model_names([one.folder for one in made], project)
    lent: dict[str, list[str]] = {}
    for one in lenders:
        lent.setdefault(folder_of(one.folder), []).extend(metric_paths(one.folder, one.pipeline, every))
    return tuple(
        Proposed(
            name=names[one.folder],
            folder=one.folder,
            metrics=with_lent(one, lent.get(one.folder, []), every),
            artifact=artifact(one),
            unmade=one.pipeline is not None and not one.pipeline.stages,
        )
        for one in made
    )


def lends(folder: str, working: Container[str]) -> bool:
    """Tell whether the dvc.yaml of a folder has no stages and stands right below a pipeline that has."""
    return folder not in working and bool(folder) and folder_of(folder) in working


def is_made(state: PipelineState, paths: SortedPaths, written: Set[str]) -> bool:
    """Tell whether stages write all files of metrics of a dvc.yaml, by themselves or in a folder."""
    named = metric_paths(state.folder, state.pipeline, paths)
    return all(not written.isdisjoint([path, *around(path)]) for path in named)


def with_lent(state: PipelineState, lent: list[str], paths: SortedPaths) -> tuple[str, ...]:
    """Return the files of metrics of a pipeline with those that others lend it, none where nobody lends any."""
    return tuple(dict.fromkeys([*metric_paths(state.folder, state.pipeline, paths), *lent])) if lent else ()


def artifact(state: PipelineState) -> str:
    """Return the output that is a model by its ending or as dvc.yaml's `artifacts` say; empty where it cannot be told."""
    found = artifacts(state.folder, state.pipeline)
    return next(iter(found)) if len(found) == 1 else ""


def model_names(folders: list[str], project: str) -> dict[str, str]:
    """Return a name for the model of each folder: its own, with its parents' where two would be the same, else with a number."""
    short = {folder: slug(folder.rsplit("/", 1)[-1], project) if folder else project for folder in folders}
    taken = list(short.values())
    names: dict[str, str] = {}
    for folder, name in short.items():
        wanted = name if taken.count(name) == 1 else slug(folder, project)
        given = set(names.values())
        names[folder] = next(one for one in numbered(wanted) if one not in given)
    return names


def numbered(name: str) -> Iterable[str]:
    """Yield a name, then the same with a number behind it, again and again."""
    yield name
    number = 2
    while True:
        ending = f"-{number}"
        yield name[: LONGEST - len(ending)] + ending
        number += 1


def configuration_text(models: Iterable[Proposed], further: str) -> bytes:
    """Return the text of mlgit.yaml with these models; `further` is what follows them."""
    parts = [
        "# yaml-language-server: $schema=.mlgit/schema/mlgit.schema.json\n",
        "# The models of this repository, one a dvc.yaml. Metrics, parameters and plots are read from there.\n",
        "version: 1\nmodels:\n",
        *(one.text for one in models),
    ]
    return "".join([*parts, further]).encode()
