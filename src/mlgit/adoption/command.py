"""A stage of dvc.yaml for a command that trains, told from the files that it names without running any of them. Pure.

What a script imports from the repository and the paths in it that are there are dependencies, the paths that it hands to
what writes are outputs. That is a proposal: a person knows more, and is asked on a terminal.
"""

from __future__ import annotations

import ast
import json
import posixpath
import re
import shlex
from collections.abc import Callable, Collection, Iterator
from typing import Any

from msgspec import Struct

from mlgit.adoption.standing import Standing, mapping
from mlgit.dvc.paths import folder_of, joined
from mlgit.render.names import slug
from mlgit.render.templates import yaml_scalar

WRITES = re.compile(
    r"(?:to_(?:csv|parquet|json|pickle|feather|excel|hdf)|dump|save\w*|savefig|savetxt|savez\w*|write_(?:text|bytes|csv|"
    r"parquet|json|html|image)|export\w*|mkdir|makedirs)\Z"
)
"""The names of functions that write what their arguments name."""
FILE = re.compile(r"[\w./ -]*[\w-]\.\w{1,8}\Z|(?:[\w.-]+/)+[\w.-]*\Z")
"""How the text of a path to a file or folder looks."""
METRICS = re.compile(r"(?:.*/)?(?:[\w-]*(?:metric|score|eval|result)[\w-]*)\.(?:json|ya?ml|toml)\Z")
TARGET = re.compile(
    r"^(?P<name>[\w.-]+)\s*:(?!=)(?P<rest>[^\n]*)\n(?P<recipe>(?:\t[^\n]*\n?)*)", re.MULTILINE
)
LONGEST_SOURCE = 1_000_000
SCRIPTS = (".py", ".ipynb", ".sh", ".r", ".jl")


class ProposedStage(Struct, frozen=True, kw_only=True):
    """A stage: its name, its command, what it reads and writes as paths from the root of the repository."""

    name: str
    command: str
    dependencies: tuple[str, ...]
    outputs: tuple[str, ...]

    def text(self, in_git: Collection[str]) -> str:
        """Return dvc.yaml with this stage; outputs that Git has (`in_git`) and metrics stay in Git."""
        metrics = [path for path in self.outputs if METRICS.match(path)]
        rest = [path for path in self.outputs if path not in metrics]
        lines = ["stages:\n", f"  {self.name}:\n", f"    cmd: {yaml_scalar(self.command)}\n"]
        lines += listed("deps", [f"{yaml_scalar(path)}" for path in self.dependencies])
        kept = [f"{yaml_scalar(path)}" + (": {cache: false}" if path in in_git else "") for path in rest]
        lines += listed("outs", kept)
        lines += listed("metrics", [f"{yaml_scalar(path)}: {{cache: false}}" for path in metrics])
        return "".join(lines)


def listed(key: str, items: list[str]) -> list[str]:
    """Return the lines of a list under a key, none for an empty one."""
    return [f"    {key}:\n", *(f"      - {item}\n" for item in items)] if items else []


def proposed_stage(files: Standing, command: str, exists: Callable[[str], bool]) -> ProposedStage:
    """Return the stage of a command; `exists` tells whether a path is there, in Git or not."""
    scripts = dict.fromkeys(scripts_of(files, command))
    read: dict[str, None] = {}
    written: dict[str, None] = {}
    waiting, seen = list(scripts), set(scripts)
    while waiting:
        path = waiting.pop(0)
        read[path] = None
        tree = parsed(files, path)
        for found in imported(files, path, tree) if tree else ():
            if found not in seen:
                seen.add(found)
                waiting.append(found)
        for text, writes in paths_in(tree) if tree else ():
            (written if writes else read).setdefault(text)
    outputs = outermost([path for path in written if path not in scripts])
    dependencies = outermost([path for path in read if exists(path) and not inside(path, outputs)])
    stem = posixpath.splitext(posixpath.basename(next(iter(scripts), "train")))[0]
    return ProposedStage(
        name=slug(stem, "train"), command=command, dependencies=dependencies, outputs=outputs
    )


def inside(path: str, folders: Collection[str]) -> bool:
    """Tell whether a path is one of some others or lies in one of them."""
    return any(path == one or path.startswith(one + "/") for one in folders)


def outermost(paths: list[str]) -> tuple[str, ...]:
    """Return the paths that lie in no other of them: DVC takes a folder or what is in it, not both."""
    return tuple(one for one in paths if not inside(one, [other for other in paths if other != one]))


def scripts_of(files: Standing, command: str) -> Iterator[str]:
    """Yield the files of the repository that a command names: scripts, modules, what a Makefile or an MLproject runs."""
    words = split(command)
    for before, word in zip(["", *words], words, strict=False):
        path = joined(word)
        if path in files.paths:
            yield path
        elif before == "-m":
            yield from module(files, word, "")
    if words[:1] == ["make"] and "Makefile" in files.paths:
        yield "Makefile"
        yield from recipe(files, [word for word in words[1:] if not word.startswith("-")])
    if words[:2] == ["mlflow", "run"] and "MLproject" in files.paths:
        yield "MLproject"
        for entry in mapping(mapping(project(files)).get("entry_points")).values():
            yield from scripts_of(files, str(mapping(entry).get("command", "")))


