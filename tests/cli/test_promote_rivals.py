"""Many writers at once, and writers that are killed: nothing is lost, doubled, half done or stuck."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.git_kept_repository import many
from tests.driver import Person

WRITER = """
import sys
from pathlib import Path
from mlgit.environments.change import change
from mlgit.environments.request import Request
from mlgit.project.project import Project
from mlgit.views.environments import texts
from mlgit.world.context import SilentConsole, real_context

model, number = sys.argv[1], int(sys.argv[2])
for minor in range(1, number + 1):
    asked = Request(action="promote", model=model, environment="staging", version=f"v0.{minor}.0")
    made = change(Project.find(real_context(SilentConsole())), asked, texts())
    assert made.outcome == "committed", made
    print(made.to, made.commit, flush=True)
"""


@pytest.mark.parametrize(
    ("writers", "promotions"), [(3, 3), pytest.param(8, 25, marks=pytest.mark.slow)], ids=["short", "long"]
)
def test_concurrent_promotions_are_all_acknowledged_and_none_is_lost(
    tmp_path: Path, writers: int, promotions: int
) -> None:
    server = many(tmp_path, writers, promotions)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    running = [
        subprocess.Popen(
            (sys.executable, "-c", WRITER, f"m{number}", f"{promotions}"),
            cwd=server.clone(f"clone{number}").desk.folder,
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for number in range(writers)
    ]  # fmt: skip
    acknowledged = {}
    for number, process in enumerate(running):
        out, err = process.communicate()
        assert process.returncode == 0, err
        acknowledged[number] = [line.split() for line in out.splitlines()]
    bare = Person(server.server)
    commits = bare.git("rev-list", "--first-parent", "main").split()
    assert bare.git("rev-list", "main").split() == commits
    assert len(commits) == writers * promotions + 1
    for number, lines in acknowledged.items():
        assert [version for version, _ in lines] == [f"v0.{minor}.0" for minor in range(1, promotions + 1)]
        assert {commit for _, commit in lines} <= set(commits)
        assert f'"m{number}=m{number}"' in server.desired("staging")
    assert server.desired("staging").count(f'version: "v0.{promotions}.0"') == writers
    spans = server.clone("reader").json("history")["spans"]
    assert len(spans) == writers * promotions
    bare.git("fsck", "--strict")
