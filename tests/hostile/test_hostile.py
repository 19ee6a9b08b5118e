"""Hostile files and names through every command that reads them: no traceback, in bounds, no good that is none."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.driver import Person
from tests.hostile import files, names
from tests.hostile.files import Command
from tests.hostile.repository import make
from tests.interruption.trial import warm
from tests.isolation import in_isolation

SECONDS, MEGABYTES = 5.0, 512.0
WAITED = 30.0
"""Seconds by the clock, on a machine that others use as well: nothing waits for what never comes."""
OBEYED = re.compile(r"(?m)^\s*::|\r\s*::|##\[")
"""What a runner of GitHub takes for a command."""
OURS = re.compile(r"(?m)^::(?:error|warning) (?:file=[^:\n]*,line=\d+,)?title=[^:\n]*::[^\r\n]*$")
"""The annotations of a job that we make on purpose."""
BLOCKS = 10


class Answer(NamedTuple):
    arguments: Command
    code: int
    said: str
    seconds: float
    megabytes: float
    waited: float


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with in_isolation(tmp_path_factory.mktemp("home")):
        yield make(tmp_path_factory.mktemp("hostile") / "original").folder


def asked(root: Path, arguments: Command) -> Answer:
    """Run a command in a process of its own, inside a job of GitHub as far as it can tell."""
    output = root.with_name(f"{root.name}.output")
    began = time.monotonic()
    code = warm().run(arguments, root, {**os.environ, "GITHUB_ACTIONS": "true"}, output)
    said = output.read_text(errors="surrogateescape")
    return Answer(arguments, code, said, warm().seconds, warm().megabytes, time.monotonic() - began)


def complaints(answer: Answer) -> Iterator[str]:
    shown = f"{' '.join(answer.arguments)[:80]} -> {answer.code}"
    if "Traceback" in answer.said or "error[fault]" in answer.said or answer.code not in (0, 1, 2, 3, 4):
        yield f"{shown}: {answer.said[-600:]!r}"
    if answer.seconds > SECONDS or answer.megabytes > MEGABYTES:
        yield f"{shown}: {answer.seconds:.1f} s, {answer.megabytes:.0f} MB"
    if answer.waited > WAITED:
        yield f"{shown}: waited {answer.waited:.0f} s"
    if found := OBEYED.search(OURS.sub("", answer.said)):
        yield f"{shown}: a runner obeys {found.string[found.start() : found.start() + 100]!r}"


def judged_file(original: Path, folder: Path, case: files.Case) -> list[str]:
    """What is wrong with how a hostile file is taken."""
    root = folder / "r"
    shutil.copytree(original, root, symlinks=True)
    case.plant(root)
    found = []
    for number, arguments in enumerate(files.PLACES[case.place]):
        answer = asked(root, arguments)
        found += list(complaints(answer))
        told = answer.code != 0 or case.place.rpartition("/")[2] in answer.said
        if number == 0 and case.has_to_be_told and not told:
            found.append(f"{' '.join(arguments)}: content with what nobody can read: {answer.said[:300]!r}")
    found += [f"obeyed: {one}" for one in names.canaries(root)]
    shutil.rmtree(folder)
    return [f"{case.kind} at {case.place}: {one}" for one in found]


def judged_name(original: Path, folder: Path, planter: str, name: str) -> list[str]:
    """What is wrong with how a hostile name is taken."""
    root = folder / "r"
    shutil.copytree(original, root, symlinks=True)
    found = []
    for arguments in names.PLANTERS[planter](Person(root), name):
        found += list(complaints(asked(root, arguments)))
    found += [f"obeyed: {one}" for one in names.canaries(root)]
    shutil.rmtree(folder)
    return [f"{planter} {name[:40]!r}: {one}" for one in found]


def require_no_complaint(found: list[str]) -> None:
    assert not found, f"{len(found)}:\n" + "\n".join(found)


def test_five_hostile_files(original: Path, tmp_path: Path) -> None:
    some = [case for number, case in enumerate(files.CASES) if number % 80 == 7]
    require_no_complaint(
        [one for place, case in enumerate(some) for one in judged_file(original, tmp_path / f"{place}", case)]
    )


def test_six_hostile_names(original: Path, tmp_path: Path) -> None:
    some = [case for number, case in enumerate(names.CASES) if number % 50 == 1]
    require_no_complaint(
        [
            one
            for place, case in enumerate(some)
            for one in judged_name(original, tmp_path / f"{place}", *case)
        ]
    )


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        ("circle", "params.yaml"),
        ("circle", "metrics.json"),
        ("pipe", "mlgit.yaml"),
        ("many keys", "params.yaml"),
    ],
)
def test_what_fell_once(original: Path, tmp_path: Path, kind: str, place: str) -> None:
    """`Path.resolve` takes a circle for a fault of the program before Python 3.13; `git hash-object` waits at a pipe."""
    require_no_complaint(judged_file(original, tmp_path / "case", files.Case(kind, place)))


@pytest.mark.slow
@pytest.mark.parametrize("place", files.PLACES)
def test_four_hundred_hostile_files(original: Path, tmp_path: Path, place: str) -> None:
    some = [case for case in files.CASES if case.place == place]
    require_no_complaint(
        [
            one
            for number, case in enumerate(some)
            for one in judged_file(original, tmp_path / f"{number}", case)
        ]
    )


@pytest.mark.slow
@pytest.mark.parametrize("planter", names.PLANTERS)
def test_three_hundred_hostile_names(original: Path, tmp_path: Path, planter: str) -> None:
    require_no_complaint(
        [
            one
            for number, name in enumerate(names.NAMES)
            for one in judged_name(original, tmp_path / f"{number}", planter, name)
        ]
    )
