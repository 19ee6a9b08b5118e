"""Options that several verbs have alike."""

from __future__ import annotations

import argparse


def add_format(parser: argparse.ArgumentParser, *forms: str) -> None:
    """Declare `--format` for text, JSON and these forms, and `--json`."""
    choices = ("text", *forms, "json")
    parser.add_argument(
        "--format", choices=choices, default="text", help="the form of the result (default: text)"
    )
    parser.add_argument(
        "--json", action="store_const", const="json", dest="format", help="the same as --format json"
    )
