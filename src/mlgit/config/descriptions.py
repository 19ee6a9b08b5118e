"""The words of a JSON Schema that is made from classes: the same text on every Python.

Python 3.13 takes the indentation out of docstrings when it compiles them, older ones do not; a schema that mlgit writes
into a repository must not change with the Python of who writes it.
"""

from __future__ import annotations

from textwrap import dedent
from typing import Any


def with_clean_descriptions(schema: Any) -> Any:
    """Return a schema with every description as a docstring is read: without the indentation of its lines."""
    if isinstance(schema, dict):
        return {
            key: clean(value)
            if key == "description" and isinstance(value, str)
            else with_clean_descriptions(value)
            for key, value in schema.items()
        }
    return [with_clean_descriptions(one) for one in schema] if isinstance(schema, list) else schema


def clean(text: str) -> str:
    """Return a docstring without the indentation that its lines after the first share."""
    first, _, others = text.partition("\n")
    return f"{first}\n{dedent(others)}".rstrip() if others else first
