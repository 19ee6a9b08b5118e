"""The predictions of both sides: whether they are evidence, and the evaluator that decides by them. Imports numpy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from hashlib import blake2b

import numpy as np
from msgspec import Struct

from mlgit.config.model import Model
from mlgit.errors import MlgitError
from mlgit.evaluation.evaluator import Evaluator
from mlgit.evaluation.scores import changed_errors, score_columns_of, score_errors
from mlgit.metrics.verdict import EvidenceError, GateWarning
from mlgit.predictions.columns import as_predictions, class_name, not_finite, outside_shares, score_columns
from mlgit.predictions.stored import Stored
from mlgit.predictions.table import Table, read_table
from mlgit.stats.arrays import Array, Booleans, Floats
from mlgit.stats.errors import StatisticsError
from mlgit.stats.estimates import Estimates
from mlgit.stats.evidence import Evidence, Predictions, Problem, check_evidence
from mlgit.stats.label_sets import split
from mlgit.stats.naming import NUMERIC, OF_SETS, named_metric
from mlgit.stats.ranking import roc_auc

Runner = Callable[[str, Evidence, int], Estimates]
FEW_FOR_PERFECT = 20
"""With fewer items a model that is right on all of them is nothing strange."""
LEFT_BY_A_JUMP = 0.02
"""Of the base's errors: a head that makes no more of them did not come to it by training, in all likelihood."""
HARDLY = 0.05
"""Predictions of which no more than this share are of a class that the labels have speak another language."""


class Checked(Struct, frozen=True, kw_only=True):
    """What the check of the predictions came to: an evaluator, or why there is none."""

    evaluator: Evaluator | None = None
    errors: tuple[EvidenceError, ...] = ()
    warnings: tuple[GateWarning, ...] = ()
    reason: str = ""
    hint: str = ""

    @property
    def why(self) -> str:
        """Why there is no evaluator, in one line."""
        said = [*(error.message for error in self.errors), self.reason]
        return "; ".join(part for part in said if part)


def check(model: Model, base: Stored, head: Stored, run: Runner | None = None) -> Checked:
    """Read and check the predictions of both sides. What is wrong with the head is an error, with the base a reason.

    `run` calls the functions of scores; None: they are not run.
    """
    numeric, classes = is_numeric(model), of_classes(model)
    labelled = numeric or classes
    positive = None if model.positive is None else class_name(str(model.positive))

    def as_evidence(side: Table) -> Predictions:
        made = as_predictions(side, numeric=numeric, positive=positive)
        return replace(made, columns=score_columns_of(model.scores, side))

    try:
        ours = read_table(base.content or b"", base.path, labelled=labelled)
        our_evidence = as_evidence(ours)
    except MlgitError as error:
        return Checked(reason=f"the base: {error.message}", hint=error.hint)
    try:
        theirs = read_table(head.content or b"", head.path, labelled=labelled)
        their_evidence = as_evidence(theirs)
    except MlgitError as error:
        return Checked(
            errors=(EvidenceError(kind="unreadable", message=f"head: {error.where}: {error.message}"),)
        )
    try:
        checked = check_evidence(our_evidence, their_evidence)
    except StatisticsError as error:
        return Checked(reason=f"the base: {error}")
    errors = (
        *map(evidence_error, filter(told_here, checked.problems)),
        *probability_errors(ours, theirs),
        *score_errors(model.scores, ours, theirs),
        *(changed_errors(model.scores, checked.evidence) if checked.evidence is not None else ()),
    )
    broken = [one.message for one in checked.problems if one.side == "base"]
    if checked.evidence is not None and classes:
        several = of_label_sets(model)
        ours_foreign, theirs_foreign = (
            foreign_classes(checked.evidence, side, several=several) for side in ("base", "head")
        )
        if ours_foreign:
            broken.append(ours_foreign)
        elif theirs_foreign:
            errors += (EvidenceError(kind="foreign-classes", message=f"head: {theirs_foreign}"),)
    if errors or broken or checked.evidence is None:
        return Checked(errors=errors, reason="; ".join(broken))
    seed = int.from_bytes(blake2b(f"{base.version} {head.version}".encode(), digest_size=6).digest(), "big")
    return Checked(
        evaluator=Evaluator(
            checked.evidence, ours, positive=positive, seed=seed, scores=model.scores, run=run
        ),
        warnings=(
            *(flattering(checked.evidence, numeric=numeric) if labelled else ()),
            *copies(ours, theirs),
        ),
    )


