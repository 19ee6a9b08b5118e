"""Results as JSON for programs, and the JSON Schemas of those that are published."""

from __future__ import annotations

from typing import Any

import msgspec


def json_text(result: object) -> str:
    """Return a result as indented JSON text, ending in a line end; equal results give equal text."""
    return msgspec.json.format(msgspec.json.encode(result), indent=2).decode() + "\n"


def published() -> dict[str, tuple[type, str]]:
    """Return each published form by the name of its file in docs/reference/schemas: its class and its title."""
    from mlgit.data.difference import DataDifference
    from mlgit.data.table_profile import TableProfile
    from mlgit.environments.deployed import Deployed
    from mlgit.environments.history import History
    from mlgit.environments.overview import Overview
    from mlgit.environments.request import Changed
    from mlgit.evaluation.experiments import Ranking, SweepResult
    from mlgit.metrics.comparison import Comparison
    from mlgit.metrics.verdict import GateReport
    from mlgit.runs.lineage import LineageReport

    return {
        "compare-2": (Comparison, "mlgit compare --format json, version 2"),
        "gate-2": (GateReport, "mlgit gate --json, version 2"),
        "data-diff-1": (DataDifference, "mlgit data diff --json, version 1"),
        "data-profile-1": (TableProfile, "mlgit data profile --json, version 1"),
        "deploy-1": (Deployed, "mlgit deploy --json, version 1"),
        "experiments-1": (Ranking, "mlgit experiments list --json, version 1"),
        "experiments-sweep-1": (SweepResult, "mlgit experiments sweep --json, version 1"),
        "history-1": (History, "mlgit history --json, version 1"),
        "models-1": (Overview, "mlgit models --json, version 1"),
        "promote-1": (Changed, "mlgit promote --json and mlgit rollback --json, version 1"),
        "lineage-1": (LineageReport, "mlgit lineage --format json, version 1"),
    }


def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of a form of `published`: every field is always there, if only as null."""
    from mlgit.text import json_schema

    made = json_schema(*published()[name])
    for definition in made["$defs"].values():
        if "properties" in definition:
            definition["required"] = list(definition["properties"])
    return made
