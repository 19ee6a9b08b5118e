"""What `mlgit compare` and `mlgit gate` read of a model, written by any script in five lines.

    from mlgit import report

    report.write(
        ids=test["customer_id"], labels=test["churned"], predictions=model.predict(rows),
        scores=model.predict_proba(rows)[:, 1], positive="yes", groups=test["city"],
    )

writes `predictions/test.csv` and `metrics/test.json`. It needs nothing but the standard library, and scikit-learn for the
metrics; importing it costs nothing.
"""

from __future__ import annotations

from mlgit.report.metrics import metrics_of
from mlgit.report.write import Task, write

__all__ = ["Task", "metrics_of", "write"]
