"""Serve a model: a registered version, what an environment has to run, or a file.

example:
    mlgit serve churn                          the newest registered version
    mlgit serve churn@v1.2.0 --port 8080
    mlgit serve production                     follows deploy/production.yaml, and swaps without a lost request
    mlgit serve models/churn.onnx              a file, also without a repository
    mlgit serve --compact logs/predictions.jsonl    full logs become Parquet
    curl localhost:8000/predict -H 'content-type: application/json' -d '{"rows": [{"age": 41, "plan": "basic"}]}'

A registered model is taken by its digest from DVC's cache or the DVC remote and hashed before it is loaded. A row is one of the
raw table: it is held against the table's schema, and what breaks it is answered with 422, the column and the rule. ONNX needs
nothing else; skops, pickle and your own framework are named in `serve:` of the model in mlgit.yaml.

/predict answers JSON rows or columns, /health, /ready, /metrics (Prometheus), /model and /openapi.json tell of the server, / is a
page to try it, /v2 is the Open Inference Protocol. `mlgit help serving` tells more.

Exit code 0: it was told to stop, and every request was answered. 2: refused, with the reason. 4: the port, Git, DVC or the remote.
"""

from __future__ import annotations

import argparse

from mlgit.cli.options import add_remote, remote_of
from mlgit.errors import GOOD, UsageError
from mlgit.world.context import Context

HIGHEST_PORT = 65_535


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "target",
        nargs="?",
        default="",
        metavar="MODEL[@VERSION]|ENVIRONMENT|PATH",
        help="what to serve; by default what the variables of `mlgit deploy` name",
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="the address to listen at (default: this machine alone)"
    )
    parser.add_argument("--port", type=int, help="the port (default: $MLGIT_PORT, else 8000; 0: a free one)")
    parser.add_argument(
        "--token-variable",
        default="",
        metavar="NAME",
        help="the variable with the token that requests have to bring as a bearer",
    )
    parser.add_argument(
        "--log", default="", metavar="FILE", help="append every prediction to a file, a line of JSON each"
    )
    parser.add_argument(
        "--log-share", type=float, default=1.0, metavar="S", help="the share of requests to log, 0 to 1"
    )
    parser.add_argument(
        "--log-megabytes", type=float, default=256.0, metavar="N", help="begin a new file from this size on"
    )
    parser.add_argument(
        "--compact", default="", metavar="FILE", help="serve nothing: make Parquet of the full files of a log"
    )
    parser.add_argument(
        "--max-rows", type=int, default=10_000, metavar="N", help="rows of one request (default: 10000)"
    )
    parser.add_argument(
        "--max-megabytes", type=float, default=8.0, metavar="N", help="size of one request (default: 8)"
    )
    parser.add_argument(
        "--seconds", type=float, default=30.0, metavar="N", help="time for a request to arrive (default: 30)"
    )
    parser.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes that answer (default: 1)"
    )
    parser.add_argument(
        "--threads", type=int, default=1, metavar="N", help="threads of one prediction (default: 1)"
    )
    parser.add_argument(
        "--model", default="", metavar="NAME", help="of an environment that runs several models"
    )
    parser.add_argument(
        "--every", type=float, default=30.0, metavar="N", help="seconds between two looks at an environment"
    )
    add_remote(
        parser, "of an environment: the remote that is followed", "of an environment: this clone is followed"
    )


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Serve until the process is told to stop; see the help of the verb."""
    from mlgit.commands.serve.run import Wanted, serve

    if arguments.compact:
        return compact(context, arguments.compact)
    if (
        min(
            arguments.max_rows,
            arguments.threads,
            arguments.workers,
            arguments.seconds,
            arguments.every,
            arguments.max_megabytes,
        )
        <= 0
    ):
        raise UsageError("serve-limit", "a limit has to be more than 0", hint="mlgit serve --help")
    port = arguments.port if arguments.port is not None else port_told(context)
    if not 0 <= port <= HIGHEST_PORT:
        raise UsageError(
            "serve-port", f"{port} is no port", hint=f"--port takes 0 to {HIGHEST_PORT}; 0: a free one"
        )
    wanted = Wanted(
        target=arguments.target,
        host=arguments.host,
        port=port,
        token_variable=arguments.token_variable,
        log=arguments.log,
        log_share=arguments.log_share,
        log_bytes=int(arguments.log_megabytes * 1e6),
        body=int(arguments.max_megabytes * 1e6),
        rows=arguments.max_rows,
        seconds=arguments.seconds,
        threads=arguments.threads,
        model=arguments.model,
        every=arguments.every,
        remote=remote_of(arguments),
        workers=arguments.workers,
    )
    return serve(context, wanted, lambda what, address: context.console.say(f"{what} answers at {address}"))


def compact(context: Context, log: str) -> int:
    """Make Parquet of the full files of a log, and say what became of each."""
    from mlgit.commands.serve.compact import compact_log

    for one in compact_log(context, log):
        torn = f", {one.torn:,} lines were no predictions" if one.torn else ""
        context.console.say(f"{one.log} became {one.parquet}: {one.rows:,} rows of {one.lines:,} lines{torn}")
    return GOOD


def port_told(context: Context) -> int:
    """Return the port that `mlgit deploy` names, 8000 without it."""
    said = context.environment.get("MLGIT_PORT", "")
    return int(said) if said.isdigit() else 8000
