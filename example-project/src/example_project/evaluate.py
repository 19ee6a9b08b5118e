"""Stage evaluate: the saved model on the held-out rows, beside a baseline that looks at no row."""

from __future__ import annotations

import os
from pathlib import Path

from mlgit import report


def evaluate() -> None:
    """Write metrics, predictions, plots, the report and golden predictions of the test rows."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # more threads wait for each other
    params = report.settings()
    schema = report.settings(params["schema"])
    model = report.load(params["model"], params["trusted_types"])
    table = report.read_table(columns=model.columns, **params["table"]).test
    said = report.evaluate(model, table, **params["evaluate"])
    print(Path("reports/evaluation.md").read_text(encoding="utf-8"))
    report.write_plots(model, table, said)
    report.write_golden(model, table, {name: rule["type"] for name, rule in schema["columns"].items()})


if __name__ == "__main__":
    report.stage(evaluate)
