"""Print what `mlgit check model --base main` costs where one of many models changed, beside a repository of that one.

    python benchmarks/check_many_models.py [--models 300] [--repeats 5] [--seconds 0]

Each model has a pipeline of its own, whose evaluation works for `--seconds`. Both repositories are measured in turn, so
that what else the machine does hits both; the figures are CPU seconds with children, and seconds of the clock.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from hashlib import md5
from pathlib import Path

EVALUATE = """\
import json, pathlib, time
end = time.process_time() + SECONDS
while time.process_time() < end:
    pass
value = float(pathlib.Path("value.txt").read_text())
pathlib.Path("metrics.json").write_text(json.dumps({"accuracy": value}))
"""
PIPELINE = """\
stages:
  evaluate:
    cmd: python evaluate.py
    deps: [evaluate.py, value.txt]
    metrics:
      - metrics.json: {cache: false}
"""
LOCK = """\
schema: '2.0'
stages:
  evaluate:
    cmd: python evaluate.py
    deps:
"""


def main() -> None:
    """Make both repositories, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=300)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.0, help="CPU seconds that one evaluation works")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folders = {number: Path(name) / str(number) for number in (1, arguments.models)}
        for number, folder in folders.items():
            make(folder, number, arguments.seconds)
        costs: dict[int, list[tuple[float, float]]] = {number: [] for number in folders}
        for _ in range(arguments.repeats):
            for number, folder in folders.items():
                costs[number].append(measured(folder))
    one, many = (
        [statistics.median(cost[kind] for cost in costs[number]) for kind in (0, 1)] for number in folders
    )
    print(f"one of {arguments.models} models changed; median of {arguments.repeats}")
    for text, before, after in zip(("CPU", "clock"), one, many, strict=True):
        print(f"{text:6} one model {before:7.2f} s   many {after:7.2f} s   {after / before:5.2f} times")


def make(folder: Path, models: int, seconds: float) -> None:
    """Write a repository of so many models, all evaluated; on a branch, the input of the first is another."""
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "main")
    subprocess.run([sys.executable, "-m", "dvc", "init", "--quiet"], cwd=folder, check=True)
    named = "".join(
        f"  m{one}: {{pipeline: m{one}, metrics: [m{one}/metrics.json]}}\n" for one in range(models)
    )
    (folder / "mlgit.yaml").write_text(f"version: 1\nmodels:\n{named}")
    for one in range(models):
        evaluated(folder / f"m{one}", "0.5", seconds)
    commit(folder, "Start")
    git(folder, "switch", "--quiet", "--create", "change")
    evaluated(folder / "m0", "0.75", seconds)
    commit(folder, "Another value")


def evaluated(folder: Path, value: str, seconds: float) -> None:
    """Write a pipeline as it stands after `dvc repro`."""
    folder.mkdir(exist_ok=True)
    contents = {
        "evaluate.py": EVALUATE.replace("SECONDS", str(seconds)),
        "value.txt": value,
        "metrics.json": f'{{"accuracy": {float(value)}}}',
    }
    for path, text in {"dvc.yaml": PIPELINE, **contents}.items():
        (folder / path).write_text(text)
    entries = {path: f"    - path: {path}\n" + digest(text) for path, text in contents.items()}
    read = entries["evaluate.py"] + entries["value.txt"]
    (folder / "dvc.lock").write_text(f"{LOCK}{read}    outs:\n{entries['metrics.json']}")


def digest(text: str) -> str:
    """Return what dvc.lock says of a content."""
    found = md5(text.encode(), usedforsecurity=False).hexdigest()
    return f"      hash: md5\n      md5: {found}\n      size: {len(text)}\n"


def measured(folder: Path) -> tuple[float, float]:
    """Return the CPU seconds and the seconds of the clock that one check takes."""
    before, since = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [sys.executable, "-m", "mlgit", "check", "model", "--base", "main"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("reproduced") == 1, done.stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, time.monotonic() - since


def commit(folder: Path, message: str) -> None:
    """Commit everything."""
    git(folder, "add", "--all")
    who = ("-c", "user.name=Bench", "-c", "user.email=bench@example.org")
    git(folder, *who, "commit", "--quiet", "--message", message)


def git(folder: Path, *arguments: str) -> None:
    """Run Git."""
    subprocess.run(
        ["git", *arguments], cwd=folder, check=True, env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"}
    )


if __name__ == "__main__":
    main()
