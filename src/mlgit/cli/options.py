"""Options that several verbs have alike."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlgit.data.asked import Asked


def add_remote(parser: argparse.ArgumentParser, remote: str, local: str) -> None:
    """Declare `--remote` and `--local`, each with what it means for the verb; `remote_of` reads them."""
    parser.add_argument("--remote", default="origin", metavar="NAME", help=f"{remote} (default: origin)")
    parser.add_argument("--local", action="store_true", help=local)


def remote_of(arguments: argparse.Namespace) -> str:
    """Return the remote that was asked for, empty for this clone alone."""
    return "" if arguments.local else str(arguments.remote)


def add_format(parser: argparse.ArgumentParser, *forms: str) -> None:
    """Declare `--format` for text, JSON and these forms, and `--json`."""
    choices = ("text", *forms, "json")
    parser.add_argument(
        "--format", choices=choices, default="text", help="the form of the result (default: text)"
    )
    parser.add_argument(
        "--json", action="store_const", const="json", dest="format", help="the same as --format json"
    )


def add_memory(parser: argparse.ArgumentParser) -> None:
    """Declare `--memory`."""
    parser.add_argument(
        "--memory",
        type=amount,
        metavar="SIZE",
        help="hold no more than SIZE (500MB, 2GB) of a table in memory; the rest goes to temporary files",
    )


def amount(text: str) -> str:
    """Return a size in memory as DuckDB takes it: a number of MB or GB, at least 100MB."""
    number, unit = text[:-2], text[-2:].upper()
    if not number.isascii() or not number.isdigit() or unit not in ("MB", "GB"):
        raise argparse.ArgumentTypeError(f"{text!r} is no size: write 500MB or 2GB")
    if unit == "MB" and int(number) < 100:
        raise argparse.ArgumentTypeError(f"{text} is too little: at least 100MB")
    return number + unit


def add_seen(parser: argparse.ArgumentParser) -> None:
    """Declare what a person says of a table where a look at it leaves a doubt; `seen_of` reads it."""
    seen = parser.add_argument_group("what is in the table, where a look at it leaves a doubt")
    seen.add_argument(
        "--task",
        choices=("classification", "regression"),
        metavar="KIND",
        help="classification or regression",
    )
    seen.add_argument(
        "--group", metavar="COLUMN", help="what several rows belong to: whole groups are held out; none: rows"
    )
    seen.add_argument("--time", metavar="COLUMN", help="what orders the rows: the latest are held out")
    for option, what in (
        ("drop", "that is not learned from"),
        ("text", "that holds words"),
        ("categories", "whose values are names, not amounts"),
    ):
        seen.add_argument(
            f"--{option}",
            action="append",
            default=[],
            metavar="COLUMN",
            help=f"a column {what}; as often as needed",
        )


def seen_of(arguments: argparse.Namespace) -> Asked:
    """Return what was said of the table."""
    from mlgit.data.asked import Asked

    return Asked(
        task=arguments.task or "",
        group=arguments.group or "",
        time=arguments.time or "",
        drop=tuple(arguments.drop),
        text=tuple(arguments.text),
        categories=tuple(arguments.categories),
    )
