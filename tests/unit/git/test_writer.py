"""GitPython in an environment that is ours: what a user configured, exported or hooked in does not matter."""

from __future__ import annotations

import ast
import os
import stat
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mlgit.errors import ExternalError, UsageError
from mlgit.git import writer
from mlgit.git.repository import Repository
from mlgit.refs import swap as swapping
from mlgit.refs.commits import commit_on
from mlgit.refs.log import RefLog
from mlgit.refs.publish import branch_tip, move_branch
from mlgit.refs.swap import credentials
from mlgit.registry.remote import bring_tags
from mlgit.world.context import Context, Credential, SilentConsole, real_context
from mlgit.world.processes import Completed, SystemProcesses
from tests.processes import Traces

SOURCE = Path(writer.__file__).parents[1]


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ("git", *arguments), cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that is there once a hook, an alias or a program of the user's configuration ran."""
    mark, programs = tmp_path / "ran", tmp_path / "programs"
    programs.mkdir()
    names = (
        "pre-commit",
        "commit-msg",
        "post-commit",
        "post-checkout",
        "pre-push",
        "reference-transaction",
        "gpg",
    )
    for name in names:
        place = programs / name
        place.write_text(f"#!/bin/sh\necho {name} >> {mark}\nexit 1\n")
        place.chmod(0o755)
    template = tmp_path / "template" / "hooks"
    template.mkdir(parents=True)
    for name in names:
        (template / name).symlink_to(programs / name)
    with (Path(os.environ["HOME"]) / ".gitconfig").open("a") as settings:
        settings.write(
            f"[core]\n\thooksPath = {programs}\n\tfsmonitor = {programs}/pre-commit\n\tautocrlf = input\n"
            f"[init]\n\ttemplateDir = {template.parent}\n[commit]\n\tgpgsign = true\n[gpg]\n\tprogram = {programs}/gpg\n"
            f"[push]\n\tgpgSign = if-asked\n\tfollowTags = true\n[fastimport]\n\tunpackLimit = 1\n"
            f"[i18n]\n\tcommitEncoding = latin1\n[alias]\n\tfast-import = !false\n"
        )
    elsewhere = tmp_path / "elsewhere"
    subprocess.run(("git", "init", "--quiet", "--bare", str(elsewhere)), check=True)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"):
        monkeypatch.setenv(name, str(elsewhere))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_TEMPLATE_DIR", str(template.parent))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.hooksPath")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(programs))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(programs / "pre-commit"))
    monkeypatch.setenv("GIT_PYTHON_GIT_EXECUTABLE", "git")
    return mark


def context(folder: Path) -> Context:
    return real_context(SilentConsole()).at(folder)


def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_") and "CONFIG_NOSYSTEM" not in name]:
        if not name.startswith(("GIT_AUTHOR", "GIT_COMMITTER")):
            monkeypatch.delenv(name)