def project(files: Standing) -> Any:
    """Return what MLproject says, a YAML file without an ending."""
    from mlgit.dvc.values import nested
    from mlgit.errors import UsageError

    try:
        return nested(files.text("MLproject").encode(), "MLproject")
    except UsageError:
        return None


def recipe(files: Standing, targets: list[str]) -> Iterator[str]:
    """Yield the files that the recipes of these targets of a Makefile name, of the first where none is asked for."""
    for found in TARGET.finditer(files.text("Makefile")):
        if found["name"] in targets or (not targets and not found["name"].startswith(".")):
            for line in found["recipe"].splitlines():
                yield from scripts_of(files, line.strip().lstrip("@-"))
            if not targets:
                return


def split(command: str) -> list[str]:
    """Return the words of a command, also of one that no shell would take."""
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()


def parsed(files: Standing, path: str) -> ast.Module | None:
    """Return the syntax of a Python file or of the cells of a notebook; None of what is no Python."""
    text = files.text(path)
    if len(text) > LONGEST_SOURCE:
        return None
    try:
        if path.endswith(".ipynb"):
            text = cells(json.loads(text))
        return ast.parse(text) if path.endswith((".py", ".ipynb")) else None
    except (SyntaxError, ValueError, RecursionError):
        return None


def cells(notebook: Any) -> str:
    """Return the code of a notebook, without the lines that only IPython understands."""
    sources = [
        one.get("source", "") for one in mapping(notebook).get("cells", []) if one.get("cell_type") == "code"
    ]
    lines = "\n".join("".join(one) for one in sources).splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith(("%", "!")))


def imported(files: Standing, path: str, tree: ast.Module) -> Iterator[str]:
    """Yield the files of the repository that a file imports."""
    folder = folder_of(path)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                yield from module(files, one.name, folder)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            start = joined(folder, *[".."] * (node.level - 1)) if node.level else folder
            yield from module(files, base, start or "")
            for one in node.names:
                yield from module(files, f"{base}.{one.name}".strip("."), start or "")


def module(files: Standing, name: str, folder: str) -> Iterator[str]:
    """Yield the file of a module of the repository: beside the one that asks, at the top, or below src."""
    inner = name.replace(".", "/")
    for start in dict.fromkeys((folder, "", "src")):
        for path in (joined(start, f"{inner}.py"), joined(start, inner, "__init__.py")):
            if path in files.paths:
                yield path
                return


def paths_in(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    """Yield each text that looks like a path, and whether it is handed to what writes."""
    written = {
        id(text)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and writes(node)
        for text in texts(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and FILE.match(node.value):
            path = joined(node.value.rstrip("/"))
            if path:
                yield path, id(node) in written


def texts(call: ast.Call) -> Iterator[ast.Constant]:
    """Yield the texts among the arguments of a call, and in what it is called on."""
    for part in (*call.args, *(one.value for one in call.keywords), call.func):
        yield from (
            node for node in ast.walk(part) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )


def writes(call: ast.Call) -> bool:
    """Tell whether a call writes: by its name, or because it opens a file to write."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    modes = [
        one.value
        for one in (*call.args[1:], *(word.value for word in call.keywords))
        if isinstance(one, ast.Constant)
    ]
    if isinstance(call.func, ast.Attribute):
        modes += [one.value for one in call.args[:1] if isinstance(one, ast.Constant)]
    return bool(WRITES.match(name)) or (
        name == "open"
        and any(isinstance(one, str) and one[:1] in ("w", "a", "x") and len(one) < 4 for one in modes)
    )


def candidates(files: Standing) -> list[str]:
    """Return the commands that may train, of a repository without a pipeline: the likeliest first."""
    named = sorted(
        (path for path in files.paths if TRAINS.match(path)), key=lambda path: (path.count("/"), path)
    )
    found = [f"python {shlex.quote(path)}" for path in named if path.endswith(".py")]
    found += ["make train"] if re.search(r"^train\s*:", files.text("Makefile"), re.MULTILINE) else []
    found += ["mlflow run ."] if "MLproject" in files.paths else []
    notebooks = sorted(
        (path for path in files.paths if path.endswith(".ipynb")),
        key=lambda path: ("train" not in path, path),
    )
    return found + [
        f"jupyter nbconvert --to notebook --execute --inplace {shlex.quote(path)}" for path in notebooks
    ]


TRAINS = re.compile(r"(?:.*/)?(?:train\w*|main|run\w*|fit\w*|model\w*)\.(?:py)\Z")
"""The names of scripts that train, as people call them."""
