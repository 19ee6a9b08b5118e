"""What another job handed off is looked at before it is believed."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import pytest
from msgspec import Struct

from mlgit.errors import ExternalError, MlgitError, UsageError
from mlgit.jobs.conclude import each
from mlgit.jobs.handoff import bounded, read_handoff, write_handoff
from mlgit.world.context import SilentConsole, real_context


class Value(Struct, frozen=True):
    text: str


def read(folder: Path, digest: str = "") -> Value:
    return read_handoff(folder, "claim.json", Value, hint="the step before", digest=digest)


def refusal(folder: Path, digest: str = "") -> str:
    with pytest.raises(UsageError) as caught:
        read(folder, digest)
    return caught.value.code


def test_what_was_written_is_read_and_what_is_another_is_refused(tmp_path: Path) -> None:
    digest = write_handoff(real_context(SilentConsole()), tmp_path / "claim.json", Value("a"))
    assert digest == sha256((tmp_path / "claim.json").read_bytes()).hexdigest()
    assert read(tmp_path, digest) == read(tmp_path) == Value("a")
    (tmp_path / "claim.json").write_text('{"text":"b"}')
    assert (read(tmp_path), refusal(tmp_path, digest)) == (Value("b"), "handoff-refused")


@pytest.mark.parametrize("content", ["", "[]", '{"text":1}', "\udcff", "[" * 100_000])
def test_what_is_of_another_form_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "claim.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    assert refusal(tmp_path) == "handoff-refused"


def test_links_pipes_and_what_is_too_large_are_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path) == "handoff-missing"
    (tmp_path / "real.json").write_text('{"text":"a"}')
    (tmp_path / "claim.json").symlink_to(tmp_path / "real.json")
    assert refusal(tmp_path) == "handoff-refused"
    (tmp_path / "claim.json").unlink()
    os.mkfifo(tmp_path / "claim.json")
    assert refusal(tmp_path) == "handoff-refused"
    (tmp_path / "inside").symlink_to(tmp_path)
    for name in ("inside/real.json", "../x", "/etc/passwd", "a//b", "a\x00b", ".", ""):
        with pytest.raises(UsageError):
            bounded(tmp_path, name)
    with pytest.raises(UsageError):
        bounded(tmp_path, "real.json", largest=3)


def test_every_step_is_taken_whatever_goes_wrong_with_another() -> None:
    def wrong() -> int:
        raise ExternalError("gone", "the forge is away")

    def other() -> int:
        raise ValueError

    done, errors = each([wrong, lambda: 1, wrong, lambda: 2])
    assert (done, [type(error) for error in errors]) == ([1, 2], [ExternalError, ExternalError])
    assert all(isinstance(error, MlgitError) for error in errors)
    with pytest.raises(ValueError):  # noqa: PT011 - a fault of ours has no words
        each([other])
