"""Every hint leads somewhere: a verb that exists, with options that it has, or a page that is installed with mlgit."""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from mlgit.cli.main import VERBS, verb_module
from mlgit.commands.help import text_about

SOURCE = Path(__file__).resolve().parents[2] / "src" / "mlgit"
COMMAND = re.compile(r"(?:^|[`(:;] ?|&& |, | or |then |run )mlgit (?P<verb>[a-z]+)(?P<rest>[^;,)`]*)")
FILES = sorted(path for path in SOURCE.rglob("*.py") if "stubs" not in path.parts)


def text_of(node: ast.expr) -> str:
    """Return a text of the code, `...` for what is filled in."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) if isinstance(part, ast.Constant) else "..." for part in node.values)
    if isinstance(node, ast.BinOp):
        return text_of(node.left) + text_of(node.right)
    return "..."


def messages(tree: ast.Module) -> Iterator[str]:
    """Yield every text of a module that is no docstring."""
    said = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in said:
            yield text_of(node)


def hints() -> Iterator[tuple[str, str]]:
    """Yield every hint with the place where it is written."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "hint":
                yield f"{path.relative_to(SOURCE)}:{node.value.lineno}", text_of(node.value)


@cache
def options(verb: str) -> frozenset[str]:
    """Return every option of a verb and of its parts."""
    parser = argparse.ArgumentParser(prog=verb)
    verb_module(verb).configure(parser)
    found: set[str] = set()
    waiting = [parser]
    while waiting:
        for action in waiting.pop()._actions:
            found.update(action.option_strings)
            if isinstance(action, argparse._SubParsersAction):
                waiting += action.choices.values()
    return frozenset(found)


HINTS = [(place, text) for place, text in hints() if COMMAND.search(text)]


def test_hints_are_found() -> None:
    assert len(HINTS) > 30


@pytest.mark.parametrize(("place", "text"), HINTS, ids=[place for place, _ in HINTS])
def test_a_hint_names_a_command_that_exists(place: str, text: str) -> None:
    for found in COMMAND.finditer(text):
        assert found["verb"] in VERBS, f"{place}: {text}"
        asked = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", found["rest"]))
        assert asked <= options(found["verb"]), f"{place}: {text}"


def test_every_page_that_a_message_names_is_installed() -> None:
    named = {
        topic for path in FILES for text in messages(ast.parse(path.read_text()))
        for topic in re.findall(r"\bmlgit help ([a-z][a-z-]+)", text)
    }  # fmt: skip
    assert {"gates", "mlgit-yaml", "schema-file"} <= named
    for topic in named - {"lists", "prints"}:
        assert text_about(topic, VERBS), topic


def test_no_message_names_a_page_by_a_file_that_the_user_does_not_have() -> None:
    for path in FILES:
        for text in messages(ast.parse(path.read_text())):
            assert not re.search(r"(?<!/)\bdocs/[\w/-]+\.(md|json)", text), f"{path.name}: {text}"
