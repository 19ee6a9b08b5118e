"""The wheel holds the package and exactly the templates that Git tracks; it installs and starts."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

SECTIONS = ("tutorial", "how-to", "reference", "explanation")
ROOT = Path(__file__).resolve().parents[2]


def tracked(folder: str) -> set[str]:
    """Return the files of a folder that Git tracks."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", folder], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {name for name in listed.stdout.split("\0") if name}


def main(dist: Path) -> None:
    """Check the one wheel in `dist`."""
    (wheel,) = dist.glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    wanted = {name.replace("templates/", "mlgit/_templates/", 1) for name in tracked("templates")}
    for section in SECTIONS:
        wanted |= {name.replace("docs/", "mlgit/_docs/", 1) for name in tracked(f"docs/{section}")}
    wanted |= {name.removeprefix("src/") for name in tracked("src/mlgit")}
    wanted.add("mlgit/py.typed")
    if names != wanted:
        sys.exit(f"the wheel lacks {sorted(wanted - names)} and has too much: {sorted(names - wanted)}")
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", str(wheel)], check=True)
        for words in (["--help"], ["help"], ["help", "gates"], ["help", "demo-folder-exists"]):
            subprocess.run([python.parent / "mlgit", *words], check=True, stdout=subprocess.DEVNULL)
        listed = subprocess.run(
            [python, "-m", "pip", "list", "--format", "freeze"], capture_output=True, text=True, check=True
        )
        print(f"{len(names)} files in the wheel; installed beside it:\n{listed.stdout}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
