"""The files of a folder whose list lies in a remote that is no folder of this machine: DVC is asked, and fetches no file."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from mlgit.dvc.hashing import Member
from mlgit.dvc.reach import StoredRemote, default_remote
from mlgit.errors import MlgitError, UsageError
from mlgit.git.repository import Repository
from mlgit.project.roots import asked, root_of
from mlgit.world.files import read_bytes


class Listed(Struct, frozen=True):
    """A file as `dvc list --show-hash --json` gives it."""

    path: str
    md5: str | None = None


def remote_elsewhere(repository: Repository, path: str) -> StoredRemote | None:
    """Return the default remote of the DVC repository around a path; None where there is none, or it is a folder."""
    folder = repository.root / root_of(repository.root, path) / ".dvc"
    for name in ("config.local", "config"):
        remote = default_remote(read_bytes(folder / name) if (folder / name).is_file() else None)
        if remote is not None:
            return None if remote.is_folder else remote
    return None


def members_by_dvc(repository: Repository, path: str, commit: str | None) -> tuple[Member, ...]:
    """Return the files of a folder at a commit (None: as it is recorded now), as DVC lists them.

    Raises `ExternalError` where DVC is missing or the remote does not answer, and `UsageError` (`data-not-here`) for a list
    without digests.
    """
    revision = ("--rev", commit) if commit else ()
    for dvc, (inside,) in asked(repository.context, repository.root, [path]):
        told = dvc.run(
            "list", "--recursive", "--dvc-only", "--show-hash", "--json", *revision, "--", ".", inside
        )
        try:
            found = msgspec.json.decode(told.stdout, type=list[Listed])
        except msgspec.DecodeError as error:
            raise without_digests(path) from error
        if found and all(one.md5 for one in found):
            return tuple(Member(one.path, one.md5 or "") for one in found)
    raise without_digests(path)


def without_digests(path: str) -> UsageError:
    """Return the error for a list that tells no digests."""
    return UsageError(
        "data-not-here", f"dvc list tells no digests of {path}", hint="update DVC (3.59 or later)", where=path
    )


def why_not(remote: StoredRemote, error: MlgitError) -> str:
    """Say that a remote did not give the list of a folder, and in whose words."""
    return f"the remote {remote.name} ({remote.kind}) did not give it: {error.message}"
