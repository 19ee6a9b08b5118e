"""Stage by stage and reason by reason, `mlgit status` says what `dvc status` says, over many kinds of change at once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .compare_repository import Sandbox
from .more_layouts import VERSIONED

DVC = Path(sys.executable).parent / "dvc"
PARAMS = """
vars_like: {size: 3, names: [a, b]}
rate: 1e-3
depth: 5
gone: 1
same: true
nested: {deep: {x: 1}}
listed: [1, 2]
moon_size: 400_000
options: {epochs: 3, names: [a, "b c"], fast: true, slow: false, deep: {rate: 1e-3}}
"""
PIPELINE = """
vars:
  - words: {greeting: hello}
  - more.yaml:taken
stages:
  fresh: {cmd: cp in/a.txt out/fresh, deps: [in/a.txt], outs: [out/fresh]}
  command: {cmd: echo 1 > out/command, outs: [out/command]}
  commands: {cmd: [echo 1 > out/commands, "true"], outs: [out/commands]}
  parameters:
    cmd: echo > out/parameters
    params: [rate, depth, gone, same, nested.deep, listed, extra.yaml: [k], whole.json: , other.toml: [t.u]]
    outs: [out/parameters]
  edited: {cmd: cp in/edited.txt out/edited, deps: [in/edited.txt], outs: [out/edited]}
  deleted: {cmd: cp in/deleted.txt out/deleted, deps: [in/deleted.txt], outs: [out/deleted]}
  folder: {cmd: ls in/folder > out/folder, deps: [in/folder], outs: [out/folder]}
  grown: {cmd: ls in/grown > out/grown, deps: [in/grown], outs: [out/grown]}
  calm: {cmd: ls in/calm > out/calm, deps: [in/calm], outs: [out/calm]}
  added: {cmd: cp data/added.csv out/added, deps: [data/added.csv], outs: [out/added]}
  behind: {cmd: cp out/edited out/behind, deps: [out/edited], outs: [out/behind]}
  spoilt: {cmd: echo 2 > out/spoilt, outs: [out/spoilt]}
  lost: {cmd: echo 3 > out/lost, outs: [out/lost]}
  uncached: {cmd: echo lost > out/uncached, outs: [out/uncached]}
  many: {cmd: mkdir -p out/many && echo 4 > out/many/1 && echo 5 > out/many/2, outs: [out/many]}
  wider: {cmd: cp in/a.txt out/wider, deps: [in/a.txt], outs: [out/wider]}
  narrower: {cmd: cp in/a.txt out/narrower, deps: [in/a.txt, in/edited.txt], outs: [out/narrower]}
  iced: {cmd: cp in/edited.txt out/iced, deps: [in/edited.txt], outs: [out/iced], frozen: true}
  iced_command: {cmd: echo 6 > out/iced_command, outs: [out/iced_command], frozen: true}
  always: {cmd: echo 7 > out/always, outs: [out/always], always_changed: true}
  callback: {cmd: "true"}
  elsewhere:
    wdir: sub
    cmd: cp ../in/edited.txt elsewhere.txt
    deps: [../in/edited.txt]
    params: [../extra.yaml: [k]]
    outs: [elsewhere.txt]
  report:
    cmd: echo '{"a" - 1}' > out/report.json
    metrics: [out/report.json: {cache: false}]
  each:
    foreach: [a, b]
    do: {cmd: "cp in/${item}.txt out/each_${item}", deps: ["in/${item}.txt"], outs: ["out/each_${item}"]}
  named:
    foreach: {one: {size: 1}, two: {size: 2}}
    do: {cmd: "echo ${key} ${item.size} > out/named_${key}", outs: ["out/named_${key}"]}
  grid:
    matrix: {x: [1, 2], y: [p]}
    cmd: echo ${item.x} ${item.y} > out/grid_${item.x}_${item.y}
    outs: ["out/grid_${item.x}_${item.y}"]
  python: {cmd: echo > out/python, params: [hp.py: [lr, Train.epochs, Train.sizes, Model.seed]], outs: [out/python]}
  pattern: {cmd: echo > out/pattern, params: ["moon*"], outs: [out/pattern]}
  mapping: {cmd: "echo ${options} > out/mapping", outs: [out/mapping]}
  mappings: {cmd: ["echo ${options.deep} x", "echo > out/mappings"], outs: [out/mappings]}
  taken: {cmd: "echo ${taken} > out/taken", outs: [out/taken]}
  own: {wdir: sub, vars: ["../own.toml"], cmd: "echo ${mine.x} > own.txt", outs: [own.txt]}
  templated: {cmd: "echo ${words.greeting} ${vars_like.size} > out/templated", outs: [out/templated]}
