"""The address of a remote: which are taken, and none that holds a secret."""

from __future__ import annotations

import pytest

from mlgit.dvc.remote import remote_scheme
from mlgit.errors import UsageError


@pytest.mark.parametrize(
    ("url", "scheme"),
    [
        ("s3://bucket/path", "s3"),
        ("gs://bucket/a:b@c", "gs"),
        ("azure://container/path", "azure"),
        ("ssh://me@host:2222/path", "ssh"),
        ("webdavs://first.last@host/path", "webdavs"),
        ("../folder", None),
        ("/folder/with:colon@sign", None),
        (None, None),
    ],
)
def test_an_address_without_a_secret_is_taken(url: str | None, scheme: str | None) -> None:
    assert remote_scheme(url) == scheme


@pytest.mark.parametrize(
    "url",
    [
        "s3://key:hunter2@bucket/path",
        "s3://AKIAIOSFODNN7EXAMPLE@bucket/path",
        "ssh://me:hunter2@host/path",
        "ssh://me%3Ahunter2@host/path",
        "azure://container/path?sv=2020&sig=abcdefghijkl0123456789%2B",
        "webdavs://ghp_abcdefghijklmnopqrstuvwxyz0123456789@host/path",
        "webdav://host/path?token=abcdefgh",
        "s3://bucket/path?access_key=AKIAIOSFODNN7EXAMPLE",
    ],
)
def test_an_address_with_a_secret_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        remote_scheme(url)
    assert caught.value.code == "remote-secret"
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize("url", ["ftp://host/path", "s3://", "S3://bucket", "s3:// bucket", "http//://x"])
def test_what_is_no_address_of_a_remote(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        remote_scheme(url)
    assert caught.value.code == "remote-invalid"
