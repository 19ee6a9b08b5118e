"""What the environments have to run, read from a commit of the default branch."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from mlgit.environments.desired import FOLDER, Desired, environment_of, read
from mlgit.errors import MlgitError
from mlgit.git.finding import is_bare
from mlgit.git.plumbing import REGULAR
from mlgit.git.repository import Repository
from mlgit.registry.names import FORM
from mlgit.registry.state import Registry, fold
from mlgit.registry.tags import PREFIX, Objects, parts_in
from mlgit.world.files import read_bytes

ORIGIN = "origin"
"""The remote that is meant where none is named."""
DEFAULT_BRANCH = "main"
"""What `ci.branch` is where mlgit.yaml says nothing."""


class DesiredStates(Struct, frozen=True, kw_only=True):
    """What each environment has to run; `errors` are the files that cannot be read."""

    environments: Mapping[str, Desired]
    errors: tuple[MlgitError, ...] = ()


def known_tip(repository: Repository, remote: str) -> str | None:
    """Return the newest commit of the default branch that this clone knows; nothing is fetched.

    That is the one of the remote as it was fetched last; without a remote, or before the first fetch, the branch here. A clone
    without an origin that knows one other remote means that one.
    """
    branch = default_branch(repository)
    return tip_in(repository.run("for-each-ref", FORM, *places(branch, remote)).text, branch, remote)


def known(repository: Repository, remote: str, objects: Objects) -> tuple[str | None, Registry]:
    """Return the newest commit of the default branch and what is registered, as this clone knows both, in one process.

    `objects` reads what the tags say.
    """
    branch = default_branch(repository)
    listed = repository.run("for-each-ref", FORM, PREFIX, *places(branch, remote)).stdout
    branches, _, _ = listed.partition(b" refs/tags/")  # git sorts them, so that tags come last
    whole = branches[: branches.rfind(b"\n") + 1].decode("utf-8", "replace")
    tip = tip_in(whole, branch, remote)
    return tip, fold(parts_in(listed), objects)


def places(branch: str, remote: str) -> list[str]:
    """Return where the default branch may stand: here, and at the remote; at any where none is named but the usual one."""
    theirs = f"refs/remotes/{'*' if remote == ORIGIN else remote}/{branch}"
    return [f"refs/heads/{branch}", *([theirs] if remote else [])]


def tip_in(listed: str, branch: str, remote: str) -> str | None:
    """Return the commit that `known_tip` means among refs that git listed."""
    own = f"refs/heads/{branch}"
    found = {name: oid for oid, name in (line.split(" ", 1) for line in listed.splitlines())}
    theirs = [name for name in found if name != own]
    asked = f"refs/remotes/{remote}/{branch}"
    chosen = asked if asked in found or len(theirs) != 1 else theirs[0]
    return found.get(chosen) or found.get(own)


def default_branch(repository: Repository) -> str:
    """Return the name of the default branch, as the mlgit.yaml on disk says; one that names no branch is not parsed.

    A bare repository has no file on disk, and its HEAD says it.
    """
    if is_bare(repository.root):
        head = repository.run("symbolic-ref", "--quiet", "--short", "HEAD", check=False)
        return head.text.strip() or DEFAULT_BRANCH
    content = read_bytes(repository.root / "mlgit.yaml") or b""
    if b"branch" not in content:
        return DEFAULT_BRANCH
    from mlgit.config.reader import read as read_configuration

    return read_configuration(content).ci.branch


def desired_states(repository: Repository, commit: str | None) -> DesiredStates:
    """Return what every environment has to run at a commit (None: nothing); a file that cannot be read is in `errors`."""
    files = desired_files(repository, commit)
    blobs = repository.blobs(files.values())
    return read_states({path: blobs.get(oid, b"") for path, oid in files.items()})


def desired_files(repository: Repository, commit: str | None) -> dict[str, str]:
    """Return the files that tell what environments have to run at a commit, each with its blob."""
    entries = repository.tree(commit, under=f"{FOLDER}/") if commit else []
    return {one.path: one.oid for one in entries if environment_of(one.path) and one.mode in REGULAR}


def read_states(files: Mapping[str, bytes]) -> DesiredStates:
    """Return what files say by their paths; one that cannot be read is in `errors`."""
    found: dict[str, Desired] = {}
    errors: list[MlgitError] = []
    for path, content in sorted(files.items()):
        try:
            found[environment_of(path) or ""] = read(content, path)
        except MlgitError as error:
            errors.append(error)
    return DesiredStates(environments=found, errors=tuple(errors))
