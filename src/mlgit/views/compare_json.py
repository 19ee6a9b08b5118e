"""A comparison as JSON; docs/reference/compare-json.md describes it."""

from __future__ import annotations

from typing import Any

import msgspec

from mlgit.metrics.comparison import Comparison


def render(comparison: Comparison) -> str:
    """Return the JSON text of a comparison, ending in a line end."""
    encoded = msgspec.json.encode(comparison)
    return msgspec.json.format(encoded, indent=2).decode() + "\n"


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the text, made from the classes: every field is there, if only as null."""
    made = msgspec.json.schema(Comparison)
    for definition in made["$defs"].values():
        if "properties" in definition:
            definition["required"] = list(definition["properties"])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "mlgit compare --format json, version 1",
        **made,
    }


def schema_text() -> str:
    """Return the schema as the text of docs/reference/schemas/compare-1.json."""
    import json

    return json.dumps(schema(), indent=2) + "\n"
