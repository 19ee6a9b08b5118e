"""The classes of `mlgit.yaml`. Every field's description is the text of the schema and of the reference page."""

from __future__ import annotations

import posixpath
from typing import Annotated, Literal

from msgspec import Meta, field

from mlgit.config.ci import ContinuousIntegration, ModelJob, Runners
from mlgit.config.ct import ContinuousTraining
from mlgit.config.environments import Environment
from mlgit.config.forge import Forge
from mlgit.config.gates import Confidence, Gate, Rule, Undecided
from mlgit.config.part import (
    CardText,
    Name,
    Part,
    RelativePath,
    SourceWord,
)
from mlgit.config.remote import Remote
from mlgit.config.scores import Direction, Scores
from mlgit.config.serving import Serving
from mlgit.config.targets import Golden
from mlgit.config.test_set import LEAST_ALPHA, TestSet
from mlgit.config.verify import Off, Verify
from mlgit.errors import UsageError
from mlgit.stats.naming import named_metric

Task = Literal["binary-classification", "multiclass-classification", "regression"]
PATH_WORD = "{path}"
"""What stands for the file to write in the command of a table's source."""


class Model(Part, frozen=True, kw_only=True):
    """One model: the pipeline that makes it and the files that say how good it is, as paths from the root of the repository."""

    task: Annotated[
        Task | None, Meta(description="What the model predicts; empty when it is none of these.")
    ] = None
    pipeline: Annotated[
        RelativePath, Meta(description="The folder of the `dvc.yaml` that makes the model.")
    ] = "."
    artifact: Annotated[
        RelativePath | None,
        Meta(description="The file or folder that is the model, an output of the pipeline."),
    ] = None
    metrics: Annotated[
        tuple[RelativePath, ...],
        Meta(description="Files of metrics. Default: the `metrics:` of the pipeline's `dvc.yaml`."),
    ] = ()
    predictions: Annotated[
        RelativePath | None,
        Meta(description="Predictions on the test set: id, label, prediction, scores, one row an item."),
    ] = None
    directions: Annotated[
        dict[str, Direction],
        Meta(description="Which way is better, for metrics whose name does not tell: `higher` or `lower`."),
    ] = field(default_factory=dict)
    scores: Annotated[
        Scores,
        Meta(description="Metrics of your own by name, computed from columns of the predictions."),
    ] = field(default_factory=dict)
    positive: Annotated[
        str | int | bool | None,
        Meta(description="Of two classes the one that scores, precision and recall are about."),
    ] = None
    gates: Annotated[
        tuple[Gate, ...],
        Meta(description="Rules a new model has to fulfil, each a metric with its conditions."),
    ] = ()
    confidence: Annotated[
        Confidence,
        Meta(description="The one-sided confidence of the gates, over all evaluations of the test set."),
    ] = 0.95
    undecided: Annotated[Undecided, Meta(description="What follows where the evidence does not decide.")] = (
        field(default_factory=Undecided)
    )
    test_set: Annotated[TestSet, Meta(description="How long the test set is meant to last.")] = field(
        default_factory=TestSet
    )
    verify: Annotated[
        Off | Verify,
        Meta(
            description="How `mlgit check model` verifies the numbers by measuring them again; `off`: not at all, and every "
            "report says so."
        ),
    ] = field(default_factory=Verify)
    ci: Annotated[ModelJob, Meta(description="What its job in CI has for itself.")] = field(
        default_factory=ModelJob
    )
    golden: Annotated[
        Golden | None, Meta(description="What a version of it has to answer where it is deployed.")
    ] = None
    serve: Annotated[
        Serving, Meta(description="What `mlgit serve` and `mlgit predict` have to know of it.")
    ] = field(default_factory=Serving)
    card: Annotated[
        dict[Name, CardText],
        Meta(description="What its model card says in your own words, by topic, for example `intended_use`."),
    ] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a direction that turns a metric round by which a gate decides as mlgit computes it."""
        for metric, _ in self.rules:
            direction, known = self.directions.get(metric), self.higher_is_better(metric)
            if direction and known is not None and known != (direction == "higher"):
                raise ValueError(
                    f"directions: {metric} is better {'higher' if known else 'lower'}, as mlgit computes it; a gate about a "
                    "metric of your own needs another name"
                )

    @property
    def folder(self) -> str:
        """The folder of its pipeline as a path from the root of the repository; empty text is the root."""
        path = posixpath.normpath(self.pipeline)
        return "" if path == "." else path

    @property
    def rules(self) -> tuple[tuple[str, Rule], ...]:
        """Every rule of its gates with the metric that it is about."""
        return tuple(pair for gate in self.gates for pair in gate.items())

    @property
    def declared(self) -> dict[str, Direction]:
        """Which way is better, for the metrics and the scores of which mlgit.yaml says it."""
        of_scores = {name: score.direction or "lower" for name, score in self.scores.items()}
        return {**self.directions, **of_scores}

    def higher_is_better(self, metric: str) -> bool | None:
        """Return which way a score or a metric with an estimator is better; None for any other."""
        if metric in self.scores:
            return self.scores[metric].higher_is_better
        known = named_metric(metric)
        return None if known is None else known.higher_is_better

    @property
    def measured(self) -> frozenset[str]:
        """The metrics that a `mode: point` rule takes as they stand and that no predictions give: times, sizes, costs."""
        return frozenset(
            metric
            for metric, rule in self.rules
            if rule.mode == "point" and self.higher_is_better(metric) is None
        )

    def failure_confidence(self, rule: Rule | None = None) -> float:
        """Return the one-sided confidence of a FAIL, which is that of one evaluation by itself.

        A wrong PASS is merged and stays, so those of all evaluations count together. A wrong FAIL is looked at by a person.
        """
        return (rule.confidence if rule else None) or self.confidence

    def evaluation_confidence(self, rule: Rule | None = None, *, used: int = 0) -> float:
        """Return the one-sided confidence of a PASS of one evaluation, by a rule (None: one without its own).

        With `test_set.split` it is corrected for all the evaluations that the test set is meant to last: alpha is
        spent in equal parts, which needs no independence (Bonferroni), or with `adaptive` by how many others were `used`.
        Metrics files are no test set that wears out.
        """
        whole = self.failure_confidence(rule)
        if rule is not None and rule.reads_files:
            return whole
        return 1.0 - max(LEAST_ALPHA, self.test_set.spent_alpha(1.0 - whole, used))

    def worn(self, used: int) -> bool:
        """Tell whether too many looks were taken at the test set for anything to be decided by it."""
        return self.test_set.spent_alpha(1.0 - self.confidence, used) < LEAST_ALPHA

    @property
    def looks(self) -> int:
        """The evaluations over which "better" has to hold on a page: all that its test set is meant to last."""
        return self.test_set.steps if self.gates and self.predictions and self.test_set.split else 1


class ModelCard(Part, frozen=True, kw_only=True):
    """What every model card has to say."""

    required: Annotated[
        tuple[Name, ...],
        Meta(
            description="Topics that `card:` of each model has to fill before it is registered.",
            max_length=50,
        ),
    ] = ()


class Table(Part, frozen=True, kw_only=True):
    """One table of data and the schema it has to keep."""

    path: Annotated[
        RelativePath,
        Meta(description="A file, CSV (also .gz), JSON lines or Parquet, or a folder of such files."),
    ]
    schema: Annotated[RelativePath, Meta(description="The schema it is checked against, a YAML file.")]
    source: Annotated[
        tuple[SourceWord, ...],
        Meta(
            description="For `mlgit data update`: the command that fetches the table anew, word by word, without a "
            "shell. `{path}` in it is the file to write. Not needed for what `dvc import` and `dvc import-url` brought."
        ),
    ] = ()

    def __post_init__(self) -> None:
        """Refuse a command that cannot say where its table went."""
        if self.source and not any(PATH_WORD in word for word in self.source[1:]):
            raise ValueError(f"source has to name the file to write by {PATH_WORD}, after the program")


class Configuration(Part, frozen=True, kw_only=True):
    """The whole of `mlgit.yaml`."""

    version: Annotated[Literal[1], Meta(description="The version of this file's form.")]
    models: Annotated[dict[Name, Model], Meta(description="The models of this repository by name.")] = field(
        default_factory=dict
    )
    data: Annotated[dict[Name, Table], Meta(description="The tables of data by name.")] = field(
        default_factory=dict
    )
    ci: Annotated[ContinuousIntegration, Meta(description="Continuous integration.")] = field(
        default_factory=ContinuousIntegration
    )
    ct: Annotated[ContinuousTraining | None, Meta(description="Continuous training. Default: none.")] = None
    environments: Annotated[
        dict[Name, Environment], Meta(description="Where models run, in their order.", max_length=50)
    ] = field(default_factory=dict)
    card: Annotated[ModelCard, Meta(description="What model cards have to say.")] = field(
        default_factory=ModelCard
    )
    forge: Annotated[Forge, Meta(description="What the host of the repository asks of the workflows.")] = (
        field(default_factory=Forge)
    )
    runners: Annotated[Runners, Meta(description="Where jobs run.")] = field(default_factory=Runners)
    remote: Annotated[
        Remote | None,
        Meta(description="How CI reaches the DVC remote. Default: without credentials."),
    ] = None

    @property
    def many(self) -> bool:
        """Whether CI looks at each model in a job of its own: with two and more."""
        return len(self.models) > 1

    def model(self, name: str, at: str = "") -> Model:
        """Return the model of a name; raises `UsageError` (`model-unknown`), which tells `at` which revision."""
        if name not in self.models:
            place, known = f" at {at}" if at else "", ", ".join(self.models) or "none"
            raise UsageError(
                "model-unknown",
                f"mlgit.yaml{place} has no model {name[:80]!r}",
                hint=f"its models are: {known}",
            )
        return self.models[name]

    @property
    def secret_variables(self) -> tuple[str, ...]:
        """The environment variables that hold secrets of this repository, whatever their names tell."""
        update = self.ct.update if self.ct is not None else None
        return (*(update.secrets if update else ()), *(self.remote.secrets if self.remote else ()))
