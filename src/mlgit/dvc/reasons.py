"""Why a stage is not as its recorded run: another value, another content, or that it cannot be told. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from mlgit.dvc.dotted import differences, inside, is_pattern, matching
from mlgit.dvc.evidence import Evidence, Finding
from mlgit.dvc.lockfile import Entry, LockedStage
from mlgit.dvc.paths import joined
from mlgit.dvc.pipeline import Stage
from mlgit.dvc.state import PipelineState
from mlgit.dvc.templating import has_template
from mlgit.metrics.reading import finite
from mlgit.text import value_text

Cause = Literal[
    "never run", "command", "parameter", "dependency", "output", "upstream", "always changed", "not told"
]
CHANGED = "content changed"
OTHER_VALUE = "value changed"
NOT_HERE = "it is not here"
"""Said of a file that a clone lacks: it has to be fetched or made, which tells nothing of what changed."""

OUTSIDE = "it is outside of the repository"
"""Said of an address, or a path of this machine, that a stage reads or writes: nothing here tells what it holds."""


class Reason(Struct, frozen=True, kw_only=True):
    """Why a stage is not fresh."""

    cause: Cause
    name: Annotated[str, Meta(description="The path, the parameter or the stage it is about.")] = ""
    text: Annotated[str, Meta(description="What is the matter, in a few words.")] = ""
    recorded: Annotated[Any, Meta(description="A parameter's value in the recorded run.")] = None
    current: Annotated[Any, Meta(description="A parameter's value now.")] = None


class Values(Struct, frozen=True, kw_only=True):
    """The nested values of a file of parameters; `missing`: there is none; `unknown`: why they cannot be told."""

    tree: Any = None
    missing: bool = False
    unknown: str = ""


def reason_text(reason: Reason) -> str:
    """Return one reason in a few words."""
    if reason.cause == "parameter" and reason.text == OTHER_VALUE:
        return f"{reason.name}: {value_text(reason.recorded)} -> {value_text(reason.current)}"
    return f"{reason.name}: {reason.text}" if reason.name else reason.text


def is_missing(reason: Reason) -> bool:
    """Tell whether it is about a file that a clone lacks."""
    return reason.cause in ("dependency", "output") and reason.text == NOT_HERE


def reads_outside(reason: Reason) -> bool:
    """Tell whether it is about something that no file of the repository tells anything of."""
    return reason.cause == "not told" and reason.text == OUTSIDE


def is_upstream(reason: Reason) -> bool:
    """Tell whether it is about a stage in front that will run again."""
    return reason.cause == "upstream"


def content_of_stage(
    folder: str, stage: Stage, locked: LockedStage, evidence: Evidence, parameters: Mapping[str, Values]
) -> list[Reason]:
    """Return why what a stage reads and wrote is not that of its recorded run; a frozen one is not asked what it reads."""
    reasons: list[Reason] = []
    if not stage.frozen:
        reasons += parameter_reasons(folder, stage, locked, parameters)
        reasons += dependency_reasons(folder, stage, locked, evidence)
    return reasons + output_reasons(folder, stage, locked, evidence)


def unresolved_reasons(
    pipeline: PipelineState, stage: Stage, evidence: Evidence, parameters: Mapping[str, Values]
) -> list[Reason]:
    """Return that a stage cannot be told whose template has no value, and what of its plain parts is not as recorded.

    Where it stands for several, something is not as recorded when no run of them saw it.
    """
    found = [Reason(cause="not told", name=stage.name, text=stage.unresolved)]
    if has_template(stage.directory):
        return found
    plain = replace(
        stage,
        dependencies=tuple(one for one in stage.dependencies if not has_template(one)),
        parameters=tuple(one for one in stage.parameters if not has_template([one.file, *one.names])),
        outputs=tuple(one for one in stage.outputs if not has_template(one.path)),
    )
    runs = pipeline.lock.stages.values() if pipeline.lock else ()
    reasons = [
        content_of_stage(pipeline.folder, plain, one, evidence, parameters)
        for one in runs
        if one.name == stage.name or one.name.startswith(f"{stage.name}@")
    ]
    return found + [one for one in reasons[0] if all(one in other for other in reasons)] if reasons else found


def parameter_reasons(
    folder: str, stage: Stage, locked: LockedStage, parameters: Mapping[str, Values]
) -> list[Reason]:
    """Return the parameters that have another value than in the recorded run."""
    reasons: list[Reason] = []
    for wanted in stage.parameters:
        path = joined(folder, stage.directory, wanted.file)
        found = parameters.get(path or "", Values(unknown=f"{wanted.file} is outside of the repository"))
        if found.unknown or found.missing:
            text = found.unknown or "there is no such file"
            cause: Cause = "not told" if found.unknown else "parameter"
            reasons.append(Reason(cause=cause, name=wanted.file, text=text))
            continue
        recorded = locked.parameters.get(wanted.file, {})
        tree = found.tree if isinstance(found.tree, dict) else {}
        names = wanted.names or tuple(dict.fromkeys([*map(str, tree), *recorded]))
        shown = "" if wanted.file == "params.yaml" else f"{wanted.file}:"
        for name in names:
            reasons += reasons_of_parameter(shown + name, name, recorded, tree)
    return reasons


def reasons_of_parameter(shown: str, name: str, recorded: Mapping[str, Any], tree: Any) -> list[Reason]:
    """Return why one parameter makes a stage stale, name by name where it is a mapping; nothing when it is as recorded."""
    found = list(matching(tree, name).values()) if is_pattern(name) else []
    if len(found) > 1:
        text = f"{len(found)} parameters match it, and DVC takes one"
        return [Reason(cause="not told", name=shown, text=text)]
    try:
        current = found[0] if found else inside(tree, name)
    except KeyError:
        return [Reason(cause="parameter", name=shown, text="it is gone", recorded=finite(recorded.get(name)))]
    if name not in recorded:
        return [Reason(cause="parameter", name=shown, text="it is new", current=finite(current))]
    current = list(current) if isinstance(current, tuple) else current
    return [
        Reason(cause="parameter", name=inner, text=OTHER_VALUE, recorded=before, current=after)
        for inner, before, after in differences(shown, recorded[name], current)
    ]


def dependency_reasons(folder: str, stage: Stage, locked: LockedStage, evidence: Evidence) -> list[Reason]:
    """Return the dependencies whose content is not that of the recorded run."""
    recorded = {entry.path: entry for entry in locked.dependencies}
    reasons: list[Reason] = []
    for name in stage.dependencies:
        path = joined(folder, stage.directory, name)
        if path is None:
            reasons.append(Reason(cause="not told", name=name, text=OUTSIDE))
            continue
        entry = recorded.get(name)
        found = evidence.dependency(path, entry)
        reasons += content_reasons("dependency", path, entry, found)
    return reasons


def output_reasons(folder: str, stage: Stage, locked: LockedStage, evidence: Evidence) -> list[Reason]:
    """Return the outputs that the recorded run did not make, or whose content is another now."""
    recorded = {entry.path: entry for entry in locked.outputs}
    reasons: list[Reason] = []
    for output in stage.outputs:
        path = joined(folder, stage.directory, output.path)
        if path is None:
            reasons.append(Reason(cause="not told", name=output.path, text=OUTSIDE))
        elif output.path not in recorded:
            reasons.append(Reason(cause="output", name=path, text="the recorded run did not make it"))
        else:
            entry = recorded[output.path]
            reasons += content_reasons(
                "output", path, entry, evidence.output(path, entry, cached=output.cache)
            )
    return reasons


def content_reasons(
    cause: Literal["dependency", "output"], path: str, recorded: Entry | None, found: Finding
) -> list[Reason]:
    """Return why the content of one path is not that of the recorded run; nothing when it is."""
    if recorded is None:
        return [Reason(cause=cause, name=path, text="the recorded run did not read it")]
    if found.unknown:
        return [Reason(cause="not told", name=path, text=found.unknown)]
    if found.missing:
        return [Reason(cause=cause, name=path, text=NOT_HERE)]
    if not recorded.digest:
        return [Reason(cause="not told", name=path, text="dvc.lock records no digest of it")]
    if found.digest != recorded.digest:
        return [Reason(cause=cause, name=path, text=CHANGED)]
    return []
