"""`predict`: what a model says of every row of a table."""

from __future__ import annotations

from mlgit.serving.batch import Done, refuse_standing
from mlgit.serving.batch import predict as predict_table
from mlgit.serving.served import serve
from mlgit.serving.target import release_at, require_installed
from mlgit.world.context import Context

OUTPUT = "predictions.csv"


def predict(
    context: Context,
    target: str,
    table: str,
    output: str | None = None,
    *,
    threads: int = 1,
    on_spark: bool = False,
) -> Done:
    """Write the predictions of a table; see `serving.batch` and `serving.spark`.

    Without an `output` they go to `predictions.csv` beside, which must not be there: it may be that of a training.
    """
    if output is None:
        output = OUTPUT
        refuse_standing(context.directory / output)
    require_installed("duckdb", "orjson", "onnxruntime")
    if on_spark:
        require_installed("pyspark", "pyarrow", extra="spark")
    with release_at(context, target) as release:
        served = serve(release, threads)
        if on_spark:
            from mlgit.serving.spark.engine import predict as predict_on_spark

            return predict_on_spark(served, table, output, context.directory, context.environment)
        return predict_table(served, context.directory / table, table, context.directory / output)
