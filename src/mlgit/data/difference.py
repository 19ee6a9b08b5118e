"""What differs between two versions of tables and data folders: the values of `mlgit data diff`."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

FileState = Literal["added", "removed", "changed", "renamed"]
ChangeState = Literal["unchanged", "changed", "added", "removed", "renamed", "not told"]
LookedAt = Literal["versions", "files", "rows"]
ShiftState = Literal["moved", "no shift seen", "not judged"]
SHOWN_FILES = 20


class DataSide(Struct, frozen=True, kw_only=True):
    """A table or folder at one revision."""

    path: str
    kind: Literal["file", "folder"]
    kept: Annotated[Literal["DVC", "Git", "working tree"], Meta(description="Who keeps the content.")]
    digest: Annotated[str, Meta(description="MD5 of the content; empty where nothing had to be read.")] = ""


class FileChange(Struct, frozen=True, kw_only=True):
    """One file of a folder; `renamed_from` is the path it had in the base."""

    path: str
    state: FileState
    renamed_from: str = ""


class FilesDifference(Struct, frozen=True, kw_only=True):
    """The files of both sides, told by their digests alone; a reason says why they could not be told."""

    base: Annotated[int, Meta(description="Number of files.")] = 0
    head: Annotated[int, Meta(description="Number of files.")] = 0
    added: int = 0
    removed: int = 0
    changed: int = 0
    renamed: int = 0
    first: Annotated[tuple[FileChange, ...], Meta(description="The first 20 that differ.")] = ()
    reason: Annotated[str, Meta(description="Why the files are not told; empty where they are.")] = ""
    hint: str = ""


class ColumnChange(Struct, frozen=True, kw_only=True):
    """A column that was added or removed, or whose type is another; the types are those of the values."""

    column: str
    state: Literal["added", "removed", "type"]
    base: str = ""
    head: str = ""


class ValueChange(Struct, frozen=True, kw_only=True):
    """A value before and after, each cut to 80 characters; null is no value."""

    column: str
    base: str | None
    head: str | None


class RowChange(Struct, frozen=True, kw_only=True):
    """A row that was added, removed or changed, by its key."""

    key: str
    state: Literal["added", "removed", "changed"]
    values: tuple[ValueChange, ...] = ()


class ChangedColumn(Struct, frozen=True, kw_only=True):
    """A column with the number of rows, there on both sides, in which it holds another value."""

    column: str
    rows: int


class RowsDifference(Struct, frozen=True, kw_only=True):
    """The rows of both sides. Only the columns that both have are compared.

    By a key a row can be changed; as whole rows, one that was changed is one removed and one added, and `changed` is null.
    """

    by: Literal["key", "whole rows"] = "whole rows"
    key: str = ""
    note: Annotated[str, Meta(description="Why the key of the schema is not used.")] = ""
    base: Annotated[int, Meta(description="Number of rows.")] = 0
    head: Annotated[int, Meta(description="Number of rows.")] = 0
    added: int = 0
    removed: int = 0
    changed: int | None = None
    columns: tuple[ChangedColumn, ...] = ()
    first: Annotated[tuple[RowChange, ...], Meta(description="The first few rows that differ, by key.")] = ()
    reason: Annotated[str, Meta(description="Why the rows are not told; empty where they are.")] = ""
    hint: str = ""

    @property
    def differ(self) -> bool:
        """Whether any row does."""
        return bool(self.added or self.removed or self.changed)


class ColumnShift(Struct, frozen=True, kw_only=True):
    """A column of the rows that came beside all rows of the base; of the rows that left beside those that stayed.

    `effect` is, for `mean`, in standard deviations of the base, else in shares of rows; null where it is not judged.
    """

    column: str
    state: ShiftState
    what: Annotated[str, Meta(description="`mean`, or the share of which rows.")] = ""
    base: float | None = None
    head: float | None = None
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    level: Annotated[
        float | None, Meta(description="Of the interval, false coverage held over the columns.")
    ] = None
    chance: Annotated[
        float | None, Meta(description="Of such a difference by chance, adjusted for all columns judged.")
    ] = None
    reason: str = ""


class Shifts(Struct, frozen=True, kw_only=True):
    """How columns moved: which rows were held beside which, and each column."""

    sample: Literal["added", "removed"] = "added"
    rows: int = 0
    beside: int = 0
    judged: Annotated[int, Meta(description="Number of columns.")] = 0
    moved: Annotated[int, Meta(description="Number of columns.")] = 0
    columns: tuple[ColumnShift, ...] = ()


class TableChange(Struct, frozen=True, kw_only=True):
    """One table or data folder at two revisions.

    `looked_at` says how deep: `versions` compares digests alone, `files` the lists of files, `rows` the contents.
    """

    name: Annotated[str, Meta(description="Its name in mlgit.yaml; empty where it has none.")]
    path: str
    state: ChangeState
    looked_at: LookedAt = "versions"
    base: Annotated[DataSide | None, Meta(description="Null where there is none.")] = None
    head: Annotated[DataSide | None, Meta(description="Null where there is none.")] = None
    files: FilesDifference | None = None
    columns: tuple[ColumnChange, ...] = ()
    rows: RowsDifference | None = None
    shifts: Shifts | None = None
    reason: Annotated[str, Meta(description="Why it cannot be told at all.")] = ""
    left_out: Annotated[int, Meta(description="Columns that a report made short has no room for.")] = 0


class DataProblem(Struct, frozen=True, kw_only=True):
    """A file that stands there and cannot be read."""

    where: str
    message: str
    hint: str = ""


class DataDifference(Struct, frozen=True, kw_only=True):
    """What `mlgit data diff` found: every table and folder that differs, or all that were named."""

    version: Annotated[Literal[1], Meta(description="The version of this form.")] = 1
    base: str
    head: str
    tables: tuple[TableChange, ...] = ()
    unchanged: Annotated[int, Meta(description="Tables and folders that are the same and left out.")] = 0
    left_out: Annotated[
        int, Meta(description="Tables and folders that a report made short has no room for.")
    ] = 0
    errors: tuple[DataProblem, ...] = ()


def files_difference(base: dict[str, str], head: dict[str, str]) -> FilesDifference:
    """Return what differs between two folders, from the digest of each file by its path.

    A file that is gone while another with its content is new was renamed.
    """
    gone = [path for path in base if path not in head]
    new = [path for path in head if path not in base]
    by_digest: dict[str, list[str]] = {}
    for path in reversed(gone):
        by_digest.setdefault(base[path], []).append(path)
    found = []
    for path in new:
        same = by_digest.get(head[path])
        before = same.pop() if same else ""
        found.append(FileChange(path=path, state="renamed" if before else "added", renamed_from=before))
    moved = {one.renamed_from for one in found}
    found += [FileChange(path=path, state="removed") for path in gone if path not in moved]
    found += [
        FileChange(path=path, state="changed") for path in base if head.get(path, base[path]) != base[path]
    ]
    found.sort(key=lambda one: one.path)
    states = [one.state for one in found]
    return FilesDifference(
        base=len(base),
        head=len(head),
        added=states.count("added"),
        removed=states.count("removed"),
        changed=states.count("changed"),
        renamed=states.count("renamed"),
        first=tuple(found[:SHOWN_FILES]),
    )
