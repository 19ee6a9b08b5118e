"""Print what lets a shell complete verbs and options: bash, zsh or fish.

example:
  mlgit completion bash > ~/.local/share/bash-completion/completions/mlgit
  mlgit completion zsh > ~/.zfunc/_mlgit        # with fpath+=~/.zfunc before compinit in ~/.zshrc
  mlgit completion fish > ~/.config/fish/completions/mlgit.fish
"""

from __future__ import annotations

import argparse

from mlgit.cli.delivery import show_as_it_is
from mlgit.errors import GOOD
from mlgit.world.context import Context

SHELLS = ("bash", "zsh", "fish")
FILES = ("FILE",)
FOLDERS = ("DIR", "FOLDER", "PLACE")
"""What the name of a value says about it."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=f"one of {', '.join(SHELLS)}")


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Print the script."""
    import shtab

    show_as_it_is(context, shtab.complete(whole_parser(), arguments.shell) + "\n")
    return GOOD


def whole_parser() -> argparse.ArgumentParser:
    """Return the one parser of all verbs, which nothing but a completion needs at once."""
    from mlgit.cli.main import VERBS, verb_module

    parser = argparse.ArgumentParser(prog="mlgit", description="The ML repository is the MLOps platform.")
    parser.add_argument("--version", action="store_true", help="show the version")
    verbs = parser.add_subparsers()
    for verb, summary in VERBS.items():
        one = verbs.add_parser(verb, help=summary, description=summary)
        verb_module(verb).configure(one)
        name_files(one)
    return parser


def name_files(parser: argparse.ArgumentParser) -> None:
    """Tell shtab which values are files and folders, by how the help calls them."""
    import shtab

    for action in parser._actions:
        if action.metavar in FILES:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif action.metavar in FOLDERS:
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
