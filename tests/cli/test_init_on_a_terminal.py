"""`mlgit init` on a terminal: what it asks, one question after the other, and what becomes of the answers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from select import select

import pytest

from tests.driver import Person

if sys.platform == "win32":
    pytest.skip("there is no pseudo-terminal", allow_module_level=True)


def on_a_terminal(person: Person, *arguments: str, answers: tuple[str, ...]) -> tuple[str, str]:
    """Return what mlgit wrote to the terminal and to standard output; each question gets the next answer."""
    ours, theirs = os.openpty()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = (sys.executable, "-m", "mlgit", *arguments)
    process = subprocess.Popen(
        command, cwd=person.folder, env=environment, stdin=theirs, stderr=theirs, stdout=subprocess.PIPE
    )
    os.close(theirs)
    said, left = "", list(answers)
    while select([ours], [], [], 60)[0]:
        try:
            said += os.read(ours, 4096).decode()
        except OSError:  # the other end is closed
            break
        if said.endswith(": ") and left:
            os.write(ours, left.pop(0).encode() + b"\n")
    out, _ = process.communicate(timeout=60)
    os.close(ours)
    assert process.returncode == 0, said + out.decode()
    assert not left
    return said, out.decode()


@pytest.fixture
def trainer(person: Person) -> Person:
    """A person with a script that trains and no pipeline."""
    person.git("init", "--quiet", ".")
    person.write("train.py", 'import helper\nopen("model.txt", "w").write("1")\n')
    person.write("helper.py", "")
    person.commit("Mine")
    return person


@pytest.mark.parametrize(
    ("answer", "written"), [("", ["model.txt"]), ("model.bin report.json", ["model.bin", "report.json"])]
)
def test_the_outputs_of_a_command_are_asked(trainer: Person, answer: str, written: list[str]) -> None:
    said, out = on_a_terminal(trainer, "init", "--run", "python train.py", answers=(answer,))
    assert "python train.py writes model.txt; other paths, with spaces (empty: these): " in said
    assert f"stage: train in dvc.yaml reads train.py, helper.py; writes {', '.join(written)}\n" in out
    stage = trainer.read("dvc.yaml")
    assert all(f'- "{path}"' in stage for path in written)
    assert ("model.txt" in stage) == ("model.txt" in written)
    assert Path(trainer.folder, "mlgit.yaml").exists()


def test_named_outputs_are_not_asked_again(trainer: Person) -> None:
    said, out = on_a_terminal(trainer, "init", "--run", "python train.py", "--out", "a.bin", answers=())
    assert "other paths" not in said
    assert "writes a.bin\n" in out


def test_where_no_pipeline_stands_the_command_is_asked_first(trainer: Person) -> None:
    said, out = on_a_terminal(trainer, "init", answers=("", ""))
    assert "there is no dvc.yaml; the command that trains (empty: python train.py): " in said
    assert "CSV" not in said
    assert "stage: train in dvc.yaml reads train.py, helper.py; writes model.txt\n" in out


def test_a_repository_with_a_pipeline_is_asked_nothing(trainer: Person) -> None:
    trainer.write("dvc.yaml", "stages:\n  t: {cmd: python train.py, deps: [train.py], outs: [model.txt]}\n")
    said, out = on_a_terminal(trainer, "init", answers=())
    assert ": " not in said
    assert "adopted" in out
