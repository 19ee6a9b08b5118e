"""A schema says the same whatever Python made it."""

from __future__ import annotations

from mlgit.text import with_clean_descriptions

OLD = "A verdict.\n\n    With blocks:\n\n        - one\n    "
NEW = "A verdict.\n\nWith blocks:\n\n    - one"


def test_old_and_new_docstrings_become_the_same_text() -> None:
    for text in (OLD, NEW):
        schema = {"$defs": {"A": {"description": text, "properties": {"description": {"type": "string"}}}}}
        (made,) = with_clean_descriptions(schema)["$defs"].values()
        assert made == {"description": NEW, "properties": {"description": {"type": "string"}}}


def test_everything_else_stays() -> None:
    schema = {"anyOf": [{"const": " x\n y"}, {"description": "one line"}], "maximum": 1}
    assert with_clean_descriptions(schema) == schema
