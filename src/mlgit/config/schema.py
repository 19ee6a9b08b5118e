"""The JSON Schema of `mlgit.yaml`, for editors, made from the model."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from mlgit.config.model import Configuration
from mlgit.text import with_clean_descriptions

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12)."""
    (reference,), components = msgspec.json.schema_components([Configuration], ref_template="#/$defs/{name}")
    made = with_clean_descriptions({name: components[name] for name in sorted(components)})
    return {"$schema": DIALECT, "title": "mlgit.yaml", "$ref": reference["$ref"], "$defs": made}


def schema_text() -> str:
    """Return the schema as text with a stable order."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
