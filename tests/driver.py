"""A person at the command line: runs mlgit and git in a folder as real processes and reads what they answer."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Answer:
    arguments: tuple[str, ...]
    exit_code: int
    out: str
    err: str

    def __str__(self) -> str:
        return (
            f"{' '.join(self.arguments)}\nexit code {self.exit_code}\n--- out\n{self.out}--- err\n{self.err}"
        )


@dataclass(frozen=True)
class Person:
    folder: Path

    def mlgit(self, *arguments: str, exit_code: int | None = 0, stdin: str = "") -> Answer:
        return self.run(sys.executable, "-m", "mlgit", *arguments, exit_code=exit_code, stdin=stdin)

    def git(self, *arguments: str) -> str:
        return self.run("git", *arguments).out.strip()

    def dvc(self, *arguments: str) -> Answer:
        return self.run(sys.executable, "-m", "dvc", *arguments)

    def run(self, *arguments: str, exit_code: int | None = 0, stdin: str = "") -> Answer:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        done = subprocess.run(
            arguments,
            cwd=self.folder,
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        answer = Answer(arguments, done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in answer.err, str(answer)
        if exit_code is not None:
            assert answer.exit_code == exit_code, str(answer)
        return answer

    def into(self, *parts: str) -> Person:
        return Person(self.folder.joinpath(*parts))

    def write(self, path: str, text: str) -> Path:
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        return place

    def read(self, path: str) -> str:
        return (self.folder / path).read_text(encoding="utf-8")

    def commit(self, message: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def contents(self) -> dict[str, bytes]:
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file() and ".git" not in path.relative_to(self.folder).parts[:1]
        }
