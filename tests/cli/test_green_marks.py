"""The green mark of the comment and `success` of its check: only for what was judged and verified."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mlgit.metrics.reproduction import Verification
from mlgit.project.verified import FILE, Verified
from tests.cli.adopted_repository import lock_again, make_adopted, report, trained_with
from tests.driver import Person
from tests.isolation import isolated_environment

GATES = "[{accuracy: {no_worse_than: {margin: 0.1}}}]"
Change = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def adopted_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patched:
        for name, value in isolated_environment(tmp_path_factory.mktemp("home")).items():
            patched.setenv(name, value)
        person = make_adopted(tmp_path_factory.mktemp("adopted") / "a", gates=GATES)
        trained_with(person, 0.01)
        yield person.folder


@pytest.fixture
def adopted(adopted_once: Path, tmp_path: Path) -> Person:
    """A person on a branch whose model is as good as main's."""
    copy = tmp_path / "a"
    shutil.copytree(adopted_once, copy, symlinks=True)
    return Person(copy)


def vouched(person: Person, name: str, *files: str) -> None:
    """Write down that everything was measured again and the same, so that only what is under test keeps the mark back."""
    from hashlib import sha256

    known = {path: sha256((person.folder / path).read_bytes()).hexdigest() for path in files}
    found = Verified(
        commit=person.git("rev-parse", "HEAD"),
        models=(Verification(model=name, state="reproduced", files=known),),
    )
    place = person.folder / ".git" / FILE
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(msgspec.json.encode(found))


def not_a_number(metrics: dict[str, Any]) -> None:
    metrics["accuracy"] = float("nan")


def endless(metrics: dict[str, Any]) -> None:
    metrics["loss"] = float("inf")


def one_gone(metrics: dict[str, Any]) -> None:
    del metrics["my_kpi"]


def kpi_falls(metrics: dict[str, Any]) -> None:
    metrics["my_kpi"] = 0.1


CASES: dict[str, tuple[Change, str, str]] = {
    "accuracy becomes NaN": (not_a_number, "no finite number any more", "failure"),
    "loss becomes Infinity": (endless, "no finite number any more", "failure"),
    "a metric vanishes": (one_gone, "1 gone", "neutral"),
    "a metric without gate or direction falls": (kpi_falls, "1 not judged", "neutral"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_number_that_nobody_can_judge_gives_no_green_mark(adopted: Person, case: str) -> None:
    change, said, conclusion = CASES[case]
    metrics = json.loads(adopted.read("metrics.json"))
    change(metrics)
    adopted.write("metrics.json", json.dumps(metrics))
    lock_again(adopted, "metrics.json")
    adopted.commit(case)
    vouched(adopted, "churn", "metrics.json", "predictions.csv")
    first, found = report(adopted)
    assert said in first
    assert "✅" not in first
    assert found == conclusion


def test_what_is_judged_and_verified_gets_it(adopted: Person) -> None:
    adopted.mlgit("check", "model", "--base", "main")
    assert report(adopted) == ("## ✅ Gates passed; 1 metric within noise", "success")


def test_without_a_verification_it_is_neutral(adopted: Person) -> None:
    first, found = report(adopted)
    assert first == "## ⚠️ Gates passed; not verified: nothing was measured again; 1 metric within noise"
    assert found == "neutral"


def test_all_metrics_vanish(adopted: Person) -> None:
    adopted.write("metrics.json", "{}")
    lock_again(adopted, "metrics.json")
    adopted.commit("No metrics")
    vouched(adopted, "churn", "metrics.json", "predictions.csv")
    first, found = report(adopted)
    assert "✅" not in first
    assert "2 metrics gone" in first
    assert found == "neutral"


def test_in_a_scaffold_a_metric_becomes_nan(trained: Person) -> None:
    trained.git("switch", "--quiet", "--create", "change")
    metrics = json.loads(trained.read("metrics/test.json"))
    trained.write("metrics/test.json", json.dumps({**metrics, "accuracy": float("nan")}))
    trained.commit("NaN")
    vouched(trained, "p", "metrics/test.json", "predictions/test.csv")
    first, found = report(trained)
    assert first.startswith("## ❌")
    assert "1 metric no finite number any more" in first
    assert found == "failure"
