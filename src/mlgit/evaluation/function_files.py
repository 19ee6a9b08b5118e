"""The files that the function of a score comes from: its module and whatever that imports from the repository."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import accumulate
from pathlib import PurePosixPath

from mlgit.git.snapshot import Snapshot


def places(folder: str) -> tuple[PurePosixPath, ...]:
    """Return where modules are looked for: the root, the folder of the pipeline, and `src` of either."""
    found = (PurePosixPath(one) for one in ("", "src", folder, f"{folder}/src" if folder else "src"))
    return tuple(dict.fromkeys(found))


def function_files(files: Snapshot, function: str, folder: str) -> frozenset[str]:
    """Return the paths that the function `package.module:name` of a revision may come from, with all that it imports.

    They need not exist: a file that is new at one of them stands before the one that was found until then.
    """
    existing, left, seen = set(files.paths()), [function.partition(":")[0]], set[str]()
    found: set[str] = set()
    while left:
        module = left.pop()
        if module in seen:
            continue
        seen.add(module)
        paths = list(paths_of(module, folder))
        found.update(paths)
        for path, content in files.read([path for path in paths if path in existing]).items():
            left += imported(content, module if path.endswith("/__init__.py") else parent(module))
    return frozenset(found)


def paths_of(module: str, folder: str) -> Iterator[str]:
    """Yield where a module, and each package around it, may lie."""
    for name in accumulate(module.split("."), lambda one, other: f"{one}/{other}"):
        for place in places(folder):
            yield str(place / f"{name}.py")
            yield str(place / name / "__init__.py")


def parent(module: str) -> str:
    """Return the package of a module; empty for one that is in none."""
    return module.rpartition(".")[0]


def imported(content: bytes, package: str) -> Iterator[str]:
    """Yield the modules that a file of a package imports; what `from` names may be one, too."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package
            for _ in range(node.level - 1):
                above = parent(above)
            start = ".".join(part for part in (above if node.level else "", node.module) if part)
            yield from filter(None, [start, *(f"{start}.{alias.name}".lstrip(".") for alias in node.names)])
