"""A space as it is written, its grid, its draws, and the one name of the same settings."""

from __future__ import annotations

from itertools import islice

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mlgit.dvc.search_space import Range, assignments, drawn, grid, name_of, parsed, read_space
from mlgit.errors import UsageError


def test_words_are_values_or_a_range() -> None:
    space = parsed(["a.b=1,2.5,x,true,null", "c=1..9", "d=0.01..1:log"])
    assert space["a.b"] == (1, 2.5, "x", True, None)
    assert space["c"] == Range(low=1, high=9, whole=True)
    assert space["d"] == Range(low=0.01, high=1, log=True)


@pytest.mark.parametrize("word", ["a", "=1", "a=", "a=9..1", "a=0..1:log", "a=x..y", "a=1..1"])
def test_what_is_no_space_is_one_sentence(word: str) -> None:
    with pytest.raises(UsageError) as raised:
        parsed([word])
    assert raised.value.code == "experiments-space"
    assert "sweep NAME=1,2,3" in (raised.value.hint or "")


def test_a_name_stands_once() -> None:
    with pytest.raises(UsageError):
        parsed(["a=1", "a=2"])


def test_a_file_says_the_same_as_words() -> None:
    value = yaml.safe_load("{a: [1, 2], b: {from: 0.01, to: 1.0, log: true}}")
    assert read_space(value, "params.yaml") == parsed(["a=1,2", "b=0.01..1.0:log"])
    for wrong in ({}, [], {"a": 1}, {"a": []}, {"a": {"from": 1}}, {"a": {"from": 1, "to": 2, "by": 1}}):
        with pytest.raises(UsageError):
            read_space(wrong, "params.yaml")


def test_a_grid_has_every_combination_once() -> None:
    found = list(grid(parsed(["a=1,2", "b=x,y,z"])))
    assert len(found) == 6 == len({name_of(one) for one in found})
    assert found[0] == {"a": 1, "b": "x"}
    assert found[1] == {"a": 1, "b": "y"}
    with pytest.raises(UsageError) as raised:
        grid(parsed(["a=1..2"]))
    assert raised.value.code == "experiments-grid"


@given(seed=st.integers(0, 1000), tries=st.integers(1, 30))
def test_draws_differ_stay_inside_and_come_again(seed: int, tries: int) -> None:
    space = parsed(["a=1..1000:log", "b=0.001..1:log", "c=2..40", "d=x,y"])
    found = list(drawn(space, tries, seed))
    assert found == list(drawn(space, tries, seed))
    assert len({name_of(one) for one in found}) == tries
    for one in found:
        assert 1 <= one["a"] <= 1000
        assert isinstance(one["a"], int)
        assert 0.001 <= one["b"] <= 1
        assert 2 <= one["c"] <= 40
        assert one["d"] in ("x", "y")


def test_a_small_space_ends() -> None:
    assert len(list(islice(drawn(parsed(["a=1,2"]), 50, 0), 100))) == 2


def test_names_are_those_of_the_settings_in_any_order() -> None:
    assert name_of({"a": 1, "b": 2}) == name_of({"b": 2, "a": 1})
    assert name_of({"a": 1}) != name_of({"a": "1"})


def test_values_reach_dvc_as_they_were() -> None:
    assert assignments({"a": "linear", "b": "1", "c": None, "d": True, "e": 0.5, "f": [1, 2]}) == [
        "a=linear",
        'b="1"',
        "c=null",
        "d=true",
        "e=0.5",
        "f=[1, 2]",
    ]
