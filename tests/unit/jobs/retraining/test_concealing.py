"""Secrets do not come out of a log into an issue."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgit.jobs.retraining.concealing import concealed

ENVIRONMENT = {
    "AWS_SECRET_ACCESS_KEY": "opensesame/1",
    "DB_PASSWORD": "opensesame",
    "DEPLOY_KEY": "-----BEGIN KEY-----\nMIIEvQIBADANBg\n-----END KEY-----",
    "SHORT_TOKEN": "a",
    "HOME": "/home/somebody",
    "EMPTY_SECRET": "",
}


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("key opensesame/1 end", "key *** end"),
        ("opensesame", "***"),
        ("MIIEvQIBADANBg", "***"),
        ("a word /home/somebody", "a word /home/somebody"),
        ("\x1b[31mopen\x1b[0msesame", "***"),
        ("https://me:word@host/x and s3://bucket/key", "https://***@host/x and s3://bucket/key"),
        (f"ghp_{'a' * 36}", "***"),
        (f"github_pat_{'a1' * 20}.", "***."),
        ("AKIAIOSFODNN7EXAMPLE", "***"),
        (f"eyJ{'a' * 20}.eyJb.c-d", "***"),
        ("mail me@example.org", "mail me@example.org"),
    ],
)
def test_what_is_taken_out(line: str, shown: str) -> None:
    assert concealed([line], ENVIRONMENT) == (shown,)


@given(st.text(), st.text(min_size=6).filter(lambda one: len(one.strip()) >= 6 and "*" not in one), st.text())
def test_no_value_of_a_secret_is_left_in_any_line(before: str, value: str, after: str) -> None:
    if "\x1b" in value:
        return
    (shown,) = concealed([f"{before}{value}{after}"], {"A_TOKEN": value})
    assert value.strip() not in shown
