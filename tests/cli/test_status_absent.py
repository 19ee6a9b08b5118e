"""`mlgit status` in a clone whose data were not fetched: a line for many paths, all of them in the JSON."""

from __future__ import annotations

import json
from pathlib import Path

from .compare_repository import Sandbox

DIGEST = "a" * 32


def lines(sandbox: Sandbox) -> list[str]:
    return [" ".join(line.split()) for line in sandbox.mlgit("status").stdout.splitlines()]


def pipeline(folder: str, stages: int, outputs: int) -> dict[str, str]:
    """Return a pipeline of stages one behind the other, with as many outputs, and the record of their run."""
    declared, recorded = ["stages:"], ["schema: '2.0'", "stages:"]
    for number in range(stages):
        reads = [f"o{number - 1}-0"] if number else []
        made = [f"o{number}-{which}" for which in range(outputs)]
        declared.append(f"  s{number}: {{cmd: c, deps: {reads}, outs: {made}}}")
        entries = [
            f"[{', '.join(f'{{path: {one}, hash: md5, md5: {DIGEST}, size: 1}}' for one in ones)}]"
            for ones in (reads, made)
        ]
        recorded.append(f"  s{number}: {{cmd: c, deps: {entries[0]}, outs: {entries[1]}}}")
    return {f"{folder}dvc.yaml": "\n".join(declared), f"{folder}dvc.lock": "\n".join(recorded)}


def test_what_is_not_here_is_one_line_of_a_stage(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r").with_dvc().write(pipeline("", 2, 4))
    assert lines(sandbox)[:3] == [
        "s0 stale 4 paths are not here: o0-0, o0-1 and 2 more",
        "s1 stale 5 paths are not here: o0-0, o1-0 and 3 more",
        "s0: it will run again",
    ]
    reasons = json.loads(sandbox.mlgit("status", "--json").stdout)["stages"][1]["reasons"]
    assert [one["name"] for one in reasons] == ["o0-0", "o1-0", "o1-1", "o1-2", "o1-3", "s0"]


def test_many_stages_that_only_lack_data_are_a_line_of_their_pipeline(tmp_path: Path) -> None:
    files = {**pipeline("a/", 6, 1), **pipeline("b/", 8, 1), "c/dvc.yaml": "stages: {new: {cmd: c}}\n"}
    sandbox = Sandbox(tmp_path / "r").with_dvc().write(files)
    assert lines(sandbox) == [
        "a/dvc.yaml: 6 stages stale 6 paths are not here: a/o0-0, a/o1-0 and 4 more",
        "b/dvc.yaml: 8 stages stale 8 paths are not here: b/o0-0, b/o1-0 and 6 more",
        "c/dvc.yaml:new stale dvc.lock records no run of it",
        "",
        "15 stages: 15 stale; dvc pull brings what DVC keeps of what is not here, then mlgit train runs what is stale",
    ]
    assert len(json.loads(sandbox.mlgit("status", "--json").stdout)["stages"]) == 15


def test_many_data_that_are_not_here_are_a_line_of_their_folder(tmp_path: Path) -> None:
    text = f"outs:\n- {{md5: {DIGEST}, size: 1, hash: md5, path: NAME}}\n"
    places = [*(f"my raw/{number}.csv" for number in range(12)), "a.csv"]
    pointers = {f"{place}.dvc": text.replace("NAME", place.rpartition("/")[2]) for place in places}
    sandbox = Sandbox(tmp_path / "r").with_dvc().write(pointers)
    assert lines(sandbox)[:2] == [
        "a.csv missing it is not here dvc pull a.csv.dvc",
        "my raw/: 12 paths missing they are not here dvc pull --recursive 'my raw'",
    ]
