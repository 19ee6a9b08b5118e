"""What tests share: the settings of this repository, its prepared tables and its model."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from settings import TEST, TRAIN, Settings, load_settings

os.environ.setdefault("OMP_NUM_THREADS", "1")  # on a busy machine, threads that wait make tiny models slow
ROOT = Path(__file__).parents[1]


def existing(path: Path) -> Path:
    """Return the place of a file that the pipeline makes, or fail with the command that makes it."""
    if not (ROOT / path).exists():
        pytest.fail(f"{path} is not there; run: mlgit train")
    return ROOT / path


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the folder of this repository."""
    return ROOT


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Return the settings of params.yaml."""
    return load_settings(ROOT / "params.yaml")


@pytest.fixture(scope="session")
def train_table(settings: Settings) -> Any:
    """Return the rows that the model is trained on."""
    from tables import read_table

    return read_table(existing(TRAIN), settings.texts)


@pytest.fixture(scope="session")
def test_table(settings: Settings) -> Any:
    """Return the held-out rows."""
    from tables import read_table

    return read_table(existing(TEST), settings.texts)


@pytest.fixture(scope="session")
def model_folder(settings: Settings) -> Path:
    """Return the folder of the trained model."""
    return existing(settings.model)


@pytest.fixture(scope="session")
def model(model_folder: Path, settings: Settings) -> Any:
    """Return the trained model, loaded with the types that params.yaml trusts."""
    from files import load_model

    return load_model(model_folder, settings.trusted_types)
