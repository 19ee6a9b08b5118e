"""A score of the user's own and a gap between slices, through the command line: verdict, page, and what a head may not change."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.gate_repository import PREDICTIONS, altered, gated, rows, table

SCORES = "    scores:\n      euros: {mean: euros, direction: lower, range: [0, 10]}\n"
GATES = "    gates:\n      - euros: {no_worse_than: {margin: 0.2}}\n"
GAP = "    gates:\n      - accuracy: {gap: country, max: 0.1}\n"


def with_euros(number: int, shift: int) -> str:
    lines = table(rows(number)).splitlines()
    costs = [str((place * 7 + shift) % 5 + shift) for place in range(number)]
    return "\n".join([f"{lines[0]},euros", *map(",".join, zip(lines[1:], costs, strict=True))]) + "\n"


def test_a_score_of_ones_own_is_a_metric_of_the_page(tmp_path: Path) -> None:
    gate = gated(tmp_path, GATES, SCORES, number=400)
    gate.sandbox.git("switch", "--quiet", "main")
    gate.write({PREDICTIONS: with_euros(400, 0), "metrics/test.json": '{"euros": 2.0}\n'}).commit()
    gate.branch("dearer")
    gate.write({PREDICTIONS: with_euros(400, 2), "metrics/test.json": '{"euros": 4.0}\n'}).commit()
    (model,) = gate.judged()["models"]
    (finding,) = model["findings"]
    assert (finding["metric"], finding["verdict"], finding["head"]) == ("euros", "FAIL", 4.0)
    page = gate.sandbox.mlgit("compare", "main", "HEAD", "--format", "markdown").stdout
    assert "worse" in page
    assert "[+1" in page
    gate.write({"mlgit.yaml": (tmp_path / "mlgit.yaml").read_text().replace("lower", "higher")}).commit()
    turned = gate.judged()
    assert turned["verdict"] == "FAIL"
    assert "scores" in turned["models"][0]["warnings"][0]["message"]
    gate.write({PREDICTIONS: with_euros(400, 2).replace(",2\n", ",\n", 1)}).commit()
    (error,) = gate.judged()["models"][0]["errors"]
    assert (error["kind"], error["count"]) == ("not-finite", 1)


def test_a_gap_between_slices_is_gated(tmp_path: Path) -> None:
    gate = gated(tmp_path, GAP, number=2000)
    worse = [
        one if one.country == "DE" else other
        for one, other in zip(rows(2000), altered(rows(2000), worse=1300), strict=True)
    ]
    gate.predict(worse).commit()
    (finding,) = gate.judged()["models"][0]["findings"]
    assert (finding["verdict"], finding["slice"], finding["gap"]) == ("FAIL", "gap by country", "country")
    assert finding["reason"] == "between AT and DE"
    page = gate.sandbox.mlgit("compare", "main", "HEAD", "--format", "markdown").stdout
    assert "gap by country" in page
    assert (
        json.loads(gate.sandbox.mlgit("compare", "main", "HEAD", "--json").stdout)["models"][0]["state"]
        == "changed"
    )
