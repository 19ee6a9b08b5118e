"""A .dvc file written anew: the standing text with the new values, and nothing else."""

from __future__ import annotations

import pytest

from mlgit import yamlfile
from mlgit.jobs.data_updates.pointer import renewed

OLD, NEW = "a" * 32, "b" * 32
IMPORTED = f"""# customers of the shop
md5: {OLD}
frozen: true
deps:
- path: towns.csv
  repo:
    url: https://example.org/far
    rev_lock: {"c" * 40}
outs:
- md5: {OLD}
  size: 5
  hash: md5
  path: towns.csv  # as they call it
desc: words of a person
"""


def test_the_standing_text_stays_and_only_its_values_are_new() -> None:
    handed = IMPORTED.replace(OLD, NEW).replace("c" * 40, "d" * 40).replace("# customers of the shop\n", "")
    assert renewed("t.dvc", IMPORTED.encode(), handed.encode()) == (
        IMPORTED.replace(OLD, NEW).replace("c" * 40, "d" * 40).encode()
    )


@pytest.mark.parametrize(
    ("standing", "handed"),
    [
        ("outs:\n- path: a.csv\n", f"outs:\n- md5: {NEW}\n  size: 3\n  hash: md5\n  path: a.csv\n"),
        (
            "outs:\n- hash: md5\n  path: a.csv\n",
            f"outs:\n- md5: {NEW}\n  size: 3\n  hash: md5\n  path: a.csv\n",
        ),
        (
            f"outs:\n- md5: {OLD}\n  path: a.csv\n",
            f"outs:\n- md5: '{'1' * 32}'\n  hash: md5\n  path: a.csv\n",
        ),
        (f"outs:\n- path: a.csv\n  md5: {OLD}\n", f"outs:\n- path: a.csv\n  md5: '{'1' * 15}e{'1' * 16}'\n"),
        (
            f"deps:\n- etag: '\"x\"'\n  size: 1\n  path: s3://b/a\nouts:\n- md5: {OLD}\n  path: a\n",
            f"deps:\n- etag: 'W/\"y: #\"'\n  size: 2\n  path: s3://b/a\nouts:\n- md5: {NEW}\n  path: a\n",
        ),
        (
            f"outs:\n- md5: {OLD}\n  path: a\ndeps:\n- checksum: old\n  size: 1\n  path: https://b/a\n",
            f"outs:\n- md5: {NEW}\n  path: a\ndeps:\n- md5: {NEW}.dir\n  nfiles: 2\n  size: 1\n  path: https://b/a\n",
        ),
        (
            f"outs:\n- md5: {OLD}\n  path: a\nmd5: {OLD}\n",
            f"md5: {NEW}\nouts:\n- md5: {NEW}\n  size: 3\n  hash: md5\n  path: a\n",
        ),
        (f'outs:\r\n  - "md5": {OLD}\r\n    path: a\r\n', f"outs:\n- md5: {NEW}\n  path: a\n"),
    ],
)
def test_what_dvc_writes_is_taken(standing: str, handed: str) -> None:
    made = renewed("a.dvc", standing.encode(), handed.encode())
    assert made is not None
    assert yamlfile.read(made, "a.dvc").value == yamlfile.read(handed, "a.dvc").value


@pytest.mark.parametrize(
    "handed",
    [
        IMPORTED.replace("c" * 40, "main"),
        IMPORTED.replace("rev_lock", "rev"),
        IMPORTED.replace("size: 5", "size: 5.5"),
        IMPORTED.replace("size: 5", "size: true"),
        IMPORTED.replace("size: 5", "size: {curl: evil}"),
        IMPORTED.replace("hash: md5", "hash: etag"),
        IMPORTED.replace("desc:", "size: 5\ndesc:"),
        IMPORTED.replace("desc:", "- md5: x\n  path: other\ndesc:"),
        IMPORTED.replace("    rev_lock", "    md5: x\n    rev_lock"),
        IMPORTED.replace("words of a person", "words of somebody else"),
        "- a list\n",
        "",
    ],
)
def test_anything_else_is_not(handed: str) -> None:
    assert renewed("t.dvc", IMPORTED.encode(), handed.encode()) is None


def test_a_standing_file_that_no_line_can_be_changed_in_is_left_alone() -> None:
    standing = f"outs: [{{md5: {OLD}, path: a}}]\n"
    assert renewed("a.dvc", standing.encode(), standing.replace(OLD, NEW).encode()) is None
