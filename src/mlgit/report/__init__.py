"""What a pipeline needs of mlgit, for any script and framework.

What `mlgit compare` and `mlgit gate` read of a model takes five lines:

    from mlgit import report

    report.write(
        ids=test["customer_id"], labels=test["churned"], predictions=model.predict(rows),
        scores=model.predict_proba(rows)[:, 1], positive="yes", groups=test["city"],
    )

writes `predictions/test.csv` and `metrics/test.json`. The rest is what the pipeline of `mlgit init` uses besides: `read_table` and
`Columns` give a raw table to a model, the same way in training and in serving; `settings` reads params.yaml; `save`, `load` and `evaluate` keep and judge it.
Importing this costs nothing; the standard library and numpy are enough, and what needs more (pandas, DuckDB, skops,
onnxruntime) imports it when it is called.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlgit.report.columns import Columns as Columns
    from mlgit.report.evaluation import evaluate as evaluate
    from mlgit.report.evaluation import scored as scored
    from mlgit.report.evaluation import stage as stage
    from mlgit.report.files import Task as Task
    from mlgit.report.files import settings as settings
    from mlgit.report.files import write as write
    from mlgit.report.golden import write_golden as write_golden
    from mlgit.report.graphs import torch_graph as torch_graph
    from mlgit.report.metrics import better as better
    from mlgit.report.metrics import intervals as intervals
    from mlgit.report.metrics import metrics_of as metrics_of
    from mlgit.report.models import Model as Model
    from mlgit.report.models import Predictions as Predictions
    from mlgit.report.models import certain as certain
    from mlgit.report.models import load as load
    from mlgit.report.models import save as save
    from mlgit.report.models import save_about as save_about
    from mlgit.report.plots import write_plots as write_plots
    from mlgit.report.tables import Table as Table
    from mlgit.report.tables import TableError as TableError
    from mlgit.report.tables import read_table as read_table

PLACES = {
    "Columns": "columns",
    "Model": "models",
    "Predictions": "models",
    "Table": "tables",
    "TableError": "tables",
    "Task": "files",
    "better": "metrics",
    "certain": "models",
    "evaluate": "evaluation",
    "intervals": "metrics",
    "load": "models",
    "metrics_of": "metrics",
    "read_table": "tables",
    "save": "models",
    "save_about": "models",
    "scored": "evaluation",
    "settings": "files",
    "stage": "evaluation",
    "torch_graph": "graphs",
    "write": "files",
    "write_golden": "golden",
    "write_plots": "plots",
}
"""The module of each public name."""
__all__ = sorted(PLACES)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{PLACES[name]}"), name)
