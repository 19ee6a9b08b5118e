"""The templates and the two ways they are rendered: `{{ }}` for a user's files, `[[ ]]` where the output is a workflow."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import jinja2

from mlgit.errors import ExternalError

Kind = Literal["project", "managed"]
SUFFIX = ".j2"
DOT = "dot-"
MARKS: dict[Kind, re.Pattern[bytes]] = {
    "project": re.compile(rb"\{[{%#]"),
    "managed": re.compile(rb"\[[\[%#]"),
}
"""What tells a template from a text: compiling costs more than all the rest of a rendering."""
ONLY_WITH = re.compile(rb"\[# only with: (\w+) #\]")
"""What a template starts with that makes no file without a value of this name."""

UPDATES = "dependabot.yml"


@cache
def folder() -> Path:
    """Return the folder of the templates: beside the installed package, or in the checkout."""
    package = Path(__file__).resolve().parents[1]
    for place in (package / "_templates", package.parents[1] / "templates"):
        if place.is_dir():
            return place
    raise ExternalError("templates-missing", "the templates of mlgit are missing", hint="install mlgit again")


def host_folder() -> str:
    """Return the folder that the host reads, by the one template that stands right in it."""
    return next(path.removesuffix(UPDATES) for path in managed_paths() if path.endswith(f"/{UPDATES}"))


def owners_path() -> str:
    """Return the file that names who approves which paths."""
    return f"{host_folder()}CODEOWNERS"


def shared_paths() -> frozenset[str]:
    """Return the files that the host knows by one name each, whoever writes them."""
    return frozenset((f"{host_folder()}{UPDATES}", owners_path()))


@cache
def managed_paths() -> frozenset[str]:
    """Return every path that a template of the managed files makes, whatever it is filled with."""
    top = folder() / "managed"
    found = (path.relative_to(top).as_posix() for path in top.rglob("*") if path.is_file())
    return frozenset(output_path(path.removesuffix(SUFFIX), {}) for path in found)


def render(kind: Kind, context: Mapping[str, Any], below: str = "") -> dict[str, bytes]:
    """Return every file that the templates of one kind make, by its path in the repository; `below` names another folder of them.

    A template that renders to nothing but white space makes no file, nor does one that is `only with` a name that has
    no value. In paths, `__name__` stands for `context[name]`
    and a leading `dot-` for a dot.
    """
    top = folder() / (below or kind)
    found: dict[str, bytes] = {}
    for source in sorted(
        path for path in top.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ):
        relative = source.relative_to(top).as_posix()
        content = source.read_bytes()
        condition = ONLY_WITH.match(content)
        if condition and not context[condition[1].decode()]:
            continue
        if relative.endswith(SUFFIX) and MARKS[kind].search(content):
            content = compiled(kind, content.decode()).render(context).encode()
            if not content.strip() and not relative.endswith("__init__.py.j2"):
                continue
        found[output_path(relative.removesuffix(SUFFIX), context)] = content
    return found


def output_path(relative: str, context: Mapping[str, Any]) -> str:
    """Return the path that a template's own path stands for."""
    parts = []
    for part in relative.split("/"):
        name = part.removeprefix(DOT)
        dotted = "." + name if name != part else part
        for key, value in context.items():
            if isinstance(value, str) and f"__{key}__" in dotted:
                dotted = dotted.replace(f"__{key}__", value)
        parts.append(dotted)
    return "/".join(parts)


@cache
def compiled(kind: Kind, text: str) -> jinja2.Template:
    """Return a template, compiled once."""
    environment = workflow_environment() if kind == "managed" else project_environment()
    return environment.from_string(text)


@cache
def project_environment() -> jinja2.Environment:
    """Return the environment of a user's own files."""
    return environment("{{", "}}", "{%", "%}", "{#", "#}", trimmed=False)


@cache
def workflow_environment() -> jinja2.Environment:
    """Return the environment of files that hold `${{ }}` themselves."""
    return environment("[[", "]]", "[%", "%]", "[#", "#]", trimmed=True)


def environment(*marks: str, trimmed: bool) -> jinja2.Environment:
    """Return an environment that fails on any name it does not know; `trimmed`: a line that is only a block leaves no line."""
    variable_start, variable_end, block_start, block_end, comment_start, comment_end = marks
    made = jinja2.Environment(  # noqa: S701 - the output is YAML, Python and Markdown, quoted by the filters below
        variable_start_string=variable_start,
        variable_end_string=variable_end,
        block_start_string=block_start,
        block_end_string=block_end,
        comment_start_string=comment_start,
        comment_end_string=comment_end,
        undefined=jinja2.StrictUndefined,
        loader=jinja2.FunctionLoader(imported),
        keep_trailing_newline=True,
        trim_blocks=trimmed,
        lstrip_blocks=trimmed,
    )
    made.filters["yaml"] = yaml_scalar
    made.filters["python"] = repr
    made.filters["lines"] = lines
    return made


def imported(name: str) -> tuple[str, None, Callable[[], bool]]:
    """Return a template that another one imports, and what tells whether it is still the same."""
    place = folder() / name
    text = place.read_text(encoding="utf-8")
    return text, None, lambda: place == folder() / name and place.read_text(encoding="utf-8") == text


def yaml_scalar(value: Any) -> str:
    """Return a value as YAML flow text that reads back as the same value (JSON is YAML)."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f").replace("\x85", "\\u0085")


def lines(text: str) -> str:
    """Return what a macro made, without the line ends around it: the indentation of the first line stays."""
    return text.strip("\n")
