"""`mlgit lineage --verify`: a flipped byte anywhere in what a record covers is found and named."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from hashlib import md5
from pathlib import Path

import pytest

from mlgit.runs.place import record_path
from tests.cli.compare_repository import Sandbox
from tests.cli.small_pipeline import newest
from tests.driver import Person
from tests.unit.runs.specification import validate

IN_GIT = (
    "dvc.lock", "dvc.yaml", "data/raw.csv.dvc", "requirements.lock", "prepare.py", "train.py", "metrics.json",
)  # fmt: skip


def cached(person: Person) -> list[str]:
    """Return the objects that DVC keeps: the table, the prepared folder, its two files, the model.

    Its cache holds a copy of the metrics too, for the run cache; the metrics that count are in Git.
    """
    folder = person.folder / ".dvc" / "cache" / "files" / "md5"
    metrics = md5((person.folder / "metrics.json").read_bytes()).hexdigest()
    objects = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.parent.name + path.name != metrics
    ]
    assert len(objects) == 5
    return [path.relative_to(person.folder).as_posix() for path in objects]


def flips(person: Person, seed: int, count: int) -> Iterator[tuple[str, int, int]]:
    """Yield files of a record and what it covers, a place in each, and the bits to flip there."""
    chance = random.Random(seed)
    record = next((person.folder / ".mlgit" / "runs").glob("*.json")).relative_to(person.folder).as_posix()
    files = [record, record, record, *IN_GIT, *cached(person)]
    for _ in range(count):
        file = chance.choice(files)
        yield file, chance.randrange((person.folder / file).stat().st_size), 1 << chance.randrange(8)


def flip(place: Path, position: int, bits: int) -> bytes:
    """Flip bits of one byte of a file and return what it held before."""
    before = place.read_bytes()
    changed = bytearray(before)
    changed[position] ^= bits
    place.chmod(0o644)
    place.write_bytes(changed)
    return before


def check_flips(person: Person, seed: int, count: int) -> None:
    sandbox = Sandbox(person.folder)
    validate(newest(person))
    base = person.git("rev-parse", "HEAD")
    for file, position, bits in flips(person, seed, count):
        place = person.folder / file
        before = flip(place, position, bits)
        if not file.startswith(".dvc/"):
            sandbox.git("commit", "--quiet", "--all", "--message", "Flip a bit")
        answer = sandbox.mlgit("lineage", "small", "--verify")
        where = f"{file}, byte {position}, bits {bits:08b}"
        assert answer.exit_code == 1, f"not found: {where}\n{answer.stdout}"
        assert "first difference: " in answer.stdout, where
        shown = "in the DVC cache is damaged" if file.startswith(".dvc/") else file
        assert shown in answer.stdout.partition("first difference")[2], f"not named: {where}\n{answer.stdout}"
        place.write_bytes(before)
        sandbox.git("reset", "--quiet", "--hard", base)
    assert sandbox.mlgit("lineage", "--verify").exit_code == 0


def test_nothing_flipped_is_as_recorded(small: Person) -> None:
    answer = small.mlgit("lineage", "--verify")
    assert "small is as recorded in .mlgit/runs/" in answer.out
    assert "not looked at" not in answer.out
    checked = json.loads(small.mlgit("lineage", "--verify", "--json").out)["verifications"][0]
    assert checked["same"] > 20
    assert (checked["differences"], checked["unknown"]) == ([], [])


def test_a_flipped_byte_is_found(small: Person) -> None:
    check_flips(small, 1, 40)


@pytest.mark.slow
def test_a_flipped_byte_is_found_in_any_of_two_hundred_places(small: Person) -> None:
    check_flips(small, 2, 200)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("factor: 4\nunused: 1\n", "params.yaml: factor is 4, recorded is 3"),
        ("unused: 1\n", "params.yaml: factor is gone"),
        ("factor: [\n", "params.yaml: params.yaml is not valid YAML"),
        (None, "params.yaml: it is not there"),
    ],
)
def test_parameters_are_held_against_their_values(small: Person, text: str | None, said: str) -> None:
    if text is None:
        small.git("rm", "--quiet", "params.yaml")
    else:
        small.write("params.yaml", text)
    small.commit("Other parameters")
    answer = small.mlgit("lineage", "--verify", exit_code=1)
    assert f"first difference: {said}" in answer.out


def test_a_parameter_that_no_stage_reads_is_no_difference(small: Person) -> None:
    small.write("params.yaml", "# a comment\nunused: 2\nfactor: 3\n")
    small.commit("Another value of nothing")
    assert small.mlgit("lineage", "--verify")


def test_what_this_clone_does_not_hold_is_said_and_no_difference(small: Person) -> None:
    small.into("..").git("clone", "--quiet", "s", "clone")
    answer = small.into("..", "clone").mlgit("lineage", "--verify")
    assert "small is as recorded" in answer.out
    assert "not looked at (3):" in answer.out
    assert "model.json: its content is not in the DVC cache of this machine" in answer.out


@pytest.mark.parametrize("file", ["train.py", "requirements.lock", "metrics.json", "data/raw.csv.dvc"])
def test_a_file_that_is_gone_is_a_difference(small: Person, file: str) -> None:
    small.git("rm", "--quiet", "--force", file)
    small.commit("Gone")
    assert f"{file}: " in small.mlgit("lineage", "--verify", exit_code=1).out.partition("first difference")[2]


def test_a_record_that_is_no_record_is_named_without_verify_too(small: Person) -> None:
    small.write(".mlgit/runs/20300101T000000Z-000000000000.json", "<<<<<<< HEAD\n")
    small.commit("A merge gone wrong")
    answer = small.mlgit("lineage", exit_code=1)
    assert answer.out.startswith("unreadable: .mlgit/runs/20300101T000000Z-000000000000.json")
    assert "small at HEAD" in answer.out


def test_a_record_of_another_pipeline_in_the_wrong_place(small: Person) -> None:
    (record,) = (small.folder / ".mlgit" / "runs").glob("*.json")
    small.write(f".mlgit/runs/other/{record.name}", record.read_text())
    small.write("other/dvc.lock", "schema: '2.0'\nstages: {}\n")
    small.write("mlgit.yaml", "version: 1\nmodels:\n  small: {pipeline: other}\n")
    small.commit("Moved")
    answer = small.mlgit("lineage", "--verify", exit_code=1)
    assert "its pipeline is , recorded is other" in answer.out


def test_a_record_that_somebody_made_up_leads_nowhere(small: Person) -> None:
    (file,) = (small.folder / ".mlgit" / "runs").glob("*.json")
    text = file.read_text()
    for real, invented in (("prepare.py", "/etc/passwd"), ("requirements.lock", "../../../etc/hosts")):
        assert f'"name": "{real}"' in text
        text = text.replace(f'"name": "{real}"', f'"name": "{invented}"')
    text = text.replace('"params.yaml": {', '"/etc/hostname": {').replace(
        '"mlgit_size": 299', '"mlgit_size": "many"'
    )
    started = newest(small)["predicate"]["runDetails"]["metadata"]["startedOn"]
    file.unlink()
    small.write(record_path(".", started, text.encode()), text)
    small.commit("Made up")
    answer = small.mlgit("lineage", "--verify", exit_code=1)
    found = answer.out.partition("first difference")[2]
    assert "/etc/passwd: neither Git nor DVC has it" in found
    assert "../../../etc/hosts: it is not there" in found
    assert "/etc/hostname: it is not there" in found
    assert "root:" not in answer.out
    assert "not reproduced" in small.mlgit("reproduce", exit_code=1).out
