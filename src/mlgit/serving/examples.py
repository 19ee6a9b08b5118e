"""Golden predictions of a version that brings none: rows made from its schema alone, with what the model answers to them.

No row of a table is used, so nothing about a person gets into a tag.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import msgspec

from mlgit.data.schema import ColumnRule
from mlgit.deploy.golden import Case
from mlgit.errors import MlgitError
from mlgit.project.project import Project
from mlgit.registry.artifact import delivered
from mlgit.registry.register import Candidate
from mlgit.serving.proof import said
from mlgit.serving.registered import storage
from mlgit.serving.release import release_of
from mlgit.serving.served import Served, serve

ROWS = 5
NEEDED = ("numpy", "orjson", "onnxruntime")


def kept_with(project: Project, candidate: Candidate) -> str:
    """Return the golden predictions of a model that stands to be registered, as JSON in one line.

    Empty where its commit has some, nothing here can serve it, or it refuses rows of its own schema.
    """
    if candidate.model.golden is not None or not all(map(find_spec, NEEDED)):
        return ""
    artifact = candidate.artifact
    try:
        with delivered(project, candidate.commit, artifact, storage(project, artifact)) as folder:
            told = {"MLGIT_MODEL": candidate.name, "MLGIT_DIGEST": artifact.digest}
            cases = examples(serve(release_of(folder / artifact.path, told)))
    except MlgitError:
        return ""
    return msgspec.json.encode(cases).decode() if cases else ""


def examples(served: Served) -> tuple[Case, ...]:
    """Return a request for each of some rows and one for all of them; nothing where the model refuses a row."""
    rows = [
        {name: value_at(rule, place) for name, rule in served.validator.rules.items()}
        for place in range(ROWS)
    ]
    requests = [*([row] for row in rows), rows]
    asked = [Case(send={"rows": request}, expect=None) for request in requests]
    answers = [said(served, case) for case in asked]
    if any(isinstance(answer, str) for answer in answers):
        return ()
    return tuple(Case(send=case.send, expect=answer) for case, answer in zip(asked, answers, strict=True))


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
