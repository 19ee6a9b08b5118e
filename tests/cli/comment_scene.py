"""A repository with a branch, a run that left an artifact, and the event that tells of it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from tests.driver import Person

REPOSITORY = "octo-org/churn"
HEAD, BASE = "a" * 40, "b" * 40
RUN = "https://github.example/octo-org/churn/actions/runs/7"
DVC = """\
stages:
  evaluate:
    cmd: python evaluate.py
    params: [depth]
    metrics:
    - metrics.json: {cache: false}
plots:
- roc.csv: {x: fpr, y: tpr, title: ROC}
"""
LOCK = """\
schema: '2.0'
stages:
  evaluate:
    cmd: python evaluate.py
    params:
      params.yaml: {depth: %d}
    outs:
    - {path: metrics.json, hash: md5, md5: "%s", size: 20}
"""


def write_model(person: Person, depth: int, auc: float) -> None:
    """Write a pipeline with one metric, one parameter and one curve."""
    person.write("mlgit.yaml", "version: 1\nmodels:\n  churn:\n    pipeline: .\n")
    person.write("dvc.yaml", DVC)
    person.write("dvc.lock", LOCK % (depth, f"{depth:032x}"))
    person.write("params.yaml", f"depth: {depth}\n")
    person.write("metrics.json", json.dumps({"roc_auc": auc, "log_loss": 1 - auc}))
    rows = "".join(f"{x / 10},{(x / 10) ** (1 / depth):.3f}\n" for x in range(11))
    person.write("roc.csv", f"fpr,tpr\n{rows}")


def branched(person: Person) -> tuple[str, str]:
    """Make a repository with a branch `deeper` checked out; return the commits of main and of the branch."""
    person.git("init", "--quiet", ".")
    write_model(person, 2, 0.8)
    base = person.commit("Start")
    person.git("switch", "--quiet", "--create", "deeper")
    write_model(person, 4, 0.9)
    return base, person.commit("Deeper trees")


def claim(number: int, /, **changes: Any) -> dict[str, Any]:
    """Return event.json of an honest run, changed."""
    honest = {
        "version": 1,
        "number": number,
        "head_sha": HEAD,
        "base_sha": BASE,
        "merge_base": BASE,
        "data": "done",
    }
    return {**honest, **changes}


def comparison(**changes: Any) -> dict[str, Any]:
    """Return comparison.json of an honest run, changed."""
    metric = {"file": "metrics.json", "name": "roc_auc", "state": "changed", "base": 0.8, "head": 0.9}
    judged = {"change": 0.1, "direction": "higher", "effect": "better"}
    model = {"name": "churn", "pipeline": ".", "state": "changed", "metrics": [{**metric, **judged}]}
    sides = {"base": {"name": BASE, "commit": BASE}, "head": {"name": HEAD, "commit": HEAD}}
    return {"version": 2, **sides, "state": "changed", "models": [model], **changes}


def charts() -> dict[str, Any]:
    """Return charts.json of an honest run."""
    sides = {
        side: {
            "type": "points",
            "x_title": "fpr",
            "y_title": "",
            "points": [{"series": "tpr", "x": x / 10, "y": (x / 10) ** power} for x in range(11)],
        }
        for side, power in (("base", 0.5), ("head", 0.3))
    }
    facts = {"model": "churn", "file": "roc.csv", "state": "changed", "kind": "line", "title": "ROC"}
    return {"version": 2, "charts": [{**facts, **sides}]}


def write_files(folder: Path, contents: dict[str, Any]) -> Path:
    """Write an artifact as files; bytes as they are, anything else as JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(as_bytes(content))
    return folder


def write_archive(folder: Path, contents: dict[str, Any]) -> Path:
    """Write an artifact as it is downloaded: one archive."""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / "mlgit-report.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, as_bytes(content))
    return folder


def as_bytes(content: Any) -> bytes:
    return content if isinstance(content, bytes) else json.dumps(content).encode()


def event(folder: Path, **changes: Any) -> Path:
    """Write the payload of a workflow_run, cut to what a run tells, changed."""
    run = {
        "event": "pull_request",
        "head_sha": HEAD,
        "head_branch": "deeper",
        "head_repository": {"owner": {"login": "octo-org"}},
        "html_url": RUN,
        "name": "mlgit-ci",
        "conclusion": "success",
        "run_started_at": "2026-01-05T12:00:00Z",
        "updated_at": "2026-01-05T12:04:10Z",
        "pull_requests": [],
    }
    place = folder / "event-of-github.json"
    place.write_text(json.dumps({"action": "completed", "workflow_run": {**run, **changes}}))
    return place
