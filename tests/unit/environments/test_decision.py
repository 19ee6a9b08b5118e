"""Promote and rollback decided from values: each refusal, and 10,000 steps of two clones against a reference model."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace

from mlgit.config.environments import Environment
from mlgit.environments.decision import Situation, entered, entry_of, promotion, rollback
from mlgit.environments.desired import Entry
from mlgit.errors import UsageError
from mlgit.registry.record import VersionRecord
from mlgit.registry.state import Model, Registered
from tests.unit.environments.reference import ORDER, Reference

ENVIRONMENTS = {name: Environment(approval="gate") for name in ORDER}


def version(
    number: int, *, active: bool = True, errors: tuple[str, ...] = (), commit: str = ""
) -> Registered:
    """v0.<number>.0 of the model `churn`."""
    name, commit = f"v0.{number}.0", commit or f"{number:040x}"
    record = VersionRecord(
        model="churn", version=name, commit=commit, artifact="m", output="m", digest=f"md5:{number:032x}"
    )
    return Registered(
        artifact="churn",
        version=name,
        tag=f"churn@{name}",
        commit=commit,
        active=active,
        record=record,
        errors=errors,
    )


def registry(*versions: Registered) -> dict[str, Model]:
    model = Model(artifact="churn", events={one.version: () for one in versions})
    model._known.update({one.version: one for one in versions})
    return {"churn": model}


def entry(number: int, action: str = "promote") -> Entry:
    one = version(number)
    assert one.record is not None
    return Entry(version=one.version, commit=one.commit, digest=one.record.digest, action=action)  # type: ignore[arg-type]


def now(versions: Sequence[Registered], **running: int) -> Situation:
    desired = {name: {"churn": entry(number)} for name, number in running.items()}
    return Situation(environments=ENVIRONMENTS, desired=desired, registry=registry(*versions))


def code(caught: pytest.ExceptionInfo[UsageError]) -> str:
    assert caught.value.hint
    return caught.value.code


def test_what_a_promotion_takes() -> None:
    three = [version(1), version(2), version(3)]
    assert promotion(now(three), "churn", "staging").version.version == "v0.3.0"
    assert promotion(now(three), "churn", "staging", "v0.1.0").version.version == "v0.1.0"
    assert promotion(now(three, staging=2), "churn", "canary").version.version == "v0.2.0"
    step = promotion(now(three, staging=3), "churn", "staging")
    assert step.is_there
    branched = {**ENVIRONMENTS, "production": Environment(after="staging")}
    assert (
        promotion(replace(now(three, staging=2), environments=branched), "churn", "production").live is None
    )


@pytest.mark.parametrize(
    ("situation", "environment", "wanted", "refused"),
    [
        (now([version(1)]), "moon", "", "environment-unknown"),
        (now([]), "staging", "", "version-unknown"),
        (now([version(1)]), "staging", "v9.0.0", "version-unknown"),
        (now([version(1, active=False)]), "staging", "", "version-unknown"),
        (now([version(1, active=False)]), "staging", "v0.1.0", "version-deregistered"),
        (now([version(1, errors=("moved",))]), "staging", "v0.1.0", "version-untrusted"),
        (now([replace(version(1), record=None)]), "staging", "v0.1.0", "version-untrusted"),
        (now([version(1)]), "canary", "", "promote-order"),
        (now([version(1), version(2)], staging=2), "canary", "v0.1.0", "promote-order"),
        (now([version(1), version(2)], staging=2, production=2), "production", "v0.2.0", "promote-order"),
        (now([version(1), version(2)], staging=2), "staging", "v0.1.0", "promote-backwards"),
    ],
)
def test_what_a_promotion_refuses(situation: Situation, environment: str, wanted: str, refused: str) -> None:
    with pytest.raises(UsageError) as caught:
        promotion(situation, "churn", environment, wanted)
    assert code(caught) == refused


def test_a_tag_that_was_moved_since_the_environment_before_took_it() -> None:
    situation = now(
        [replace(version(2), record=replace(version(2).record, digest="md5:" + "f" * 32))], staging=2
    )  # type: ignore[type-var]
    with pytest.raises(UsageError) as caught:
        promotion(situation, "churn", "canary", "v0.2.0")
    assert code(caught) == "promote-order"
    moved = now([version(1, commit="f" * 40), version(2)], staging=2)
    with pytest.raises(UsageError) as caught:
        rollback(moved, [entry(1), entry(2)], "churn", "staging")
    assert code(caught) == "version-moved"


def test_a_rollback_goes_back_one_by_one_and_never_forward() -> None:
    versions = [version(1), version(2), version(3)]
    past = [entry(1), entry(2), entry(3)]
    assert rollback(now(versions, staging=3), past, "churn", "staging").version.version == "v0.2.0"
    past.append(entry(2, "rollback"))
    assert rollback(now(versions, staging=2), past, "churn", "staging").version.version == "v0.1.0"
    assert rollback(now(versions, staging=2), past, "churn", "staging", "v0.3.0").version.version == "v0.3.0"
    past.append(entry(1, "rollback"))
    with pytest.raises(UsageError) as caught:
        rollback(now(versions, staging=1), past, "churn", "staging")
    assert code(caught) == "rollback-unknown"


@pytest.mark.parametrize(
    ("situation", "past", "to", "refused"),
    [
        (now([version(1)]), [], "", "rollback-nothing"),
        (now([version(1)], staging=1), [entry(1)], "", "rollback-unknown"),
        (now([version(1), version(2)], staging=1), [entry(1)], "v0.2.0", "rollback-unknown"),
        (now([version(1), version(2)], staging=2), [entry(1), entry(2)], "v0.2.0", "rollback-unknown"),
        (
            now([version(1, active=False), version(2)], staging=2),
            [entry(1), entry(2)],
            "",
            "version-deregistered",
        ),
        (now([version(2)], staging=2), [entry(1), entry(2)], "", "version-unknown"),
    ],
)
def test_what_a_rollback_refuses(situation: Situation, past: list[Entry], to: str, refused: str) -> None:
    with pytest.raises(UsageError) as caught:
        rollback(situation, past, "churn", "staging", to)
    assert code(caught) == refused


@dataclass
class Played:
    """What the decisions make of the same steps: a server, and two clones that see it only when they look."""

    versions: list[Registered] = field(default_factory=list)
    desired: dict[str, dict[str, Entry]] = field(default_factory=dict)
    past: dict[str, list[Entry]] = field(default_factory=lambda: {name: [] for name in ORDER})
    revision: int = 0

    def situation(self) -> Situation:
        return Situation(
            environments=ENVIRONMENTS, desired=dict(self.desired), registry=registry(*self.versions)
        )

    def take(self, action: str, name: str, seen: Situation, past: list[Entry], wanted: str) -> Entry:
        if action == "promote":
            step = promotion(seen, "churn", name, wanted)
        else:
            step = rollback(seen, past, "churn", name, wanted)
        if step.is_there:
            assert step.live is not None
            return step.live
        made = entry_of(step, action=action, by="", at="")
        self.desired[name] = dict(entered(step, made, self.desired.get(name, {})))
        self.past[name].append(made)
        self.revision += 1
        return made


@dataclass
class View:
    """What a clone saw when it looked last."""

    revision: int
    situation: Situation
    past: dict[str, list[Entry]]

    @classmethod
    def of(cls, played: Played) -> View:
        return cls(
            played.revision, played.situation(), {key: list(value) for key, value in played.past.items()}
        )


def attempted(played: Played, action: str, name: str, seen: View, wanted: str) -> Entry | UsageError:
    """What came of a step, the refusal as a value."""
    try:
        return played.take(action, name, seen.situation, seen.past[name], wanted)
    except UsageError as error:
        return error


def test_ten_thousand_steps_of_two_clones() -> None:
    """A clone that saw an older state is told so by the swap and looks again, as `refs.advance` does."""
    chance = random.Random(20260105)
    played, reference = Played(), Reference()
    views = [View.of(played), View.of(played)]
    taken = refused = stale = 0
    for _ in range(12_000):
        clone, name = chance.randrange(2), chance.choice(ORDER)
        action = chance.choices(("register", "deregister", "promote", "rollback"), (0.2, 0.05, 6, 2))[0]
        number = chance.choice((0, max(1, reference.newest - chance.randrange(4)), reference.live(name)))
        if action == "register":
            reference.newest += 1
            played.versions.append(version(reference.newest))
            played.revision += 1
        if action == "deregister" and reference.newest:
            gone = chance.randrange(1, reference.newest + 1)
            reference.gone.add(gone)
            played.versions[gone - 1] = replace(played.versions[gone - 1], active=False)
            played.revision += 1
        if action not in ("promote", "rollback"):
            continue
        if views[clone].revision != played.revision:
            stale += 1
            views[clone] = View.of(played)
        chosen, allowed = reference.answer(action, name, number)
        before = dict(played.desired)
        made = attempted(played, action, name, views[clone], f"v0.{number}.0" if number else "")
        assert isinstance(made, Entry) is allowed, (action, name, number, made)
        if isinstance(made, UsageError):
            assert made.hint
            assert played.desired == before
            refused += 1
            continue
        assert made.version == f"v0.{chosen}.0"
        (reference.promote if action == "promote" else reference.roll_back)(name, chosen)
        taken += 1
        assert {key: value["churn"].version for key, value in played.desired.items()} == {
            key: f"v0.{reference.live(key)}.0" for key in ORDER if reference.live(key)
        }
    assert taken + refused > 10_000
    assert min(taken, refused, stale) > 1_000
