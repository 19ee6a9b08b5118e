"""The files of what a run left behind: their names and sizes bounded before a byte is read, archives never unpacked to disk."""

from __future__ import annotations

import os
import stat
import zipfile
from pathlib import Path

from mlgit.errors import UsageError
from mlgit.world.files import read_regular

EVENT, COMPARISON, CHARTS, JOBS = "event.json", "comparison.json", "charts.json", "jobs.json"
DIFFERENCE = "data-diff.json"


CHECKS = ("check-code.json", "check-data.json", "check-model.json")


LARGEST = {
    EVENT: 10_000,
    COMPARISON: 4_000_000,
    CHARTS: 4_000_000,
    JOBS: 10_000,
    DIFFERENCE: 1_000_000,
    **dict.fromkeys(CHECKS, 1_000_000),
}
"""The files that may be there, and the bytes that each may have."""


LARGEST_ARCHIVE = 10_000_000


MOST_ENTRIES = 8


def read_contents(folder: Path) -> dict[str, bytes]:
    """Return the files of the artifacts by name, from their archives or from the folder; none without a folder."""
    if not os.path.lexists(folder):
        return {}
    try:
        with os.scandir(folder) as found:
            names = [entry.name for _, entry in zip(range(MOST_ENTRIES + 1), found, strict=False)]
    except OSError as error:
        raise UsageError(
            "artifact-missing", f"there is no artifact: {error.strerror}", where=str(folder)
        ) from error
    if len(names) > MOST_ENTRIES:
        raise refused("it holds too many files")
    if names and all(name.endswith(".zip") for name in names):
        return merged([archive_contents(folder / name) for name in sorted(names)])
    return {name: file_content(folder / name, limit_of(name)) for name in names}


def merged(archives: list[dict[str, bytes]]) -> dict[str, bytes]:
    """Return the files of several archives; raises `UsageError` where two of them hold the same name."""
    found: dict[str, bytes] = {}
    for one in archives:
        if found.keys() & one.keys():
            raise refused("two archives hold the same file")
        found.update(one)
    return found


def limit_of(name: str) -> int:
    """Return the bytes that a file may have; raises `UsageError` for a name that has no place in an artifact."""
    if name not in LARGEST:
        raise refused(f"it holds a file that does not belong there: {name!r:.80}")
    return LARGEST[name]


def file_content(path: Path, limit: int) -> bytes:
    """Return the content of a regular file that is no link."""
    try:
        content = read_regular(path, limit + 1)
    except OSError as error:
        raise refused(f"{path.name} is no regular file or cannot be read") from error
    if len(content) > limit:
        raise refused(f"{path.name} has more than {limit:,} bytes")
    return content


def archive_contents(path: Path) -> dict[str, bytes]:
    """Return the files of a zip archive, which is never unpacked to disk."""
    import io
    import zlib

    try:
        with zipfile.ZipFile(io.BytesIO(file_content(path, LARGEST_ARCHIVE))) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES:
                raise refused("its archive holds too many files")
            if len({entry.filename for entry in entries}) < len(entries):
                raise refused("its archive holds a name twice")
            return {entry.filename: entry_content(archive, entry) for entry in entries}
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OSError,
    ) as error:
        raise refused(f"its archive cannot be read ({type(error).__name__})") from error


def entry_content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Return the content of one file of an archive; what it says of its own size is not believed."""
    limit = limit_of(entry.filename)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG) or entry.is_dir() or entry.flag_bits & 1:
        raise refused(f"{entry.filename} is a link, a folder or encrypted")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise refused(f"{entry.filename} is packed in an unusual way")
    with archive.open(entry) as stream:
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise refused(f"{entry.filename} has more than {limit:,} bytes")
    return content


def refused(why: str) -> UsageError:
    """Return the error for an artifact that is not believed."""
    return UsageError(
        "artifact-refused",
        f"the artifact is refused: {why}",
        hint="look at the run that made it; mlgit sync renders the workflow that makes it as it should be",
    )
