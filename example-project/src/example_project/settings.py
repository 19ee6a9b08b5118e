"""The settings of params.yaml as typed values, and the way every stage starts."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

EXTRACTED = Path("data/extracted.parquet")
TRAIN = Path("data/prepared/train.parquet")
TEST = Path("data/prepared/test.parquet")
METRICS = Path("metrics/test.json")
EVALUATION = Path("reports/evaluation.md")
PLOTS = Path("plots")

Kind = Literal["number", "category", "date", "boolean", "text"]
RESERVED = ("id", "label", "group")


class DataError(ValueError):
    """The data do not fit the settings. The message is one sentence and says what mends it."""


@dataclass(frozen=True)
class Column:
    """A column that the model learns from: its name in the raw file, and its name from data/extracted.parquet on.

    `form` says how a number or a date is written that is no plain number and no ISO date.
    """

    source: str
    name: str
    kind: Kind
    form: str = ""


@dataclass(frozen=True)
class Training:
    """Which model is trained and how; the comments of params.yaml say more."""

    model: str
    folds: int
    class_weight: str | None
    learning_rate: float
    max_iter: int
    max_leaf_nodes: int
    min_samples_leaf: int
    l2_regularization: float
    max_categories: int
    threads: int


@dataclass(frozen=True)
class Settings:
    """The whole of params.yaml."""

    seed: int
    raw: Path
    split: Path
    model: Path
    predictions: Path
    delimiter: str
    missing: tuple[str, ...]
    id_column: str | None
    id_type: str
    group_column: str | None
    target: str
    target_type: str
    target_form: str
    task: str
    classes: tuple[str, ...]
    positive_class: str | None
    columns: tuple[Column, ...]
    training: Training
    trusted_types: tuple[str, ...]
    export_tolerance: float
    export_rows: int
    main_metric: str
    enough_rows: int
    importance_rows: int

    @property
    def classifies(self) -> bool:
        """The model predicts one of some classes, not a number."""
        return self.task != "regression"

    @property
    def texts(self) -> tuple[str, ...]:
        """The names of the columns of words."""
        return tuple(column.name for column in self.columns if column.kind == "text")


def load_settings(path: Path = Path("params.yaml")) -> Settings:
    """Read the settings; numbers are converted, because YAML 1.1 takes 1e-3 for a text."""
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    paths, target = values["paths"], values["target"]
    return Settings(
        seed=int(values["seed"]),
        raw=Path(paths["raw"]),
        split=Path(paths["split"]),
        model=Path(paths["model"]),
        predictions=Path(paths["predictions"]),
        delimiter=values["read"]["delimiter"],
        missing=tuple(values["read"]["missing"]),
        id_column=values["id"]["column"],
        id_type=values["id"]["type"],
        group_column=values["group"],
        target=target["column"],
        target_type=target["type"],
        target_form=values["read"]["forms"].get(target["column"], ""),
        task=target["task"],
        classes=tuple(sorted(target["classes"])),
        positive_class=target["positive_class"],
        columns=named_columns(values["columns"], values["read"]["forms"]),
        training=training_of(values["train"]),
        trusted_types=tuple(values["trusted_types"]),
        export_tolerance=float(values["export"]["tolerance"]),
        export_rows=int(values["export"]["rows"]),
        main_metric=values["evaluate"]["main"],
        enough_rows=int(values["evaluate"]["enough_rows"]),
        importance_rows=int(values["evaluate"]["importance_rows"]),
    )


def training_of(values: dict[str, Any]) -> Training:
    """Return the settings of the model."""
    weight = values["class_weight"]
    return Training(
        model=str(values["model"]),
        folds=int(values["folds"]),
        class_weight=None if weight in (None, "none") else str(weight),
        learning_rate=float(values["learning_rate"]),
        max_iter=int(values["max_iter"]),
        max_leaf_nodes=int(values["max_leaf_nodes"]),
        min_samples_leaf=int(values["min_samples_leaf"]),
        l2_regularization=float(values["l2_regularization"]),
        max_categories=int(values["max_categories"]),
        threads=int(values["threads"]),
    )


def named_columns(lists: dict[str, list[str]], forms: dict[str, str] | None = None) -> tuple[Column, ...]:
    """Return the columns in the order of their kinds; one called `id`, `label` or `group` gets a `_` behind it."""
    kinds: dict[Kind, str] = {
        "number": "numbers",
        "boolean": "booleans",
        "date": "dates",
        "category": "categories",
        "text": "texts",
    }
    sources = [(source, kind) for kind, key in kinds.items() for source in lists.get(key, [])]
    taken = {*RESERVED, *(source.casefold() for source, _ in sources if source.casefold() not in RESERVED)}
    columns = []
    for source, kind in sources:
        name = free_name(source, taken) if source.casefold() in RESERVED else source
        columns.append(Column(source, name, kind, (forms or {}).get(source, "")))
    return tuple(columns)


def free_name(wanted: str, taken: set[str]) -> str:
    """Return `wanted`, with as many `_` behind it as it takes to be new, and count it as taken."""
    name = wanted
    while name.casefold() in taken:
        name += "_"
    taken.add(name.casefold())
    return name


def run_stage(stage: Callable[[Settings], None]) -> None:
    """Run one stage of the pipeline; wrong data end it with one sentence and exit code 1."""
    try:
        stage(load_settings())
    except DataError as error:
        sys.exit(f"error: {error}")
