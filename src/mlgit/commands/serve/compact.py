"""`serve --compact`: the full files of a log of predictions become Parquet."""

from __future__ import annotations

from collections.abc import Iterator

from mlgit.serving.compaction import Compacted, compact
from mlgit.serving.target import require_installed
from mlgit.world.context import Context


def compact_log(context: Context, log: str) -> Iterator[Compacted]:
    """Make Parquet of the full files of a log; see `serving.compaction`."""
    require_installed("duckdb")
    return compact(context.directory / log)
