"""Hostile files and names through every command that reads them: no traceback, in bounds, no good that is none."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.campaign import played
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


def require_files(
    request: pytest.FixtureRequest, original: Path, folder: Path, cases: Sequence[files.Case]
) -> None:
    """Hold that every hostile file is taken well."""
    require(
        request, "hostile files", [judged_file(original, folder / f"{n}", one) for n, one in enumerate(cases)]
    )


def require_names(
    request: pytest.FixtureRequest, original: Path, folder: Path, cases: Sequence[tuple[str, str]]
) -> None:
    """Hold that every hostile name is taken well."""
    require(
        request,
        "hostile names",
        [judged_name(original, folder / f"{n}", *one) for n, one in enumerate(cases)],
    )


def require(request: pytest.FixtureRequest, campaign: str, judged: list[list[str]]) -> None:
    """Hold that no case brought a complaint, and note how many there were; the seed of each is its name."""
    found = [one for case in judged for one in case]
    played(request, campaign, "the name of each case", len(judged), sum(map(bool, judged)))
    assert not found, f"{len(found)}:\n" + "\n".join(found)


def test_five_hostile_files(request: pytest.FixtureRequest, original: Path, tmp_path: Path) -> None:
    require_files(request, original, tmp_path, files.CASES[7::80])


def test_six_hostile_names(request: pytest.FixtureRequest, original: Path, tmp_path: Path) -> None:
    require_names(request, original, tmp_path, names.CASES[1::50])


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        ("circle", "params.yaml"),
        ("circle", "data/people.csv"),
        ("pipe", "mlgit.yaml"),
        ("many keys", "params.yaml"),
        ("long line", "data/people.csv"),
    ],
)
def test_what_fell_once(
    request: pytest.FixtureRequest, original: Path, tmp_path: Path, kind: str, place: str
) -> None:
    """`Path.resolve` takes a circle for a fault of the program before Python 3.13; `git hash-object` waits at a pipe.

    DuckDB reads a line of 2 MB and no longer one.
    """
    require_files(request, original, tmp_path, [files.Case(kind, place)])


@pytest.mark.slow
@pytest.mark.parametrize("place", files.PLACES)
def test_four_hundred_hostile_files(
    request: pytest.FixtureRequest, original: Path, tmp_path: Path, place: str
) -> None:
    require_files(request, original, tmp_path, [one for one in files.CASES if one.place == place])


@pytest.mark.slow
@pytest.mark.parametrize("planter", names.PLANTERS)
def test_three_hundred_hostile_names(
    request: pytest.FixtureRequest, original: Path, tmp_path: Path, planter: str
) -> None:
    require_names(request, original, tmp_path, [one for one in names.CASES if one[0] == planter])
