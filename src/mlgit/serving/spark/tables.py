"""Tables as Spark reads and writes them: Parquet and CSV, a file or a folder, on this machine or at an address that Spark knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from mlgit.data.dialect import SAMPLE_BYTES, sniff
from mlgit.data.source import Source
from mlgit.errors import UsageError
from mlgit.serving.spark.worker import FILE
from mlgit.world.files import cannot_write, resolved
from mlgit.world.staging import put, staging

PARQUET, CSV = (".parquet", ".pq"), (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz")
GLOB = "*?[]{}\\"


class Table(Struct, frozen=True, kw_only=True):
    """A table that Spark has opened: `frame` has its columns as `c0`, `c1`, ... and the file of each row.

    `text` says that every value comes as text, as of CSV.
    """

    frame: Any
    names: tuple[str, ...]
    files: tuple[str, ...]
    text: bool
    shown: str

    def source(self) -> Source:
        """Return what the rules ask of a table: the names of its columns."""
        path = Path(self.shown)
        return Source(path=path, shown=self.shown, file_format="parquet", bytes=0, names=self.names, rows=0)


def is_address(path: str) -> bool:
    """Tell whether a path is an address that Spark resolves, and not a file of this machine."""
    return "://" in path


def require_readable(path: str, output: str, folder: Path) -> None:
    """Raise `UsageError` where there is no table (`predict-no-table`), or something stands where answers go (`predict-output-there`)."""
    if not is_address(path) and not (folder / path).exists():
        raise UsageError(
            "predict-no-table",
            "there is no table",
            hint="a file of CSV or Parquet, a folder of them, or an address that Spark knows",
            where=path,
        )
    if not is_address(output) and (folder / output).exists():
        raise UsageError(
            "predict-output-there",
            "something stands there, and Spark writes a new folder",
            hint="-o names another one, or remove it",
            where=output,
        )


def opened(spark: Any, path: str, folder: Path) -> Table:
    """Return a table; raises `UsageError` (`predict-mixed`, `predict-no-table`)."""
    from pyspark.sql import functions

    found = local_files(folder / path) if not is_address(path) else []
    text = is_text(path, found)
    place = path if is_address(path) else f"file://{escaped(folder / path)}"
    reader = spark.read.option("pathGlobFilter", f"*{{{','.join(CSV if text else PARQUET)}}}")
    whole = not is_address(path) and (folder / path).is_file()
    reader = spark.read if whole else reader
    frame = reader.csv(place, **as_written(found)) if text else reader.parquet(place)
    names = tuple(frame.columns)
    columns = [functions.col(f"`{name.replace('`', '``')}`").alias(f"c{at}") for at, name in enumerate(names)]
    return Table(
        frame=frame.select(*columns, functions.col("_metadata.file_path").alias(FILE)),
        names=names,
        files=tuple(frame.inputFiles()),
        text=text,
        shown=path,
    )


def local_files(path: Path) -> list[Path]:
    """Return the tables at a path of this machine that Spark will read; what is hidden or starts with `_` is none."""
    if path.is_file():
        return [path]
    below = (one for one in sorted(path.rglob("*")) if one.is_file())
    seen = [one for one in below if not any(part[0] in "._" for part in one.relative_to(path).parts)]
    return [one for one in seen if one.name.lower().endswith((*PARQUET, *CSV))]


def is_text(path: str, found: list[Path]) -> bool:
    """Tell whether a table is CSV; raises `UsageError` for a folder of both kinds, or of none."""
    names = [one.name.lower() for one in found] or ([path.lower()] if is_address(path) else [])
    kinds = {name.endswith(CSV) for name in names}
    if not kinds:
        raise UsageError("predict-no-table", "there is no CSV and no Parquet file", where=path)
    if len(kinds) > 1:
        raise UsageError(
            "predict-mixed",
            "the folder holds CSV and Parquet, and Spark reads one kind at a time",
            hint="name the files of one kind, in a folder of their own",
            where=path,
        )
    return kinds.pop()


def as_written(found: list[Path]) -> dict[str, Any]:
    """Return how Spark has to read CSV: every value as text, quotes as everywhere else, and no row that does not fit.

    A value may hold a line break, so one worker reads a file; the header of each file has to be that of the first.
    """
    return {
        "header": True,
        "inferSchema": False,
        "enforceSchema": False,
        "multiLine": True,
        "mode": "FAILFAST",
        "escape": '"',
        "sep": sniff(head(found[0])).delimiter if found else ",",
    }


def head(path: Path) -> bytes:
    """Return the first bytes of a text, also of one that is packed."""
    import gzip

    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
        return stream.read(SAMPLE_BYTES)


def escaped(path: Path) -> str:
    """Return a path in which Spark expands nothing."""
    return "".join(f"\\{one}" if one in GLOB else one for one in str(path.absolute()))


def written(frame: Any, output: str, folder: Path) -> int:
    """Write a frame to a new folder, which takes its place when it is whole; return how many rows it has."""
    from pyspark.sql import Observation, functions

    seen = Observation()
    frame = frame.observe(seen, functions.count(functions.lit(1)).alias("rows"))
    if is_address(output):
        write(frame, output, output)
        return int(seen.get["rows"])
    place = resolved(folder / output)
    with staging(place) as room:
        write(frame, f"file://{room}/answers", output)
        try:
            put(room / "answers", place)
        except OSError as error:
            raise cannot_write(place, error) from error
    return int(seen.get["rows"])


def write(frame: Any, place: str, named: str) -> None:
    """Write a frame as what its name says."""
    writer = frame.write.mode("errorifexists")
    if named.lower().rstrip("/").endswith(CSV):
        writer.csv(place, header=True, escape='"')
    else:
        writer.parquet(place)


def path_of(uri: str) -> Path | None:
    """Return the file of this machine that Spark names, None where it is none."""
    parts = urlsplit(uri)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None