def is_numeric(model: Model) -> bool:
    """Tell whether labels are numbers: what the task says, else what the gates ask."""
    if model.task is not None:
        return model.task == "regression"
    asked = [named_metric(name) for name, _ in model.rules]
    return any(metric is not None and metric.estimator in NUMERIC for metric in asked)


def of_classes(model: Model) -> bool:
    """Tell whether labels and predictions are classes; of a model with scores of the user's own alone they are anything."""
    if model.task is not None or not model.scores:
        return not is_numeric(model)
    asked = [metric for metric, rule in model.rules if not rule.reads_files and metric not in model.scores]
    priced = any(score.cost is not None for score in model.scores.values())
    return (bool(asked) or priced) and not is_numeric(model)


def of_label_sets(model: Model) -> bool:
    """Tell whether a gate asks for a metric of items with several labels at once."""
    asked = [named_metric(name) for name, _ in model.rules]
    return any(metric is not None and metric.estimator in OF_SETS for metric in asked)


def told_here(problem: Problem) -> bool:
    """Tell whether a problem is the head's and none of its scores, which `probability_errors` names by their columns."""
    return problem.side == "head" and problem.column != "scores"


def evidence_error(problem: Problem) -> EvidenceError:
    """Return a problem of the head's predictions for the report."""
    return EvidenceError(kind=problem.kind, message=problem.message, rows=problem.rows, count=problem.count)


def probability_errors(base: Table, head: Table) -> Iterator[EvidenceError]:
    """Yield what is wrong with columns of scores: gone, no finite numbers, or out of the range of the base's."""
    for name in score_columns(base):
        if name not in head.columns:
            yield EvidenceError(kind="missing-column", message=f"head: the column {name} is missing", count=1)
    for name in score_columns(head):
        count, rows = not_finite(head, name)
        if count:
            message = (
                f"head: {count:,} row(s) have a value in {name} that is no finite number: {', '.join(rows)}"
            )
            yield EvidenceError(kind="not-finite", message=message, rows=rows, count=count)
            continue
        count, rows = outside_shares(head, name)
        if count and name in base.columns and not outside_shares(base, name)[0]:
            message = f"head: {count:,} row(s) have a {name} outside of 0 to 1, where all of the base's lie: {', '.join(rows)}"
            yield EvidenceError(kind="out-of-range", message=message, rows=rows, count=count)


def flattering(evidence: Evidence, *, numeric: bool) -> tuple[GateWarning, ...]:
    """Return the warning about a head that comes too close to the labels."""
    return tuple(too_good(evidence, numeric=numeric)) or tuple(jump(evidence, numeric=numeric))


def too_good(evidence: Evidence, *, numeric: bool) -> Iterator[GateWarning]:
    """Yield a warning about a head that is right on every item, or ranks them without a fault, while its base does not."""
    if evidence.n < FEW_FOR_PERFECT:
        return
    labels = evidence.labels
    base, head = (
        predictions is not None and np.array_equal(predictions, labels)
        for predictions in (evidence.base_predictions, evidence.head_predictions)
    )
    scores = None if numeric else (evidence.base_scores, evidence.head_scores)
    if scores is not None:
        base, head = base or separates(labels, scores[0]), head or separates(labels, scores[1])
    if head and not base:
        what = "the number" if numeric else "the label"
        message = f"the head tells {what} of every item: were they copied, or do they leak into training?"
        yield GateWarning(kind="too-good", message=message)


def jump(evidence: Evidence, *, numeric: bool) -> Iterator[GateWarning]:
    """Yield a warning about a head that gets next to nothing wrong of the much that its base does."""
    for before, after, least, said in mistakes(evidence, numeric=numeric):
        if before >= least > 0.0 and after <= before * LEFT_BY_A_JUMP:
            message = f"the head {said.format(after, before)}: were the labels copied, or do they leak into training?"
            yield GateWarning(kind="too-good", message=message)
            return


