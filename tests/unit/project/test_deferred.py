"""New data alone are left to a retraining; anything beside them is not."""

from __future__ import annotations

import pytest

from mlgit.dvc.reasons import CHANGED, NOT_HERE, Reason
from mlgit.dvc.staleness import StageState
from mlgit.project.deferred import stale_by_data

NEW = Reason(cause="dependency", name="data/raw.csv", text=CHANGED)
AFTER = Reason(cause="upstream", name="prepare", text="it will run again")


def stage(name: str, *reasons: Reason) -> StageState:
    return StageState(
        name=name, pipeline=".", address=name, state="stale" if reasons else "fresh", reasons=reasons
    )


def test_new_data_and_all_that_comes_after_them_wait() -> None:
    states = [
        stage("prepare", NEW),
        stage("train", AFTER),
        stage("evaluate", NEW, Reason(cause="upstream", name="train", text="it will run again")),
        stage("other"),
    ]
    assert stale_by_data(states, ["data/raw.csv"]) == {"prepare", "train", "evaluate"}
    assert stale_by_data(states, ["data/other.csv"]) == frozenset()
    assert stale_by_data(states, []) == frozenset()


@pytest.mark.parametrize(
    "reason",
    [
        Reason(cause="dependency", name="train.py", text=CHANGED),
        Reason(cause="dependency", name="data", text=CHANGED),
        Reason(cause="dependency", name="data/raw.csv.bak", text=CHANGED),
        Reason(cause="dependency", name="data/raw.csv", text=NOT_HERE),
        Reason(cause="dependency", name="data/raw.csv", text="the recorded run did not read it"),
        Reason(cause="output", name="data/raw.csv", text=CHANGED),
        Reason(cause="parameter", name="data/raw.csv", text=CHANGED),
        Reason(cause="command", text="command changed"),
        Reason(cause="upstream", name="unknown", text="it will run again"),
        Reason(cause="never run", text="dvc.lock records no run of it"),
    ],
)
def test_any_other_reason_keeps_a_stage_and_what_follows_it(reason: Reason) -> None:
    states = [stage("prepare", NEW, reason), stage("train", AFTER)]
    assert stale_by_data(states, ["data/raw.csv"]) == frozenset()


def test_a_folder_of_a_table_counts_with_the_files_in_it() -> None:
    inside = Reason(cause="dependency", name="data/raw/part-1.csv", text=CHANGED)
    assert stale_by_data([stage("prepare", inside)], ["data/raw"]) == {"prepare"}
