"""Put a model exactly on its bound, law by law, and write how often it passes and fails.

    python docs/calibration.py [--draws 20000] [--law areas] [--seconds 0]

A PASS is wrong there, and so is a FAIL. Each setting runs through the evaluator that `mlgit gate` calls, at 5 % and at
the 0.156 % of one of 32 evaluations. Without `--law` the table of docs/explanation/calibration.md is written; more wrong
PASSes than one and a half times the nominal share and three standard errors end it with 1.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from mlgit.stats.decision import Verdict  # noqa: E402
from tests.calibration.adaptive import SUBMITTERS, false_histories  # noqa: E402
from tests.calibration.harness import ALPHAS, Rates, allowed, on_the_bound, rates  # noqa: E402
from tests.calibration.scenes import ranking  # noqa: E402
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
## How often it decides

The default gate of `mlgit init`, `roc_auc: {no_worse_than: {margin: 0.02}}`, as one of 32 evaluations, of which a
PASS shares its error with the others and a FAIL does not: a base with an area
of 0.95 and 40 % positives, a head 0.05 worse and one that is as good.

| rows | head | draws | FAIL | PASS | UNDECIDED |
| ---: | --- | ---: | ---: | ---: | ---: |
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
APART = {0.95: 2.326, 0.90: 1.812}
"""How far apart two normal classes are for these areas."""


def powers(draws: int) -> str:
    """Return the table of how often the default gate decides."""
    lines = []
    for rows in (500, 1_000, 2_000):
        for name, area in (("0.05 worse", 0.90), ("as good", 0.95)):
            scene = ranking(name, rows, 0.4, APART[0.95], APART[area])
            (found,) = rates(scene, {"no_worse_than": {"margin": 0.02}}, draws, ALPHAS[1:], failure=ALPHAS[0])
            shares = " | ".join(
                percent(found, one) for one in (Verdict.FAIL, Verdict.PASS, Verdict.UNDECIDED)
            )
            lines.append(f"| {rows:,} | {name} | {draws:,} | {shares} |")
    return POWER + "\n".join(lines) + "\n"


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
    parser.add_argument("--powers", type=int, default=1_000, help="draws of each line of the second table")
    parser.add_argument("--histories", type=int, default=300, help="of each line of the third table")
    asked = parser.parse_args()
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
