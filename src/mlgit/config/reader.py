"""Read `mlgit.yaml`: text in, one checked value out, or an error that names the line and the hint."""

from __future__ import annotations

from typing import Any

import msgspec

from mlgit import yamlfile
from mlgit.config import words
from mlgit.config.ct import check_update
from mlgit.config.environments import check_environments
from mlgit.config.gates import check_gates
from mlgit.config.groups import check_groups
from mlgit.config.model import Configuration
from mlgit.config.scores import check_scores
from mlgit.errors import UsageError
from mlgit.text import json_schema

FILE = "mlgit.yaml"


def read(content: bytes | str, name: str = FILE) -> Configuration:
    """Return the configuration; raises `UsageError` (`config-...`) with the line of the first mistake."""
    document = yamlfile.read(content, name)
    if not isinstance(document.value, dict):
        raise UsageError(
            "config-empty", f"{name} holds no settings", hint="start it with the line: version: 1", where=name
        )
    try:
        configuration = msgspec.convert(document.value, Configuration)
    except msgspec.ValidationError as error:
        raise mistake(document, error) from error
    scores = {name: model.scores for name, model in configuration.models.items()}
    check_scores(scores, document)
    check_gates({name: model.gates for name, model in configuration.models.items()}, scores, document)
    check_environments(configuration.environments, document)
    if configuration.ct is not None:
        check_update(configuration.ct.update, configuration.remote, document)
        check_groups(configuration.ct.groups, configuration.models, document)
    return configuration


def schema() -> dict[str, Any]:
    """Return the JSON Schema of mlgit.yaml, for editors, made from the model."""
    made = json_schema(Configuration, FILE)
    return {**made, "$defs": dict(sorted(made["$defs"].items()))}


def mistake(document: yamlfile.Document, error: msgspec.ValidationError) -> UsageError:
    """Return the user's error for a value that does not fit, with its key and line."""
    path, what = words.mistake(document.value, Configuration, error)
    shown = ".".join(str(step) for step in path) or "the top"
    return UsageError(
        "config-invalid",
        f"{document.name}: {shown}: {what}",
        hint="`mlgit help mlgit-yaml` lists every key and what it takes",
        where=document.place(*path),
    )