def test_what_a_user_configured_exported_or_hooked_in_does_not_matter(
    tmp_path: Path, hostile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, server = tmp_path / "made", tmp_path / "server.git"
    folder.mkdir()
    before = dict(os.environ)
    writer.init(context(folder), folder)
    (folder / ".gitignore").write_text("*.tmp\n")
    (folder / "kept \u00fc").write_text("one\n")
    (folder / "run").write_text("#!/bin/sh\n")
    (folder / "run").chmod(0o755)
    (folder / "not.tmp").write_text("x")
    first = writer.commit_files(context(folder), folder, "First\n")
    repository = Repository(context(folder), folder)
    assert first == repository.head()
    (folder / "kept \u00fc").write_text("two\n")
    second = writer.commit_files(context(folder), folder, "Second\n")
    copy = writer.clone(context(folder), folder, first, tmp_path / "copy")
    assert copy.head() == first
    assert (tmp_path / "copy" / "run").stat().st_mode & stat.S_IXUSR
    made = commit_on(repository, second, {"new": b"\r\nx"}, "Gr\u00fc\u00dfe\n", seconds=1.8e9)
    with monkeypatch.context() as inner:
        clean(inner)
        inner.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
        git(tmp_path, "init", "--quiet", "--bare", str(server))
        git(server, "config", "core.hooksPath", "/dev/null")
    assert move_branch(repository, str(server), "mlgit/a", made, None)
    assert not move_branch(repository, str(server), "mlgit/a", first, second)
    assert branch_tip(repository, str(server), "mlgit/a") == made
    assert move_branch(repository, "", "mlgit/b", made, None)
    assert dict(os.environ) == before
    assert not hostile.exists(), hostile.read_text()
    clean(monkeypatch)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    assert git(folder, "ls-tree", "--format=%(objectmode) %(path)", first).splitlines() == [
        "100644 .gitignore", '100644 "kept \\303\\274"', "100755 run",
    ]  # fmt: skip
    assert git(folder, "log", "-1", "--format=%B|%an|%ae", made) == "Gr\u00fc\u00dfe\n|mlgit|mlgit@localhost"
    assert git(folder, "status", "--porcelain") == ""
    assert list((folder / ".git" / "hooks").glob("*")) == [] or not hostile.exists()


def test_nobody_is_made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL"):
        monkeypatch.delenv(name)
    with (Path(os.environ["HOME"]) / ".gitconfig").open("a") as settings:
        settings.write("[user]\n\tuseConfigOnly = true\n")
    writer.init(context(tmp_path), tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError) as caught:
        writer.commit_files(context(tmp_path), tmp_path, "First\n")
    assert caught.value.code == "git-identity"
    assert git(tmp_path, "diff", "--cached", "--name-only") != ""


def test_what_cannot_be_done_is_told_with_the_words_of_git(tmp_path: Path) -> None:
    with pytest.raises(ExternalError) as caught:
        writer.clone(context(tmp_path), tmp_path / "nowhere", "a" * 40, tmp_path / "copy")
    assert caught.value.code == "git-failed"
    assert "does not exist" in caught.value.message or "not appear" in caught.value.message


@pytest.mark.parametrize("address", ["ext::sh -c touch% ran", "--receive-pack=touch ran"])
def test_an_address_that_starts_a_program_is_refused(tmp_path: Path, address: str) -> None:
    writer.init(context(tmp_path), tmp_path)
    (tmp_path / "file").write_text("x")
    commit = writer.commit_files(context(tmp_path), tmp_path, "First\n")
    repository = Repository(context(tmp_path), tmp_path)
    assert not writer.push(repository, address, "refs/heads/a", commit, None).accepted
    assert not (tmp_path / "ran").exists()


def test_a_token_stands_in_no_command_line_and_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.init(context(tmp_path), tmp_path)
    (tmp_path / "file").write_text("x")
    commit = writer.commit_files(context(tmp_path), tmp_path, "First\n")
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_secret_of_the_job")
    traces = Traces(tmp_path / "traces", monkeypatch)
    known = Credential(server="https://git.example", user="x-access-token", variable="GITHUB_TOKEN")
    repository = Repository(msgspec.structs.replace(context(tmp_path), credential=known), tmp_path)
    settings = credentials(repository)
    assert [name for name, _ in settings] == ["credential.https://git.example.helper"] * 2
    answer = writer.push(repository, "https://127.0.0.1:1/x", "refs/heads/a", commit, None, settings=settings)
    assert not answer.accepted
    assert "ghs_secret" not in answer.text + traces.text()
    assert all(b"ghs_secret" not in one.read_bytes() for one in files(tmp_path / ".git"))


def test_a_commit_of_nine_files_takes_three_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.init(context(tmp_path), tmp_path)
    (tmp_path / "file").write_text("x")
    base = writer.commit_files(context(tmp_path), tmp_path, "First\n")
    traces = Traces(tmp_path / "traces", monkeypatch)
    repository = Repository(context(tmp_path), tmp_path)
    changes = {f"a/{number}/b": f"{number}".encode() for number in range(9)}
    commit = commit_on(repository, base, changes, "Nine\n", seconds=1.8e9)
    assert traces.commands() == ["ls-tree", "fast-import", "unpack-objects"]
    assert len(repository.tree(commit)) == 10


def test_an_entry_of_a_log_takes_few_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer.init(context(tmp_path), tmp_path)
    traces = Traces(tmp_path / "traces", monkeypatch)
    repository = Repository(context(tmp_path), tmp_path)
    log = RefLog(repository, "refs/mlgit/a", remote="", message="m\n", clock=lambda: 1.8e9)
    log.append(lambda _: {f"a/{number}": b"x" for number in range(9)})
    assert traces.commands() == ["rev-parse", "fast-import", "unpack-objects", "update-ref"]
    traces.clear()
    log.append(lambda _: {"a/9": b"x"})
    assert traces.commands() == [
        "rev-parse",
        "ls-tree",
        "cat-file",
        "fast-import",
        "unpack-objects",
        "update-ref",
    ]


def calls() -> Iterator[tuple[Path, ast.Call]]:
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                yield path, node


def test_no_value_becomes_an_argument_of_a_git_command_of_the_library() -> None:
    for path, call in calls():
        target = call.func
        through = isinstance(target, ast.Attribute) and isinstance(target.value, ast.Attribute)
        assert not (through and target.value.attr == "git"), f"{path}:{call.lineno}: repo.git.<command>()"
        assert not any((one.arg or "").startswith("allow_unsafe") for one in call.keywords), (
            f"{path}:{call.lineno}"
        )


def test_the_library_is_imported_in_one_place_and_not_at_the_start() -> None:
    for path in sorted(SOURCE.rglob("*.py")):
        module = ast.parse(path.read_text())
        imports = [node for node in ast.walk(module) if isinstance(node, ast.Import | ast.ImportFrom)]
        named = [node for node in imports if "git" in names_of(node)]
        assert not named or path.name == "writer.py", path
        assert not set(named) & set(module.body), path


def names_of(node: ast.Import | ast.ImportFrom) -> set[str]:
    if isinstance(node, ast.ImportFrom):
        return {(node.module).partition(".")[0]}
    return {one.name.partition(".")[0] for one in node.names}


def files(folder: Path) -> list[Path]:
    return [one for one in folder.rglob("*") if one.is_file()]


def test_a_disk_that_is_full_behind_a_remote_is_no_branch_that_is_protected(tmp_path: Path) -> None:
    server = tmp_path / "server.git"
    git(tmp_path, "init", "--quiet", "--bare", str(server))
    hook = server / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    desk = tmp_path / "desk"
    desk.mkdir()
    writer.init(context(desk), desk)
    (desk / "file").write_text("x")
    commit = writer.commit_files(context(desk), desk, "First\n")
    # Git lets the other side run its hooks: they are the server's.
    hook.write_text("#!/bin/sh\necho 'fatal: write error: No space left on device' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(ExternalError, match="no space left"):
        writer.push(Repository(context(desk), desk), str(server), "refs/heads/a", commit, None)


class Recording(SystemProcesses):
    """Programs of this machine, and what each was called with."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, ...]] = []

    def run(self, arguments: Sequence[str], **more: Any) -> Completed:
        self.calls.append(tuple(arguments))
        return super().run(arguments, **more)


def test_a_fetch_runs_no_hook_and_leaves_no_upkeep_running(
    tmp_path: Path, hostile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed with us, `git maintenance` leaves a lock, and no upkeep is done in that clone any more."""
    folder, server, processes = tmp_path / "made", tmp_path / "server.git", Recording()
    folder.mkdir()
    with monkeypatch.context() as inner:
        clean(inner)
        inner.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
        for place in (folder, tmp_path / "other"):
            git(tmp_path, "init", "--quiet", "-b", "main", str(place))
        git(tmp_path / "other", "commit", "--quiet", "--allow-empty", "-m", "One")
        git(tmp_path / "other", "tag", "-a", "small@v1.0.0", "-m", "x")
        git(tmp_path, "clone", "--quiet", "--bare", str(tmp_path / "other"), str(server))
        git(folder, "remote", "add", "origin", str(server))
    here = msgspec.structs.replace(context(folder), processes=processes)
    repository = Repository(here, folder)
    bring_tags(repository, "origin")
    assert swapping.tip(repository, str(server), "refs/heads/main") is not None
    assert repository.run("tag", "--list").text.split() == ["small@v1.0.0"]
    assert not hostile.exists(), hostile.read_text()
    fetches = [call for call in processes.calls if "fetch" in call]
    assert fetches
    assert all({"maintenance.auto=false", "gc.auto=0"} <= set(call) for call in fetches)
