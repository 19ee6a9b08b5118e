"""Every scene by its name, and what makes it: several share the repository that they are played in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.interruption import job_scenes, kept_scenes, scenes
from tests.interruption.trial import Scene

FAMILIES: dict[Callable[[Path], list[Scene]], tuple[str, ...]] = {
    scenes.shop_scenes: (
        "data update import", "data update command", "sync", "data schema", "data schema update", "data split", "check",
        "data check", "data propose", "data propose import", "sync restore",
    ),
    scenes.init_scenes: ("init",),
    scenes.adoption_scenes: ("init adopt",),
    scenes.training_scenes: ("train", "train commit", "compare", "reproduce", "comment", "lineage"),
    scenes.retraining_scenes: ("retrain",),
    scenes.delivery_scenes: (
        "register", "promote", "rollback", "deploy", "deploy release", "promote propose", "rollback propose",
    ),
    scenes.predicting_scenes: ("predict", "predict parquet"),
    scenes.running_scenes: ("run", "run artifacts"),
    scenes.gate_scenes: ("gate record", "gate record push", "affected output"),
    scenes.first_scenes: ("init run", "init data", "init query"),
    job_scenes.retraining: tuple(f"retrain {step}" for step in job_scenes.RETRAINING),
    job_scenes.update: tuple(f"data update {step}" for step in job_scenes.UPDATE),
    job_scenes.deployment: tuple(f"deploy {step}" for step in job_scenes.DEPLOYMENT),
    kept_scenes.profile: ("data profile",),
    kept_scenes.needs: ("gate needs",),
    kept_scenes.measured: ("check model",),
    kept_scenes.logs: ("serve compact",),
    kept_scenes.experiments: ("experiments sweep", "experiments promote"),
}  # fmt: skip
MAKERS = {name: make for make, names in FAMILIES.items() for name in names}
