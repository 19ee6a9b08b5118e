"""The worst small files, through the commands that read them: `python benchmarks/worst_inputs.py`.

CPU seconds and the most memory of each command, started as a user starts it, and its exit code; 5 s and 512 MB are the bounds. `--source FOLDER` measures
another state of the sources (`git worktree add FOLDER COMMIT`, then FOLDER/src), held to 6 GiB and 60 CPU seconds.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

MOST_BYTES, MOST_SECONDS = 6 * 1024**3, 60
ROWS = b"".join(b"%d,1,1,0.5\n" % one for one in range(2, 150_000))
MERGED = b"a: &a {" + b",".join(b"k%d: 1" % one for one in range(2000)) + b"}\nb: {<<: ["
Plant = Callable[[Path], object]


def holds(path: str, content: bytes) -> Plant:
    """Return what gives a file another content."""
    return lambda root: (root / path).write_bytes(content)


def leads(path: str, target: str) -> Plant:
    """Return what makes a file a link."""

    def plant(root: Path) -> None:
        (root / path).unlink()
        (root / path).symlink_to(target)

    return plant


def piped(root: Path) -> None:
    """Put a pipe in the place of the settings."""
    (root / "mlgit.yaml").unlink()
    os.mkfifo(root / "mlgit.yaml")


def parquet(root: Path) -> None:
    """Let the table be half a megabyte of Parquet that holds 3.6 GB of text."""
    import duckdb

    rows = "SELECT range AS id, range % 50 AS age, repeat('x', 4000) AS churned FROM range(900000)"
    duckdb.sql(f"COPY ({rows}) TO '{root}/data/people.parquet' (FORMAT parquet)")
    for name in ("mlgit.yaml", "dvc.yaml"):
        text = (root / name).read_text(encoding="utf-8")
        (root / name).write_text(text.replace("data/people.csv", "data/people.parquet"), encoding="utf-8")


COMPARE, GATE = ("compare", "HEAD~1"), ("gate", "HEAD~1")
WORST: dict[str, tuple[Plant, tuple[str, ...]]] = {
    "220 kB of YAML aliases": (
        holds("params.yaml", b"a: &a [" + b"1," * 9999 + b"1]\nb: [" + b"*a," * 70000 + b"*a]\n"),
        COMPARE,
    ),
    "50,000 merges of one YAML mapping": (
        holds("params.yaml", MERGED + b",".join([b"*a"] * 50000) + b"]}"),
        COMPARE,
    ),
    "100,000 parameters": (
        holds("params.yaml", b"".join(b"k%d: %d\n" % (one, one) for one in range(100_000))),
        COMPARE,
    ),
    "4.9 MB of predictions, one long id": (
        holds("predictions.csv", b"id,label,prediction,score\n" + b"x" * 2_900_000 + b",1,1,0.5\n" + ROWS),
        GATE,
    ),
    "Parquet of 3.6 GB of text": (parquet, ("data", "check")),
    "20,000 dotted TOML keys": (holds("params.toml", b".".join([b"a"] * 20_000) + b" = 1"), COMPARE),
    "an integer of 4 million digits": (holds("params.yaml", b"factor: 0x" + b"f" * 4_000_000), COMPARE),
    "a link to /dev/zero": (leads("params.yaml", "/dev/zero"), COMPARE),
    "a pipe as mlgit.yaml": (piped, ("check", "data")),
    "a link to itself as a table": (leads("data/people.csv", "people.csv"), ("data", "check")),
}


def bounded() -> None:
    """Keep the machine alive whatever is measured."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))


def measured(source: Path, folder: Path, arguments: tuple[str, ...]) -> str:
    """Run a command and return its exit code, CPU seconds and memory."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mlgit", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(source)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=bounded,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = usage.ru_utime + usage.ru_stime
    return f"exit {process.returncode:>3} {seconds:6.1f} s {usage.ru_maxrss / 1024:6.0f} MB"


def main() -> None:
    """Print a line for each input."""
    from tests.hostile.repository import make
    from tests.isolation import in_isolation

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, default=ROOT / "src")
    parser.add_argument("names", nargs="*", help="some of the inputs, by the start of their names")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, in_isolation(Path(place)):
        original = make(Path(place) / "original").folder
        for number, (name, (plant, arguments)) in enumerate(WORST.items()):
            if not asked.names or name.startswith(tuple(asked.names)):
                root = Path(place) / f"{number}"
                shutil.copytree(original, root, symlinks=True)
                plant(root)
                print(f"{name:<36} {measured(asked.source.resolve(), root, arguments)}", flush=True)


if __name__ == "__main__":
    main()
