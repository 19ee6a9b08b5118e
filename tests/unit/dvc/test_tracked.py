"""Paths, what belongs to a pipeline, and what of it is data."""

from __future__ import annotations

import posixpath
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgit.dvc import lockfile, pipeline, pointer, state
from mlgit.dvc.cache import LocalCache, setting
from mlgit.dvc.lockfile import Entry
from mlgit.dvc.paths import SortedPaths, around, below, joined
from mlgit.dvc.tracked import PointerFile, Role, Tracked, is_data, related_pointers, tracked_files


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("", "a"), "a"),
        (("models/x", "..", "data.csv"), "models/data.csv"),
        (("a", "../.."), None),
        (("", "/etc/passwd"), None),
        (("a", "s3://bucket/x"), None),
        (("a", "."), "a"),
        (("", "."), ""),
        (("a", "./b//c"), "a/b/c"),
        (("..",), None),
        (("..a",), "..a"),
    ],
)
def test_joined(parts: tuple[str, ...], expected: str | None) -> None:
    assert joined(*parts) == expected


@pytest.mark.parametrize("path", ["/", "/a/b", "//", "//a", "///a//b"])
def test_an_absolute_path_has_an_end(path: str) -> None:
    assert all(set(one) == {"/"} for one in around(path)[-1:])


@given(st.lists(st.text("ab./", max_size=6), min_size=1, max_size=4))
def test_a_joined_path_never_leads_out(parts: list[str]) -> None:
    path = joined(*parts)
    assert path is None or not (path.startswith(("/", "../")) or path == "..")
    assert path is None or posixpath.normpath(path or ".") == (path or ".")


NAMES = st.lists(st.text("ab0./", min_size=1, max_size=6).filter(lambda text: "//" not in text), max_size=12)


@given(NAMES, st.text("ab0", max_size=3))
def test_what_lies_below_a_folder(paths: list[str], folder: str) -> None:
    found = SortedPaths(paths).below(folder)
    assert found == sorted({path for path in paths if not folder or path.startswith(folder + "/")})
    assert all(below(folder, path) for path in found)


def test_around() -> None:
    assert around("a/b/c") == ["a/b", "a", ""]
    assert around("a") == [""]
    assert around("") == []


def pointed(path: str, out: str, digest: str = "9") -> PointerFile:
    return PointerFile(path, pointer.read(f"outs:\n- {{md5: '{digest}', hash: md5, path: {out}}}\n", path))


DECLARED = pipeline.read(
    "stages: {s: {wdir: w, cmd: x, deps: [../raw, ../../shared/in.csv], outs: [made], metrics: [m.json],"
    " plots: [p.csv]}}\nmetrics: [top]\nplots: [drawn]\nparams: [own.yaml]\n"
)
LOCK = lockfile.read(
    "schema: '2.0'\nstages: {s: {cmd: x, deps: [{path: ../raw, md5: '1', hash: md5}, {path: ../../shared/in.csv, md5: '2',"
    " hash: md5}], outs: [{path: made, md5: '3', hash: md5}, {path: m.json, md5: '4', hash: md5}]}}"
)


def test_a_pointer_knows_best_what_was_brought() -> None:
    pointers = [
        pointed("shared/in.csv.dvc", "in.csv"),
        pointed("p/other.dvc", "other"),
        pointed("q/far.dvc", "far"),
    ]
    found = tracked_files("p", DECLARED, LOCK, pointers)
    assert {path: (one.role, one.entry.digest) for path, one in found.items()} == {
        "p/raw": ("read", "1"),
        "shared/in.csv": ("brought", "9"),
        "p/w/made": ("made", "3"),
        "p/w/m.json": ("metrics", "4"),
        "p/other": ("brought", "9"),
    }


def test_which_pointers_are_worth_reading() -> None:
    every = SortedPaths(
        ["shared/in.csv.dvc", "shared/deep/no.dvc", "p/a/b.dvc", "q/far.dvc", "top.dvc", "p2/x.dvc"]
    )
    assert related_pointers("p", DECLARED, LOCK, every) == ["p/a/b.dvc", "shared/in.csv.dvc", "top.dvc"]
    assert related_pointers("", None, None, every) == every.below("")


@pytest.mark.parametrize(
    ("path", "role", "digest", "expected"),
    [
        ("raw.bin", "brought", "1", True),
        ("model.bin", "made", "1", True),
        ("in_git.csv", "made", "1", True),
        ("in_git.py", "read", "1", False),
        ("in_git.json", "made", "1", False),
        ("m.json", "metrics", "1", False),
        ("plots", "made", "1.dir", False),
        ("folder", "made", "1.dir", False),
        ("prepared", "made", "1.dir", True),
    ],
)
def test_what_is_data(path: str, role: Role, digest: str, expected: bool) -> None:
    paths = SortedPaths(["in_git.csv", "in_git.py", "in_git.json", "plots/roc.csv", "folder/in/git"])
    one = Tracked(path, Entry(path=path, digest=digest), "", role)
    assert is_data(one, paths, SortedPaths(["m.json", "plots/roc.csv"])) is expected


def test_folders_of_metrics_and_plots_stand_for_their_files() -> None:
    paths = SortedPaths(
        ["p/top/a.json", "p/top/b.json", "p/drawn/x.csv", "p/params.yaml", "p/.dvc/config", "p/w/p.csv"]
    )
    assert state.metric_paths("p", DECLARED, paths) == ("p/w/m.json", "p/top/a.json", "p/top/b.json")
    assert list(state.plot_paths("p", DECLARED, paths)) == ["p/w/p.csv", "p/drawn/x.csv"]
    assert state.parameter_paths("p", DECLARED, paths) == {"p/own.yaml": (), "p/params.yaml": ()}
    assert state.parameter_paths("p", None, SortedPaths([])) == {}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", ""),
        (b"[cache]\n    dir = /far/away\n", "/far/away"),
        (b"['cache']\ndir=../c\n", "../c"),
        (b"[core]\ndir = no\n[cache]\ntype = hardlink\n", ""),
        (b"dir = no\n", ""),
        (b"\xff[cache\n", ""),
    ],
)
def test_where_the_cache_is(content: bytes, expected: str) -> None:
    assert setting(content, "cache", "dir") == expected


def test_a_cache_of_dvc_2_and_a_digest_that_is_a_path(tmp_path: Path) -> None:
    digest = "ab" + "0" * 30
    place = tmp_path / ".dvc/cache/ab" / ("0" * 30)
    place.parent.mkdir(parents=True)
    place.write_bytes(b"old")
    cache = LocalCache(tmp_path)
    assert cache.content("deep/er", digest) == b"old"
    assert cache.holds("", digest)
    for hostile in ("", "..", "../../etc/passwd", digest + "/..", digest.upper(), "ab"):
        assert cache.content("", hostile) is None
    assert LocalCache(tmp_path / "elsewhere").content("", digest) is None
