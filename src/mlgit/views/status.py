"""A status as blocks: which stages are stale and why, and the data that are not as their .dvc file says."""

from __future__ import annotations

from collections.abc import Iterator

from mlgit.dvc.reasons import is_missing
from mlgit.dvc.staleness import StageState
from mlgit.dvc.state import FileError
from mlgit.dvc.status import DataState
from mlgit.environments.status import RepositoryStatus, Wanted
from mlgit.text import counted
from mlgit.views.absent import data_in_few_rows, reason_lines, stages_in_few_rows
from mlgit.views.cells import (
    Block,
    Cell,
    Foreign,
    Items,
    Line,
    Own,
    Paragraph,
    Row,
    Table,
    Tone,
    cell,
    columns,
    sentence,
    with_hint,
)

TONES: dict[str, Tone] = {"fresh": "quiet", "stale": "warn", "unknown": "bad", "frozen": "quiet"}


def blocks(status: RepositoryStatus) -> Iterator[Block]:
    """Yield the blocks of a status."""
    if status.errors:
        yield Items(tuple(map(error_line, status.errors)))
    if status.stages:
        yield Table(
            title="Stages",
            columns=columns("", "", ""),
            rows=tuple(map(stage_row, stages_in_few_rows(status.stages))),
        )
    changed = [one for one in status.data if one.state != "same"]
    if changed:
        yield Table(
            title="Data", columns=columns(*[""] * 4), rows=tuple(map(data_row, data_in_few_rows(changed)))
        )
    if status.environments:
        names = columns("environment", "has to run", "since", "runs")
        yield Table(title="Environments", columns=names, rows=tuple(map(wanted_row, status.environments)))
    yield Paragraph((summary(status),), inner=False)


def error_line(one: FileError) -> Line:
    """Return what is wrong with a file, and the command or step that helps."""
    said = (Own("unreadable", "bad"), ": ", Foreign(one.where), ": ", sentence(one.message))
    return with_hint(said, one.hint)


def stage_row(stage: StageState) -> Row:
    """Return a stage and its state, a line for each reason."""
    reasons = tuple((sentence(line),) for line in reason_lines(stage.reasons))
    return Row((cell(Foreign(stage.address)), cell(stage.state), Cell(reasons)), TONES[stage.state])


def data_row(one: DataState) -> Row:
    """Return data that are not as their .dvc file says, and the command that helps."""
    hint = cell(Foreign(one.hint)) if one.hint else Cell()
    return Row((cell(Foreign(one.path)), cell(one.state), cell(sentence(one.reason)), hint), "warn")


def wanted_row(one: Wanted) -> Row:
    """Return a model that an environment has to run."""
    return Row(
        (
            cell(Foreign(one.environment)),
            cell(Foreign(one.model), " ", Foreign(one.version)),
            cell(Foreign(one.at)),
            live_cell(one),
        )
    )


def live_cell(one: Wanted) -> Cell:
    """Return what runs of a model, and the command that helps where that is something else."""
    if one.state == "unknown":
        return Cell()
    runs = Foreign(one.live) if one.live else "none"
    if one.state == "same":
        return cell(runs)
    return cell(Own("differs", "bad"), ": ", runs, " (", Foreign(f"mlgit deploy {one.environment}"), ")")


def summary(status: RepositoryStatus) -> str:
    """Return one sentence about the whole."""
    if not status.stages:
        return "no stage: no dvc.yaml that could be read has one"
    count = {state: sum(stage.state == state for stage in status.stages) for state in TONES}
    parts = [f"{number} {state}" for state, number in count.items() if number]
    gone = any(is_missing(reason) for stage in status.stages for reason in stage.reasons)
    bring = "dvc pull brings what DVC keeps of what is not here, then " if gone else ""
    hint = f"; {bring}mlgit train runs what is stale" if count["stale"] else ""
    return f"{counted(len(status.stages), 'stage')}: {', '.join(parts)}{hint}"
