"""`mlgit gate --slices`: where the head is worse, on the page and in JSON; it changes no verdict."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.gate_repository import altered, gated, rows

GATES = "    gates:\n      - accuracy: {no_worse_than: {margin: 0.3}}\n"


def test_what_got_worse_is_named_beside_a_verdict_that_stays(tmp_path: Path) -> None:
    gate = gated(tmp_path, GATES, number=2000)
    worse = [
        one if one.country == "DE" else other
        for one, other in zip(rows(2000), altered(rows(2000), worse=1300), strict=True)
    ]
    gate.predict(worse).commit()
    plain, searched = (
        json.loads(gate.sandbox.mlgit("gate", "main", "HEAD", "--json", *more).stdout)
        for more in ((), ("--slices",))
    )
    (before,), (model,) = plain["models"], searched["models"]
    assert before["slices"] is None
    assert (model["verdict"], model["findings"]) == (before["verdict"], before["findings"])
    assert (model["slices"]["metric"], model["slices"]["columns"]) == ("accuracy", ["country"])
    assert model["slices"]["claims"] == 2 * model["slices"]["slices"] == 4
    assert [(one["slice"], one["against"]) for one in model["slices"]["found"]] == [
        ("country=AT", "the base"), ("country=AT", "the rest"),
    ]  # fmt: skip
    page = gate.sandbox.mlgit("gate", "main", "HEAD", "--slices").stdout
    assert "2 slices by country: accuracy is worse beyond doubt in 2 (Holm's correction over 4 claims)" in " ".join(page.split())  # fmt: skip
    assert "country=AT" in page
