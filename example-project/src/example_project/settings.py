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

Kind = Literal["number", "category", "date", "boolean"]
RESERVED = ("id", "label")


class DataError(ValueError):
    """The data do not fit the settings. The message is one sentence and says what mends it."""


@dataclass(frozen=True)
class Column:
    """A column that the model learns from: its name in the raw file, and its name from data/extracted.parquet on."""

    source: str
    name: str
    kind: Kind


@dataclass(frozen=True)
class Training:
    """How the trees grow; the comments of params.yaml say more."""

    learning_rate: float
    iterations: int
    leaves: int
    smallest_leaf: int
    penalty: float
    class_weight: str
    most_categories: int
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
    target: str
    target_type: str
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
        target=target["column"],
        target_type=target["type"],
        task=target["task"],
        classes=tuple(sorted(target["classes"])),
        positive_class=target["positive_class"],
        columns=named_columns(values["columns"]),
        training=training_of(values["train"]),
        trusted_types=tuple(values["trusted_types"]),
        export_tolerance=float(values["export"]["tolerance"]),
        export_rows=int(values["export"]["rows"]),
        main_metric=values["evaluate"]["main"],
        enough_rows=int(values["evaluate"]["enough_rows"]),
        importance_rows=int(values["evaluate"]["importance_rows"]),
    )


def training_of(values: dict[str, Any]) -> Training:
    """Return the settings of the trees."""
    return Training(
        learning_rate=float(values["learning_rate"]),
        iterations=int(values["iterations"]),
        leaves=int(values["leaves"]),
        smallest_leaf=int(values["smallest_leaf"]),
        penalty=float(values["penalty"]),
        class_weight=str(values["class_weight"]),
        most_categories=int(values["most_categories"]),
        threads=int(values["threads"]),
    )


def named_columns(lists: dict[str, list[str]]) -> tuple[Column, ...]:
    """Return the columns in the order of their kinds; one called `id` or `label` becomes `id_` or `label_`."""
    kinds: dict[Kind, str] = {
        "number": "numbers",
        "boolean": "booleans",
        "date": "dates",
        "category": "categories",
    }
    sources = [(source, kind) for kind, key in kinds.items() for source in lists[key]]
    taken = {*RESERVED, *(source.casefold() for source, _ in sources if source.casefold() not in RESERVED)}
    columns = []
    for source, kind in sources:
        name = free_name(source, taken) if source.casefold() in RESERVED else source
        columns.append(Column(source, name, kind))
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
