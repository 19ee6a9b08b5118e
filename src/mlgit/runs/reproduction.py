"""A training done again beside the committed one: reproduced, or where it first differs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from mlgit.metrics.reading import Reading
from mlgit.metrics.reproduction import Deviation, deviations
from mlgit.runs.covered import Check
from mlgit.runs.described import KIND, Step
from mlgit.runs.statement import Descriptor

Verdict = Literal["reproduced", "reproduced within the tolerance", "not reproduced"]
NOT_COVERED = (
    "no record tells of these outputs, and others tell of this pipeline: another hand wrote dvc.lock"
)


class Difference(Struct, frozen=True, kw_only=True):
    """Where the second training was not the first one."""

    kind: Annotated[
        str,
        Meta(
            description="data, code, file, parameter, lock, pipeline, environment, pointer, training, output, metrics."
        ),
    ]
    path: str
    text: str


class Reproduction(Struct, frozen=True, kw_only=True):
    """What came of training one pipeline of a commit again."""

    version: Annotated[Literal[1], Meta(description="The version of this form.")] = 1
    commit: str
    pipeline: str
    models: Annotated[tuple[str, ...], Meta(description="Their names in mlgit.yaml.")]
    verdict: Verdict
    tolerance: Annotated[float, Meta(description="How far a metric may be off, as a part of itself.")]
    differences: Annotated[tuple[Difference, ...], Meta(description="The first one first.")] = ()
    same: Annotated[tuple[str, ...], Meta(description="Outputs that came out byte for byte.")] = ()
    other: Annotated[tuple[str, ...], Meta(description="Outputs that came out with other bytes.")] = ()
    metrics: Annotated[int, Meta(description="How many metrics were compared.")] = 0
    seconds: Annotated[float | None, Meta(description="How long the training took.")] = None
    notes: tuple[str, ...] = ()


class Compared(Struct, frozen=True, kw_only=True):
    """The outputs and metrics of both trainings; the metrics as committed and as measured now, by file."""

    steps: tuple[Step, ...]
    committed: tuple[Descriptor, ...]
    made: tuple[Descriptor, ...]
    metrics: Mapping[str, tuple[Reading, Reading]]


def judged(bare: Reproduction, found: Compared, *, covered: bool) -> Reproduction:
    """Return the verdict on two trainings.

    Outputs that are the same byte for byte need nothing else. Where bytes differ, in a model that holds a time for
    instance, the metrics decide, as long as there are some and `covered`: the digests of dvc.lock are those of a run.
    """
    committed, made = ({one.name: one.digest for one in side} for side in (found.committed, found.made))
    names = in_order(found.steps, {*committed, *made})
    other = tuple(name for name in names if committed.get(name) != made.get(name))
    off = [
        one for file, (old, new) in sorted(found.metrics.items()) for one in off_metrics(bare, file, old, new)
    ]
    count = sum(len(old.values) for old, _ in found.metrics.values())
    decided = covered and count > 0 and not off and all(name in made for name in committed)
    outputs = [output_difference(name, committed.get(name), made.get(name), found) for name in other]
    lock = [] if covered else [Difference(kind="lock", path="dvc.lock", text=NOT_COVERED)]
    verdict: Verdict = "reproduced within the tolerance" if decided else "not reproduced"
    return replace(
        bare,
        verdict=verdict if other else "reproduced",
        differences=() if decided or not other else (*lock, *outputs, *off),
        same=tuple(name for name in names if name not in other),
        other=other,
        metrics=count,
    )


def in_order(steps: Sequence[Step], names: Iterable[str]) -> list[str]:
    """Return outputs in the order in which the stages make them: the first to differ is the cause of the next."""
    order = {name: number for number, step in enumerate(sorted_steps(steps)) for name in step.outputs}
    return sorted(names, key=lambda name: (order.get(name, len(order)), name))


def sorted_steps(steps: Sequence[Step]) -> list[Step]:
    """Return the stages with each behind those whose outputs it reads."""
    left, done = list(steps), list[Step]()
    while left:
        ready = next(
            (one for one in left if not any(reads(one, other) for other in left if other is not one)),
            left[0],
        )
        left.remove(ready)
        done.append(ready)
    return done


def reads(one: Step, other: Step) -> bool:
    """Tell whether a stage reads what another one writes."""
    return any(name == out or name.startswith(out + "/") for name in one.inputs for out in other.outputs)


def off_metrics(bare: Reproduction, file: str, old: Reading, new: Reading) -> list[Difference]:
    """Return the metrics of one file that came out too far from the committed ones."""
    if old.state != "read" or new.state != "read":
        return [
            Difference(kind="metrics", path=file, text=f"it cannot be compared: {old.reason or new.reason}")
        ]
    found: tuple[Deviation, ...] = deviations(file, old, new, lambda _: bare.tolerance)
    return [Difference(kind="metrics", path=file, text=one.text.removeprefix(f"{file}: ")) for one in found]


def output_difference(
    name: str, committed: Mapping[str, str] | None, made: Mapping[str, str] | None, found: Compared
) -> Difference:
    """Return how one output came out."""
    if made is None:
        text = "it did not come out"
    elif committed is None:
        text = "it came out, and dvc.lock has none"
    else:
        text = f"it came out as {short(made)}, dvc.lock has {short(committed)}"
    kinds = {one.name: str(one.annotations.get(KIND, "output")) for one in found.committed}
    return Difference(kind="output" if kinds.get(name) != "metrics" else "metrics", path=name, text=text)


def short(digest: Mapping[str, str]) -> str:
    """Return the beginning of a digest with its name."""
    return " ".join(f"{name}:{value[:12]}" for name, value in digest.items())


def stopped(bare: Reproduction, differences: Iterable[Difference]) -> Reproduction:
    """Return that the training cannot be the same one: what goes in is another, or it failed."""
    return replace(bare, verdict="not reproduced", differences=tuple(differences))


def from_checks(checks: Iterable[Check], kinds: Mapping[str, str], otherwise: str) -> list[Difference]:
    """Return the checks that found a difference; `kinds` tells what each path is."""
    found = dict.fromkeys(
        (kinds.get(one.path, otherwise), one.path, one.text) for one in checks if one.state == "different"
    )
    return [Difference(kind=kind, path=path, text=text) for kind, path, text in found]
