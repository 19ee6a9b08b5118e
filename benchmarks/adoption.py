"""What `mlgit init` costs on a repository of many stages, and `status` and `compare` on repositories of any kind.

    python benchmarks/adoption.py [--turns 5] [--stages 1347] [FOLDER ...]

CPU seconds with those of Git, medians of the turns, beside a bare Python in the same turns. A FOLDER is a clone of a DVC
repository: `status`, `status --at HEAD` and `compare HEAD~1 HEAD` are asked there, which write nothing. The last lines are the medians over
all folders.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src"
BARE = ("-c", "pass")
ASKED = {
    "status": ("status",),
    "status --at HEAD": ("status", "--at", "HEAD"),
    "compare HEAD~1 HEAD": ("compare", "HEAD~1", "HEAD"),
}
PIPELINES = 40
IDENTITY = {
    f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
}


def seconds(folder: Path, *arguments: str) -> float:
    """Return the CPU seconds of a Python process in a folder and of whatever it started."""
    environment = {**os.environ, **IDENTITY, "PYTHONPATH": str(SOURCE)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, *arguments]
    subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def mlgit(folder: Path, *arguments: str) -> float:
    """Return the CPU seconds of a command of mlgit."""
    return seconds(folder, "-m", "mlgit", *arguments)


def stage(number: int) -> tuple[str, str]:
    """Return a stage as dvc.yaml has it, and as dvc.lock records its run."""
    cmd, digest = f"python step.py {number}", f"a{number:031x}"
    declared = (
        f"  s{number}:\n    cmd: {cmd}\n    deps: [step.py, in/{number}.csv]\n    params: [size]\n"
        f"    outs: [out/{number}.bin]\n    metrics:\n    - m/{number}.json: {{cache: false}}\n"
    )
    recorded = (
        f"  s{number}:\n    cmd: {cmd}\n    deps:\n    - {{path: in/{number}.csv, hash: md5, md5: {digest}, size: 1}}\n"
        f"    - {{path: step.py, hash: md5, md5: {digest}, size: 1}}\n    params:\n      params.yaml: {{size: 1}}\n"
        f"    outs:\n    - {{path: m/{number}.json, hash: md5, md5: {digest}, size: 1}}\n"
        f"    - {{path: out/{number}.bin, hash: md5, md5: {digest}, size: 1}}\n"
    )
    return declared, recorded


def many_stages(root: Path, stages: int) -> None:
    """Make a repository of so many stages, in pipelines of their own folders, with a file of metrics each."""
    for pipeline in range(PIPELINES):
        folder = root / f"p{pipeline}"
        (folder / "m").mkdir(parents=True)
        made = [stage(number) for number in range(pipeline, stages, PIPELINES)]
        (folder / "dvc.yaml").write_text("stages:\n" + "".join(declared for declared, _ in made))
        (folder / "dvc.lock").write_text("schema: '2.0'\nstages:\n" + "".join(kept for _, kept in made))
        (folder / "params.yaml").write_text("size: 1\n")
        (folder / "step.py").write_text("pass\n")
        for number in range(pipeline, stages, PIPELINES):
            (folder / "m" / f"{number}.json").write_text('{"accuracy": 0.5}\n')
    (root / ".dvc").mkdir()
    (root / ".dvc" / "config").write_text("")
    environment = {**os.environ, **IDENTITY}
    for words in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "--message", "many")):
        subprocess.run(["git", *words], cwd=root, env=environment, check=True)


def adoption(stages: int, turns: int) -> list[float]:
    """Return what `mlgit init` costs on a fresh copy of the repository, once a turn."""
    found = []
    for _ in range(turns):
        with tempfile.TemporaryDirectory() as name:
            many_stages(Path(name) / "r", stages)
            found.append(mlgit(Path(name) / "r", "init", "--no-input"))
    return found


def asked(folders: Sequence[Path], turns: int) -> dict[str, list[float]]:
    """Return the median of each question in each folder, and of a bare Python beside them."""
    medians: dict[str, list[float]] = {name: [] for name in ("bare python", *ASKED)}
    for folder in folders:
        mlgit(folder, "status")
        costs: dict[str, list[float]] = {name: [] for name in medians}
        for _ in range(turns):
            costs["bare python"].append(seconds(folder, *BARE))
            for name, words in ASKED.items():
                costs[name].append(mlgit(folder, *words))
        line = {name: statistics.median(values) for name, values in costs.items()}
        print(f"{folder.name[:50]:50} " + "  ".join(f"{value:.3f}" for value in line.values()), flush=True)
        for name, value in line.items():
            medians[name].append(value)
    return medians


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--stages", type=int, default=1347)
    parser.add_argument("folders", nargs="*", type=Path)
    given = parser.parse_args()
    if given.stages:
        found = adoption(given.stages, given.turns)
        bare = statistics.median(seconds(Path.cwd(), *BARE) for _ in range(given.turns))
        print(f"init on {given.stages} stages: {statistics.median(found):.2f} s (bare python {bare:.3f})")
    for name, values in asked(given.folders, given.turns).items() if given.folders else ():
        print(
            f"{name:20} {statistics.median(values):.3f} s at the median of {len(values)} folders, {max(values):.3f} at most"
        )


if __name__ == "__main__":
    main()
