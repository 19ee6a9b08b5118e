"""Golden predictions asked of a model that is loaded and does not answer anybody yet."""

from __future__ import annotations

from typing import Any

import msgspec
import orjson

from mlgit.config.targets import Golden
from mlgit.deploy.golden import Case, differs
from mlgit.errors import UsageError
from mlgit.serving.asking import read, written
from mlgit.serving.exchange import Problem
from mlgit.serving.served import Served
from mlgit.serving.validation import Refused


def require_golden(served: Served, golden: Golden, cases: tuple[Case, ...]) -> None:
    """Raise `UsageError` (`serve-golden`) unless a model answers as its golden predictions say."""
    for number, case in enumerate(cases, 1):
        difference = differs(case.expect, said(served, case), golden.tolerance)
        if difference:
            raise UsageError(
                "serve-golden",
                f"{served.release.name} {served.release.version} answers its golden prediction {number} wrongly: {difference}",
                hint="what ran goes on; mlgit rollback lets the environment ask for another version",
                where=golden.file,
            )


def said(served: Served, case: Case) -> Any:
    """Return what a model answers, as a client would read it."""
    try:
        asked = read(msgspec.json.encode(case.send))
        checked = (
            served.validator.from_rows(asked.rows)
            if asked.rows is not None
            else served.validator.from_columns(asked.columns or {})
        )
    except (Problem, Refused) as error:
        return f"refused: {error}"
    return orjson.loads(written(served.predict(checked)))
