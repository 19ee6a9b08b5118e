"""Comments to post in tests."""

from __future__ import annotations

from mlgit.host.document import WEIGHTS, CommentDocument, Section
from mlgit.host.sticky import ReportKey

KEY = ReportKey(workflow="mlgit-ci", report="churn")
WHOLE = "https://github.example/octo-org/churn/actions/runs/7"


def report(verdict: str = "**Better**: roc_auc +0.012 [0.004, 0.020]", rows: int = 3) -> CommentDocument:
    """Return a comment with a verdict, a table of `rows` metrics and a folded part."""
    return CommentDocument(
        verdict=verdict,
        whole=WHOLE,
        sections=(
            Section(
                title="Metrics",
                weight=WEIGHTS["metrics"],
                head="| metric | base | this |\n| --- | --- | --- |",
                pieces=tuple(f"| metric_{number} | 0.81 | 0.82 |" for number in range(rows)),
            ),
            Section(
                title="Digests",
                weight=WEIGHTS["digests"],
                pieces=("`0123abcd` models/churn.onnx",),
                folded=True,
            ),
        ),
    )
