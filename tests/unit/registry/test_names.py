"""Names of tags, held against GTO's own grammar."""

from __future__ import annotations

import pytest
from gto.tag import parse_name
from hypothesis import given
from hypothesis import strategies as st

from mlgit.registry.names import TagName, artifact_of, model_of, parse

PIECES = st.sampled_from(
    [
        "churn",
        "a",
        "models/churn",
        "=",
        "@",
        "v1.2.0",
        "v0.0.1-rc.1",
        "!",
        "#",
        "1",
        "prod",
        "-",
        "_",
        "/",
        ".",
        "deprecated",
        " ",
    ]
)


@given(st.lists(PIECES, max_size=8).map("".join))
def test_agrees_with_gto(name: str) -> None:
    theirs = parse_name(name, raise_on_fail=False)
    ours = parse(name)
    of_version = bool(theirs) and "version" in theirs
    assert (ours is not None) == of_version, name
    if ours is not None:
        assert ours.artifact.replace("=", ":") == theirs["name"]
        assert ours.version == theirs["version"]
        assert ours.action == theirs["action"].value
        assert ours.counter == theirs.get("counter", 0)


@pytest.mark.parametrize(
    "name", ["churn@v1.2.0", "churn@v1.2.0!", "churn@v1.2.0!#3", "models/churn=churn@v1.0.0-rc.1"]
)
def test_a_name_and_back(name: str) -> None:
    found = parse(name)
    assert found is not None
    assert found.text == name


@pytest.mark.parametrize(
    "name", ["churn@v1.2.0\n", "churn@v1.2.0#" + "9" * 10, "x" * 300 + "@v1.0.0", "churn#prod#1", "v1.2.0"]
)
def test_other_tags_are_none_of_ours(name: str) -> None:
    assert parse(name) is None


def test_artifacts() -> None:
    assert artifact_of("churn", "") == "churn"
    assert artifact_of("churn", "models/churn") == "models/churn=churn"
    assert model_of("models/churn=churn") == ("churn", "models/churn")
    assert artifact_of("churn-", "") is None
    assert artifact_of("churn", "models/my churn") is None
    assert TagName(artifact="a", version="v1.0.0").text == "a@v1.0.0"
