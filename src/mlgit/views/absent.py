"""What a clone lacks, in few lines: where the data were not fetched, hundreds of paths say the same. `--json` has them all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from shlex import quote

from mlgit.dvc.paths import folder_of
from mlgit.dvc.reasons import Reason, is_missing, is_upstream, reason_text
from mlgit.dvc.staleness import StageState
from mlgit.dvc.state import place
from mlgit.dvc.status import DataState
from mlgit.text import counted

FEW = 2
"""Of as many paths, or stages in front, each has a line of its own."""
MOST_ROWS = 10
"""As many stages that lack something, and as many data, have a row each."""


def reason_lines(reasons: Sequence[Reason]) -> list[str]:
    """Return a line for each reason; what is not here, and the stages in front, share one where they are many."""
    missing = [one.name for one in reasons if is_missing(one)]
    in_front = [one.name for one in reasons if is_upstream(one)]
    lines: dict[str, None] = {}
    for one in reasons:
        if is_missing(one) and len(missing) > FEW:
            line = f"{counted(len(missing), 'path')} are not here: {named(missing)}"
        elif is_upstream(one) and len(in_front) > FEW:
            line = f"{counted(len(in_front), 'stage')} in front will run again: {named(in_front)}"
        else:
            line = reason_text(one)
        lines[line] = None
    return list(lines)


def named(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return ", ".join(names[:FEW]) + more


def lacks_alone(stage: StageState) -> bool:
    """Tell whether nothing else is the matter with a stage but what is not here."""
    found = any(map(is_missing, stage.reasons))
    return found and all(is_missing(one) or is_upstream(one) for one in stage.reasons)


def stages_in_few_rows(stages: Iterable[StageState]) -> list[StageState]:
    """Return the stages; those of one pipeline as one where many only lack what is not here."""
    every = list(stages)
    lacking = [one for one in every if lacks_alone(one)]
    if len(lacking) <= MOST_ROWS:
        return every
    together: dict[str, list[StageState]] = {}
    for one in lacking:
        together.setdefault(one.pipeline, []).append(one)
    shown: dict[str, StageState] = {}
    for one in every:
        group = together[one.pipeline] if lacks_alone(one) else [one]
        made = one if len(group) == 1 else as_one(group)
        shown[made.address] = made
    return list(shown.values())


def as_one(stages: Sequence[StageState]) -> StageState:
    """Return stages of one pipeline as if they were one that lacks what they lack."""
    folder = "" if stages[0].pipeline == "." else stages[0].pipeline
    reasons = {one.name: one for stage in stages for one in stage.reasons if is_missing(one)}
    name = counted(len(stages), "stage")
    return StageState(
        name=name,
        pipeline=stages[0].pipeline,
        address=f"{place(folder, 'dvc.yaml')}: {name}",
        state="stale",
        reasons=tuple(reasons.values()),
    )


def data_in_few_rows(data: Iterable[DataState]) -> list[DataState]:
    """Return what became of data; those of one folder as one where many are not here, with one command."""
    every = list(data)
    missing = [one for one in every if one.state == "missing"]
    if len(missing) <= MOST_ROWS:
        return every
    together: dict[str, list[DataState]] = {}
    for one in missing:
        together.setdefault(folder_of(one.pointer), []).append(one)
    found = [one for one in every if one.state != "missing"]
    for folder, group in together.items():
        found += group if len(group) <= FEW else [all_of(folder, group)]
    return found


def all_of(folder: str, data: Sequence[DataState]) -> DataState:
    """Return many data that are not here as one, with the command that brings them."""
    hint = f"dvc pull --recursive {quote(folder)}" if folder else "dvc pull"
    names = f"{place(folder, '')}: {counted(len(data), 'path')}" if folder else counted(len(data), "path")
    return DataState(path=names, pointer=folder, state="missing", reason="they are not here", hint=hint)
