"""The rendered files: whole, readable by their tools, and the same Python for every table."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.markers import Marker

from mlgit import yamlfile
from mlgit.config import reader
from mlgit.data import profiling
from mlgit.dvc.remote import EXTRAS
from mlgit.render import templates
from mlgit.render.frameworks import FRAMEWORKS
from mlgit.render.lockfile import named, pins
from mlgit.render.project import with_pins

from .sample_tables import HOSTILE_NAMES, write_table
from .scaffolding import MODEL, PACKAGE, files_of

FOLDER = templates.folder()
KINDS = {"mixed": "churned", "diabetes": "target", "hostile": 'tar"get, {{ y }}'}


@pytest.fixture(params=sorted(KINDS))
def rendered(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, bytes]:
    raw, target = write_table(request.param, tmp_path)
    return files_of(raw, target)


def test_yaml_is_read_alike_by_both_readers(rendered: dict[str, bytes]) -> None:
    for path, content in rendered.items():
        if path.endswith(".yaml"):
            assert yamlfile.read(content, path).value == yaml.safe_load(content)


def test_the_configuration_is_valid(rendered: dict[str, bytes]) -> None:
    assert rendered["mlgit.yaml"].startswith(
        b"# yaml-language-server: $schema=.mlgit/schema/mlgit.schema.json\n"
    )
    configuration = reader.read(rendered["mlgit.yaml"])
    model = configuration.models[MODEL]
    stages = yaml.safe_load(rendered["dvc.yaml"])["stages"]
    assert model.artifact in stages["train"]["outs"]
    assert model.metrics == tuple(next(iter(entry)) for entry in stages["evaluate"]["metrics"])
    assert all(table.schema in rendered for table in configuration.data.values())


def test_every_file_ends_in_one_line_end(rendered: dict[str, bytes]) -> None:
    for path, content in rendered.items():
        assert content.endswith(b"\n"), path
        assert not content.endswith(b"\n\n"), path
        assert not [line for line in content.split(b"\n") if line != line.rstrip(b" \t")], path


def test_stages_name_files_that_exist(rendered: dict[str, bytes]) -> None:
    pipeline = yaml.safe_load(rendered["dvc.yaml"])
    made = {name_of(out) for stage in pipeline["stages"].values() for out in outs_of(stage)}
    for stage in pipeline["stages"].values():
        for dependency in stage["deps"]:
            known = dependency in rendered or dependency in made or Path(dependency).parent.as_posix() in made
            assert known or dependency.startswith("data/raw/"), dependency
        settings = yaml.safe_load(rendered["params.yaml"])
        for name in stage.get("params", []):
            found: Any = settings
            for key in name.split("."):
                found = found[key]


def test_a_stage_depends_on_every_module_it_imports(rendered: dict[str, bytes]) -> None:
    pipeline = yaml.safe_load(rendered["dvc.yaml"])["stages"]
    for stage in pipeline.values():
        script = stage["cmd"].removeprefix("python ")
        if script in rendered:
            modules = {f"src/{PACKAGE}/{name}.py" for name in imported(rendered, Path(script).stem)}
            assert modules <= set(stage["deps"]), stage["cmd"]


def imported(rendered: dict[str, bytes], module: str) -> set[str]:
    """Return a module and the neighbours that it imports, directly or not."""
    found = {module}
    source = rendered[f"src/{PACKAGE}/{module}.py"].decode()
    for name in re.findall(r"^from (\w+) import", source, re.MULTILINE):
        if f"src/{PACKAGE}/{name}.py" in rendered:
            found |= imported(rendered, name)
    return found


def outs_of(stage: dict[str, Any]) -> list[Any]:
    return [*stage.get("outs", []), *stage.get("metrics", [])]


def name_of(out: Any) -> str:
    return str(next(iter(out))) if isinstance(out, dict) else str(out)


def test_hostile_names_arrive_as_they_are(tmp_path: Path) -> None:
    raw, target = write_table("hostile", tmp_path)
    settings = yaml.safe_load(files_of(raw, target)["params.yaml"])
    used = {name for kind, names in settings["columns"].items() if kind != "missing" for name in names}
    assert set(HOSTILE_NAMES) | {"label", "Id"} <= used | {settings["table"]["id"]}
    assert settings["table"]["target"] == target
    assert settings["table"]["classes"] == list(profiling.profile_file(raw, target).classes)


def test_python_is_the_same_for_every_table(tmp_path: Path) -> None:
    sources = []
    for name, target in KINDS.items():
        raw, _ = write_table(name, tmp_path)
        sources.append({path: text for path, text in files_of(raw, target).items() if path.endswith(".py")})
    assert sources[0] == sources[1] == sources[2]
    for path in FOLDER.glob("project/**/*.py.j2"):
        assert not re.search(r"\{[{%#]", path.read_text(encoding="utf-8")), path


def test_the_python_is_clean(tmp_path: Path) -> None:
    raw, target = write_table("diabetes", tmp_path)
    folder = tmp_path / "project"
    for path, content in files_of(raw, target).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    for words in (
        ("ruff", "check", "--no-cache", "."),
        ("ruff", "format", "--no-cache", "--check", "."),
        ("mypy", "--no-incremental", f"src/{PACKAGE}", "tests"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", *words], cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


PIN = re.compile(r"[a-z0-9][a-z0-9-]*==\S+(?: ; [^\\]+)? \\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+")
"""One version of a package, with the digests of its files."""
OWN = {"mlgit", "jobs", "tests", "build"}
"""The locks of mlgit itself: to start, to work in a job, to run a repository's tests, to be built from a commit."""
PINS = {one.pins for one in FRAMEWORKS.values() if one.pins}
"""Those of `init --template`."""


