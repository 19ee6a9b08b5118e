"""Read *.dvc: the small file that stands in Git for data that DVC keeps, added by hand or imported."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from mlgit import yamlfile
from mlgit.dvc.lockfile import Entry, entry
from mlgit.dvc.shape import Place
from mlgit.errors import UsageError

SUFFIX = ".dvc"
Source = Literal["added", "imported", "imported from a URL"]


class Pointer(Struct, frozen=True, kw_only=True):
    """A .dvc file. Paths of `outputs` are from its own folder and `directory` in it."""

    outputs: tuple[Entry, ...]
    dependencies: tuple[Entry, ...] = ()
    directory: str = "."
    source: Source = "added"
    origin: str = ""
    frozen: bool = False


def is_pointer(path: str) -> bool:
    """Tell whether a path is that of a .dvc file (and not DVC's own folder `.dvc`)."""
    return path.endswith(SUFFIX) and not path.endswith("/.dvc") and path != SUFFIX


def read(content: bytes | str, name: str) -> Pointer:
    """Return what a .dvc file points to; raises `UsageError` with file and line when it is not one."""
    document = yamlfile.read(content, name)
    top = Place(document, document.value)
    outputs = tuple(entry(item) for item in top.at("outs").items())
    if not outputs:
        raise UsageError(
            "dvc-pointer-empty",
            f"{name} points to nothing: it has no outs",
            hint="dvc add makes it again from the data",
            where=name,
        )
    source, origin = source_of(top)
    return Pointer(
        outputs=outputs,
        dependencies=tuple(entry(item) for item in top.at("deps").items() if "repo" not in item.mapping()),
        directory=top.at("wdir").text_or("."),
        source=source,
        origin=origin,
        frozen=top.at("frozen").truth(False),
    )


def source_of(top: Place) -> tuple[Source, str]:
    """Return how the data came here, and from where."""
    for item in top.at("deps").items():
        if "repo" in item.mapping():
            return "imported", item.at("repo").at("url").text_or("")
        return "imported from a URL", item.at("path").text_or("")
    return "added", ""


def pointer_text(output: Entry, path: str, remote: str = "") -> str:
    """Return the text of a .dvc file that points to `output` under another path, in a remote of its own if it has one."""
    lines = [f"- md5: {yamlfile.quoted(output.digest)}"]
    lines += [] if output.size is None else [f"  size: {output.size}"]
    lines += [] if output.files is None else [f"  nfiles: {output.files}"]
    lines += [] if output.legacy else ["  hash: md5"]
    lines += [f"  remote: {yamlfile.quoted(remote)}"] if remote else []
    return "\n".join(["outs:", *lines, f"  path: {yamlfile.quoted(path)}"]) + "\n"
