"""Which models mlgit.yaml gets of the pipelines that stand in a repository."""

from __future__ import annotations

import pytest

from mlgit import yamlfile
from mlgit.adoption.models import configuration_text, proposed_models
from mlgit.config import reader
from mlgit.dvc import pipeline
from mlgit.dvc.state import PipelineState

STAGES = "stages: {train: {cmd: python train.py, outs: [OUTS]}}\n"


def states(texts: dict[str, str]) -> list[PipelineState]:
    return [
        PipelineState(folder=folder, exists=True, pipeline=pipeline.read(text))
        for folder, text in texts.items()
    ]


def told(texts: dict[str, str], project: str = "churn") -> dict[str, str]:
    """The models by name with their folders, as mlgit reads the file again."""
    made = proposed_models(states(texts), ["dvclive/metrics.json"], project)
    models = reader.read(configuration_text(made, "")).models
    return {name: model.folder for name, model in models.items()}


@pytest.mark.parametrize("folder", ["2018", "on", "NO", "null", "1e3", "sp ace", "ü", "0x10", "12:30:45"])
def test_every_folder_gives_a_model_that_can_be_read(folder: str) -> None:
    assert list(told({folder: STAGES}).values()) == [folder]


def test_names_that_would_be_the_same_get_a_number() -> None:
    assert told({"": STAGES, "a/churn": STAGES, "b": STAGES, "a-churn": STAGES}) == {
        "churn": "",
        "a-churn": "a/churn",
        "b": "b",
        "a-churn-2": "a-churn",
    }


def test_a_dvc_yaml_without_stages_lends_its_metrics_to_the_pipeline_around_it() -> None:
    texts = {
        "": "stages: {a: {cmd: x, metrics: [own.json], outs: [dvclive/metrics.json]}}\n",
        "dvclive": "metrics: [metrics.json]\n",
    }
    (made,) = proposed_models(states(texts), ["dvclive/metrics.json"], "churn")
    assert (made.folder, made.metrics) == ("", ("own.json", "dvclive/metrics.json"))
    assert list(told({"dvclive": "metrics: [metrics.json]\n"})) == ["dvclive"]


def test_metrics_that_no_stage_writes_are_those_of_a_model_that_nobody_verifies() -> None:
    texts = {"": "stages: {a: {cmd: x}}\n", "dvclive": "metrics: [metrics.json]\n"}
    first, second = proposed_models(states(texts), ["dvclive/metrics.json"], "churn")
    assert (first.folder, first.metrics, first.unmade) == ("", (), False)
    assert (second.folder, second.unmade) == ("dvclive", True)
    assert reader.read(configuration_text([second], "")).models["dvclive"].verify == "off"


@pytest.mark.parametrize(
    ("outs", "artifact"),
    [
        ("model.pkl, table.csv", "model.pkl"),
        ("a.pkl, b.pkl", ""),
        ("table.csv", ""),
        ("models/net.pt", "models/net.pt"),
    ],
)
def test_the_one_output_that_is_a_model_by_its_name(outs: str, artifact: str) -> None:
    (made,) = proposed_models(states({"": STAGES.replace("OUTS", outs)}), [], "churn")
    assert made.artifact == artifact
    assert yamlfile.read(configuration_text([made], ""), "mlgit.yaml").value["version"] == 1