def test_the_lock_pins_what_is_asked_for() -> None:
    lock = (FOLDER / "project" / "requirements.lock.j2").read_text(encoding="utf-8")
    found = pins(lock)
    assert all(PIN.fullmatch(pin) for pin in found)
    asked = (FOLDER / "requirements.in").read_text(encoding="utf-8")
    names = {re.split(r"[<>=]", line)[0] for line in asked.splitlines() if not line.startswith("#")}
    assert names <= {named(pin) for pin in found}
    assert "://" not in lock
    assert not any(pin.startswith("mlgit") for pin in found)


@pytest.mark.parametrize("extra", sorted({*EXTRAS.values(), *OWN, *PINS}))
def test_every_list_of_pins_has_digests_and_the_versions_of_the_lock(extra: str) -> None:
    lock = (FOLDER / "project" / "requirements.lock.j2").read_text(encoding="utf-8")
    found = pins((FOLDER / "locks" / f"{extra}.txt").read_text(encoding="utf-8"))
    assert all(PIN.fullmatch(pin) for pin in found)
    versions = {named(pin): pin.split()[0] for pin in pins(lock)}
    here = [pin for pin in found if is_for(pin, "3.11")]
    assert here
    assert all(versions.get(named(pin), pin.split()[0]) == pin.split()[0] for pin in here)


def is_for(pin: str, python: str) -> bool:
    """Tell whether a pin holds for a Python: the tests of a repository run with older ones than mlgit, too."""
    said = re.search(r" ; ([^\\]+) \\\n", pin)
    return said is None or Marker(said[1]).evaluate(
        {"python_full_version": f"{python}.0", "python_version": python}
    )


@pytest.mark.parametrize("extra", sorted(set(EXTRAS.values())))
def test_a_remote_adds_its_pins_to_the_lock_and_changes_none(extra: str) -> None:
    lock = (FOLDER / "project" / "requirements.lock.j2").read_bytes()
    added = (FOLDER / "locks" / f"{extra}.txt").read_bytes()
    whole = with_pins(lock, added).decode()
    names = [named(pin) for pin in pins(whole)]
    assert names == sorted(set(names))
    assert f"dvc-{extra}" in names
    assert whole.splitlines()[0] == lock.decode().splitlines()[0]
    assert set(pins(lock.decode())) < set(pins(whole))


def test_every_list_of_pins_belongs_to_a_remote_or_to_mlgit() -> None:
    assert {place.stem for place in (FOLDER / "locks").iterdir()} == {*EXTRAS.values(), *OWN, *PINS}
