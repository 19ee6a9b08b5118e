"""A terminal that is not UTF-8 gets every text, and a program valid JSON."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mlgit.cli.streams import write_any_text

from ...cli.compare_repository import Sandbox

TEXT = "caf\u00e9 \u2192 \U0001f600 \udcff"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_every_text_is_written(encoding: str) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    write_any_text(stream, io.StringIO())
    stream.write(json.dumps(TEXT, ensure_ascii=False))
    stream.flush()
    raw = stream.buffer.getvalue()  # type: ignore[attr-defined]
    assert json.loads(raw.decode(encoding)) == TEXT


@pytest.mark.parametrize("arguments", [("status",), ("status", "--json"), ("compare", "HEAD")])
def test_a_repository_with_other_letters(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    sandbox = Sandbox(tmp_path).write({"dvc.yaml": "stages: {caf\u00e9\u2192: {cmd: run, outs: [m]}}\n"})
    sandbox.commit()
    done = subprocess.run(
        [sys.executable, "-m", "mlgit", *arguments],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONIOENCODING": "ascii",
            "LC_ALL": "C",
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
        capture_output=True,
        check=True,
    )
    assert b"Traceback" not in done.stderr
    assert arguments[0] == "compare" or rb"caf\u00e9\u2192" in done.stdout
