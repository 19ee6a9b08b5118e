"""The one comment as a reviewer meets it: a snapshot of its Markdown and of the HTML of it, for each verdict.

`MLGIT_SNAPSHOTS=write pytest tests/cli/test_comment_snapshots.py` writes the snapshots anew; look at them before a
commit. `python -m tests.cli.test_comment_snapshots FOLDER` writes pages in GitHub's look, to be opened in a browser.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from mlgit.git.repository import Repository
from mlgit.metrics.reproduction import Verification
from mlgit.project.verified import remember
from mlgit.world.context import SilentConsole, real_context
from tests.cli.gate_repository import GATES, GateSandbox, Row, altered, gated, unnamed

SNAPSHOTS = Path(__file__).with_name("snapshots")
MORE = GATES + (
    "      - accuracy: {where: {country: AT}, min: 0.8}\n      - latency_ms: {mode: point, max: 20}\n"
)
HEADS: dict[str, dict[str, int]] = {
    "pass": {"better": 100, "worse": 10},
    "undecided": {"better": 10, "worse": 36},
    "fail": {"worse": 300},
}
PIPELINE = """\
stages:
  train:
    cmd: python train.py
    deps: [train.py, data/customers.csv]
    params: [depth, rate]
    metrics:
    - metrics/test.json: {cache: false}
plots:
- plots/roc.csv: {x: fpr, y: tpr, title: ROC}
"""
LOCK = """\
schema: '2.0'
stages:
  train:
    cmd: python train.py
    deps:
    - {path: data/customers.csv, hash: md5, md5: "%032x", size: %d}
    - {path: train.py, hash: md5, md5: "%032x", size: 900}
    params:
      params.yaml: {depth: %d, rate: 0.1}
    outs:
    - {path: metrics/test.json, hash: md5, md5: "%s", size: %d}
"""
STYLE = (
    "body{font:14px/1.5 -apple-system,'Segoe UI',Helvetica,Arial,sans-serif;max-width:860px;margin:24px auto;color:#1f2328}"
    "h2{font-size:1.5em;border-bottom:1px solid #d1d9e0;padding-bottom:.3em}h3{font-size:1.25em}"
    "table{border-collapse:collapse;display:block;overflow:auto;width:max-content;max-width:100%}"
    "th,td{border:1px solid #d1d9e0;padding:6px 13px}tr:nth-child(2n){background:#f6f8fa}"
    "code{background:#818b981f;padding:.2em .4em;border-radius:6px;font-size:85%;white-space:break-spaces}"
    "pre{background:#f6f8fa;padding:16px;border-radius:6px}pre code{background:none;padding:0}"
    "blockquote{margin:0;padding:0 1em;color:#59636e;border-left:.25em solid #d1d9e0}"
)


def trained(gate: GateSandbox, items: Sequence[Row], depth: int) -> GateSandbox:
    """Write what a training of this depth leaves behind."""
    share = sum(row.label == row.prediction for row in items) / len(items)
    metrics = json.dumps({"accuracy": share, "latency_ms": 10.0 + depth}) + "\n"
    made = hashlib.md5(metrics.encode(), usedforsecurity=False).hexdigest()
    curve = "".join(f"{x / 5},{(x / 5) ** (1 / depth):.3f}\n" for x in range(6))
    return gate.predict(items).write(
        {
            "dvc.yaml": PIPELINE,
            "dvc.lock": LOCK % (depth, 200_000 + 1_000 * depth, 7, depth, made, len(metrics)),
            "params.yaml": f"depth: {depth}\nrate: 0.1\n",
            "metrics/test.json": metrics,
            "plots/roc.csv": f"fpr,tpr\n{curve}",
        }
    )


def commented(folder: Path, *, better: int = 0, worse: int = 0) -> str:
    """Return the comment on a branch that answers so many items better or worse than main."""
    gate = gated(folder, MORE)
    gate.sandbox.git("switch", "--quiet", "main")
    trained(gate, gate.base, 2).commit("Train")
    gate.branch("deeper-trees")
    trained(gate, altered(gate.base, better=better, worse=worse), 3).commit("Deeper trees")
    vouch(gate.root)
    return unnamed(gate, gate.sandbox.mlgit("comment", "main", "--dry-run", "--local").stdout)


def vouch(root: Path) -> None:
    """Write down what `mlgit check model` would, had the pipeline stages that run."""
    repository = Repository(real_context(SilentConsole()), root)
    found = Verification(
        model="churn",
        state="reproduced",
        files=dict.fromkeys(("metrics/test.json", "predictions/test.csv"), "0" * 64),
    )
    remember(repository, repository.resolve("HEAD"), [found])


def page(markdown: str) -> str:
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown)


@pytest.mark.parametrize("verdict", HEADS)
def test_the_comment_of_each_verdict(tmp_path: Path, verdict: str) -> None:
    markdown = commented(tmp_path / "desk", **HEADS[verdict])
    for suffix, shown in (("md", markdown), ("html", page(markdown))):
        snapshot = SNAPSHOTS / f"comment-{verdict}.{suffix}"
        if os.environ.get("MLGIT_SNAPSHOTS") == "write":
            snapshot.write_text(shown)
        assert shown == snapshot.read_text(), snapshot.name


if __name__ == "__main__":
    for name in HEADS:
        text = (SNAPSHOTS / f"comment-{name}.html").read_text()
        head = f"<!doctype html><meta charset='utf-8'><title>{name}</title><style>{STYLE}</style>"
        (Path(sys.argv[1]) / f"comment-{name}.html").write_text(head + text)