"""
FILES = {
    "params.yaml": PARAMS,
    "extra.yaml": "k: 1\n",
    "whole.json": '{"one": 1, "two": {"three": 3}}',
    "other.toml": "[t]\nu = 2.5\n",
    "hp.py": "lr = 1e-3\nclass Train:\n    epochs: int = 3\n    sizes = (1, 2)\nclass Model:\n"
    "    def __init__(self):\n        self.seed = 1\n",
    "more.yaml": "taken: 1\nleft: 2\n",
    "own.toml": "[mine]\nx = 1\n",
    ".dvc/config": "[parsing]\n    bool = boolean_optional\n    list = append\n",
    "dvc.yaml": PIPELINE,
    "in/a.txt": "a\n",
    "in/b.txt": "b\n",
    "in/edited.txt": "old\n",
    "in/deleted.txt": "there\n",
    "in/folder/one.txt": "1\n",
    "in/folder/inner/two.txt": "2\n",
    "in/grown/one.txt": "1\n",
    "in/calm/one.txt": "1\n",
    "in/calm/.gitignore": "*.pyc\n",
    "data/added.csv": "x\n1\n",
    "out/.gitkeep": "",
    "sub/.gitkeep": "",
}


def environment(home: Path) -> dict[str, str]:
    folders = {
        f"DVC_{name}_DIR": str(home / name) for name in ("GLOBAL_CONFIG", "SYSTEM_CONFIG", "SITE_CACHE")
    }
    author = {
        f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    return {**os.environ, **folders, **author, "HOME": str(home), "DVC_NO_ANALYTICS": "1"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository in which every stage was just run."""
    home = tmp_path_factory.mktemp("home")
    root = tmp_path_factory.mktemp("trained") / "repository"
    sandbox = Sandbox(root).with_dvc().write({**FILES, "dvc.yaml": PIPELINE.replace(", frozen: true", "")})
    for arguments in (("add", "--quiet", "data/added.csv"), ("repro", "--quiet")):
        subprocess.run([DVC, *arguments], cwd=root, env=environment(home), check=True, capture_output=True)
    sandbox.write({"dvc.yaml": PIPELINE})
    sandbox.git("add", "--all")
    subprocess.run(["git", "commit", "-qm", "trained"], cwd=root, env=environment(home), check=True)
    return root


@pytest.fixture
def sandbox(trained: Path, tmp_path: Path) -> Sandbox:
    root = tmp_path / "repository"
    shutil.copytree(trained, root, symlinks=True)
    return Sandbox(root)


def theirs(root: Path) -> dict[str, set[tuple[str, str]]]:
    done = subprocess.run([DVC, "status", "--json"], cwd=root, capture_output=True, text=True, check=True)
    found: dict[str, set[tuple[str, str]]] = {}
    for address, entries in json.loads(done.stdout).items():
        if address.endswith(".dvc"):
            continue
        causes = found.setdefault(address, set())
        for entry in entries:
            if isinstance(entry, str):
                causes.add((entry, ""))
                continue
            for path, what in entry.get("changed outs", {}).items():
                assert isinstance(what, str)
                causes.add(("output", path))
            for path, what in entry.get("changed deps", {}).items():
                names = what if isinstance(what, dict) else None
                causes |= {("parameter", name) for name in names} if names else {("dependency", path)}
    return found


