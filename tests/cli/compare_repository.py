"""A Git repository to compare in: written by hand, committed, asked through the command line in this process."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple


class Answer(NamedTuple):
    exit_code: int
    stdout: str
    stderr: str


class Sandbox:
    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.root, capture_output=True, text=True, check=True)
        return done.stdout

    def with_dvc(self) -> Sandbox:
        return self.write({".dvc/config": "", ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n"})

    def write(self, files: Mapping[str, str | bytes]) -> Sandbox:
        for path, content in files.items():
            place = self.root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content if isinstance(content, bytes) else content.encode())
        return self

    def commit(self, message: str = "change") -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD").strip()

    def mlgit(self, *arguments: str) -> Answer:
        import os

        from mlgit.cli.main import main

        out, err = io.StringIO(), io.StringIO()
        before = Path.cwd()
        os.chdir(self.root)
        try:
            with redirect_stdout(out), redirect_stderr(err):
                try:
                    code = main(arguments)
                except SystemExit as ending:
                    code = int(ending.code or 0)
        finally:
            os.chdir(before)
        return Answer(code, out.getvalue(), err.getvalue())
