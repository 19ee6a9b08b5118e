"""A commit that the forge makes is brought here by what the job has to show to its server."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from msgspec.structs import replace

from mlgit.git.repository import Repository
from mlgit.jobs.conclude import commit
from mlgit.world.context import Credential, SilentConsole, real_context
from mlgit.world.processes import Completed, SystemProcesses
from tests.driver import Person

KNOWN = Credential(server="https://git.example", user="x-access-token", variable="GITHUB_TOKEN")
SIGNED = "version: 1\nforge: {rules: {signatures: true}}\n"


class Recorded(SystemProcesses):
    """Real programs, and what was asked of each."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    def run(self, arguments: Sequence[str], **options: Any) -> Completed:
        self.asked.append(tuple(arguments))
        return super().run(arguments, **options)


def test_a_signed_commit_of_a_private_server_is_fetched_with_the_token_of_the_job(tmp_path: Path) -> None:
    server, here = Person(tmp_path / "server"), Person(tmp_path / "here")
    server.folder.mkdir()
    here.folder.mkdir()
    server.git("init", "--quiet", ".")
    server.write("mlgit.yaml", SIGNED)
    server.commit("Start")
    base = server.git("rev-parse", "HEAD").strip()
    here.git("clone", "--quiet", str(server.folder), ".")
    server.write("a.txt", "by the forge")
    server.commit("Signed")
    made = server.git("rev-parse", "HEAD").strip()
    recorded = Recorded()
    context = replace(real_context(SilentConsole()).at(here.folder), credential=KNOWN, processes=recorded)
    forge = SimpleNamespace(create_commit=lambda _: made)
    site: Any = SimpleNamespace(
        context=context, repository=Repository(context, here.folder), remote="origin", forge=forge
    )
    assert commit(site, base, {"a.txt": b"by the forge"}, "Signed", seconds=1.8e9) == made
    (fetched,) = [words for words in recorded.asked if "fetch" in words]
    assert any("echo username=x-access-token" in word for word in fetched)
    assert here.git("show", f"{made}:a.txt") == "by the forge"
