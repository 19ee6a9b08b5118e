"""Print what a whole `mlgit gate` costs, children included, in CPU seconds beside bare Python in the same run.

    python benchmarks/gate.py [--rows 10000] [--steps 8] [--repeats 7]

The last line is a gate on a function of the user's own, called with 2,000 draws of the rows.

A repository is made with a gated model and so many accepted sets of predictions; a head on a branch is judged by four
gates. A comparison of the same commits is measured with the predictions and without them.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONFIGURATION = """\
version: 1
models:
  churn:
    task: binary-classification
    metrics: [metrics.json]
    predictions: predictions.csv
    positive: "1"
    gates:
      - accuracy: {no_worse_than: {margin: 0.02}}
      - roc_auc: {min: 0.6, no_worse_than: {margin: 0.02}}
      - f1: {no_worse_than: {margin: 0.05}}
      - log_loss: {no_worse_than: {margin: 0.05}}
"""
FUNCTION = """\
import numpy as np


def root_mean_square(rows):
    return float(np.sqrt(np.mean(rows["score"] ** 2)))
"""


def main() -> None:
    """Make a repository, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--steps", type=int, default=8, help="accepted sets of predictions in the history")
    parser.add_argument("--repeats", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, arguments.rows, arguments.steps)
        bare = measured(folder, [sys.executable, "-c", "pass"], arguments.repeats)
        print(
            f"{arguments.rows:,} predictions, {arguments.steps} accepted sets; CPU seconds, median of {arguments.repeats}"
        )
        show("bare Python", bare, bare)
        gate = [sys.executable, "-m", "mlgit", "gate", "main", "HEAD"]
        show("mlgit gate", measured(folder, gate, arguments.repeats), bare)
        numpy = [sys.executable, "-c", "import numpy"]
        show("  of which import numpy", measured(folder, numpy, arguments.repeats), bare)
        compare = [sys.executable, "-m", "mlgit", "compare", "main", "HEAD"]
        show("mlgit compare, with predictions", measured(folder, compare, arguments.repeats), bare)
        same = [sys.executable, "-m", "mlgit", "compare", "main", "main"]
        show("mlgit compare, nothing changed", measured(folder, same, arguments.repeats), bare)
        give_a_function(folder)
        show("mlgit gate, a function of your own", measured(folder, gate, 1), bare)


def make(folder: Path, rows: int, steps: int) -> None:
    """Write a repository: `steps` accepted sets of predictions on main, another one on a branch."""
    git(folder, "init", "--quiet", "--initial-branch", "main")
    (folder / "mlgit.yaml").write_text(CONFIGURATION)
    (folder / "dvc.yaml").write_text("stages: {}\n")
    (folder / "metrics.json").write_text('{"accuracy": 0.9}\n')
    for step in range(steps):
        write(folder, rows, step)
        commit(folder, f"step {step}")
    git(folder, "switch", "--quiet", "--create", "head")
    write(folder, rows, steps)
    commit(folder, "head")


def give_a_function(folder: Path) -> None:
    """Let the base gate a function of the rows, too."""
    git(folder, "switch", "--quiet", "main")
    (folder / "own.py").write_text(FUNCTION)
    (folder / "mlgit.yaml").write_text(
        CONFIGURATION
        + "      - own: {no_worse_than: {margin: 0.05}}\n"
        + '    scores:\n      own: {function: "own:root_mean_square", direction: lower}\n'
    )
    commit(folder, "a function")
    git(folder, "switch", "--quiet", "head")
    git(folder, "rebase", "--quiet", "main")


def write(folder: Path, rows: int, seed: int) -> None:
    """Write the predictions of one model; the items and their labels are always the same."""
    labels, chance = random.Random(0), random.Random(seed + 1)
    lines = ["id,label,prediction,score"]
    for item in range(rows):
        label = int(labels.random() < 0.4)
        answer = label if chance.random() < 0.9 else 1 - label
        score = (0.75 if answer else 0.25) + chance.uniform(-0.2, 0.2)
        lines.append(f"customer-{item},{label},{answer},{score:.6f}")
    (folder / "predictions.csv").write_text("\n".join(lines) + "\n")


def commit(folder: Path, message: str) -> None:
    """Commit everything."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)


def git(folder: Path, *arguments: str) -> None:
    """Run git as nobody in particular."""
    identity = ("-c", "user.name=benchmark", "-c", "user.email=benchmark@localhost")
    subprocess.run(("git", *identity, *arguments), cwd=folder, check=True, capture_output=True)


def measured(folder: Path, command: Sequence[str], repeats: int) -> float:
    """Return the median CPU seconds of a command and its children."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    taken = []
    for _ in range(repeats + 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(taken[1:])


def show(name: str, seconds: float, bare: float) -> None:
    """Print one line."""
    print(f"{name:<36}{seconds:8.3f}{seconds / bare:8.1f} x bare Python")


if __name__ == "__main__":
    main()
