"""Golden predictions of a version that brings none: rows made from its schema alone, with what the model answers to them.

No row of a table is used, so nothing about a person gets into a tag.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from mlgit.data.schema import ColumnRule
from mlgit.deploy.golden import Case
from mlgit.errors import MlgitError
from mlgit.project.project import Project
from mlgit.registry.artifact import delivered
from mlgit.registry.candidate import Candidate
from mlgit.registry.register import Made
from mlgit.serving.proof import said
from mlgit.serving.registered import storage
from mlgit.serving.release import release_of
from mlgit.serving.served import Served, serve
from mlgit.text import visible

ROWS = 5
LONGEST = 300
"""Characters of why none can be made."""
NEEDED = ("numpy", "orjson", "onnxruntime")


def kept_with(project: Project, candidate: Candidate) -> Made:
    """Return the golden predictions of a model that stands to be registered, or why none can be made.

    None are made, and no reason is needed, where its commit has some.
    """
    if candidate.model.golden is not None:
        return Made()
    artifact = candidate.artifact
    if without := missing():
        return Made(why=without)
    try:
        with delivered(project, candidate.commit, artifact, storage(project, artifact)) as folder:
            told = {"MLGIT_MODEL": candidate.name, "MLGIT_DIGEST": artifact.digest}
            made = examples_of(folder / artifact.path, told)
    except MlgitError as error:
        made = Made(why=cannot(error))
    return Made(text=made.text, why=visible(project.context.redact(made.why), LONGEST))


def examples_of(path: Path, told: Mapping[str, str]) -> Made:
    """Return golden predictions of a model on disk, or why none can be made; `told` are those of `release_of`."""
    if without := missing():
        return Made(why=without)
    try:
        return examples(serve(release_of(path, told)))
    except MlgitError as error:
        return Made(why=cannot(error))


def missing() -> str:
    """Return why no model can be served here at all; empty where it can."""
    absent = [name for name in NEEDED if find_spec(name) is None]
    return f"{absent[0]} is not installed here (pip install 'mlgit[serve]')" if absent else ""


def cannot(error: MlgitError) -> str:
    """Return why a model makes no golden predictions."""
    return f"mlgit cannot serve it: {error.message}"


def examples(served: Served) -> Made:
    """Return a request for each of some rows and one for all of them; none where the model refuses a row."""
    rows = [
        {name: value_at(rule, place) for name, rule in served.validator.rules.items()}
        for place in range(ROWS)
    ]
    requests = [*([row] for row in rows), rows]
    asked = [Case(send={"rows": request}, expect=None) for request in requests]
    answers = [said(served, case) for case in asked]
    refused = next((answer for answer in answers if isinstance(answer, str)), None)
    if refused is not None:
        return Made(why=visible(f"it refuses a row made from its own schema: {refused}", LONGEST))
    cases = [Case(send=case.send, expect=answer) for case, answer in zip(asked, answers, strict=True)]
    return Made(text=msgspec.json.encode(cases).decode())


def value_at(rule: ColumnRule, place: int) -> Any:
    """Return a value that a column may have: of a row `place` from 0 to `ROWS`, spread over what the schema allows."""
    share = place / (ROWS - 1)
    if rule.categories:
        return rule.categories[place % len(rule.categories)]
    low, high = rule.min, rule.max
    if rule.type in ("integer", "float"):
        low = low if isinstance(low, (int, float)) else (high if isinstance(high, (int, float)) else 0)
        high = high if isinstance(high, (int, float)) else low + 1
        between = low + (high - low) * share
        return round(between) if rule.type == "integer" else float(between)
    if rule.type == "boolean":
        return place % 2 == 0
    if isinstance(low, str) and low != "today":
        return low
    return "1970-01-01" if rule.type == "date" else "1970-01-01T00:00:00" if rule.type == "timestamp" else "a"


if __name__ == "__main__":
    # A process of its own: the model of a version that is deployed sees no token of the job.
    sys.stdout.buffer.write(b"\n" + msgspec.json.encode(examples_of(Path(sys.argv[1]), os.environ)) + b"\n")