def mistakes(evidence: Evidence, *, numeric: bool) -> Iterator[tuple[float, float, float, str]]:
    """Yield how much base and head get wrong, how much tells anything at all, and the sentence that says it."""
    labels, base, head = evidence.labels, evidence.base_predictions, evidence.head_predictions
    if base is not None and head is not None:
        if numeric:
            before, after = (float(np.abs(side - labels).mean()) for side in (base, head))
            yield (
                before,
                after,
                np.finfo(np.float64).tiny,
                "errs by {:.3g} on average where the base does by {:.3g}",
            )
        else:
            before, after = (int(np.count_nonzero(side != labels)) for side in (base, head))
            yield before, after, FEW_FOR_PERFECT, "is wrong on {:,} item(s) where the base is on {:,}"
    if not numeric and evidence.base_class_scores:
        before, after = (
            surest_wrong(labels, side) for side in (evidence.base_class_scores, evidence.head_class_scores)
        )
        yield (
            before,
            after,
            FEW_FOR_PERFECT,
            "is surest of a wrong class on {:,} item(s) where the base is on {:,}",
        )
    ours, theirs, classes = evidence.base_scores, evidence.head_scores, np.unique(labels)
    if not numeric and ours is not None and theirs is not None and len(classes) == 2:
        areas = [roc_auc(labels == classes[1], side) for side in (ours, theirs)]
        before, after = (min(area, 1.0 - area) for area in areas)
        rarest = int(np.unique(labels, return_counts=True)[1].min())
        yield (
            before,
            after,
            FEW_FOR_PERFECT / rarest,
            "ranks {:.3%} of the pairs wrongly where the base does {:.3%}",
        )


def surest_wrong(labels: Array, scores: Mapping[str, Array]) -> int:
    """Return on how many items the highest score is that of another class than the label."""
    surest = np.argmax(np.stack(list(scores.values()), axis=1), axis=1)
    return int(np.count_nonzero(np.array(list(scores))[surest] != labels))


def copies(base: Table, head: Table) -> Iterator[GateWarning]:
    """Yield a warning about a test set in which every row stands several times under other ids.

    Rows of independent items occur as often as chance has it; a common divisor of all their numbers is no chance.
    """
    if base.rows != head.rows:
        return
    order = [np.argsort(one.columns["id"], kind="stable") for one in (base, head)]
    columns = [
        one.columns[name][place]
        for one, place in zip((base, head), order, strict=True)
        for name in one.columns
        if name not in ("id", "group")
    ]
    codes = np.stack([np.unique(column, return_inverse=True)[1] for column in columns], axis=1)
    numbers = np.unique(codes, axis=0, return_counts=True)[1]
    times = int(np.gcd.reduce(numbers))
    if times > 1 and len(numbers) >= FEW_FOR_PERFECT:
        message = f"every row of the predictions stands {times:,} times or a multiple under other ids: {len(numbers):,} items at most are in {base.rows:,} rows"
        yield GateWarning(
            kind="copies", message=message, hint="let a column group name the rows that are one item"
        )


def foreign_classes(evidence: Evidence, side: str, *, several: bool = False) -> str:
    """Return that the predictions of a side are of other classes than the labels; empty where they are not.

    `several`: an item has several labels at once, and one that the labels know is enough.
    """
    found = evidence.base_predictions if side == "base" else evidence.head_predictions
    if found is None:
        return ""
    labels, predicted = np.unique(evidence.labels), np.unique(found)
    known = shared_labels(labels, found) if several else np.isin(found, labels)
    if known.mean() > HARDLY:
        return ""
    named = [", ".join(map(str, names[:3].tolist())) for names in (predicted, labels)]
    return f"the predictions ({named[0]}) are hardly ever of a class of the labels ({named[1]})"


def shared_labels(labels: Array, found: Array) -> Booleans:
    """Return which items are given a label that any item has, or none; both columns hold sets of labels."""
    names = frozenset[str]().union(*split(labels)[0])
    sets, places = split(found)
    known: Booleans = np.array([not one or not names.isdisjoint(one) for one in sets])[places]
    return known


def separates(labels: Array, scores: Floats | None) -> bool:
    """Tell whether all scores of one of two classes lie above all of the other's."""
    names = np.unique(labels)
    if scores is None or len(names) != 2:
        return False
    one, other = scores[labels == names[0]], scores[labels == names[1]]
    return bool(one.max() < other.min() or other.max() < one.min())
