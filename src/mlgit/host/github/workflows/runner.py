"""The place where workflows run: a temporary folder with a server's copy of the repository and an empty home.

What a job sees is what it would see on a runner: it fetches from the server by the address of GitHub, the history is
whole, the commit of a pull request is its merge with the base. The work tree of the user is not touched.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from msgspec import Struct

from mlgit.dvc.cache import cache_folder
from mlgit.errors import ExternalError, UsageError
from mlgit.git.repository import Repository
from mlgit.host.github.workflows.payload import NUMBER
from mlgit.host.github.workflows.programs import write_launcher, write_programs
from mlgit.world import staging
from mlgit.world.context import Context
from mlgit.world.files import cannot_write, resolved, write_atomically

SERVER = "https://github.com/"
ADDRESS = re.compile(r"[:/](?P<owner>[\w.-]+)/(?P<name>[\w.-]+?)(?:\.git)?/?\Z")
IDENTITY = {
    "GIT_AUTHOR_NAME": "mlgit run",
    "GIT_AUTHOR_EMAIL": "mlgit-run@localhost",
    "GIT_COMMITTER_NAME": "mlgit run",
    "GIT_COMMITTER_EMAIL": "mlgit-run@localhost",
}


class Runner(Struct, frozen=True):
    """The folders of one run, all below `top`."""

    top: Path
    server: Path
    work: Path
    home: Path
    launch: Path
    programs: Path
    storage: Path
    artifacts: Path
    packing: Path
    """Where an artifact is made before it stands among the others: on the same file system, gone with the run."""


PLAIN = re.compile(r"[A-Za-z0-9_./+@-]+\Z")


def temporary_folder() -> Path:
    """Return a folder for temporary files whose path act can hand to a shell: it splits paths at blanks and quotes.

    Raises `ExternalError` (`temporary-folder`) when there is none.
    """
    own = staging.temporary_folder()
    for folder in (str(own), "/tmp", "/var/tmp"):  # noqa: S108 - a private one is made there
        if PLAIN.match(folder) and os.access(folder, os.W_OK):
            return Path(folder)
    raise ExternalError(
        "temporary-folder",
        f"the path of the folder for temporary files, {own}, holds blanks or quotes",
        hint="set TMPDIR to a folder whose path has none",
    )


class Folders(Struct, frozen=True):
    """The temporary folder of a run, where its artifacts are kept, and where they are packed."""

    top: Path
    artifacts: Path
    packing: Path


@contextmanager
def folders(artifacts: Path | None) -> Iterator[Folders]:
    """Give the folders of a run, which go with it but for the one for `artifacts` that was asked for.

    Raises `ExternalError` (`temporary-files`, `file-unwritable`) when they cannot be made.
    """
    with staging.scratch(temporary_folder()) as folder, ExitStack() as stack:
        top = resolved(folder)
        kept = artifacts or top / "artifacts"
        staging.sweep(kept)
        try:
            kept.mkdir(parents=True, exist_ok=True)
            packing = stack.enter_context(staging.gone_afterwards(kept / staging.fresh_name()))
        except OSError as error:
            raise cannot_write(kept, error) from error
        yield Folders(top, kept, packing)


def build(context: Context, repository: Repository, name: str, folders: Folders, *, install: bool) -> Runner:
    """Make the folders, the programs and the server's copy of every branch and tag of the repository.

    `install`: the jobs install their packages for real.
    """
    top = folders.top
    runner = Runner(
        top=top,
        server=top / "server" / name,
        work=top / "work",
        home=top / "home",
        launch=top / "launch",
        programs=top / "programs",
        storage=top / "storage",
        artifacts=folders.artifacts,
        packing=folders.packing,
    )
    for folder in (runner.home, runner.launch, runner.programs, runner.storage):
        folder.mkdir(parents=True, exist_ok=True)
    runner.server.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(runner.home / ".gitconfig", git_settings(runner).encode())
    repository.run(
        "clone",
        "--quiet",
        "--bare",
        "--template=",
        "--",
        str(repository.root),
        str(runner.server),
        timeout=600,
    )
    git(context, runner, runner.server).run("config", "uploadpack.allowAnySHA1InWant", "true")
    share_large_files(repository, runner)
    write_programs(context, runner.programs, install=install)
    write_launcher(context, runner.launch)
    return runner


def git_settings(runner: Runner) -> str:
    """Return Git's settings for the jobs: the server stands where GitHub would."""
    address = runner.server.parent.parent.as_uri() + "/"
    return (
        f'[url "{address}"]\n\tinsteadOf = {SERVER}\n[init]\n\tdefaultBranch = main\n'
        '[protocol "file"]\n\tallow = always\n[advice]\n\tdetachedHead = false\n'
    )


