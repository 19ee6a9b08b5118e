"""Read the parameters in a Python file as DVC does: the literals that stand in it, without running any of it.

Names at the top, attributes of a class as `Class.name`, and what `__init__` gives `self`. What is no literal is no parameter.
Reference: https://dvc.org/doc/command-reference/params
"""

from __future__ import annotations

import ast
import warnings
from typing import Any

from mlgit.errors import UsageError


def from_python(content: bytes, path: str) -> dict[str, Any]:
    """Return the nested values of a Python file; raises `UsageError` (`values-python`) when it is no Python in UTF-8."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(content.decode("utf-8-sig"))
    except SyntaxError as error:
        said = f"{path} is not valid Python: {error.msg}"
        raise UsageError("values-python", said, where=f"{path}:{error.lineno or 1}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise UsageError("values-python", f"{path} is not valid Python in UTF-8", where=path) from error
    return assigned(tree.body)


def assigned(body: list[ast.stmt], *, own: bool = False) -> dict[str, Any]:
    """Return what a list of statements assigns; `own`: to attributes of `self` alone."""
    found: dict[str, Any] = {}
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            found[statement.name] = assigned(statement.body)
        elif isinstance(statement, ast.FunctionDef) and statement.name == "__init__":
            found.update(assigned(statement.body, own=True))
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            name = target_of(statement, own=own)
            if name and (value := literal(statement.value)) is not NO_LITERAL:
                found[name] = value
    return found


NO_LITERAL = object()


def target_of(statement: ast.Assign | ast.AnnAssign, *, own: bool) -> str:
    """Return the name that one assignment gives a value; empty where it is none that DVC looks at."""
    match statement.targets if isinstance(statement, ast.Assign) else [statement.target]:
        case [ast.Name(id=name)] if not own:
            return name
        case [ast.Attribute(value=ast.Name(id="self"), attr=name)]:
            return name
    return ""


def literal(node: ast.expr | None) -> Any:
    """Return the value of a literal, a set as a sorted list; `NO_LITERAL` for everything else."""
    try:
        value = ast.literal_eval(node) if node is not None else NO_LITERAL
    except (ValueError, TypeError, RecursionError, MemoryError, SyntaxError):
        return NO_LITERAL
    return sorted(value, key=repr) if isinstance(value, set | frozenset) else value
