"""`predict`: what a model says of every row of a table."""

from __future__ import annotations

from mlgit.serving.batch import Done
from mlgit.serving.batch import predict as predict_table
from mlgit.serving.served import serve
from mlgit.serving.target import release_at, require_installed
from mlgit.world.context import Context


def predict(context: Context, target: str, table: str, output: str, *, threads: int = 1) -> Done:
    """Write the predictions of a table; see `serving.batch`."""
    require_installed("duckdb", "orjson", "onnxruntime")
    with release_at(context, target) as release:
        served = serve(release, threads)
        return predict_table(served, context.directory / table, table, context.directory / output)