def git(context: Context, runner: Runner, folder: Path) -> Repository:
    """Return a repository of the runner, with none of the user's settings."""
    own = {
        **IDENTITY,
        "HOME": str(runner.home),
        "XDG_CONFIG_HOME": str(runner.home),
        "GIT_CONFIG_GLOBAL": str(runner.home / ".gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    return Repository(context.with_environment(own), folder)


def repository_name(repository: Repository) -> str:
    """Return `owner/name`: of the remote `origin` where that is an address, else a name for here."""
    address = repository.run("config", "--get", "remote.origin.url", check=False).text.strip()
    found = ADDRESS.search(address)
    if found and not address.startswith(("/", "file:", ".")):
        return f"{found['owner']}/{found['name']}"
    return "local/" + (re.sub(r"[^\w.-]+", "-", repository.root.name).strip("-.") or "repository")


def check_out_merge(context: Context, runner: Runner, base: str, head: str) -> None:
    """Check out the merge of a pull request, and put it on the server under the names that GitHub gives it.

    Raises `UsageError` (`merge-conflict`) when the two do not merge: GitHub starts no workflow then.
    """
    work = check_out(context, runner, base)
    done = work.run("merge", "--quiet", "--no-ff", "--no-edit", head, check=False)
    if done.exit_code != 0:
        raise UsageError(
            "merge-conflict",
            "the branch does not merge with the base, so GitHub would start nothing",
            hint="merge the default branch into yours first",
        )
    for source, name in (("HEAD", "merge"), (head, "head")):
        work.run("push", "--quiet", "origin", f"{source}:refs/pull/{NUMBER}/{name}")


def check_out(context: Context, runner: Runner, commit: str, branch: str = "") -> Repository:
    """Check out a commit, on a branch where one is named."""
    server = git(context, runner, runner.server)
    server.run(
        "clone",
        "--quiet",
        "--no-checkout",
        "--template=",
        "--",
        str(runner.server),
        str(runner.work),
        timeout=600,
    )
    work = git(context, runner, runner.work)
    where = ("-B", branch) if branch else ("--detach",)
    work.run("checkout", "--quiet", *where, commit, "--")
    return work


def whole_as_change(context: Context, runner: Runner, commit: str, branch: str) -> tuple[str, str]:
    """Return an empty base and a head with all files of a commit: the first commit of a repository as a change.

    The branch `branch` of the server is the empty base afterwards.
    """
    server = git(context, runner, runner.server)
    empty = server.run("mktree").text.strip()
    base = server.run("commit-tree", empty, "-m", "Nothing").text.strip()
    head = server.run("commit-tree", f"{commit}^{{tree}}", "-p", base, "-m", "Everything").text.strip()
    server.run("update-ref", f"refs/heads/{branch}", base)
    server.run("update-ref", f"refs/heads/mlgit-run-{head[:12]}", head)
    return base, head


def share_large_files(repository: Repository, runner: Runner) -> None:
    """Let the server have what this machine holds of Git LFS, as if it had been pushed: a link for each file.

    Links to files, not to their folder: what a job pushes stays with the server.
    """
    held = repository.common_folder / "lfs" / "objects"
    for place in sorted(held.glob("??/??/*")):
        link = runner.server / "lfs" / "objects" / place.relative_to(held)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(place)


def share_storage(repository: Repository, runner: Runner) -> int:
    """Let the jobs read what this machine's DVC caches hold, as if it had been pushed; return how many caches."""
    listed = repository.run("ls-files", "-z", "--cached", "--", ".dvc/config", "*/.dvc/config")
    count = 0
    for path in (part.decode("utf-8", "surrogateescape") for part in listed.stdout.split(b"\0") if part):
        cache = cache_folder((repository.root / path).parent)
        if cache.is_dir():
            place = runner.storage / Path(path).parent / "config.local"
            write_atomically(place, storage_settings(cache).encode())
            count += 1
    return count


def storage_settings(cache: Path) -> str:
    """Return DVC's settings of one checkout: its remote is the cache of this machine."""
    return f"[core]\n    remote = mlgit-run\n['remote \"mlgit-run\"']\n    url = {resolved(cache)}\n"
