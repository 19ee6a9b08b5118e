"""A verdict as JSON."""

from __future__ import annotations

from typing import Any

import msgspec

from mlgit.metrics.verdict import GateReport


def render(report: GateReport) -> str:
    """Return the JSON text of a verdict, ending in a line end."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the text, made from the classes."""
    made = msgspec.json.schema(GateReport)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "mlgit gate --json, version 1",
        **made,
    }
