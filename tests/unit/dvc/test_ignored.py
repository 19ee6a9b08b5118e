"""The rules of `.dvcignore`: what a walk sees is what DVC's own walk sees, whatever the rules are and wherever they stand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mlgit.dvc.cache import LocalCache
from mlgit.dvc.disk_evidence import DiskEvidence
from mlgit.dvc.ignored import Ignored
from mlgit.dvc.paths import around
from mlgit.errors import UsageError

TREE = ("a", "b.log", "in/a", "in/x.log", "in/keep.log", "in/cache/b", "in/cache/deep/a", "in/deep/cache", "in/deep/a.pyc",
        "in/deep/in/a", "in/a b", "in/[x]", "other/in/a", "sub/.dvc/config", "sub/a")  # fmt: skip
RULES = ("*.log", "!keep.log", "cache/", "cache", "/a", "in/a", "/in/deep", "in/**", "**/a", "a/**/b", "in/*/a", "!in/deep/a.pyc",
         "!/in", "*", "!*/", "# a", "", "  ", "*.py[co]", "?", "in/a b", "\\[x\\]", "[x]", "!a", "deep/in/", "in//a")  # fmt: skip
FILES = ("", "in/", "in/deep/")
DRAWN = st.dictionaries(st.sampled_from(FILES), st.lists(st.sampled_from(RULES), max_size=5), max_size=3)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    for name in TREE:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    return root


def written(root: Path, rules: dict[str, list[str]]) -> None:
    for folder in FILES:
        place = root / folder / ".dvcignore"
        place.unlink(missing_ok=True)
        if folder in rules:
            place.write_text("\n".join(rules[folder]) + "\n")


def theirs(root: Path, asked: str) -> set[str]:
    from dvc.fs import localfs
    from dvc.ignore import DvcIgnoreFilter

    walked: Any = DvcIgnoreFilter(localfs, str(root)).walk(localfs, str(root / asked))
    return {Path(folder, name).relative_to(root).as_posix() for folder, _, names in walked for name in names}


def ours(root: Path, asked: str) -> set[str]:
    seen = DiskEvidence(root, LocalCache(root), {}).files(root / asked)
    return {path.relative_to(root).as_posix() for path in seen}


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(rules=DRAWN, asked=st.sampled_from(["", "in", "in/deep"]))
def test_a_walk_sees_what_that_of_dvc_sees(tree: Path, rules: dict[str, list[str]], asked: str) -> None:
    assume(
        not any("\\" in rule or "!" in rule for folder, found in rules.items() if folder for rule in found)
    )
    written(tree, rules)
    ignored = Ignored(
        lambda path: (tree / path).read_bytes() if (tree / path).exists() else None,
        lambda path: (tree / path / ".dvc").is_dir(),
    )
    assume(not any(ignored.folder(one) for one in (asked, *around(asked)) if one))  # DVC refuses to be asked
    expected = theirs(tree, asked)
    assert ours(tree, asked) == expected
    everything = {path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file()}
    below = {path for path in everything if not asked or path.startswith(asked + "/")}
    assert {path for path in below if not ignored.hides(path, asked)} == expected


@pytest.mark.parametrize("rule", [b"!a\n", b"\\[x\\]\n"])
def test_a_rule_that_is_none_or_that_dvc_rewrites_is_named(rule: bytes) -> None:
    with pytest.raises(UsageError, match=r"in/\.dvcignore has a rule that cannot be read as DVC would"):
        Ignored({"in/.dvcignore": rule}.get, lambda _: False).file("in/a")


def test_rules_of_comments_load_no_library() -> None:
    code = (
        "import sys; from mlgit.dvc.ignored import Ignored;"
        "one = Ignored({'.dvcignore': b'# nothing\\n'}.get, lambda _: False);"
        "assert not one.hides('in/a', 'in'); assert 'pathspec' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
