"""What only reads Git starts plumbing and never imports the library that writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.gate_repository import gated
from tests.cli.test_gate import better

SCRIPT = """
import sys
from mlgit.cli.main import main
try: code = main(sys.argv[1:])
except SystemExit as ending: code = ending.code
assert code in (0, 1, 3, None), code
found = {"git", "gitdb"} & set(sys.modules)
assert not found, found
"""


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("compare", "main", "HEAD"), ("gate", "main", "HEAD"), ("status",), ("affected", "main")],
    ids=lambda arguments: arguments[0],
)
def test_reading_never_imports_the_library_that_writes(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    gate = better(gated(tmp_path, number=400))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments], cwd=gate.root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
