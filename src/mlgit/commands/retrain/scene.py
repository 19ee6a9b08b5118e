"""Where a run concludes."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from mlgit.git.repository import Repository
from mlgit.host.forge import Forge
from mlgit.refs.log import Log
from mlgit.world.context import Context

WORKFLOW = "mlgit-ct"


class Scene(Struct, frozen=True, kw_only=True):
    """The repository and its remote (empty: none), the forge, the ledger, the folder with what was handed over."""

    context: Context
    repository: Repository
    remote: str
    forge: Forge
    log: Log
    folder: Path
