"""What the gates need of the base and this machine lacks: evidence that DVC keeps, named for `dvc fetch`."""

from __future__ import annotations

from collections.abc import Iterator

from mlgit.config.model import Model
from mlgit.dvc.content import inside_folder
from mlgit.dvc.tracked import outputs
from mlgit.evaluation.inputs import Inputs, at_merge_base
from mlgit.evaluation.pipeline import evidence_paths
from mlgit.project import needs
from mlgit.project.needs import Need, Needs, lacking
from mlgit.project.project import Project


def write_needs(project: Project, base: str, head: str | None, folder: str, *, model: str = "") -> Needs:
    """Write the small DVC repository to `folder` and return what is in it; evaluate nothing.

    Raises `UsageError` for a folder that is there, and for what `gate` refuses of the base.
    """
    inputs = at_merge_base(project, base, head)
    return needs.write_needs(project, inputs.base, folder, needs_of(inputs, model))


def needs_of(inputs: Inputs, only: str) -> Iterator[Need]:
    """Yield what the gated models of the base rest on there, and what neither Git nor the cache has."""
    seen: set[str] = set()
    for name, model in inputs.models.items():
        if model.gates and (not only or name in only.split(",")):
            fresh = [one for one in needs_of_model(inputs, model) if one.path not in seen]
            seen |= {one.path for one in fresh}
            yield from fresh


def needs_of_model(inputs: Inputs, model: Model) -> Iterator[Need]:
    """Yield the same for one model. A DVC repository below the root of the Git repository is left out."""
    state, _ = inputs.pipelines(model.folder)
    remotes = {path: output.remote for path, output in outputs(state.folder, state.pipeline)}
    for path in evidence_paths(inputs, model):
        if path in inputs.base.paths():
            continue
        record = state.tracked.get(path) or inside_folder(inputs.project.cache, path, state.tracked)
        if record is not None:
            need = lacking(inputs.project, inputs.base, path, record, remotes.get(record.path, ""))
            yield from [need] if need else []
