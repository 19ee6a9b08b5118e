"""`mlgit.report` stands beside the user's packages: the standard library and numpy, and of mlgit the statistics and the reader of YAML, when asked."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import mlgit.report

FOLDER = Path(mlgit.report.__file__).parent
ABLE = {"numpy", "mlgit"} | set(sys.stdlib_module_names)
WHEN_CALLED = {
    "duckdb",
    "lightgbm",
    "onnx",
    "onnxmltools",
    "onnxruntime",
    "pandas",
    "skl2onnx",
    "skops",
    "torch",
}


def imported(node: ast.AST) -> str:
    if isinstance(node, ast.Import):
        return node.names[0].name
    return str(node.module) if isinstance(node, ast.ImportFrom) else ""


def test_only_the_standard_library_and_numpy_are_imported_at_the_top() -> None:
    for path in FOLDER.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        top = {imported(node) for node in tree.body} - {""}
        inside = {imported(node) for node in ast.walk(tree)} - {""} - top
        assert {name.partition(".")[0] for name in top} <= ABLE, path.name
        assert {name.partition(".")[0] for name in inside} <= ABLE | WHEN_CALLED, path.name
        own = {
            name for name in top | inside if name.startswith("mlgit") and not name.startswith("mlgit.report")
        }
        asked = {name for name in own if name.startswith("mlgit.stats.") or name == "mlgit.yamlfile"}
        assert own == asked - top, path.name


def test_it_works_where_nothing_of_mlgit_is_installed() -> None:
    code = "import sys; sys.modules['msgspec'] = sys.modules['yaml'] = sys.modules['dvc'] = None\n"
    code += "from mlgit import report\nfor name in report.__all__: getattr(report, name)\n"
    code += "print(sorted({'pandas', 'duckdb', 'sklearn', 'skops', 'onnxruntime'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_importing_it_costs_nothing() -> None:
    code = "import sys; from mlgit import report; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
