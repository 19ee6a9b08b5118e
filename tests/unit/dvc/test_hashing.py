"""Digests are those that DVC computes."""

from __future__ import annotations

from io import BytesIO

import pytest
from dvc_data.hashfile.hash import fobj_md5
from hypothesis import given
from hypothesis import strategies as st

from mlgit.dvc.hashing import CHUNK, content_digest

TEXTS = st.text("ab\r\n\x00é", max_size=60).map(str.encode)


@given(st.one_of(st.binary(max_size=600), TEXTS))
def test_small_content(content: bytes) -> None:
    assert content_digest(content) == fobj_md5(BytesIO(content), name="md5")
    assert content_digest(content, legacy=True) == fobj_md5(BytesIO(content), name="md5-dos2unix")


@pytest.mark.parametrize(
    "content", [b"a\r\n" * CHUNK, b"\x00" + b"a\r\n" * CHUNK, b"x" * (CHUNK - 1) + b"\r\n" * 3]
)
def test_content_of_several_pieces(content: bytes) -> None:
    assert content_digest(content) == fobj_md5(BytesIO(content), name="md5")
    assert content_digest(content, legacy=True) == fobj_md5(BytesIO(content), name="md5-dos2unix")
