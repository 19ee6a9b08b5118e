"""What no line of the source may say: a pattern that ends before a line break, a link that is followed in a circle."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import mlgit

SOURCE = Path(mlgit.__file__).parent


def patterns() -> Iterator[tuple[str, str]]:
    """Yield each pattern that a value is validated with, and where it stands."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Meta", "msgspec.Meta"):
                for one in node.keywords:
                    if one.arg == "pattern":
                        yield f"{path.name}:{one.value.lineno}", ast.unparse(one.value)


def test_no_pattern_ends_before_a_line_break() -> None:
    """In Python `$` matches before a last line break as well, which would start another line in a workflow."""
    found = dict(patterns())
    assert len(found) > 25
    assert [where for where, text in found.items() if re.search(r"\$['\"]+$", text)] == []
    open_ended = [
        where for where, text in found.items() if not re.search(r"(?:\$\(\?!\\+n\)|\\+Z)['\"]+$", text)
    ]
    assert open_ended == []


def test_a_name_with_a_line_break_at_its_end_is_refused() -> None:
    import msgspec

    from mlgit.config.part import Name

    assert msgspec.convert("churn", Name) == "churn"
    for text in ("churn\n", "churn\r", "churn\n\n", "\nchurn"):
        try:
            msgspec.convert(text, Name)
        except msgspec.ValidationError:
            continue
        raise AssertionError(repr(text))


def test_no_path_of_a_user_is_resolved_by_pathlib() -> None:
    """Before Python 3.13 `Path.resolve` takes links in a circle for a fault of the program; `world.files.resolved` does not."""
    found = [
        f"{path.name}:{node.lineno}"
        for path in sorted(SOURCE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "resolve"
        and not node.args
        and ast.unparse(node.func.value) != "Path(__file__)"
    ]
    assert found == []
