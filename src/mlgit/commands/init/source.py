"""The data that a repository starts with: the user's file or the bundled table, looked at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from mlgit.data import inference, schema_file, split
from mlgit.data.asked import Asked
from mlgit.data.forms import said
from mlgit.data.profile import Column, Profile
from mlgit.data.sight import sight
from mlgit.errors import UsageError
from mlgit.render.frameworks import DEFAULT
from mlgit.render.names import slug
from mlgit.world.context import Context
from mlgit.world.files import copy_file, move_into_place, staged
from mlgit.world.staging import scratch, scratch_of_process

SAMPLE_SEED = 7


class InitRequest(Struct, frozen=True, kw_only=True):
    """What the user asked for.

    `data` is the path of a table, or the address of one that stands elsewhere; `sample` is a number of rows to draw from a file that is too large to start with, None for all rows; `asked` is what
    was said of its columns. `command` is what trains, for a repository without a pipeline, with the `outputs` that it writes
    where they are named; `template` is the framework of a new pipeline; `query` is SQL for a database; `ask` puts a question to a person, None where there is none.
    """

    directory: Path
    data: str = ""
    target: str | None = None
    remote: str | None = None
    sample: int | None = None
    query: str = ""
    asked: Asked = Asked()
    command: str = ""
    outputs: tuple[str, ...] = ()
    ask: Callable[[str], str] | None = None
    template: str = DEFAULT


class Source(Struct, frozen=True, kw_only=True):
    """A table that was looked at, with everything that follows from it.

    `path` is the file to copy; `content` stands for it when the table is the bundled one. `original` is the user's
    own file, None when the repository gets a sample of it or the bundled table.
    """

    table: str
    file_name: str
    profile: Profile
    schema: bytes
    split: bytes
    test_rows: int
    path: Path | None = None
    original: Path | None = None
    content: bytes | None = None
    notes: tuple[str, ...] = ()

    def write(self, place: Path) -> None:
        """Put the table at `place` in one step; raises `ExternalError` when the file system refuses."""
        with staged(place, self.content or b"") as ready:
            if self.content is None and self.path is not None:
                copy_file(self.path, ready)
            move_into_place(ready, place)

    @property
    def about(self) -> tuple[str, ...]:
        """What was seen, in sentences."""
        profile = self.profile
        kept = [column for column in profile.columns if column.role == "feature"]
        left = [column for column in profile.columns if column.role == "left-out"]
        lines = [
            f"{self.file_name}: {profile.rows:,} rows, {len(profile.columns)} columns",
            f"task: {profile.task}, because {profile.task_reason}",
            f"features: {counted(kept)}",
            f"test: {self.test_rows:,} rows are held out{held_out_by(profile)}",
            sight(profile, self.test_rows),
        ]
        if profile.positive_class is not None:
            lines.insert(
                2, f"positive class: '{profile.positive_class}'; say otherwise in params.yaml and mlgit.yaml"
            )
        lines += [f"{column.name}: {said(column.form)}" for column in kept if column.form]
        lines += [f"left out: {column.name}: {column.reason}" for column in left]
        return tuple(lines)


def held_out_by(profile: Profile) -> str:
    """Return how the test rows were drawn, when not row by row."""
    if profile.group_column is not None:
        column = profile.column(profile.group_column)
        return f", all of a {column.name!r} together ({column.reason}); --group none draws them row by row instead"
    return f", the latest by {profile.time_column!r}" if profile.time_column is not None else ""


def counted(columns: list[Column]) -> str:
    """Return how many columns there are of each kind, in words."""
    kinds = [column.kind for column in columns]
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in sorted(set(kinds), key=kinds.index))


def source_of(context: Context, request: InitRequest) -> Source:
    """Return the data that the repository starts with: the user's file, or the bundled set."""
    if not request.data or request.target is None:
        return bundled_source()
    return read_source(context, request, request.target)


def read_source(context: Context, request: InitRequest, target: str) -> Source:
    """Look at the table and return everything that follows from it.

    Raises `UsageError` for a table that cannot be used, with its hint.
    """
    from mlgit.data.elsewhere import shown_address, table_at
    from mlgit.data.observing import observe
    from mlgit.data.profiling import profile_file

    data, shown, sample = context.directory / request.data, shown_address(request.data), request.sample
    context.console.progress(f"reading {shown}")
    read = table_at(context, request.data, request.query)
    path, notes = read.path, [read.note] if read.note else []
    if sample is not None:
        path = sampled(path, sample, shown)
        notes.append(f"this is a sample of {sample:,} rows of {shown}, drawn with seed {SAMPLE_SEED}")
    name = shown if path == data else path.name
    profile = profile_file(path, target, shown=name, asked=request.asked)
    seen = observe(path, profile, context.today, shown=name)
    context.console.progress("drawing the test set")
    ids = split.split_file(path, profile, shown=name)
    table = slug(path.stem, "table")
    return Source(
        table=table,
        file_name=f"{table}.{profile.file_format}",
        profile=profile,
        schema=schema_file.write(inference.infer(profile, seen), table, profile.rows).encode(),
        split=split.write(ids).encode(),
        test_rows=len(ids),
        path=path,
        original=data if path == data else None,
        notes=(*profile.warnings, *notes),
    )


def bundled_source() -> Source:
    """Return the breast-cancer table of scikit-learn."""
    from mlgit.data.bundled import TABLE, bundled_breast_cancer

    table = slug(TABLE, "table")
    with scratch() as folder:
        place = folder / f"{table}.csv"
        known = bundled_breast_cancer(place)
        content = place.read_bytes()
    return Source(
        table=table,
        file_name=f"{table}.csv",
        profile=known.profile,
        schema=schema_file.write(
            inference.infer(known.profile, known.observed), table, known.profile.rows
        ).encode(),
        split=split.write(known.test_ids).encode(),
        test_rows=len(known.test_ids),
        content=content,
    )


def sampled(data: Path, rows: int, shown: str) -> Path:
    """Draw rows of a large file into a temporary one that lasts as long as this process."""
    from mlgit.data.sample import sample_file

    if rows < 1:
        raise UsageError(
            "init-sample", "--sample takes a number of rows of at least 1", hint="--sample 500000"
        )
    place = scratch_of_process() / data.name
    sample_file(data, place, rows, SAMPLE_SEED, shown=shown)
    return place
