"""The JSON Schema of a result, made from the classes that write it."""

from __future__ import annotations

from typing import Any

import msgspec

from mlgit.config.descriptions import with_clean_descriptions


def schema_of(kind: type, title: str) -> dict[str, Any]:
    """Return the schema of a class: every field is always there, if only as null."""
    made = with_clean_descriptions(msgspec.json.schema(kind))
    for definition in made["$defs"].values():
        if "properties" in definition:
            definition["required"] = list(definition["properties"])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **made}


def schema_text(schema: dict[str, Any]) -> str:
    """Return a schema as the text of its file below docs/reference/schemas/."""
    import json

    return json.dumps(schema, indent=2) + "\n"
