"""Pack the files that an upload names into one archive, as the action does: relative to what they have in common."""

from __future__ import annotations

import glob
import os
import sys
import zipfile
from pathlib import Path


def files_of(patterns: list[str], *, hidden: bool) -> list[Path]:
    """Return the files that lines of paths and patterns name; a line with `!` takes files out."""
    found: dict[Path, None] = {}
    for line in patterns:
        out = line.startswith("!")
        pattern = line.removeprefix("!")
        for place in sorted(glob.glob(pattern, recursive=True, include_hidden=hidden)):  # noqa: PTH207 - it may be absolute
            inside = [Path(place)] if Path(place).is_file() else sorted(Path(place).rglob("*"))
            for path in inside:
                if out:
                    found.pop(path, None)
                elif path.is_file() and (hidden or not is_hidden(path, Path(place))):
                    found[path] = None
    return list(found)


def is_hidden(path: Path, place: Path) -> bool:
    """Tell whether a file or a folder between it and `place` starts with a dot."""
    return path != place and any(part.startswith(".") for part in path.relative_to(place).parts)


def common_folder(patterns: list[str], files: list[Path]) -> Path:
    """Return the folder that names in the archive are relative to."""
    if len(patterns) == 1 and Path(patterns[0]).is_dir():
        return Path(patterns[0])
    return Path(os.path.commonpath([path.parent for path in files]))


def pack(archive: Path, files: list[Path], top: Path) -> None:
    """Make an archive elsewhere, then give it its place in one step; raises `OSError`.

    One that an earlier run left there is replaced: names are taken once a run.
    """
    unfinished = Path(os.environ["MLGIT_RUN_PACKING"]) / archive.name
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in files:
            packed.write(path, path.relative_to(top).as_posix())
    unfinished.replace(archive)


def main() -> int:
    """Pack, or say that there is nothing to pack; return 1 when that is an error."""
    name, wanted = os.environ["NAME"], os.environ["PATHS"]
    patterns = [line.strip() for line in wanted.splitlines() if line.strip()]
    files = files_of(patterns, hidden=os.environ["HIDDEN"] == "true")
    archive = Path(os.environ["MLGIT_RUN_ARTIFACTS"]) / f"{name}.zip"
    if not files:
        level = {"error": "error", "warn": "warning"}.get(os.environ["IF_NONE"], "notice")
        sys.stdout.write(f"::{level}::no files were found at {', '.join(patterns)} for the artifact {name}\n")
        return int(level == "error")
    made = Path(os.environ["MLGIT_RUN_UPLOADED"]) / name
    if made.exists() and os.environ["OVERWRITE"] != "true":
        sys.stdout.write(f"::error::an artifact of the name {name} is there already\n")
        return 1
    try:
        pack(archive, files, common_folder(patterns, files))
    except OSError as error:
        sys.stdout.write(f"::error::the artifact {name} cannot be packed: {error.strerror}\n")
        return 1
    made.parent.mkdir(parents=True, exist_ok=True)
    made.touch()
    sys.stdout.write(f"artifact {name}: {len(files)} files, {archive.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