def ours(report: dict[str, Any]) -> dict[str, set[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    words = {"command": "changed command", "always changed": "always changed"}
    for stage in report["stages"]:
        direct = [reason for reason in stage["reasons"] if reason["cause"] != "upstream"]
        for reason in direct:
            name = reason["name"]
            if reason["cause"] == "parameter":
                name = declared_as(name.rpartition(":")[2])
            cause = words.get(reason["cause"], reason["cause"])
            found.setdefault(stage["address"], set()).add((cause, "" if cause in words.values() else name))
    return found


def declared_as(name: str) -> str:
    """Return the name that DVC gives a parameter: as declared, where mlgit tells which part of a mapping differs."""
    return {"nested.deep.x": "nested.deep", "two.three": "two"}.get(name, name)


def change_everything(sandbox: Sandbox) -> None:
    parameters = PARAMS.replace("rate: 1e-3", "rate: 0.001").replace("depth: 5", "depth: 6")
    parameters = parameters.replace("gone: 1\n", "").replace("x: 1", "x: 2").replace("[1, 2]", "[1, 3]")
    parameters = parameters.replace("400_000", "400_001").replace("slow: false", "slow: true")
    declaration = PIPELINE.replace("echo 1 > out/command,", "echo 1  > out/command,")
    declaration = declaration.replace('"true"], outs', '"false"], outs').replace("echo 6 >", "echo 66 >")
    declaration = declaration.replace(
        "wider: {cmd: cp in/a.txt out/wider, deps: [in/a.txt], outs: [out/wider]}",
        "wider: {cmd: cp in/a.txt out/wider, deps: [in/a.txt, in/b.txt], outs: [out/wider, out/wider2]}",
    )
    declaration = declaration.replace("deps: [in/a.txt, in/edited.txt], outs", "deps: [in/a.txt], outs")
    declaration = declaration.replace("greeting: hello", "greeting: hi").replace(
        "two: {size: 2}", "two: {size: 22}"
    )
    declaration = declaration.replace("foreach: [a, b]", "foreach: [a, b, c]").replace("y: [p]", "y: [p, q]")
    sandbox.write(
        {
            "params.yaml": parameters,
            "extra.yaml": "k: 2\n",
            "whole.json": '{"one": 1, "two": {"three": 4}, "four": 4}',
            "other.toml": "[t]\nu = 2.50\n",
            "hp.py": FILES["hp.py"]
            .replace("epochs: int = 3", "epochs: int = 4")
            .replace("seed = 1", "seed = 2"),
            "more.yaml": "taken: 2\nleft: 3\n",
            "own.toml": "[mine]\nx = 2\n",
            "dvc.yaml": declaration,
            "in/b.txt": "bb\n",
            "in/c.txt": "c\n",
            "in/edited.txt": "new\n",
            "in/folder/inner/two.txt": "22\n",
            "in/grown/two.txt": "2\n",
            "out/report.json": "{}\n",
            "out/many/2": "6\n",
        }
    )
    (sandbox.root / "in/deleted.txt").unlink()
    (sandbox.root / "out/lost").unlink()
    for path, text in (("data/added.csv", "x\n2\n"), ("out/spoilt", "9\n")):
        (sandbox.root / path).unlink()
        sandbox.write({path: text})
    digest = next(entry for entry in lock_entries(sandbox.root) if entry[0] == "out/uncached")[1]
    (sandbox.root / ".dvc/cache/files/md5" / digest[:2] / digest[2:]).unlink()


def lock_entries(root: Path) -> list[tuple[str, str]]:
    from mlgit.dvc import lockfile

    lock = lockfile.read((root / "dvc.lock").read_bytes())
    return [(entry.path, entry.digest) for stage in lock.stages.values() for entry in stage.outputs]


def test_a_trained_repository_is_fresh_for_both(sandbox: Sandbox) -> None:
    report = json.loads(sandbox.mlgit("status", "--json").stdout)
    assert (
        ours(report)
        == theirs(sandbox.root)
        == {
            "always": {("always changed", "")},
            "callback": {("always changed", "")},
        }
    )
    states = {stage["name"]: stage["state"] for stage in report["stages"]}
    assert states.pop("iced") == states.pop("iced_command") == "frozen"
    assert states.pop("always") == states.pop("callback") == "stale"
    assert set(states.values()) == {"fresh"}
    assert [one["state"] for one in report["data"]] == ["same"]


def test_every_reason_agrees(sandbox: Sandbox) -> None:
    change_everything(sandbox)
    report = json.loads(sandbox.mlgit("status", "--json").stdout)
    mine, expected = ours(report), theirs(sandbox.root)
    never = {"each@c", "grid@1-q", "grid@2-q"}
    assert {address for address, causes in mine.items() if causes == {("never run", "")}} == never
    for address in never:
        assert expected.pop(address)
        mine.pop(address)
    assert mine == expected
    assert len(mine) >= 20
    states = {stage["address"]: stage for stage in report["stages"]}
    assert states["behind"]["state"] == "stale"
    assert [reason["cause"] for reason in states["behind"]["reasons"]] == ["upstream"]
    assert [one["state"] for one in report["data"]] == ["changed"]


def test_a_commit_alone_tells_the_same(sandbox: Sandbox) -> None:
    """Without data and without a cache, from Git's objects: fresh where DVC said so."""
    shutil.rmtree(sandbox.root / ".dvc/cache")
    report = json.loads(sandbox.mlgit("status", "--at", "HEAD", "--json").stdout)
    states = {stage["name"]: stage["state"] for stage in report["stages"]}
    assert {name for name, state in states.items() if state == "stale"} == {"always", "callback"}
    assert {name for name, state in states.items() if state == "unknown"} == set()


def test_a_clone_without_data_is_told_what_is_not_here(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.git("clone", "--quiet", str(sandbox.root), str(tmp_path / "clone"))
    clone = Sandbox(tmp_path / "clone")
    report = json.loads(clone.mlgit("status", "--json").stdout)
    assert ours(report) == theirs(clone.root)
    assert [(one["state"], one["hint"]) for one in report["data"]] == [
        ("missing", "dvc pull data/added.csv.dvc")
    ]


def test_data_of_a_remote_that_keeps_versions(tmp_path: Path) -> None:
    """A `.dvc` file that lists its files has no digest of the folder, and no list stands in the cache."""
    sandbox = Sandbox(tmp_path / "r").with_dvc()
    sandbox.write({"cloud/a.csv": "1\n", "cloud/deep/b.csv": "2\n"})
    sandbox.write(
        {
            "cloud.dvc": VERSIONED,
            ".gitignore": "/cloud\n",
            "dvc.yaml": "stages:\n  whole: {cmd: ls cloud > whole, deps: [cloud], outs: [whole]}\n"
            "  part: {cmd: cat cloud/a.csv > part, deps: [cloud/a.csv], outs: [part]}\n",
        }
    )
    told = environment(tmp_path / "home")
    done = subprocess.run([DVC, "repro"], cwd=sandbox.root, env=told, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    sandbox.commit("versions")
    for arguments in ((), ("--at", "HEAD")):
        report = json.loads(sandbox.mlgit("status", "--json", *arguments).stdout)
        assert {one["name"]: one["state"] for one in report["stages"]} == {"whole": "fresh", "part": "fresh"}
    assert {one["state"] for one in json.loads(sandbox.mlgit("status", "--json").stdout)["data"]} == {"same"}
    sandbox.write({"cloud/a.csv": "3\n"})
    assert set(theirs(sandbox.root)) == {"whole", "part"}
    report = json.loads(sandbox.mlgit("status", "--json").stdout)
    assert {one["state"] for one in report["stages"]} == {"stale"}
    assert "changed" in {one["state"] for one in report["data"]}
