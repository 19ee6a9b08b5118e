"""Metrics, plots, parameters and predictions in a folder that DVC keeps: read from its cache, at every commit."""

from __future__ import annotations

import json
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest

from tests.cli.compare_repository import Sandbox
from tests.cli.gate_repository import Row, altered, rows, table

PIPELINE = """\
stages:
  evaluate:
    cmd: python evaluate.py
    deps: [evaluate.py]
    outs: [eval]
  use:
    cmd: python use.py
    params: [eval/chosen.yaml: [depth]]
    outs: [used]
metrics: [eval/metrics.json]
plots:
- eval/curves
- first: {x: x, y: {eval/both.csv: a}}
- second: {x: x, y: {eval/both.csv: b}}
"""
MODEL = """\
version: 1
models:
  m:
    task: binary-classification
    metrics: [eval/metrics.json]
    predictions: eval/predictions.csv
    gates:
      - accuracy: {no_worse_than: {margin: 0.05}}
      - kpi: {mode: point, min: 0.5}
    directions: {kpi: higher}
"""


def digest(content: bytes) -> str:
    return md5(content).hexdigest()


class Kept:
    """A repository whose folder `eval` is in DVC's cache, and in Git only by its digest."""

    def __init__(self, root: Path) -> None:
        self.base = rows(400)
        self.sandbox = Sandbox(root).with_dvc()
        self.sandbox.write({"dvc.yaml": PIPELINE, "mlgit.yaml": MODEL, ".gitignore": "/eval\n/used\n"})
        self.sandbox.write({"evaluate.py": "1\n"})
        self.objects: list[Path] = []

    def evaluated(self, items: list[Row], kpi: float, depth: int = 3) -> Kept:
        files = {
            "both.csv": f"x,a,b\n1,{kpi},2\n".encode(),
            "chosen.yaml": f"depth: {depth}\n".encode(),
            "curves/roc.json": json.dumps([{"x": 1, "y": kpi}]).encode(),
            "metrics.json": json.dumps({"accuracy": 0.85, "kpi": kpi, "runs": [1, 2]}).encode(),
            "predictions.csv": table(items).encode(),
        }
        members = [{"md5": digest(content), "relpath": path} for path, content in files.items()]
        listed = json.dumps(members).encode()
        for name, content in [
            (f"{digest(listed)}.dir", listed),
            *((digest(one), one) for one in files.values()),
        ]:
            path = f".dvc/cache/files/md5/{name[:2]}/{name[2:]}"
            self.sandbox.write({path: content})
            self.objects.append(self.sandbox.root / path)
        size = sum(map(len, files.values()))
        lock = f"""\
schema: '2.0'
stages:
  evaluate:
    cmd: python evaluate.py
    deps: [{{path: evaluate.py, hash: md5, md5: {digest(b"1" + bytes([10]))}, size: 2}}]
    outs: [{{path: eval, hash: md5, md5: {digest(listed)}.dir, size: {size}, nfiles: {len(files)}}}]
  use:
    cmd: python use.py
    params: {{eval/chosen.yaml: {{depth: 3}}}}
    outs: [{{path: used, hash: md5, md5: {digest(b"u")}, size: 1}}]
"""
        self.sandbox.write({"dvc.lock": lock}).commit()
        return self

    def compared(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.sandbox.mlgit("compare", "HEAD~1", "HEAD", "--json").stdout)
        return found["models"][0]


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    made = Kept(tmp_path)
    made.evaluated(made.base, 0.6)
    return made.evaluated(altered(made.base, better=10), 0.7)


def test_metrics_and_plots_are_compared(kept: Kept) -> None:
    found = kept.compared()
    (kpi,) = [row for row in found["metrics"] if row["name"] == "kpi"]
    assert (kpi["base"], kpi["head"], kpi["file"]) == (0.6, 0.7, "eval/metrics.json")
    assert {row["file"]: row["state"] for row in found["plots"]} == {
        "eval/both.csv": "changed",
        "eval/curves/roc.json": "changed",
    }
    page = kept.sandbox.mlgit("compare", "HEAD~1", "HEAD", "--format", "html").stdout
    assert all(f"<figcaption>{title} " in page for title in ("first", "second")), "two plots of one file"


def test_the_gate_reads_predictions_and_metrics(kept: Kept) -> None:
    answer = kept.sandbox.mlgit("gate", "HEAD~1", "HEAD", "--json")
    findings = {one["metric"]: one["verdict"] for one in json.loads(answer.stdout)["models"][0]["findings"]}
    assert findings == {"accuracy": "PASS", "kpi": "PASS"}
    kept.evaluated(altered(kept.base, worse=100), 0.4)
    assert kept.sandbox.mlgit("gate", "HEAD~1", "HEAD").exit_code == 1


def test_a_list_that_is_not_here_is_named(kept: Kept) -> None:
    for place in kept.objects:
        place.unlink(missing_ok=True)
    answer = kept.sandbox.mlgit("compare", "HEAD~1", "HEAD")
    said = "DVC keeps the folder eval, and the cache of this machine does not have the list of its files"
    assert said in answer.stdout
    assert "dvc fetch --all-commits eval" in answer.stdout
    assert "there is no such file" not in answer.stdout
    assert "no such file" not in kept.sandbox.mlgit("gate", "HEAD~1", "HEAD").stdout


def test_parameters_in_a_kept_folder_count(kept: Kept) -> None:
    def used() -> dict[str, Any]:
        stages = json.loads(kept.sandbox.mlgit("status", "--at", "HEAD", "--json").stdout)["stages"]
        return next(one for one in stages if one["name"] == "use")

    assert used()["state"] == "fresh"
    kept.evaluated(kept.base, 0.7, depth=4)
    (reason,) = used()["reasons"]
    assert (reason["recorded"], reason["current"]) == (3, 4)
    for place in kept.objects:
        place.unlink(missing_ok=True)
    assert used()["state"] == "unknown"


def test_a_list_that_is_not_what_its_digest_says_is_not_read(kept: Kept) -> None:
    listed = next(place for place in kept.objects if place.suffix == ".dir")
    other = next(place for place in kept.objects if place.suffix == ".dir" and place != listed)
    other.write_bytes(listed.read_bytes())
    found = kept.compared()
    assert all(row["head"] is None for row in found["metrics"])
