"""Files on disk as Git stores them: only texts, only where Git converts; nobody is asked where no line ends with CRLF."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from mlgit.git.checkout import Checkout
from mlgit.git.repository import Repository
from mlgit.world.context import SilentConsole, real_context
from tests.counted import Counted

from ...cli.compare_repository import Sandbox

FILES = {".gitattributes": "*.csv text eol=crlf\n*.raw -text\n", "a.csv": "1\r\n2\r\n", "b.raw": "1\r\n", "c.txt": "1\r\n", "d.txt": "1\n", "e.csv": "1\r\n\0"}  # fmt: skip


def test_line_ends_are_those_of_git_where_it_converts_them(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "repository").write(FILES)
    checkout = Checkout(Repository(real_context(SilentConsole()), sandbox.root))
    found = checkout.contents([*FILES, "missing"])
    assert found == {path: text.encode() for path, text in FILES.items()} | {"a.csv": b"1\n2\n"}
    assert checkout.converted == {"a.csv": b"1\r\n2\r\n"}
    sandbox.git("config", "core.autocrlf", "true")
    anew = Checkout(Repository(real_context(SilentConsole()), sandbox.root))
    assert (anew.content("c.txt"), anew.content("b.raw"), anew.content("d.txt")) == (b"1\n", b"1\r\n", b"1\n")
    assert anew.converted == {"c.txt": b"1\r\n"}


def test_git_is_asked_only_for_what_ends_with_crlf_and_not_outside_of_a_repository(tmp_path: Path) -> None:
    processes = Counted()
    context = replace(real_context(SilentConsole()), processes=processes)
    sandbox = Sandbox(tmp_path / "repository").write({"a.txt": "1\n", "b.csv": "1\r\n", "c.csv": "2\r\n"})
    checkout = Checkout(Repository(context, sandbox.root))
    checkout.contents(["a.txt"])
    assert processes.verbs == []
    checkout.contents(["b.csv", "c.csv"])
    assert processes.verbs == ["check-attr", "config"]
    (tmp_path / "a.csv").write_bytes(b"1\r\n")
    assert Checkout(Repository(context, tmp_path)).content("a.csv") == b"1\r\n"
    assert len(processes.verbs) == 2
