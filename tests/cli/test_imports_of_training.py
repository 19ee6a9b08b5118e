"""What a training and a check cost: the processes of Python that they start, and the heavy libraries that each imports."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.driver import Person

HEAVY = frozenset(("dvc", "duckdb", "numpy", "onnx", "onnxruntime", "pandas", "pytest", "scipy", "sklearn"))
WATCH = """\
import atexit, json, os, pathlib, sys
owner = os.getpid()
def told():
    if os.getpid() == owner:
        words = [pathlib.Path(word).name for word in sys.orig_argv[1:] if not word.startswith("-")]
        known = sorted({{name.partition(".")[0] for name in sys.modules}})
        pathlib.Path({folder!r}, str(owner)).write_text(json.dumps([words, known]))
atexit.register(told)
"""

Started = dict[str, frozenset[str]]


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Started]:
    """Return what tells the processes since, by their program or verb, and what each imported."""
    folder, watch = tmp_path / "started", tmp_path / "watch"
    folder.mkdir()
    watch.mkdir()
    (watch / "sitecustomize.py").write_text(WATCH.format(folder=str(folder)))
    monkeypatch.syspath_prepend(str(watch))

    def told() -> Started:
        found = [json.loads(place.read_text()) for place in folder.iterdir()]
        names = [" ".join(words[: 1 + (words[0] == "mlgit")]) for words, _ in found]
        assert len(set(names)) == len(names), names
        return {name: HEAVY & set(known) for name, (_, known) in zip(names, found, strict=True)}

    return told


def test_a_training_imports_scikit_learn_in_the_one_stage_that_trains(
    trained: Person, started: Callable[[], Started]
) -> None:
    trained.write("params.yaml", trained.read("params.yaml").replace("seed: 0", "seed: 1"))
    trained.mlgit("train")
    found = started()
    assert found.keys() == {"mlgit train", "mlgit.dvc.process", "train.py", "evaluate.py"}
    assert found["mlgit train"] == frozenset()
    assert found["mlgit.dvc.process"] == {"dvc"}
    assert found["evaluate.py"] == {"duckdb", "numpy", "onnxruntime"}
    assert {"sklearn", "pandas", "onnx"} <= found["train.py"]


def test_a_check_tests_in_one_process_and_measures_again_with_one_dvc(
    trained: Person, started: Callable[[], Started]
) -> None:
    trained.mlgit("check")
    found = started()
    assert found.keys() == {"mlgit check", "mlgit.dvc.process", "evaluate.py", "together.py"}
    assert found["mlgit check"] <= {"duckdb"}
    assert found["mlgit.dvc.process"] == {"dvc"}
    assert found["evaluate.py"] == {"duckdb", "numpy", "onnxruntime"}
    assert {"sklearn", "pandas", "onnxruntime", "pytest"} <= found["together.py"]
