"""What tests share: the table of this repository and its trained model."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from mlgit import report

os.environ.setdefault("OMP_NUM_THREADS", "1")  # on a busy machine, threads that wait make tiny models slow
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def params() -> dict[str, Any]:
    """Return params.yaml."""
    os.chdir(ROOT)
    return report.settings()


@pytest.fixture(scope="session")
def table(params: dict[str, Any]) -> report.Table:
    """Return the table of this repository."""
    return report.read_table(columns=report.Columns(**params["columns"]), **params["table"])


@pytest.fixture(scope="session")
def model(params: dict[str, Any]) -> report.Model:
    """Return the trained model."""
    if not (ROOT / params["model"] / "export.json").exists():
        pytest.fail(f"{params['model']} is not there; run: mlgit train")
    return report.load(ROOT / params["model"], params["trusted_types"])


@pytest.fixture(scope="session")
def metrics(params: dict[str, Any]) -> dict[str, Any]:
    """Return what the trained model measured on the test rows."""
    place = ROOT / "metrics/test.json"
    if not place.exists():
        pytest.fail("metrics/test.json is not there; run: mlgit train")
    return dict(json.loads(place.read_text(encoding="utf-8")))
