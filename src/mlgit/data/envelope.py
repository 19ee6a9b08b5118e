"""A file from outside: is it there, of a bearable size, and not something else than a table."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from mlgit.data.dialect import BYTE_ORDER_MARK, SAMPLE_BYTES
from mlgit.errors import UsageError

LARGEST_BYTES = 1_000_000_000
"""The largest file that is profiled: it is held in memory."""
ANY_BYTES = 1 << 62
START_BYTES = 1_000
LFS_POINTER = b"version https://git-lfs.github.com/spec/"
PARQUET_MARK = b"PAR1"
PACKED = {
    b"\x1f\x8b": ("compressed with gzip", "gunzip --keep {}"),
    b"\x28\xb5\x2f\xfd": ("compressed with zstd", "zstd --decompress {}"),
    b"BZh": ("compressed with bzip2", "bunzip2 --keep {}"),
    b"PK\x03\x04": ("a ZIP archive or an Excel workbook", "export the sheet as CSV in UTF-8, or: unzip {}"),
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook", "export the sheet as CSV in UTF-8"),
    b"\x80\x04": (
        "a Python pickle",
        "write the table as CSV or Parquet; a pickle can run any code when it is opened",
    ),
}
STARTS = (
    (
        re.compile(rb"<!doctype html|<html|<head|<body"),
        "an HTML page",
        "a server that asks to sign in, or reports an error, answers so: fetch the file itself, and look at it before",
    ),
    (
        re.compile(rb"<\?xml|<error"),
        "XML",
        "export the table as CSV in UTF-8, or as Parquet; a server reports errors so, too",
    ),
    (
        re.compile(rb'\{\s*(?:"|\})|\[\s*(?:\{|\])'),
        "JSON",
        "write the table as CSV or Parquet, or as JSON lines with a name that ends in .jsonl; a server reports errors so, too",
    ),
)
"""How texts start that are no CSV, in small letters."""
UTF_16 = {b"\xff\xfe": "UTF-16LE", b"\xfe\xff": "UTF-16BE"}


def first_bytes(path: Path, shown: str, largest: int) -> tuple[int, bytes]:
    """Return the size and the first bytes of a file that exists, is not empty and not too large."""
    if path.is_dir():
        raise UsageError(
            "data-folder",
            "this is a folder, not a table",
            hint="name one CSV or Parquet file",
            where=shown,
        )
    if not path.exists():
        raise UsageError("data-missing", "there is no such file", hint=missing_hint(path, shown), where=shown)
    if not path.is_file():
        raise UsageError(
            "data-special", "this is no regular file", hint="copy it into a file first", where=shown
        )
    size = path.stat().st_size
    if size == 0:
        raise UsageError(
            "data-empty", "the file is empty", hint="it needs a header and rows: fetch it again", where=shown
        )
    if size > largest:
        raise UsageError(
            "data-too-large",
            f"the file has {size:,} bytes, more than {largest:,}",
            hint="start with a part of it: --sample 100000",
            where=shown,
        )
    with path.open("rb") as stream:
        return size, stream.read(SAMPLE_BYTES)


def missing_hint(path: Path, shown: str) -> str:
    """Return what to do about a file that is not there."""
    if path.with_name(path.name + ".dvc").exists():
        return f"DVC keeps it: dvc pull {shlex.quote(shown)}"
    import difflib

    beside = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    close = difflib.get_close_matches(path.name, beside, n=1)
    return f"did you mean {path.with_name(close[0]).name}?" if close else "check the path"


def refuse_other_files(path: Path, shown: str, head: bytes) -> None:
    """Raise `UsageError` when the first bytes belong to something that is no table."""
    if head.startswith(LFS_POINTER):
        raise UsageError(
            "data-lfs-pointer",
            "this is a pointer of Git LFS, not the table",
            hint=f"git lfs pull --include {shlex.quote(shown)}",
            where=f"{shown}:1",
        )
    for mark, (what, hint) in PACKED.items():
        if head.startswith(mark):
            raise UsageError(
                "data-packed", f"the file is {what}", hint=hint.format(shlex.quote(shown)), where=shown
            )
    for mark, encoding in UTF_16.items():
        if head.startswith(mark):
            target = f"{path.stem}-utf8{path.suffix}"
            raise UsageError(
                "data-encoding",
                f"the file is {encoding}, not UTF-8: it starts with the bytes {mark.hex(' ')}",
                hint=f"iconv -f UTF-16 -t UTF-8 {shlex.quote(shown)} > {shlex.quote(target)}",
                where=f"{shown}:1",
            )


def refuse_other_texts(shown: str, head: bytes, wanted: str = "a CSV") -> None:
    """Raise `UsageError` when a text starts as a page or another format does than the one wanted: `JSON`, `JSON lines` or a CSV."""
    start = head[:START_BYTES].removeprefix(BYTE_ORDER_MARK).lstrip().lower()
    for begins, what, hint in STARTS:
        if begins.match(start) and not wanted.startswith(what):
            raise UsageError(
                "data-other-format", f"the file is {what}, not {wanted}", hint=hint, where=f"{shown}:1"
            )
