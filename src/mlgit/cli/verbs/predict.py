"""Write what a model says of every row of a table.

example:
    mlgit predict churn customers.csv -o predictions.csv
    mlgit predict churn@v1.2.0 incoming/ -o predictions.parquet     every table of a folder
    mlgit predict models/churn.onnx customers.parquet -o predictions.csv
    mlgit predict churn s3a://lake/customers -o s3a://lake/churn.parquet --engine spark

The model is found and checked as `mlgit serve` does. The table has the raw columns, as the schema names them; a row that no request
could bring ends the command with its line, and nothing is written. The output has the id (or the number of the row), the
prediction and the probability of each class; it takes its place when it is whole. Memory does not grow with the table.

--engine spark is for a table that outgrows the machine: Spark reads it (Parquet or CSV, also at an address that Spark knows) and its
workers ask the same model by the same rules. The output is a new folder, of CSV where OUT ends in .csv. The master is that of Spark's
own configuration, by default this machine (pip install "mlgit[spark]"; Java 17).

Exit code 0: every row is predicted. 2: refused, with the reason. 4: Git, DVC or the remote failed.
"""

from __future__ import annotations

import argparse

from mlgit.cli.delivery import show_value
from mlgit.errors import GOOD
from mlgit.world.context import Context


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("target", metavar="MODEL[@VERSION]|PATH", help="the model")
    parser.add_argument(
        "table", metavar="FILE", help="CSV (also .gz), JSON lines or Parquet, or a folder of such files"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        help="CSV or .parquet (default: predictions.csv, unless there is one)",
    )
    parser.add_argument(
        "--threads", type=int, default=1, metavar="N", help="threads of the model (default: 1)"
    )
    parser.add_argument(
        "--engine",
        choices=("duckdb", "spark"),
        default="duckdb",
        help="what reads the table: this process, or Spark (default: duckdb)",
    )
    parser.add_argument("--json", action="store_true", help="for a program: what was done")


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Predict, and say how much; see the help of the verb."""
    from mlgit.commands.predict import OUTPUT, predict

    done = predict(
        context,
        arguments.target,
        arguments.table,
        arguments.output,
        threads=max(arguments.threads, 1),
        on_spark=arguments.engine == "spark",
    )
    named = f"{done.model} {done.version}".strip()
    line = f"{named} predicted {done.rows:,} rows: {arguments.output or OUTPUT}"
    show_value(context, done, [line], as_json=arguments.json)
    return GOOD
