"""`mlgit models` over 5,000 versions beside `gto show`, and `mlgit history` over 5,000 promotions, measured in turns in one run.

    python benchmarks/registry.py [--versions 5000] [--turns 5] [--without-gto]

Prints CPU seconds of the whole process with its children (user and system, median), the same as a multiple of a bare
`python -c pass` of the same run, and the ratio to GTO, which is measured once: it takes long.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from mlgit.environments.desired import Entry, path_of, write
from mlgit.registry.record import VersionRecord, message
from mlgit.stats.decision import Verdict

SOURCE = Path(__file__).resolve().parent.parent / "src"
MLGIT = (sys.executable, "-c", "import sys; from mlgit.__main__ import run; sys.exit(run())")
MODELS = 10
PERSON = "Bench <bench@example.org>"
START = 1_700_000_000
DIGEST = "md5:" + "0" * 32


def text(content: bytes) -> bytes:
    """Return a content as `git fast-import` reads it."""
    return b"data %d\n%b\n" % (len(content), content)


def stream(versions: int) -> Iterator[bytes]:
    """Yield a history for `git fast-import`: one commit a promotion, one tag a version."""
    settings = b"version: 1\nenvironments: {staging: {approval: gate}}\n"
    yield f"commit refs/heads/main\nmark :1\ncommitter {PERSON} {START} +0000\n".encode() + text(b"Start\n")
    yield b"M 100644 inline mlgit.yaml\n" + text(settings)
    desired: dict[str, Entry] = {}
    for number in range(versions):
        model, version, commit = f"m{number % MODELS}", f"v0.{number // MODELS}.0", "a" * 40
        entry = Entry(version=version, commit=commit, digest=DIGEST, action="promote", by=PERSON, gate="PASS")
        desired = {**desired, model: entry}
        yield f"commit refs/heads/main\nmark :{number + 2}\ncommitter {PERSON} {START + number} +0000\n".encode()
        yield text(f"Promote {model} {version} to staging\n".encode())
        yield f"M 100644 inline {path_of('staging')}\n".encode() + text(write("staging", desired))


def tags(folder: Path, versions: int) -> bytes:
    """Return the tags of all versions for `git fast-import`; each names the commit that it points to."""
    commits = git(folder, "rev-list", "--reverse", "main").split()
    parts = []
    for number in range(versions):
        model, version, commit = f"m{number % MODELS}", f"v0.{number // MODELS}.0", commits[number + 1]
        record = VersionRecord(
            model=model, version=version, commit=commit, artifact="model", output="model", digest=DIGEST,
            metrics={"metrics.json": {"roc_auc": 0.9, "accuracy": 0.8}}, verdict=Verdict.PASS, against="v0.0.1",
        )  # fmt: skip
        said = message(record, "## Model card\n" + "a line of the card\n" * 60)
        parts.append(
            f"tag {model}@{version}\nfrom {commit}\ntagger {PERSON} {START + number} +0000\n".encode()
        )
        parts.append(text(said.encode()))
    return b"".join(parts)


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    """Run git and return what it prints."""
    done = subprocess.run(("git", *arguments), cwd=folder, input=stdin, capture_output=True, check=True)
    return done.stdout.decode()


def make(folder: Path, versions: int) -> None:
    """Make the repository."""
    git(folder, "init", "--quiet", "--initial-branch", "main", ".")
    git(folder, "fast-import", "--quiet", stdin=b"".join(stream(versions)))
    git(folder, "fast-import", "--quiet", stdin=tags(folder, versions))
    git(folder, "reset", "--hard", "--quiet")
    git(folder, "pack-refs", "--all")


def cpu(folder: Path, command: Sequence[str]) -> float:
    """Return the CPU seconds of a command and its children."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(SOURCE),
        "NO_COLOR": "1",
        "PYTHONPYCACHEPREFIX": str(folder / ".git/pyc"),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--versions", type=int, default=5000)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--without-gto", action="store_true")
    arguments = parser.parse_args()
    commands = {
        "python": (sys.executable, "-c", "pass"),
        "mlgit models": (*MLGIT, "models"),
        "mlgit models --json --all": (*MLGIT, "models", "--json", "--all"),
        "mlgit history --env staging --at": (*MLGIT, "history", "--at", "2023-11-14T23:00:00Z"),
        "mlgit history --json": (*MLGIT, "history", "--json"),
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, arguments.versions)
        taken: dict[str, list[float]] = {key: [] for key in commands}
        for command in commands.values():
            cpu(folder, command)  # the first time compiles
        for _ in range(arguments.turns):
            for key, command in commands.items():
                taken[key].append(cpu(folder, command))
        peer = (
            None if arguments.without_gto else cpu(folder, (str(Path(sys.executable).parent / "gto"), "show"))
        )
    bare = statistics.median(taken["python"])
    print(f"{arguments.versions:,} versions and promotions of {MODELS} models, {arguments.turns} turns")
    for key, values in taken.items():
        value = statistics.median(values)
        ratio = f", gto show takes {peer / value:.0f} times as much" if peer and "models" in key else ""
        print(f"{key:34} {value:6.3f} CPU s, {value / bare:5.1f} x python{ratio}")
    if peer:
        print(f"{'gto show':34} {peer:6.3f} CPU s, {peer / bare:5.1f} x python")


if __name__ == "__main__":
    main()
