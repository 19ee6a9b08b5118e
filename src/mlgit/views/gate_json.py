"""A verdict as JSON; docs/reference/gate-json.md describes it."""

from __future__ import annotations

from typing import Any

import msgspec

from mlgit.metrics.verdict import GateReport
from mlgit.views.json_schema import schema_of


def render(report: GateReport) -> str:
    """Return the JSON text of a verdict, ending in a line end."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the text; docs/reference/schemas/gate-2.json holds it."""
    return schema_of(GateReport, "mlgit gate --json, version 2")
