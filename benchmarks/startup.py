"""What `mlgit --help` and `mlgit init` cost beside a bare Python and beside DVC's start, in turns in one run.

    python benchmarks/startup.py [--turns 7]

CPU seconds (user and system, median). For init only the process of mlgit counts, not those of Git and DVC.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src"
OWN_SECONDS = """
import os, resource, sys
kept = os.dup(1)
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
{work}
used = resource.getrusage(resource.RUSAGE_SELF)
os.write(kept, str(used.ru_utime + used.ru_stime).encode())
"""
MLGIT = """
sys.argv[0] = "mlgit"
from mlgit.__main__ import run
try:
    run()
except SystemExit:
    pass
"""
DVC = """
sys.argv = ["dvc", "--version"]
from dvc.cli import main
try:
    main()
except SystemExit:
    pass
"""
IDENTITY = {
    f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
}


def seconds(work: str, folder: Path, *arguments: str) -> float:
    """Return the CPU seconds of one Python process that does `work`, its children not counted."""
    environment = {**os.environ, **IDENTITY, "PYTHONPATH": str(SOURCE)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-c", OWN_SECONDS.format(work=work), *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, check=True)
    return float(done.stdout)


def megabyte_table(place: Path) -> None:
    """Write a table of 1 MB with numbers, categories, dates, truth values and ids."""
    draw = random.Random(1)
    rows = ["id,size,weight,colour,day,flag,label\n"]
    while sum(map(len, rows)) < 1_000_000:
        number = len(rows)
        rows += [
            f"{number + n},{draw.random():.6f},{draw.gauss(0, 1):.4f},{draw.choice(['red', 'green', 'blue'])},"
            f"2024-0{draw.randint(1, 9)}-1{draw.randint(0, 9)},{draw.choice(['true', 'false'])},{draw.choice(['yes', 'no'])}\n"
            for n in range(1000)
        ]
    place.write_text("".join(rows))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=7)
    turns = parser.parse_args().turns
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        megabyte_table(folder / "table.csv")
        found: dict[str, list[float]] = {}
        for turn in range(-1, turns):
            cases = {
                "bare python": ("", ()),
                "mlgit --help": (MLGIT, ("--help",)),
                "dvc --version": (DVC, ()),
                "mlgit init, bundled table": (MLGIT, ("init", f"a{turn}", "--no-input")),
                "mlgit init, 1 MB table": (
                    MLGIT,
                    ("init", f"b{turn}", "--data", "table.csv", "--target", "label", "--no-input"),
                ),
            }
            for case, (work, arguments) in cases.items():
                used = seconds(work, folder, *arguments)
                if turn >= 0:
                    found.setdefault(case, []).append(used)
    bare = statistics.median(found["bare python"])
    print(f"{'':28}CPU s   times bare Python")
    for case, values in found.items():
        middle = statistics.median(values)
        print(f"{case:28}{middle:.3f}   {middle / bare:.1f}")


if __name__ == "__main__":
    main()
