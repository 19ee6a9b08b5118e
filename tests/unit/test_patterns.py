"""Every pattern of a value that is read: its end is the end of the text, not the line before."""

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
            if isinstance(node, ast.keyword) and node.arg == "pattern":
                yield f"{path.name}:{node.value.lineno}", ast.unparse(node.value)


def test_no_pattern_ends_before_a_line_break() -> None:
    """In Python `$` matches before a last line break as well, which would start another line in a workflow."""
    found = dict(patterns())
    assert len(found) > 25
    assert [where for where, text in found.items() if re.search(r"\$['\"]$", text)] == []
    open_ended = [
        where for where, text in found.items() if not re.search(r"(?:\$\(\?!\\+n\)|\\+Z)['\"]$", text)
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
