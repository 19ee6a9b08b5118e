"""Make a whole repository of the project templates, as `mlgit init` does: rendered, under Git and DVC."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from mlgit.data import inference, profiling, schema_file, split
from mlgit.render.frameworks import DEFAULT
from mlgit.render.project import project_context, project_files

ROOT = Path(__file__).parents[2]
PACKAGE = "sample_model"
MODEL = "sample-model"


class Project:
    """A repository on disk, and the commands of a day in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = make_launcher(folder.parent / "programs")

    def run(self, *command: str, check: bool = True, **variables: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(self.programs), str(Path(sys.executable).parent), os.environ["PATH"]])
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, "PATH": path, **variables},
            text=True,
            capture_output=True,
            check=False,
            timeout=900,
        )
        if check and done.returncode:
            raise AssertionError(
                f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
            )
        return done

    def train(self, **variables: str) -> None:
        self.run("dvc", "repro", "-q", **variables)

    def stage(self, name: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self.run("python", f"src/{PACKAGE}/{name}.py", check=check)

    def test(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", *words, check=False)

    def read(self, path: str) -> str:
        return (self.folder / path).read_text(encoding="utf-8")

    def write(self, path: str, content: str | bytes) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())

    def change(self, path: str, old: str, new: str) -> None:
        text = self.read(path)
        assert old in text, f"{path} does not hold {old!r}"
        self.write(path, text.replace(old, new, 1))

    def metrics(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.read("metrics/test.json"))
        return found

    def export(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.read(f"models/{MODEL}/export.json"))
        return found

    def clone(self, target: Path) -> Project:
        """Clone with Git; the raw data come from the first one's DVC cache."""
        self.run("git", "clone", "-q", str(self.folder), str(target))
        other = Project(target)
        other.run("dvc", "remote", "add", "-q", "-d", "first", str(self.folder / ".dvc" / "cache"))
        other.run("dvc", "pull", "-q", *(str(path.relative_to(target)) for path in target.rglob("raw/*.dvc")))
        return other


def make_launcher(folder: Path) -> Path:
    """Write a script `mlgit` that runs this checkout, and return the folder to put on PATH."""
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "mlgit"
    script.write_text(
        f'#!/bin/sh\nPYTHONPATH="{ROOT / "src"}" exec "{sys.executable}" -m mlgit "$@"\n', encoding="utf-8"
    )
    script.chmod(0o755)
    return folder


def files_of(raw: Path, target: str, template: str = DEFAULT) -> dict[str, bytes]:
    """Return every file of the repository for a table but the table itself, by its path."""
    profile = profiling.profile_file(raw, target)
    held_out = split.split_file(raw, profile)
    context = project_context(
        project=MODEL,
        package=PACKAGE,
        model=MODEL,
        table=raw.stem,
        raw_path=f"data/raw/{raw.name}",
        profile=profile,
        test_rows=len(held_out),
        template=template,
    )
    found = project_files(context)
    found[f"splits/{raw.stem}.csv"] = split.write(held_out).encode()
    found[f"schemas/{raw.stem}.yaml"] = schema_file.write(
        inference.infer(profile), raw.stem, profile.rows
    ).encode()
    return found


def make_project(folder: Path, raw: Path, target: str) -> Project:
    """Render the templates for a table and put the result under Git and DVC, ready to train."""
    folder.mkdir(parents=True)
    project = Project(folder)
    for path, content in files_of(raw, target).items():
        project.write(path, content)
    stored = folder / "data" / "raw" / raw.name
    stored.parent.mkdir(parents=True)
    shutil.copy(raw, stored)
    project.run("git", "init", "-q")
    project.run("dvc", "init", "-q")
    project.run("dvc", "add", "-q", f"data/raw/{raw.name}")
    project.run("git", "add", "-A")
    project.run("git", "commit", "-q", "-m", "Start")
    return project
