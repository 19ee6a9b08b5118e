"""More than 300 attacks on the evidence of a model that is worse than its gate allows: none of them passes."""

from __future__ import annotations

import pytest

from mlgit.stats.decision import Verdict
from tests.unit.evaluation.attacks import Kind, attacks, kinds, text_of, verdict

KINDS = kinds()
ATTACKS = [(name, attack) for name, kind in KINDS.items() for attack in attacks(kind)]


def test_there_are_enough_of_them() -> None:
    assert len(set(ATTACKS)) == len(ATTACKS) >= 300


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_better_head_passes_and_a_worse_one_fails(kind: Kind) -> None:
    assert verdict(kind, kind.better) is Verdict.PASS
    assert verdict(kind, {name: column[::-1] for name, column in kind.better.items()}) is Verdict.PASS
    assert verdict(kind, kind.worse) is Verdict.FAIL


@pytest.mark.parametrize("name", KINDS)
def test_each_attack_does_something_of_its_own(name: str) -> None:
    """None leaves the file as it is, and no two are the same: an attack that does nothing is none."""
    made = {
        attack: head if isinstance(head, str) else text_of(head)
        for attack, head in attacks(KINDS[name]).items()
    }
    same: dict[str, list[str]] = {}
    for attack, text in made.items():
        same.setdefault(text, []).append(attack)
    assert [names for names in same.values() if len(names) > 1] == []
    assert 0.1 < sum(KINDS[name].good) / len(KINDS[name].good) < 0.9


@pytest.mark.parametrize("name", KINDS)
def test_no_attack_passes(name: str) -> None:
    kind = KINDS[name]
    passed = [attack for attack, head in attacks(kind).items() if verdict(kind, head) is Verdict.PASS]
    assert passed == []
