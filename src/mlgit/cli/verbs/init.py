"""Scaffold a repository that works at once, or adopt the one that stands there.

A new repository holds your data under DVC, a pipeline that trains and evaluates a model, tests of code, data and
model, and the workflows that run them. In a folder that holds files already no file of yours is touched: what is
missing is written, and where yours differs the proposal goes to .mlgit/proposed/.

example:
  mlgit init churn --data customers.csv --target churned
  mlgit init try                     a real data set that comes with scikit-learn
  cd my-dvc-repository && mlgit init adopt its pipelines
  cd my-project && mlgit init --run "python train.py"
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mlgit.cli.delivery import show
from mlgit.cli.options import add_seen, seen_of
from mlgit.errors import GOOD, UsageError
from mlgit.world.context import Context


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("directory", nargs="?", default=".", metavar="DIR", help="where (default: here)")
    parser.add_argument(
        "--data",
        metavar="TABLE",
        help="a table: CSV, TSV, Parquet, JSON (lines), Excel, Feather, a folder, a database, postgresql://, hf://",
    )
    parser.add_argument("--query", metavar="SQL", help="the rows of a SQLite, DuckDB or PostgreSQL database")
    parser.add_argument("--target", metavar="COLUMN", help="the column to predict")
    parser.add_argument(
        "--template",
        choices=("sklearn", "lightgbm", "xgboost", "pytorch", "own"),
        default="sklearn",
        help="what the pipeline trains with; own: your code, any library (default: sklearn)",
    )
    parser.add_argument(
        "--remote",
        metavar="URL",
        help="DVC remote: a folder, s3://, gs://, azure://, ssh://; default: a folder beside",
    )
    parser.add_argument("--sample", type=int, metavar="ROWS", help="start with ROWS rows drawn from the file")
    parser.add_argument(
        "--run",
        metavar="COMMAND",
        default="",
        help="what trains, in a folder without dvc.yaml: becomes its stage",
    )
    parser.add_argument(
        "--out", action="append", default=[], metavar="PATH", help="what COMMAND writes; as often as needed"
    )
    add_seen(parser)
    parser.add_argument("--no-input", action="store_true", help="never ask")


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Ask what is missing on a terminal, make the repository, tell what was made and what comes next."""
    from mlgit.commands.init.run import init
    from mlgit.commands.init.source import InitRequest
    from mlgit.views.init import init_lines

    may_ask = sys.stdin.isatty() and sys.stderr.isatty() and not arguments.no_input
    if arguments.run and arguments.data:
        raise UsageError(
            "init-run-data", "--run adopts what trains already, --data makes a pipeline", hint="leave out one"
        )
    place = context.directory / arguments.directory
    data, target = arguments.data, arguments.target
    if may_ask and not arguments.run:
        data, target = asked(data, target, new=not holds_files(place))
    if data and not target:
        raise UsageError(
            "init-target-missing", "--data needs --target", hint="name the column to predict: --target COLUMN"
        )
    request = InitRequest(
        directory=place,
        data=data or "",
        target=target,
        remote=arguments.remote,
        sample=arguments.sample,
        query=arguments.query or "",
        command=arguments.run,
        outputs=tuple(arguments.out),
        ask=question if may_ask else None,
        template=arguments.template,
        asked=seen_of(arguments),
    )
    result = init(context, request)
    show(context, init_lines(result, arguments.directory))
    return GOOD


def holds_files(place: Path) -> bool:
    """Tell whether a folder holds more than Git's own: it is adopted, and nobody is asked for data."""
    return place.is_dir() and any(child.name != ".git" for child in place.iterdir())


def asked(data: str | None, target: str | None, *, new: bool) -> tuple[str | None, str | None]:
    """Ask for the data and the target where the command line does not say; for data only where all is `new`."""
    if new and data is None and target is None:
        data = question("CSV or Parquet file (empty: the breast-cancer table of scikit-learn)") or None
    if data and target is None:
        target = question(f"column of {data} to predict")
    return data, target


def question(text: str) -> str:
    """Ask on standard error and return the answer without blank ends."""
    sys.stderr.write(f"{text}: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip()
