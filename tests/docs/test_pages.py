"""The pages are true: links lead somewhere, commands exist, settings load, the tutorial runs."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from mlgit.cli.main import VERBS
from mlgit.config import reader
from tests.driver import Person

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "templates" / "README.md"])
LINK = re.compile(r"\[[^\]\n]+\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```(?P<kind>[a-z]+)\n(?P<text>.*?)^```$", re.S | re.M)
COMMAND = re.compile(r"(?:^ {4}|`|\$ |&& )mlgit ([a-z]+)", re.M)


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(), flags=re.S)):
        if not target.startswith(("http://", "https://", "#", "mailto:")):
            assert (page.parent / target.partition("#")[0]).exists(), f"{name_of(page)}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_each_row_of_a_table_has_the_cells_of_its_head(page: Path) -> None:
    """What stands behind one cell too many is not shown."""
    text = re.sub(r"^ *```.*?^ *```$", "", page.read_text(), flags=re.S | re.M)
    for table in re.findall(r"(?:^\|.*\n)+", text, flags=re.M):
        head, *rows = (len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines())
        assert set(rows) == {head}, f"{name_of(page)}: {table}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_exist(page: Path) -> None:
    words = {"init", *COMMAND.findall(page.read_text())}
    assert words <= set(VERBS), f"{name_of(page)} names {sorted(words - set(VERBS))}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_settings_load(page: Path) -> None:
    for block in BLOCK.finditer(page.read_text()):
        if (
            block["kind"] == "yaml"
            and re.search(r"^version: 1$", block["text"], re.M)
            and "models:" in block["text"]
        ):
            assert reader.read(block["text"], name_of(page)).version == 1


def test_every_page_is_reachable_from_the_readme() -> None:
    seen: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop().resolve()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        waiting += [
            page.parent / link.partition("#")[0]
            for link in LINK.findall(page.read_text())
            if "://" not in link
        ]
    missing = [
        name_of(page) for page in PAGES if page.resolve() not in seen and page.parent != ROOT / "templates"
    ]
    assert not missing


def test_the_project_speaks_of_itself_alone() -> None:
    forbidden = re.compile(r"/work/|/root/|pypi\.org|npmjs|debian\.org/debian|registry\.", re.I)
    for page in PAGES:
        for number, line in enumerate(page.read_text().splitlines(), 1):
            assert not forbidden.search(line), f"{name_of(page)}:{number}: {line}"


def test_the_files_that_a_contributor_is_sent_to_are_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    paths = [path for path in re.findall(r"`([\w./-]+/[\w./-]*|\.importlinter)`", text) if "NAME" not in path]
    assert len(paths) > 15
    for path in (re.sub(r"\.[A-Z]\w*$", ".py", path) for path in paths):
        assert (ROOT / path).exists() or (ROOT / "src" / "mlgit" / path).exists(), path


def test_the_tutorial_runs(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
    for name in ("first-model", "pull-request", "served-model"):
        person = walked(person, name)
    assert (person.folder / "metrics" / "test.json").exists()
    subjects = person.git("log", "--format=%s")
    assert "Retrain tumours" in subjects
    assert "Roll back tumours to v0.1.0 in staging" in subjects


@pytest.mark.slow
def test_six_commands_lead_to_a_served_prediction_and_one_more_back(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
    commands = commands_of("six-commands")
    assert sum(not one.startswith("cd ") for one in commands[: 1 + place_of("curl", commands)]) == 6
    assert sum("rollback" in one for one in commands) == 1
    assert "Roll back tumours to v0.1.0 in staging" in walked(person, "six-commands").git(
        "log", "--format=%s"
    )


def place_of(word: str, commands: list[str]) -> int:
    return next(place for place, one in enumerate(commands) if one.startswith(word))


def commands_of(name: str) -> list[str]:
    """The commands of a tutorial."""
    page = (ROOT / "docs" / "tutorial" / f"{name}.md").read_text()
    lines = (line for block in BLOCK.finditer(page) for line in block["text"].splitlines())
    return [line[2:] for line in lines if line[:2] == "$ "]


def walked(person: Person, name: str) -> Person:
    """Walk a tutorial; return who stands where it led."""
    commands = commands_of(name)
    assert len(commands) > 8
    for command in commands:
        if command.startswith("cd "):
            person = person.into(command[3:])
            continue
        expected = re.search(r"# exit code (\d+)$", command)
        person.run("bash", "-c", command, exit_code=int(expected[1]) if expected else 0)
    return person
