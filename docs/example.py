"""example-project/ is what `mlgit init` writes: write it again, check it, or train it.

`python docs/example.py` writes it, `--check` fails with the difference, `--train` trains a copy and runs its checks.
It is what an mlgit writes that was installed from a commit (tests/installed): else it would hold a wheel of mlgit, another
one after every change of the source.
"""

from __future__ import annotations

import difflib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "example-project"
INSTALLED = ROOT / "tests" / "installed"
IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Example"), ("EMAIL", "example@example.org"))
}


def mlgit(*arguments: str, folder: Path) -> None:
    """Run mlgit in a folder; stop when it fails."""
    command = [sys.executable, "-m", "mlgit", *arguments]
    path = os.pathsep.join(filter(None, (str(INSTALLED), os.environ.get("PYTHONPATH"))))
    subprocess.run(command, cwd=folder, env={**os.environ, **IDENTITY, "PYTHONPATH": path}, check=True)


def rendered(folder: Path) -> dict[str, bytes]:
    """Make the example in `folder` and return the files that Git tracks in it, by path."""
    mlgit("init", "example-project", "--no-input", folder=folder)
    made = folder / "example-project"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=made, capture_output=True, text=True, check=True)
    return {name: (made / name).read_bytes() for name in sorted(filter(None, listed.stdout.split("\0")))}


def write(files: dict[str, bytes]) -> None:
    """Replace example-project/ by `files`."""
    shutil.rmtree(EXAMPLE, ignore_errors=True)
    for name, content in files.items():
        place = EXAMPLE / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)


def differences(files: dict[str, bytes]) -> int:
    """Print how example-project/ differs from `files`; return in how many files."""
    standing = {
        path.relative_to(EXAMPLE).as_posix(): path.read_bytes()
        for path in EXAMPLE.rglob("*")
        if path.is_file()
    }
    differing = [name for name in sorted({*files, *standing}) if files.get(name) != standing.get(name)]
    for name in differing:
        old, new = (
            content.get(name, b"").decode(errors="replace").splitlines(True) for content in (standing, files)
        )
        sys.stdout.writelines(difflib.unified_diff(old, new, f"example-project/{name}", "rendered now"))
    return len(differing)


def main() -> int:
    """Do what the argument says."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = rendered(folder)
        if "--train" in sys.argv[1:]:
            for command in (["train"], ["check"], ["sync", "--check"]):
                mlgit(*command, folder=folder / "example-project")
            return 0
        if "--check" in sys.argv[1:]:
            count = differences(files)
            print(
                f"{count} files of example-project differ: nox -s generate"
                if count
                else "example-project is fresh"
            )
            return int(count > 0)
        write(files)
    return 0


if __name__ == "__main__":
    sys.exit(main())
