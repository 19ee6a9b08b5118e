"""Check the model: its pipelines run, stages write every metric and are up to date, the metrics come out the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as Names

from mlgit import yamlfile
from mlgit.commands.check.metrics import concerned_by, not_verified_items, runnable, verification_items
from mlgit.commands.check.tests import OwnTests, from_error, not_fetched, own_tests, unreachable
from mlgit.config.reader import FILE
from mlgit.config.verify import OFF
from mlgit.dvc.paths import around, joined
from mlgit.dvc.reasons import is_missing, reason_text
from mlgit.dvc.staleness import StageState, outside_hint
from mlgit.dvc.state import FileError, place
from mlgit.dvc.tracked import outputs
from mlgit.errors import MlgitError
from mlgit.plan.outcome import CheckItem, CheckState
from mlgit.project.change import change_since
from mlgit.project.deferred import deferred_stages
from mlgit.project.matrix import ELSE
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.text import counted


def model_items(project: Project, base: str, only: str = "") -> Iterator[CheckItem | OwnTests]:
    """Yield the checks of the model; what cannot be told or has to wait is in the words of its item.

    Where the data could not be fetched, stages are told from the commit, and no metric is measured again. `only` names the
    models that are looked at.
    """
    tree, offline = project.at(), unreachable(project.context)
    names = selected(project, base, only)
    yield from not_fetched(project, "model")
    yield from pipeline_items(project, base, names)
    yield from undeclared_items(tree, names)
    stale = deferred = frozenset[str]()
    concerned = concerned_by(project, base, only)
    try:
        seen = project.at("HEAD" if offline else None)
        states = seen.stages_of(concerned.folders)
    except MlgitError as error:
        yield from_error("model", "stages", error)
    else:
        deferred = deferred_stages(project, states, base) if base else deferred
        stale = frozenset(one.address for one in states if one.state == "stale") - deferred
        left = len(tree.pipeline_folders) - len(concerned.folders)
        yield stages_item(states, stale, deferred, seen.errors, offline=offline, left=left)
    if offline:
        yield from not_verified_items(project, concerned, "no access")
        return
    if stale:
        list(not_verified_items(project, concerned, "stale"))
    elif deferred:
        yield from not_verified_items(project, concerned, "deferred")
    else:
        yield from verification_items(project, concerned)
    yield own_tests(project, "model", only)


def selected(project: Project, base: str, only: str) -> frozenset[str]:
    """Return the models of mlgit.yaml that are looked at; raises `UsageError` (`model-unknown`) for one of neither side."""
    models = project.at().configuration.models
    asked = frozenset(only.split(",")) if only else frozenset(models)
    gone = asked.difference(models, (ELSE,))
    if gone:
        since = change_since(project, base).since if base else None
        before = project.at(since).configuration_or_default.models if since else {}
        for name in sorted(gone.difference(before)):
            project.at().configuration.model(name)
    return asked.intersection(models)


def pipeline_items(project: Project, base: str, names: Names[str]) -> Iterator[CheckItem]:
    """Yield one item for each pipeline of mlgit.yaml that nobody can run.

    One without stages is taken as it is where mlgit.yaml asks nobody to verify its models, and the base had no stage either.
    """
    tree = project.at()
    for folder, models in tree.models_by_pipeline.items():
        found = runnable(tree, folder) if names & set(models) else None
        if not isinstance(found, str):
            continue
        model, file = models[-1], place(folder, "dvc.yaml")
        if is_unmade(tree, folder, models) and not (base and had_stages(project, base, folder)):
            detail = f"{found}, and verify is off in mlgit.yaml"
            yield CheckItem(subject="model", name=f"pipeline of {model}", state="skipped", detail=detail)
            continue
        hint = f"mend {file}, or pipeline: of {model} in mlgit.yaml; verify: off there where no stage makes its numbers"
        yield CheckItem(subject="model", name=f"pipeline of {model}", state="failed", detail=found, hint=hint)


def is_unmade(tree: Revision, folder: str, models: Sequence[str]) -> bool:
    """Tell whether a pipeline can be read and has no stage, and none of its models is to be verified."""
    state = tree.pipelines_by_folder.get(folder)
    declared = state.pipeline if state else None
    known = tree.configuration.models
    return declared is not None and not declared.stages and all(known[one].verify == OFF for one in models)


def had_stages(project: Project, base: str, folder: str) -> bool:
    """Tell whether a pipeline has stages where the change starts."""
    state = project.at(change_since(project, base).since).pipelines_by_folder.get(folder)
    return state is not None and state.pipeline is not None and bool(state.pipeline.stages)


def undeclared_items(tree: Revision, names: Names[str]) -> Iterator[CheckItem]:
    """Yield one item for each model some of whose metrics no stage writes; nothing where stages cannot be told.

    Nothing vouches for such numbers. A pipeline without stages, or that cannot be read, is an item of its own.
    """
    models = {name: model for name, model in tree.configuration_or_default.models.items() if name in names}
    if not any(model.metrics for model in models.values()):
        return
    stages = [stage for one in tree.pipelines if one.pipeline for stage in one.pipeline.stages.values()]
    if any(one.errors for one in tree.pipelines) or any(stage.unresolved for stage in stages):
        return
    written = {path for one in tree.pipelines for path, _ in outputs(one.folder, one.pipeline)}
    with_stages = {one.folder for one in tree.pipelines if one.pipeline and one.pipeline.stages}
    found = {
        name: {
            position: path
            for position, path in enumerate(model.metrics)
            if written.isdisjoint([joined(path) or path, *around(joined(path) or path)])
        }
        for name, model in models.items()
        if model.folder in with_stages
    }
    if not any(found.values()):
        return
    document = yamlfile.read(tree.content(FILE) or b"", FILE)
    for name, missing in found.items():
        lines = tuple(
            f"{document.place('models', name, 'metrics', position)}: {path}: no stage writes it"
            for position, path in missing.items()
        )
        if lines:
            yield undeclared_item(name, place(models[name].folder, "dvc.yaml"), lines)


def undeclared_item(model: str, file: str, lines: tuple[str, ...]) -> CheckItem:
    """Return the item of one model."""
    return CheckItem(
        subject="model",
        name=f"metrics of {model}",
        state="failed",
        detail=f"{len(lines)} {'file' if len(lines) == 1 else 'files'} of metrics that no stage writes",
        lines=lines,
        hint=f"bring the stage back to {file}, or take the file from metrics: of {model} in {FILE}",
    )


def stages_item(
    states: Sequence[StageState],
    stale: frozenset[str],
    deferred: frozenset[str],
    errors: Sequence[FileError] = (),
    *,
    offline: bool,
    left: int = 0,
) -> CheckItem:
    """Return the item of all stages: those that are stale, those left to the retraining, those that cannot be told.

    What cannot be told has not passed; where the data are out of reach (`offline`) it is no failure either. `left` is the
    number of pipelines that a change does not concern. `errors` are the files that cannot be read.
    """
    unknown = frozenset(one.address for one in states if one.state == "unknown") - deferred
    passed: CheckState = "passed" if not unknown else "skipped" if offline else "failed"
    named = {reason.name for one in states if one.address in unknown for reason in one.reasons}
    broken = [one for one in errors if one.file in named]
    mended = next((one.hint for one in broken if one.hint), "")
    outside = outside_hint([one for one in states if one.address in unknown])
    hints = {
        mended: bool(mended),
        stale_hint([one for one in states if one.address in stale]): stale,
        outside: bool(outside),
        "mend what cannot be read, or bring it here: dvc fetch; mlgit status tells it again": not outside
        and unknown,
    }
    return CheckItem(
        subject="model",
        name="stages",
        state="failed" if stale else passed,
        detail=stages_text(len(states), len(stale), len(deferred), len(unknown)) + left_text(left),
        lines=(
            *lines_of(states, stale),
            *lines_of(states, deferred),
            *(f"cannot be told: {line}" for line in lines_of(states, unknown)),
            *(f"{one.where}: {one.message}" for one in broken),
        ),
        hint=next((hint for hint, concerned in hints.items() if concerned), ""),
    )


def stale_hint(stale: Sequence[StageState]) -> str:
    """Return what mends stages that are out of date: where files are not here, bringing them comes first."""
    own = [reason for one in stale for reason in one.reasons if reason.cause != "upstream"]
    gone = [reason for reason in own if is_missing(reason)]
    if gone and len(gone) == len(own):
        return "dvc pull brings what DVC keeps of it; mlgit train makes the rest"
    first = "dvc pull brings what is not here, then " if gone else ""
    return f"{first}mlgit train, then commit dvc.lock and the metrics"


def lines_of(states: Sequence[StageState], addresses: frozenset[str]) -> list[str]:
    """Return stages and why they are not fresh, a line each."""
    chosen = (one for one in states if one.address in addresses)
    return [f"{one.address}: {'; '.join(reason_text(reason) for reason in one.reasons)}" for one in chosen]


def left_text(left: int) -> str:
    """Return how many pipelines nobody looked at, in words; nothing where there is none."""
    return f"; {counted(left, 'pipeline')} not concerned by the change" if left else ""


def stages_text(stages: int, stale: int, deferred: int, unknown: int) -> str:
    """Return how many stages are out of date, or up to date, in words."""
    if stale:
        return f"{stale + deferred} of {stages} stages are out of date"
    if deferred:
        return (
            f"{deferred} of {stages} stages have new data and wait for the retraining that the merge starts"
        )
    good = stages - unknown
    return f"{counted(good, 'stage')} {'is' if good == 1 else 'are'} up to date" + (
        f", {unknown} cannot be told" if unknown else ""
    )
