"""Put a model exactly on its bound, law by law, and write how often it passes and fails.

    python docs/calibration.py [--draws 20000] [--law areas] [--seconds 0]
    python docs/calibration.py --power

A PASS is wrong there, and so is a FAIL. Each setting runs through the evaluator that `mlgit gate` calls, at 5 % and at
the 0.156 % of one of 32 evaluations. Without `--law` the table of docs/explanation/calibration.md is written; more wrong
PASSes than one and a half times the nominal share and three standard errors end it with 1.
"""

from __future__ import annotations

import argparse
import sys
import time
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from mlgit.data.profile import Profile  # noqa: E402
from mlgit.data.sight import first_gate  # noqa: E402
from mlgit.stats.decision import Verdict  # noqa: E402
from tests.calibration.adaptive import SUBMITTERS, false_histories  # noqa: E402
from tests.calibration.harness import ALPHAS, Rates, allowed, on_the_bound, rates  # noqa: E402
from tests.calibration.scenes import Scene, answers, balanced, numbers, ranking  # noqa: E402
from tests.calibration.settings import LAWS, Case  # noqa: E402

PAGE = ROOT / "docs" / "explanation" / "calibration.md"
HEAD = """# How often a verdict is wrong

A model exactly on its bound: a PASS is wrong there, and so is a FAIL. Percent of draws, through the function that `mlgit
gate` calls, for one evaluation by itself (5 %) and for one of 32 (0.156 %). Written by `nox -s calibration`; a wrong PASS
in more than one and a half times that and three standard errors fails it.

A line of few draws proves little, and of 0.156 % nothing: to see that seldom takes some thousands of draws. That a share of
one model keeps to it is also summed exactly, over every outcome there can be (`tests/unit/stats/test_stats_on_the_bound.py`).

| law | setting | asked | draws | PASS at 5 % | FAIL at 5 % | PASS at 0.156 % | FAIL at 0.156 % |
| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |
"""


POWER = """
## How often the first gate decides

`mlgit init` chooses the margin and the evaluation budget by the number of test rows (`data/sight.py`) and says beforehand
whether a change of 0.05 will get PASS or FAIL in four draws of five. A base with an area of 0.85, a mean recall of 0.85 in
four classes or an R2 of 0.60, and a head 0.05 worse or better; percent of draws. A test set with one positive row in ten counts as a
smaller one. Written by `python docs/calibration.py --power`.

| metric | test rows | counts as | margin | evaluations | said to decide | draws | worse: FAIL | better: PASS |
| --- | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: |
"""
LOOKERS = """
## Somebody who looks

Histories of changes that are no better, each a twentieth of the items answered anew, by a gate `better_than: {margin: 0}`. Percent
of histories in which one counted evaluation passes. Greedy: a change that comes out worse than the best so far is dropped. The
promise of 5 % holds by default for changes that nobody chose by their results on this test set, and where each that was kept is
merged; with `test_set: {adaptive: true}`, and what nobody counts as `tries`, it holds for all of these.

| who | rows | histories | default | adaptive |
| --- | ---: | ---: | ---: | ---: |
"""
APART = {0.80: 1.1902, 0.85: 1.4657, 0.90: 1.8124}
"""How far apart two normal classes are for these areas."""
SIZES = {
    "roc_auc, 30 % positive": (300, 600, 800, 1_300),
    "roc_auc, 10 % positive": (600, 1_600, 2_000, 3_200),
    "balanced_accuracy, 4 classes": (300, 600, 800, 1_300),
    "r2": (1_000, 3_000, 5_000, 10_000),
}


def powers(draws: int) -> str:
    """Return the table of how often the first gate decides about a head that is 0.05 worse, or better."""
    lines = []
    for name, sizes in SIZES.items():
        for rows in sizes:
            gate = first_gate(profile_of(name, rows), rows)
            rule = {"no_worse_than": {"margin": gate.margin}}
            shares = " | ".join(
                percent(
                    rates(changed(name, rows, by), rule, draws, (0.05 / gate.steps,), failure=0.05)[0],
                    verdict,
                )
                for by, verdict in ((-0.05, Verdict.FAIL), (0.05, Verdict.PASS))
            )
            said = "yes" if gate.decides else f"no: {gate.needed:,} would"
            lines.append(
                f"| {name} | {rows:,} | {gate.units:,} | {gate.margin:g} | {gate.steps} | {said} | {draws:,} | {shares} |"
            )
            print(lines[-1], flush=True)
    return POWER + "\n".join(lines) + "\n"


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


def lookers(draws: int) -> str:
    """Return the table of false histories."""
    lines = []
    for submitter in SUBMITTERS:
        for rows in (500, 2_000, 10_000):
            usual, adaptive = (100 * share for share in false_histories(submitter, rows, draws))
            lines.append(f"| {submitter.name} | {rows:,} | {draws:,} | {usual:.1f} | {adaptive:.1f} |")
            print(lines[-1], flush=True)
    return LOOKERS + "\n".join(lines) + "\n"


def main() -> int:
    """Run the settings; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--draws", type=int, default=20_000)
    parser.add_argument("--law", choices=LAWS)
    parser.add_argument("--seconds", type=float, default=0.0, help="of a setting at most; 0: no limit")
    parser.add_argument("--powers", type=int, default=500, help="draws of each line of the second table")
    parser.add_argument("--power", action="store_true", help="write the second table alone")
    parser.add_argument("--histories", type=int, default=300, help="of each line of the third table")
    asked = parser.parse_args()
    if asked.power:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition("\n## How often")
        after = rest.partition("\n## Somebody")
        PAGE.write_text(before + powers(asked.powers) + after[1] + after[2], encoding="utf-8")
        return 0
    lines, broken = [], 0
    for law in [asked.law] if asked.law else LAWS:
        for case in LAWS[law]():
            line, wrong = measured(law, case, asked.draws, asked.seconds)
            print(line, flush=True)
            lines.append(line)
            broken += wrong
    if not asked.law:
        PAGE.write_text(
            HEAD + "\n".join(lines) + "\n" + powers(asked.powers) + lookers(asked.histories), encoding="utf-8"
        )
    return 1 if broken else 0


def measured(law: str, case: Case, draws: int, seconds: float) -> tuple[str, bool]:
    """Return the line of one setting, and whether a wrong PASS fell more often than it may."""
    scene, asked = case
    rule, start = on_the_bound(scene, asked), time.monotonic()
    found = rates(scene, rule, draws, until=lambda: seconds > 0 and time.monotonic() - start > seconds)
    total = found[0].total
    shares = " | ".join(f"{percent(one, Verdict.PASS)} | {percent(one, Verdict.FAIL)}" for one in found)
    wrong = any(
        one.of(Verdict.PASS) > allowed(alpha, total) for alpha, one in zip(ALPHAS, found, strict=True)
    )
    return f"| {law} | {scene.name} | {asked} | {total:,} | {shares} |", wrong


def percent(found: Rates, verdict: Verdict) -> str:
    """Return a share in percent."""
    return f"{100 * found.of(verdict):.2f}"


if __name__ == "__main__":
    sys.exit(main())
