"""The second and the third table of the page: how often the first gate decides, and somebody who looks."""

from __future__ import annotations

from functools import partial

import numpy as np

from mlgit.data.profile import Profile
from mlgit.data.sight import first_gate
from mlgit.stats.decision import Verdict
from tests.calibration.adaptive import SUBMITTERS, false_histories
from tests.calibration.harness import Rates, rates
from tests.calibration.scenes import Scene, answers, balanced, numbers, ranking

POWER = """
## How often the first gate decides

`mlgit init` chooses the margin and the evaluation budget by the number of test rows (`data/sight.py`) and says beforehand
whether a change of 0.05 will get PASS or FAIL in four draws of five. A base with an area of 0.85, a mean recall of 0.85 in
four classes or an R2 of 0.60, and a head 0.05 worse or better; percent of draws. A test set with one positive row in ten counts as a
smaller one. Written by `python docs/calibration.py --part power` at {commit}.

| metric | test rows | counts as | margin | evaluations | said to decide | draws | worse: FAIL | better: PASS |
| --- | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: |
"""
WORSE = """
A head that is 0.05 worse, by the number of test rows; percent of draws:

| metric | test rows | draws | FAIL | UNDECIDED | PASS |
| --- | ---: | ---: | ---: | ---: | ---: |
"""
LOOKERS = """
## Somebody who looks

Histories of changes that are no better, each a twentieth of the items answered anew, by a gate `better_than: {margin: 0}`. Percent
of histories in which one counted evaluation passes. Greedy: a change that comes out worse than the best so far is dropped. The
promise of 5 % holds by default for changes that nobody chose by their results on this test set, and where each that was kept is
merged; with `test_set: {adaptive: true}`, and what nobody counts as `tries`, it holds for all of these.
Written by `python docs/calibration.py --part lookers` at {commit}.

| who | rows | histories | default | adaptive |
| --- | ---: | ---: | ---: | ---: |
"""
ROWS = (500, 1_000, 2_000)
"""The sizes of a test set for which all three verdicts are told."""
APART = {0.80: 1.1902, 0.85: 1.4657, 0.90: 1.8124}
"""How far apart two normal classes are for these areas."""
SIZES = {
    "roc_auc, 30 % positive": (300, 600, 800, 1_300),
    "roc_auc, 10 % positive": (600, 1_600, 2_000, 3_200),
    "balanced_accuracy, 4 classes": (300, 600, 800, 1_300),
    "r2": (1_000, 3_000, 5_000, 10_000),
}


def powers(draws: int, commit: str) -> str:
    """Return the tables of how often the first gate decides about a head that is 0.05 worse, or better; `commit` is measured."""
    lines = []
    for name, sizes in SIZES.items():
        for rows in sizes:
            gate = first_gate(profile_of(name, rows), rows)
            worse, better = (verdicts(name, rows, by, draws) for by in (-0.05, 0.05))
            said = "yes" if gate.decides else f"no: {gate.needed:,} would"
            lines.append(
                f"| {name} | {rows:,} | {gate.units:,} | {gate.margin:g} | {gate.steps} | {said} | {draws:,} "
                f"| {percent(worse, Verdict.FAIL)} | {percent(better, Verdict.PASS)} |"
            )
            print(lines[-1], flush=True)
    return measured_at(POWER, commit) + "\n".join(lines) + "\n" + WORSE + "\n".join(worse_lines(draws)) + "\n"


def worse_lines(draws: int) -> list[str]:
    """Return a row a metric and size: how often each verdict falls on a head that is 0.05 worse."""
    lines = []
    for name in SIZES:
        for rows in ROWS:
            found = verdicts(name, rows, -0.05, draws)
            shares = (percent(found, verdict) for verdict in (Verdict.FAIL, Verdict.UNDECIDED, Verdict.PASS))
            lines.append(f"| {name} | {rows:,} | {draws:,} | {' | '.join(shares)} |")
            print(lines[-1], flush=True)
    return lines


def verdicts(name: str, rows: int, by: float, draws: int) -> Rates:
    """Return how often the first gate says what of a head that is better by so much."""
    gate = first_gate(profile_of(name, rows), rows)
    rule = {"no_worse_than": {"margin": gate.margin}}
    (found,) = rates(changed(name, rows, by), rule, draws, (0.05 / gate.steps,), failure=0.05)
    return found


def profile_of(name: str, rows: int) -> Profile:
    """Return the profile of a table of which all rows are test rows."""
    shares = {"roc_auc, 30 % positive": (0.3, 0.7), "roc_auc, 10 % positive": (0.1, 0.9)}.get(
        name, (0.25,) * 4
    )
    counts = () if name == "r2" else tuple(round(share * rows) for share in shares)
    task = {0: "regression", 2: "binary-classification", 4: "multiclass-classification"}[len(counts)]
    return Profile(
        file_format="csv", rows=rows, bytes=0, target="y", task=task, task_reason="", id_column=None,
        classes=tuple("abcd"[: len(counts)]), class_rows=counts, positive_class=None, columns=(),
    )  # fmt: skip


def changed(name: str, rows: int, by: float) -> Scene:
    """Return the scene of a base and a head that is better by so much in the metric."""
    if name.startswith("roc_auc"):
        positives = 0.1 if "10 %" in name else 0.3
        return ranking(name, rows, positives, APART[0.85], APART[round(0.85 + by, 2)])
    if name == "r2":
        return numbers(name, name, rows, partial(two_errors, left=0.40 - by), (0.60, 0.60 + by))
    return answers(name, "balanced_accuracy", rows, four_classes(0.85, 0.85 + by, 0.7), balanced)


def two_errors(random: np.random.Generator, rows: int, *, left: float) -> tuple[np.ndarray, np.ndarray]:
    """Return errors with 0.40 and `left` of the variance of the truth, which is 9, and a correlation of 0.9."""
    ours = random.normal(size=rows)
    theirs = 0.9 * ours + (1 - 0.9**2) ** 0.5 * random.normal(size=rows)
    return 3 * 0.40**0.5 * ours, 3 * left**0.5 * theirs


def four_classes(base: float, head: float, overlap: float) -> dict[tuple[int, int, int], float]:
    """Return the shares of (truth, base, head) of four classes with these recalls; of the head's errors a share are the base's."""
    cells = {}
    both_wrong = overlap * min(1 - base, 1 - head)
    for truth in range(4):
        wrong = (truth + 1) % 4
        cells[truth, wrong, wrong] = both_wrong / 4
        cells[truth, truth, wrong] = (1 - head - both_wrong) / 4
        cells[truth, wrong, truth] = (1 - base - both_wrong) / 4
        cells[truth, truth, truth] = (base + head - 1 + both_wrong) / 4
    return cells


def lookers(draws: int, commit: str) -> str:
    """Return the table of false histories."""
    lines = []
    for submitter in SUBMITTERS:
        for rows in (500, 2_000, 10_000):
            usual, adaptive = (100 * share for share in false_histories(submitter, rows, draws))
            lines.append(f"| {submitter.name} | {rows:,} | {draws:,} | {usual:.1f} | {adaptive:.1f} |")
            print(lines[-1], flush=True)
    return measured_at(LOOKERS, commit) + "\n".join(lines) + "\n"


def measured_at(head: str, commit: str) -> str:
    """Return the head of a table with the commit that is measured."""
    return head.replace("{commit}", commit)


def percent(found: Rates, verdict: Verdict) -> str:
    """Return a share in percent."""
    return f"{100 * found.of(verdict):.2f}"
