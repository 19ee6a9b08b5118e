"""What a clone is told of the cache and the remotes of the repository it came from."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlgit.dvc.cache import setting
from mlgit.dvc.inherited import inherited_configuration
from mlgit.errors import UsageError

CONFIG = """\
[core]
    remote = near
['remote "near"']
    url = ../../storage
['remote "far"']
    url = s3://bucket/key
    region = eu-west-1
"""


def write(root: Path, name: str, text: str) -> Path:
    place = root / "here" / ".dvc"
    place.mkdir(parents=True, exist_ok=True)
    (place / name).write_text(text)
    return place


def test_a_remote_that_is_a_folder_is_named_from_the_top(tmp_path: Path) -> None:
    text = inherited_configuration(write(tmp_path, "config", CONFIG))
    assert f"url = {tmp_path / 'storage'}\n" in text
    assert "bucket" not in text
    assert setting(text.encode(), "cache", "dir") == str(tmp_path / "here" / ".dvc" / "cache")


def test_what_is_local_comes_along_and_goes_first(tmp_path: Path) -> None:
    write(tmp_path, "config", CONFIG)
    local = "['remote \"far\"']\n    secret_access_key = k%y\n['remote \"near\"']\n    url = ../elsewhere\n[cache]\n    dir = /c\n"
    text = inherited_configuration(write(tmp_path, "config.local", local))
    assert "secret_access_key = k%y\n" in text
    assert f"url = {tmp_path / 'here' / 'elsewhere'}\n" in text
    assert setting(text.encode(), "cache", "dir") == "/c"


def test_a_remote_in_a_home_stays_for_dvc_to_find(tmp_path: Path) -> None:
    place = write(tmp_path, "config", "['remote \"home\"']\n    url = ~/storage\n")
    assert "storage" not in inherited_configuration(place)


def test_nothing_is_set(tmp_path: Path) -> None:
    assert "dir = " in inherited_configuration(write(tmp_path, "config", ""))


def test_settings_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        inherited_configuration(write(tmp_path, "config", "no section = 1\n"))
    assert caught.value.where == ".dvc/config"
