"""A status as text and as JSON."""

from __future__ import annotations

from mlgit.dvc.staleness import StageState, reason_text
from mlgit.dvc.state import Trouble
from mlgit.dvc.status import DataState, Status
from mlgit.text import counted, visible
from mlgit.views.table import lines

STYLES = {"fresh": "dim", "stale": "yellow", "unknown": "cyan", "frozen": "dim"}


def render_text(status: Status, *, coloured: bool = False) -> str:
    """Return the text of a status, ending in a line end."""
    made = [line for one in status.troubles for line in trouble_lines(one)]
    made += stage_lines(status.stages, coloured)
    changed = [one for one in status.data if one.state != "same"]
    if changed:
        made += ["", *data_lines(changed, coloured)]
    made += ["", summary(status)]
    return "\n".join(made).lstrip("\n") + "\n"


def trouble_lines(one: Trouble) -> list[str]:
    """Return what is wrong with a file, and the hint below it."""
    hint = [f"  {visible(one.hint)}"] if one.hint else []
    return [f"unreadable: {visible(one.where)}: {visible(one.message)}", *hint]


def stage_lines(stages: tuple[StageState, ...], coloured: bool) -> list[str]:
    """Return the table of the stages, a line for each reason."""
    rows, styles = [], []
    for stage in stages:
        said = [reason_text(reason) for reason in stage.reasons] or [""]
        rows += [[stage.address, stage.state, said[0]], *(["", "", more] for more in said[1:])]
        styles += [STYLES[stage.state]] * len(said)
    return lines(rows, styles=styles, coloured=coloured, indent="") if rows else []


def data_lines(states: list[DataState], coloured: bool) -> list[str]:
    """Return the table of data that is not as its .dvc file says."""
    rows = [[one.path, one.state, one.reason, one.hint] for one in states]
    return lines(rows, styles=["yellow"] * len(rows), coloured=coloured, indent="")


def summary(status: Status) -> str:
    """Return one sentence about the whole."""
    if not status.stages:
        return "no stage: there is no dvc.yaml that could be read"
    count = {state: sum(stage.state == state for stage in status.stages) for state in STYLES}
    parts = [f"{number} {state}" for state, number in count.items() if number]
    hint = "; mlgit train runs what is stale" if count["stale"] else ""
    return f"{counted(len(status.stages), 'stage')}: {', '.join(parts)}{hint}"
