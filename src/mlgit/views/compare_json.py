"""A comparison as JSON; docs/reference/compare-json.md describes it."""

from __future__ import annotations

from typing import Any

import msgspec

from mlgit.metrics.comparison import Comparison
from mlgit.views.json_schema import schema_of


def render(comparison: Comparison) -> str:
    """Return the JSON text of a comparison, ending in a line end."""
    encoded = msgspec.json.encode(comparison)
    return msgspec.json.format(encoded, indent=2).decode() + "\n"


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the text; docs/reference/schemas/compare-2.json holds it."""
    return schema_of(Comparison, "mlgit compare --format json, version 2")
