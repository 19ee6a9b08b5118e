"""Every benchmark comes to its end, in its smallest form: what measures nothing any more would go unnoticed otherwise."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SMALL: dict[str, tuple[str, ...]] = {
    "intervals": ("--rows", "2000", "--repeats", "1"),
    "gate": ("--rows", "200", "--repeats", "1", "--steps", "2"),
    "comment": ("--runs", "1"),
    "registry": ("--versions", "5", "--turns", "1", "--without-gto"),
    "adoption": ("--turns", "1", "--stages", "20"),
    "compare": ("--pipelines", "2", "--turns", "1"),
    "check_many_models": ("--models", "2", "--repeats", "1"),
    "startup": ("--turns", "1"),
    "commits": (),
    "redact": (),
    "worst_inputs": (),
    "predict": ("--rows", "2000"),
    "data": ("--rows", "2000", "--formats", "parquet"),
    "drift": ("--rows", "2000", "--formats", "parquet"),
    "serve": ("--seconds", "1", "--connections", "2"),
}
IN_SHORT = ("intervals", "gate", "comment")


@pytest.mark.parametrize(
    "name", [name if name in IN_SHORT else pytest.param(name, marks=pytest.mark.slow) for name in SMALL]
)
def test_a_benchmark_comes_to_its_end(name: str, tmp_path: Path) -> None:
    if name == "serve" and shutil.which("wrk") is None:
        pytest.skip("wrk is not installed")
    # GitPython, which one of them measures beside ours, does not read a date of these as Git does.
    plain = {key: value for key, value in os.environ.items() if not key.endswith("_DATE")}
    ended = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / f"{name}.py"), *SMALL[name]],
        cwd=tmp_path,
        env=plain,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert any(character.isdigit() for character in ended.stdout)


def test_every_benchmark_is_run() -> None:
    assert {path.stem for path in (ROOT / "benchmarks").glob("*.py")} == SMALL.keys()
