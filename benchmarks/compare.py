"""`mlgit compare` and `mlgit status` beside `dvc metrics diff` and `dvc status`, measured in turns in one run.

    python benchmarks/compare.py [--pipelines 1 50 300] [--turns 5]

Prints CPU seconds of the whole process with its children (user and system, median), the same as a multiple of a bare
`python -c pass` of the same run, and the ratio to DVC. DVC is left out above 50 pipelines unless --dvc-always is given.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from hashlib import md5
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "src"
MLGIT = (sys.executable, "-c", "import sys; from mlgit.__main__ import run; sys.exit(run())")
STAGES = """stages:
  prepare:
    cmd: python prepare.py
    deps: [data/raw.csv, prepare.py]
    params: [prepare.split]
    outs: [data/prepared]
  train:
    cmd: python train.py
    deps: [data/prepared, train.py]
    params: [train]
    outs: [model.bin]
  evaluate:
    cmd: python evaluate.py
    deps: [model.bin, evaluate.py]
    metrics:
      - metrics/test.json: {cache: false}
      - metrics/train.json: {cache: false}
"""


def write_pipeline(folder: Path, seed: int) -> None:
    """Write one pipeline as a run would leave it."""
    digest = md5(str(seed).encode(), usedforsecurity=False).hexdigest()
    files = {
        "dvc.yaml": f"# pipeline {seed % 1000}\n{STAGES}",
        "params.yaml": f"prepare:\n  split: 0.25\ntrain:\n  depth: {seed % 7 + 2}\n  rate: 1e-3\n  seed: {seed}\n",
        "dvc.lock": lock(digest, seed),
        "data/raw.csv.dvc": f"outs:\n- md5: '{digest}'\n  size: 123456\n  hash: md5\n  path: raw.csv\n",
        "metrics/test.json": f'{{"accuracy": 0.9{seed % 97:02}, "log_loss": 0.3, "by_class": {{"a": 0.5, "b": 0.25}}}}',
        "metrics/train.json": '{"accuracy": 0.99, "log_loss": 0.1}',
        "prepare.py": "print()\n",
        "train.py": "print()\n",
        "evaluate.py": "print()\n",
    }
    for name, content in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content, encoding="utf-8")


def lock(digest: str, seed: int) -> str:
    """Return a dvc.lock for the three stages."""
    code = "a4f4b3d5c9c1b4f8b6d0a6b1d3e5f708"
    entry = "    - {{path: {0}, hash: md5, md5: '{1}', size: 100}}\n"
    train = f"{{depth: {seed % 7 + 2}, rate: 0.001, seed: {seed}}}"
    stages = (
        (
            "prepare",
            [("data/raw.csv", digest), ("prepare.py", code)],
            "prepare.split: 0.25",
            [("data/prepared", digest + ".dir")],
        ),
        (
            "train",
            [("data/prepared", digest + ".dir"), ("train.py", code)],
            f"train: {train}",
            [("model.bin", digest)],
        ),
        (
            "evaluate",
            [("model.bin", digest), ("evaluate.py", code)],
            "",
            [("metrics/test.json", digest), ("metrics/train.json", digest)],
        ),
    )
    text = "schema: '2.0'\nstages:\n"
    for name, reads, parameters, writes in stages:
        text += f"  {name}:\n    cmd: python {name}.py\n    deps:\n"
        text += "".join(entry.format(*one) for one in reads)
        text += f"    params:\n      params.yaml:\n        {parameters}\n" if parameters else ""
        text += "    outs:\n" + "".join(entry.format(*one) for one in writes)
    return text


def repository(root: Path, pipelines: int, changed: int) -> None:
    """Make a repository of two commits in which `changed` of its pipelines differ."""
    git(root.parent, "init", "--quiet", str(root))
    (root / ".dvc").mkdir()
    (root / ".dvc/config").write_text("")
    (root / ".gitignore").write_text("model.bin\n/data/prepared\n")
    folders = [root] if pipelines == 1 else [root / f"models/m{number:03}" for number in range(pipelines)]
    for number, folder in enumerate(folders):
        write_pipeline(folder, number)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "old")
    for number, folder in enumerate(folders[:changed]):
        write_pipeline(folder, number + 1000)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "new")


def git(folder: Path, *arguments: str) -> None:
    """Run git as nobody in particular."""
    author = [f"GIT_{who}_{what}" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")]
    environment = {**os.environ, **dict.fromkeys(author, "bench@example.org")}
    subprocess.run(["git", *arguments], cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)


def environment() -> dict[str, str]:
    """Return the environment of what is measured: this source, and compiled modules kept as on a user's machine."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(SOURCE), "DVC_NO_ANALYTICS": "1"}


def cpu_seconds(command: Sequence[str], folder: Path) -> float:
    """Return the CPU seconds of a command and everything it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        command, cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measured(commands: dict[str, Sequence[str]], folder: Path, turns: int) -> dict[str, float]:
    """Return the median of each command, all of them run in turns so that noise meets all alike."""
    for name, command in commands.items():
        if subprocess.run(command, cwd=folder, env=environment(), capture_output=True).returncode:
            raise SystemExit(f"{name} failed on the repository that was made for it")
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(turns):
        for name, command in commands.items():
            seconds[name].append(cpu_seconds(command, folder))
    return {name: statistics.median(found) for name, found in seconds.items()}


def commands_for(pipelines: int, dvc_always: bool) -> dict[str, Sequence[str]]:
    """Return what is measured on a repository of that size."""
    commands: dict[str, Sequence[str]] = {
        "python -c pass": (sys.executable, "-c", "pass"),
        "mlgit compare --json": (*MLGIT, "compare", "HEAD~1", "HEAD", "--format", "json"),
        "mlgit status": (*MLGIT, "status"),
    }
    dvc = Path(sys.executable).parent / "dvc"
    if dvc.exists() and (pipelines <= 50 or dvc_always):
        commands["dvc metrics diff"] = (str(dvc), "metrics", "diff", "HEAD~1", "HEAD", "--json")
        commands["dvc status"] = (str(dvc), "status")
    return commands


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pipelines", nargs="+", type=int, default=[1, 50, 300])
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--dvc-always", action="store_true")
    arguments = parser.parse_args()
    beside = {"mlgit compare --json": "dvc metrics diff", "mlgit status": "dvc status"}
    for pipelines in arguments.pipelines:
        changed = pipelines if pipelines <= 50 else 1
        home = Path(tempfile.mkdtemp())
        try:
            repository(home / "repository", pipelines, changed)
            found = measured(
                commands_for(pipelines, arguments.dvc_always), home / "repository", arguments.turns
            )
        finally:
            shutil.rmtree(home)
        print(f"{pipelines} pipelines, {changed} changed")
        bare = found["python -c pass"]
        for name, seconds in found.items():
            peer = found.get(beside.get(name, ""))
            against = f", 1/{peer / seconds:.0f} of {beside[name]}" if peer else ""
            print(f"  {name:<22}{seconds:8.3f} CPU s, {seconds / bare:6.1f} x bare{against}")


if __name__ == "__main__":
    main()
