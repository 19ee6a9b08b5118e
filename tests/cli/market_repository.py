"""A repository with a bare server, a DVC remote and four tables that come from elsewhere, each in its own way."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from tests.driver import Person

HEADER = "id,age,churned\n"
COPY = (
    "import os, pathlib, sys; "
    "pathlib.Path(sys.argv[2]).write_bytes((pathlib.Path(os.environ['MARKET']) / sys.argv[1]).read_bytes())"
)
TABLES = {
    "people": "data/people.csv",
    "orders": "data/orders.csv",
    "notes": "data/notes.csv",
    "towns": "data/towns.csv",
}
"""People by dvc import-url, orders by a command and in DVC, notes by a command and in Git, towns by dvc import."""


def rows(number: int, *more: str) -> str:
    """Return a table that keeps the schema."""
    lines = [f"{one},{20 + one % 50},{'yes' if one % 3 else 'no'}\n" for one in range(number)]
    return HEADER + "".join([*lines, *(f"{line}\n" for line in more)])


BAD = HEADER + "".join("x,not a number,perhaps\n" for _ in range(60))


def settings(ct: str = "") -> str:
    """Return mlgit.yaml: two tables have a source, two were imported."""
    lines = ["version: 1", "data:"]
    for name, path in TABLES.items():
        command = ["python", "-c", COPY, f"{name}.csv", "{path}"]
        source = f", source: {json.dumps(command)}" if name in ("orders", "notes") else ""
        lines.append(f"  {name}: {{path: {path}, schema: schemas/{name}.yaml{source}}}")
    return "\n".join(lines) + "\n" + ct


class Market:
    """A server, a desk that pushes to it, and the places that the tables come from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = folder / "server.git"
        self.desk = Person(folder / "desk")
        self.far = Person(folder / "far")

    @classmethod
    def made(cls, folder: Path) -> Market:
        """A market with sixty rows in every table."""
        made = cls(folder)
        made._make()
        return made

    @classmethod
    def copied(cls, template: Path, folder: Path) -> Market:
        """A copy of a market that was made before, its sources those of the copy."""
        shutil.copytree(template, folder, symlinks=True, dirs_exist_ok=True)
        made = cls(folder)
        made.desk.git("remote", "set-url", "origin", str(made.server))
        for name in ("people", "towns"):
            place = f"{TABLES[name]}.dvc"
            made.desk.write(place, made.desk.read(place).replace(str(template), str(folder)))
        made.push("Here")
        return made

    def _make(self) -> None:
        for place in (self.desk, self.far):
            place.folder.mkdir(parents=True)
        Person(self.folder).git("init", "--quiet", "--bare", "server.git")
        for name in TABLES:
            self.source(name, rows(60), first=True)
        desk = self.desk
        desk.git("init", "--quiet", ".")
        desk.git("remote", "add", "origin", str(self.server))
        desk.dvc("init", "--quiet")
        desk.dvc("remote", "add", "--quiet", "--default", "storage", "../storage")
        desk.write("mlgit.yaml", settings())
        (desk.folder / "data").mkdir()
        for name in ("orders", "notes"):
            desk.write(TABLES[name], rows(60))
        desk.dvc("add", "--quiet", TABLES["orders"])
        desk.dvc("import-url", "--quiet", str(self.folder / "people.csv"), TABLES["people"])
        desk.dvc("import", "--quiet", str(self.far.folder), "towns.csv", "-o", TABLES["towns"])
        desk.mlgit("data", "schema", "orders", "--target", "churned")
        for name in ("people", "notes", "towns"):
            shutil.copyfile(desk.folder / "schemas/orders.yaml", desk.folder / f"schemas/{name}.yaml")
        desk.dvc("push", "--quiet")
        self.push("Start")

    def source(self, name: str, text: str | None, *, first: bool = False) -> None:
        """Let a source give another content, or (None) fail."""
        place = self.far.write("towns.csv", text or "") if name == "towns" else self.folder / f"{name}.csv"
        if name == "towns":
            if first:
                self.far.git("init", "--quiet", ".")
            self.far.commit("Towns")
        elif text is None:
            place.unlink()
        else:
            place.write_text(text)

    def push(self, message: str) -> None:
        """Commit what is on the desk and push it."""
        self.desk.commit(message)
        self.desk.git("push", "--quiet", "origin", "main")

    def server_git(self, *arguments: str) -> str:
        return Person(self.server).git(*arguments)

    def branches(self) -> list[str]:
        """Return the branches of the server that propose something."""
        listed = self.server_git("for-each-ref", "--format=%(refname:short)", "refs/heads").split()
        return [one for one in listed if one != "main"]

    def changed(self, branch: str) -> list[str]:
        """Return the paths that a proposal changes."""
        return self.server_git("diff", "--name-only", f"main...{branch}").split()

    def propose(self, *more: str, exit_code: int = 0) -> dict[str, dict[str, Any]]:
        """Run `mlgit data update --propose` and return what came of each table."""
        answer = self.desk.mlgit("data", "update", *more, "--propose", "--json", exit_code=exit_code)
        return {one["table"]: one for one in json.loads(answer.out)["tables"]}
