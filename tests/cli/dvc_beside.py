"""DVC in one process beside the tests: asked many things of many repositories, started once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

SERVER = """
import json, os, sys
out = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # what DVC and the stages print is no answer
from dvc.repo import Repo
def plain(value):
    return json.loads(json.dumps(value, default=str))
def shown(show, revisions):
    return {
        rev: {path: plain(file.get("data")) for path, file in one.get("data", {}).items() if "error" not in file}
        for rev, one in show(revs=revisions).items()
    }
def ask(repo, revisions):
    return {
        "status": plain(repo.status()),
        "metrics": shown(repo.metrics.show, revisions),
        "params": shown(repo.params.show, revisions),
        "data": plain(repo.data_status()),
    }
def run(repo, paths):
    for path in paths:
        repo.add(path)
    repo.reproduce(all_pipelines=True)
for line in sys.stdin:
    root, what, items = json.loads(line)
    os.chdir(root)
    try:
        with Repo.init(".", subdir=bool(items)) if what == "init" else Repo() as repo:
            answer = ask(repo, items) if what == "ask" else run(repo, items) if what == "run" else None
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), file=out, flush=True)
"""
"""DVC, started once: each line asks for one thing in one repository."""


class Dvc:
    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __call__(self, root: Path, what: str, *items: str) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([str(root), what, items]) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert "error" not in (answer or {}), answer
        return answer
