"""Where models came from as JSON; docs/reference/schemas/lineage-1.json describes it."""

from __future__ import annotations

from typing import Any

import msgspec

from mlgit.runs.lineage import LineageReport


def render(report: LineageReport) -> str:
    """Return the JSON text, ending in a line end."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the text, made from the classes: every field is there, if only as null."""
    made = msgspec.json.schema(LineageReport)
    for definition in made["$defs"].values():
        if "properties" in definition:
            definition["required"] = list(definition["properties"])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "mlgit lineage --format json, version 1",
        **made,
    }


def schema_text() -> str:
    """Return the schema as the text of docs/reference/schemas/lineage-1.json."""
    import json

    return json.dumps(schema(), indent=2) + "\n"
