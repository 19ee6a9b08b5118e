"""What compare shows where predictions stand on both sides: a snapshot for each verdict, and what it costs without them.

`MLGIT_SNAPSHOTS=write pytest tests/cli/test_gate_in_compare.py` writes the snapshots anew; look at them before a commit.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cli.compare_repository import Sandbox
from tests.cli.gate_repository import GATES, GateSandbox, Row, altered, configuration, gated, unnamed

SNAPSHOTS = Path(__file__).with_name("snapshots")
MORE = GATES + (
    "      - accuracy: {where: {country: AT}, min: 0.8}\n      - latency_ms: {mode: point, max: 20}\n"
)
HEADS: dict[str, dict[str, int]] = {
    "pass": {"better": 100, "worse": 10},
    "undecided": {"better": 10, "worse": 30},
    "fail": {"worse": 300},
}


def metrics(items: Sequence[Row], latency: float) -> str:
    share = sum(row.label == row.prediction for row in items) / len(items)
    return json.dumps({"accuracy": share, "latency_ms": latency, "baseline": {"accuracy": 0.6}}) + "\n"


def compared(tmp_path: Path, *, gates: str = MORE, better: int = 0, worse: int = 0) -> GateSandbox:
    gate = gated(tmp_path / "r", gates)
    gate.sandbox.git("switch", "--quiet", "main")
    gate.write({"metrics/test.json": metrics(gate.base, 12), "dvc.yaml": "stages: {}\n"}).commit("metrics")
    items = altered(gate.base, better=better, worse=worse)
    gate.branch("next").predict(items).write({"metrics/test.json": metrics(items, 13)}).commit("next")
    return gate


def main_part(page: str) -> str:
    return page[page.index("<main>") : page.index("</main>")] + "</main>\n"


@pytest.mark.parametrize("verdict", HEADS)
def test_a_comparison_of_each_verdict(tmp_path: Path, verdict: str) -> None:
    gate = compared(tmp_path, **HEADS[verdict])
    for form, suffix in (("markdown", "md"), ("html", "html")):
        answer = gate.sandbox.mlgit("compare", "main", "HEAD", "--format", form)
        shown = unnamed(gate, answer.stdout if suffix == "md" else main_part(answer.stdout))
        snapshot = SNAPSHOTS / f"compare-{verdict}.{suffix}"
        if os.environ.get("MLGIT_SNAPSHOTS") == "write":
            snapshot.parent.mkdir(exist_ok=True)
            snapshot.write_text(shown)
        assert shown == snapshot.read_text(), snapshot.name


def test_the_rows_carry_interval_verdict_and_slice(tmp_path: Path) -> None:
    gate = compared(tmp_path, **HEADS["undecided"])
    (model,) = json.loads(gate.sandbox.mlgit("compare", "main", "HEAD", "--json").stdout)["models"]
    rows = {(row["name"], row["slice"]): row for row in model["metrics"]}
    accuracy = rows["accuracy", ""]
    assert (accuracy["interval"]["items"], accuracy["changed"], accuracy["verdict"]) == (
        2000,
        40,
        "UNDECIDED",
    )
    assert accuracy["interval"]["level"] == 0.95
    assert accuracy["needed"] > 2000
    assert rows["accuracy", "country=AT"]["interval"]["items"] == 500
    assert rows["latency_ms", ""]["verdict"] == "PASS"
    assert accuracy["effect"] == "worse"
    assert rows["accuracy", "country=AT"]["effect"] == "noise"
    assert ("baseline.accuracy", "") not in rows
    assert model["gate"]["verdict"] == "UNDECIDED"
    whole = gate.sandbox.mlgit("compare", "main", "HEAD", "--json", "--all")
    (baseline,) = [
        row for row in json.loads(whole.stdout)["models"][0]["metrics"] if row["name"] == "baseline.accuracy"
    ]
    assert (baseline["verdict"], baseline["interval"]) == (None, None)


def test_without_gates_there_are_intervals_still(tmp_path: Path) -> None:
    gate = compared(tmp_path, gates="", better=60)
    answer = gate.sandbox.mlgit("compare", "main", "HEAD")
    assert "2,000 items, 60 predictions changed" in answer.stdout
    assert "+0.030 [+0.0" in answer.stdout


def test_a_number_that_the_predictions_do_not_give_has_no_interval(tmp_path: Path) -> None:
    gate = compared(tmp_path, gates="", better=60)
    gate.write({"metrics/test.json": '{"accuracy": 0.99}\n'}).commit("claimed")
    (model,) = json.loads(gate.sandbox.mlgit("compare", "main", "HEAD", "--json").stdout)["models"]
    assert next(row for row in model["metrics"] if row["name"] == "accuracy")["interval"] is None


def test_predictions_that_are_no_evidence_are_told(tmp_path: Path) -> None:
    gate = compared(tmp_path, gates="", better=60)
    gate.predict(gate.base[5:]).commit("fewer")
    answer = gate.sandbox.mlgit("compare", "main", "HEAD")
    assert "5 item(s) of the base have no row: c0, c1, c2, c3, c4" in answer.stdout


@pytest.mark.parametrize("change", ["metrics only", "nothing predicted"])
def test_numpy_is_imported_only_for_two_sets_of_predictions(tmp_path: Path, change: str) -> None:
    gate = gated(tmp_path / "r", number=40)
    gate.sandbox.git("switch", "--quiet", "main")
    text = (
        configuration()
        if change == "metrics only"
        else configuration("").replace("predictions/test.csv", "none.csv")
    )
    gate.write({"mlgit.yaml": text, "dvc.yaml": "stages: {}\n"}).commit()
    gate.branch("next").write({"metrics/test.json": '{"accuracy": 0.9}\n'}).commit()
    script = (
        "import sys\nfrom mlgit.cli.main import main\nmain(['compare', 'main', 'HEAD'])\n"
        "sys.exit('numpy' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=gate.root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def entrants(gate: GateSandbox, *arguments: str) -> list[tuple[str, int | None]]:
    answer = gate.sandbox.mlgit("compare", *arguments, "--leaderboard", "--json")
    assert answer.exit_code == 0, answer
    return [(one["name"], one["rank"]) for one in json.loads(answer.stdout)[0]["entrants"]]


def test_a_ranking_with_ties_where_the_data_cannot_tell(tmp_path: Path) -> None:
    gate = gated(tmp_path, number=1000)
    for name, changes in {
        "best": {"better": 90},
        "close": {"better": 88, "worse": 1},
        "poor": {"worse": 80},
    }.items():
        gate.branch(name).predict(altered(gate.base, **changes)).commit(name)
    assert entrants(gate, "main", "best", "close", "poor") == [
        ("best", 1),
        ("close", 1),
        ("main", 3),
        ("poor", 4),
    ]
    assert entrants(gate, "main", "best", "--metric", "log_loss")[0] == ("best", 1)
    text = gate.sandbox.mlgit("compare", "main", "best", "close", "poor", "--leaderboard").stdout
    assert "behind best, close" in text
    assert "6 comparisons" in text
    for form in ("markdown", "html"):
        assert (
            "poor" in gate.sandbox.mlgit("compare", "main", "poor", "--leaderboard", "--format", form).stdout
        )


def test_an_entrant_that_does_not_fit_is_named_and_not_ranked(tmp_path: Path) -> None:
    gate = gated(tmp_path, number=200)
    gate.branch("fewer").predict(gate.base[3:]).commit("fewer")
    assert entrants(gate, "main", "fewer") == [("main", 1), ("fewer", None)]
    assert "have no row: c0, c1, c2" in gate.sandbox.mlgit("compare", "main", "fewer", "--leaderboard").stdout


def test_a_ranking_of_what_cannot_be_ranked(tmp_path: Path) -> None:
    gate = gated(tmp_path / "r", number=40)
    for arguments, said in (
        (("main", "--leaderboard"), "two revisions"),
        (("main", "HEAD", "--leaderboard", "--metric", "beauty"), "no metric"),
        (("main", "HEAD", "--leaderboard", "--model", "none"), "no model"),
        (("main", "HEAD", "deeper"), "--leaderboard"),
    ):
        answer = gate.sandbox.mlgit("compare", *arguments)
        assert (answer.exit_code, said in answer.stderr) == (2, True), answer
    empty = Sandbox(tmp_path / "empty").write({"mlgit.yaml": "version: 1\n"})
    empty.commit()
    assert empty.mlgit("compare", "HEAD", "HEAD", "--leaderboard").exit_code == 2
