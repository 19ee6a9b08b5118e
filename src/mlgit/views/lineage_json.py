"""Where models came from as JSON; docs/reference/schemas/lineage-1.json describes it."""

from __future__ import annotations

from typing import Any

import msgspec

from mlgit.runs.lineage import LineageReport
from mlgit.views.json_schema import schema_of


def render(report: LineageReport) -> str:
    """Return the JSON text, ending in a line end."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the text: every field is there, if only as null."""
    return schema_of(LineageReport, "mlgit lineage --format json, version 1")
