"""Options that several verbs have alike."""

from __future__ import annotations

import argparse


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
