"""The list that stands for a folder, held against DVC's own."""

from __future__ import annotations

import json
from hashlib import md5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgit.dvc.hashing import Member, members_digest, read_folder
from mlgit.errors import UsageError

MEMBERS = st.dictionaries(st.text(min_size=1, max_size=20), st.sampled_from(["a" * 32, "b" * 32]), max_size=6)


def test_a_digest_that_dvc_wrote() -> None:
    listed = b'[{"md5": "b026324c6904b2a9cb4b88d6d61c81d1", "relpath": "1"}, '
    listed += b'{"md5": "26ab0db90d72e28ad0ba1e22ee510510", "relpath": "2"}]'
    members = read_folder(listed, "d")
    assert members_digest(reversed(members)) == "f437247ec66d73ba66b0ade0246fcb49.dir"


@given(MEMBERS)
def test_the_digest_is_that_of_the_sorted_list(found: dict[str, str]) -> None:
    members = [Member(path, digest) for path, digest in found.items()]
    listed = [{"md5": digest, "relpath": path} for path, digest in sorted(found.items())]
    text = json.dumps(listed).encode()
    assert members_digest(members) == md5(text, usedforsecurity=False).hexdigest() + ".dir"
    assert set(read_folder(text, "x")) == set(members)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[1]", b'[{"md5": 1, "relpath": "a"}]', b'[{"md5": "a"}]', b"\xff"]
)
def test_a_broken_list_is_named(content: bytes) -> None:
    with pytest.raises(UsageError) as caught:
        read_folder(content, "data/raw")
    assert caught.value.where == "data/raw"
