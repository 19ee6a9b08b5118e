"""docs/how-to/any-score.md runs: each task's block reads recorded answers, and the gate of its settings decides them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.compare_repository import Sandbox
from tests.docs.recorded_answers import TASKS, recorded

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "any-score.md"
BLOCK = re.compile(r"^```(?P<kind>python|yaml)\n# (?P<name>[a-z.]+)\n(?P<text>.*?)^```$", re.S | re.M)
BLOCKS = {(one["kind"], one["name"]): one["text"] for one in BLOCK.finditer(PAGE.read_text())}


def scene(root: Path, task: str, head: str) -> Sandbox:
    """Main has a version of the model with its scores, a branch another one."""
    sandbox = Sandbox(root)
    files = {name: text for (kind, name), text in BLOCKS.items() if kind == "python"}
    sandbox.write({**files, "mlgit.yaml": BLOCKS["yaml", task]})
    for version in ("base", head):
        sandbox.write({"answers.jsonl": recorded(task, version)})
        subprocess.run([sys.executable, f"{task}.py"], cwd=root, check=True)
        sandbox.commit(version)
        if version == "base":
            sandbox.git("branch", "--move", "--force", "main")
            sandbox.git("switch", "--quiet", "--create", "change")
    return sandbox


def judged(sandbox: Sandbox) -> dict[str, Any]:
    answer = sandbox.mlgit("gate", "main", "HEAD", "--json")
    assert answer.stdout, answer.stderr
    model: dict[str, Any] = json.loads(answer.stdout)["models"][0]
    return model


def test_the_page_has_every_task() -> None:
    assert {name for kind, name in BLOCKS if kind == "yaml"} == set(TASKS)
    assert {name for kind, name in BLOCKS if kind == "python"} >= {f"{task}.py" for task in TASKS}


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(("head", "verdict"), [("better", "PASS"), ("worse", "FAIL")])
def test_a_task_is_decided(tmp_path: Path, task: str, head: str, verdict: str) -> None:
    model = judged(scene(tmp_path, task, head))
    told = [(one["metric"], one["verdict"], one["reason"]) for one in model["findings"]]
    assert model["verdict"] == verdict, (told, model["errors"], model["warnings"])
    for finding in model["findings"]:
        assert finding["decided"]["low"] < finding["decided"]["high"], finding


def test_a_function_runs_only_where_nothing_may_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = scene(tmp_path, "survival", "better")
    monkeypatch.setenv("GITHUB_TOKEN", "a-token-that-writes")
    (finding, _) = judged(sandbox)["findings"]
    assert finding["verdict"] == "UNDECIDED"
    assert "runs where nothing may write" in finding["reason"]
    assert "GITHUB_TOKEN is set" in finding["reason"]


def test_a_function_is_the_one_of_the_base_and_its_fault_is_told(tmp_path: Path) -> None:
    sandbox = scene(tmp_path, "survival", "worse")
    sandbox.write({"concordance.py": "def harrell(rows):\n    return 1.0\n"})
    sandbox.commit("A function that flatters")
    assert judged(sandbox)["verdict"] == "FAIL"
    sandbox.git("switch", "--quiet", "main")
    sandbox.write({"concordance.py": "def harrell(rows):\n    return rows['no such column'].mean()\n"})
    sandbox.commit("A function that breaks")
    sandbox.git("switch", "--quiet", "--create", "next")
    sandbox.write({"answers.jsonl": recorded("survival", "worse")})
    subprocess.run([sys.executable, "survival.py"], cwd=tmp_path, check=True)
    sandbox.commit("worse")
    (finding, _) = judged(sandbox)["findings"]
    assert finding["verdict"] == "UNDECIDED"
    assert "the function failed: concordance:harrell: KeyError: 'no such column'" in finding["reason"]
