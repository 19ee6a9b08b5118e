"""Bring artifacts that this run, or the run before it, packed."""

from __future__ import annotations

import fnmatch
import os
import shutil
import sys
import zipfile
from pathlib import Path


def main() -> int:
    """Bring what the inputs name; return 1 when an artifact asked for by its name is not there."""
    store = Path(os.environ["MLGIT_RUN_ARTIFACTS"])
    name, pattern = os.environ["NAME"], os.environ["PATTERN"] or "*"
    archives = sorted(store.glob("*.zip"))
    chosen = [
        one for one in archives if (one.stem == name if name else fnmatch.fnmatchcase(one.stem, pattern))
    ]
    if name and not chosen:
        sys.stdout.write(f"::error::there is no artifact of the name {name}\n")
        return 1
    top = Path(os.environ["FOLDER"] or os.environ["GITHUB_WORKSPACE"])
    for archive in chosen:
        together = bool(name) or os.environ["MERGE"] == "true"
        folder = top if together else top / archive.stem
        folder.mkdir(parents=True, exist_ok=True)
        if os.environ["PACKED"] == "true":
            shutil.copy(archive, folder / archive.name)
        else:
            with zipfile.ZipFile(archive) as packed:
                packed.extractall(folder)
        sys.stdout.write(f"artifact {archive.stem}: in {folder}\n")
    with Path(os.environ["GITHUB_OUTPUT"]).open("a") as stream:
        stream.write(f"download-path={top}\n")
    sys.stdout.write(f"{len(chosen)} artifacts\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
