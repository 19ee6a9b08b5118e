"""What is out of date in a repository, as values."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from mlgit.dvc.staleness import StageState
from mlgit.dvc.state import FileError

DataFreshness = Literal["same", "changed", "missing", "unknown"]


class DataState(Struct, frozen=True, kw_only=True):
    """Data that a .dvc file points to, against what is on disk."""

    path: str
    pointer: Annotated[str, Meta(description="The .dvc file.")]
    state: DataFreshness
    reason: str = ""
    hint: Annotated[str, Meta(description="The command that mends it.")] = ""


class Status(Struct, frozen=True, kw_only=True):
    """What is out of date."""

    version: Annotated[Literal[1], Meta(description="The version of this form.")] = 1
    at: Annotated[str, Meta(description="The revision asked for, or `working tree`.")] = "working tree"
    stages: tuple[StageState, ...] = ()
    data: tuple[DataState, ...] = ()
    errors: Annotated[tuple[FileError, ...], Meta(description="Files that cannot be read.")] = ()
