"""What DVC prints while it runs becomes stage runs."""

from __future__ import annotations

import msgspec

from mlgit.dvc.staleness import StageState
from mlgit.project.training_progress import Progress
from mlgit.world.context import SilentConsole, real_context


def test_only_a_stage_that_failed_has_last_words() -> None:
    progress = Progress(real_context(SilentConsole()))
    for line in (
        "Running stage 'a':",
        "fine",
        "Updating lock file 'dvc.lock'",
        "ERROR: output 'x' is missing",
    ):
        progress.line(line)
    progress.finish("failed")
    assert ([run.outcome for run in progress.runs], list(progress.last_words)) == (["ran"], [])
    assert progress.complaint == "output 'x' is missing"
    for line in ("Running stage 'b':", *map(str, range(30)), "ERROR: failed to run: b, exited with 1"):
        progress.line(line)
    progress.finish("failed")
    assert list(progress.last_words) == [str(number) for number in range(10, 30)]


def test_every_way_in_which_a_stage_ends_is_told_apart() -> None:
    clock = iter([1.0, 3.5])
    context = msgspec.structs.replace(real_context(SilentConsole()), clock=lambda: next(clock))
    progress = Progress(context)
    for line in (
        "Stage 'a' didn't change, skipping",
        "Running stage 'b':",
        "Stage 'c' is cached - skipping run, checking out outputs",
    ):
        progress.line(line)
    progress.finish("ran")
    assert [(run.name, run.outcome, run.seconds) for run in progress.runs] == [
        ("b", "ran", 2.5),
        ("c", "restored", 0.0),
    ]
    states = [StageState(name=name, pipeline=".", address=name, state="fresh") for name in "abcd"]
    assert [(run.name, run.outcome) for run in progress.others(states, failed=True)] == [
        ("a", "skipped"),
        ("d", "not reached"),
    ]
    assert [run.outcome for run in progress.others(states, failed=False)] == ["skipped", "skipped"]
