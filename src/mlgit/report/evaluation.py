"""How good a model is on held-out rows: the files that `mlgit compare` and `mlgit gate` read, and a report for people."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlgit.report.files import METRICS, PREDICTIONS, write
from mlgit.report.metrics import better, intervals, metrics_of

if TYPE_CHECKING:
    from mlgit.report.models import Model, Predictions
    from mlgit.report.tables import Table

NEARLY_ALL = 0.999
"""Of R2: real tables leave more than the rest open."""


def evaluate(
    model: Model,
    table: Table,
    *,
    main: str,
    predictions: str | Path = PREDICTIONS,
    metrics: str | Path = METRICS,
    report: str | Path = "reports/evaluation.md",
    enough_rows: int = 50,
) -> Predictions:
    """Write predictions, metrics and a report of the rows of a table, and return the predictions.

    `main` is the metric that has to beat the baseline; with fewer than `enough_rows` the report says that nothing can be judged.
    """
    said = model.predict(table.features)
    trivial = scored(model.predict_trivially(len(table)), table)
    groups = None if table.groups is None else table.groups.tolist()
    found = write(
        ids=table.ids,
        groups=groups,
        baseline=trivial,
        predictions_path=Path(predictions),
        metrics_path=Path(metrics),
        **{name: value for name, value in words(said, table).items() if name != "classes"},
    )
    around = intervals(**words(said, table), groups=groups)
    lines = list(told(Path(report).stem, main, found, trivial, around, len(table), enough_rows))
    target = Path(report)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return said


def scored(said: Predictions, table: Table) -> dict[str, float]:
    """Return the metrics of predictions of the rows of a table."""
    return metrics_of(**words(said, table))


def words(said: Predictions, table: Table) -> dict[str, Any]:
    """Return what `write` and `metrics_of` take of predictions."""
    found = {"labels": table.labels.tolist(), "predictions": said.labels.tolist()}
    if said.chances is None:
        return found
    by_class = {name: said.chances[:, place].tolist() for place, name in enumerate(table.classes)}
    if table.positive is not None:
        return {**found, "positive": table.positive, "scores": by_class[table.positive]}
    return {**found, "scores": by_class, "classes": table.classes}


def told(
    name: str,
    main: str,
    found: Mapping[str, float],
    trivial: Mapping[str, float],
    around: Mapping[str, tuple[float, float]],
    rows: int,
    enough: int,
) -> Iterator[str]:
    """Give the lines of the report: every metric with its interval beside the baseline's, and what that means."""
    yield f"# {name.capitalize()} on {rows:,} test rows\n"
    yield "| metric | model | 95 % interval | trivial baseline |\n| --- | --- | --- | --- |"
    for metric, value in found.items():
        interval = "{:.4g} to {:.4g}".format(*around[metric]) if metric in around else "none: too few rows"
        beside = f"{trivial[metric]:.4g}" if metric in trivial else ""
        yield f"| {metric} | {value:.4g} | {interval} | {beside} |"
    yield ""
    if main not in found or main not in trivial:
        yield f"Too small to judge: {rows:,} test rows do not give {main}."
        return
    word = "better" if better(main, found[main], trivial[main]) else "NOT better"
    few = f" Too small to judge: {rows:,} test rows are fewer than {enough:,}." if rows < enough else ""
    yield f"The model is {word} than the trivial baseline: {main} {found[main]:.4g} against {trivial[main]:.4g}.{few}"
    if not few and (found.get("accuracy") == 1 or found.get("r2", 0) > NEARLY_ALL):
        yield (
            "\nToo good to be true? Hardly a test row is missed: look for a feature that is known only afterwards, or rows of the "
            "same thing in training and test (plots/importance.csv names the features that matter)."
        )


def stage(work: Callable[[], None]) -> None:
    """Run a stage of a pipeline; wrong data end it with one sentence and exit code 1."""
    gc.set_threshold(100_000)  # as mlgit itself: what libraries make at their import stays
    try:
        work()
    except ValueError as error:
        if type(error).__module__.startswith("mlgit."):
            sys.exit(f"error: {error}")
        raise
