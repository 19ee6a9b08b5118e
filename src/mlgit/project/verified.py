"""What the last verification of this clone came to, kept inside Git's own folder: no commit of anybody brings it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from mlgit.errors import MlgitError
from mlgit.git.repository import Repository
from mlgit.metrics.reproduction import Verification
from mlgit.world.files import read_bytes, write_atomically

FILE = "mlgit/verification.json"
TRAINED = "trained.json"


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """The verification of one state of the repository; `commit` None: of a working tree that differs from its commit."""

    commit: str | None
    models: tuple[Verification, ...]

    def of(self, model: str) -> Verification | None:
        """Return the verification of a model, None where it was not looked at."""
        return next((one for one in self.models if one.model == model), None)


def place_of(repository: Repository) -> Path:
    """Return where a verification is kept: in the Git folder of this work tree."""
    folder = repository.root / ".git"
    if not folder.is_dir():
        folder = repository.root / repository.run("rev-parse", "--absolute-git-dir").text.strip()
    return folder / FILE


def trained(repository: Repository) -> Mapping[str, Verification]:
    """Return the models that `mlgit train` trained in this clone, with the digests of what that wrote."""
    try:
        content = read_bytes(place_of(repository).with_name(TRAINED))
        return msgspec.json.decode(content, type=dict[str, Verification]) if content else {}
    except (MlgitError, msgspec.MsgspecError):
        return {}


def remember_trained(repository: Repository, found: Iterable[Verification]) -> None:
    """Keep what a training wrote, in place of the last training of the same models."""
    known = {**trained(repository), **{one.model: one for one in found}}
    write_atomically(place_of(repository).with_name(TRAINED), msgspec.json.encode(known))


def remember(repository: Repository, commit: str | None, found: Iterable[Verification]) -> None:
    """Keep a verification in place of the last one."""
    write_atomically(place_of(repository), msgspec.json.encode(Verified(commit=commit, models=tuple(found))))


def recall(repository: Repository, commit: str | None) -> Verified | None:
    """Return the verification of a commit, or of the working tree (None), where it is the last one of this clone."""
    try:
        content = read_bytes(place_of(repository))
        found = msgspec.json.decode(content, type=Verified) if content else None
    except (MlgitError, msgspec.MsgspecError):
        return None
    return found if found is not None and found.commit == commit else None
