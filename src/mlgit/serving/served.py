"""A version of a model that is loaded: the columns it takes, the rules of its rows, and what it says of them."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from mlgit.errors import UsageError
from mlgit.serving.formats.choose import predictor_of
from mlgit.serving.predictor import Answers, Columns, Input, Predictor
from mlgit.serving.raw import with_raw_columns
from mlgit.serving.release import Release
from mlgit.serving.validation import Validator


class Served:
    """One version of a model that answers."""

    def __init__(self, release: Release, predictor: Predictor) -> None:
        self.release = release
        self.predictor = predictor
        self.inputs = inputs_of(release, predictor)
        self.validator = Validator(release.schema, self.inputs)
        self.columns = tuple(one.name for one in self.inputs)
        schema = release.schema
        self.headers = ((b"mlgit-model", release.name.encode()), (b"mlgit-version", release.version.encode()))
        marked = {name for name, rule in schema.columns.items() if rule.pii} if schema else set()
        self.private = frozenset(marked)

    @property
    def facts(self) -> dict[str, Any]:
        """What runs, for whoever asks."""
        one = self.release
        return {
            "model": one.name,
            "version": one.version,
            "digest": one.digest,
            "commit": one.commit,
            "format": self.predictor.format,
            "columns": {
                name: {"type": rule.type, "nullable": rule.nullable}
                for name, rule in self.validator.rules.items()
            },
        }

    def predict(self, columns: Columns) -> Answers:
        """Return what the model says of rows that were checked; raises `ValueError` where it is not an answer a row."""
        answers = self.predictor.predict(columns)
        rows = max(map(len, columns.values()), default=0)
        for what in (answers.predictions, answers.probabilities):
            if what is not None and len(what) != rows:
                raise ValueError(f"it gave {len(what):,} answers to {rows:,} rows")
        return answers

    def warm_up(self) -> None:
        """Ask a row without values, so that the first request does not pay for what is made once.

        A model that cannot do without values is left cold.
        """
        if all(one.nullable for one in self.inputs) and self.predictor.quick:
            with suppress(Exception):  # an encoder that knows no missing text, for example
                self.predictor.predict({name: [None] for name in self.columns})


def serve(release: Release, threads: int = 1) -> Served:
    """Load the model of a release; raises `UsageError` (`serve-...`)."""
    predictor = predictor_of(release, threads)
    served = Served(release, with_raw_columns(predictor, release.path))
    served.warm_up()
    return served


def inputs_of(release: Release, predictor: Predictor) -> tuple[Input, ...]:
    """Return the columns of a row; raises `UsageError` (`serve-columns`) where nothing tells them, or two tell different ones."""
    schema = release.schema
    if predictor.inputs is None:
        if schema is None:
            raise columns_unknown(release, "neither the model nor a schema names the columns of its rows")
        left_out = {schema.target, schema.id}
        return tuple(Input(name=name) for name in schema.columns if name not in left_out)
    if schema is None and any(one.storage is None for one in predictor.inputs):
        raise columns_unknown(release, "no schema says of which type its columns are")
    lacking = [one.name for one in predictor.inputs if schema and one.name not in schema.columns]
    if lacking:
        raise columns_unknown(
            release, f"the model takes {', '.join(lacking[:5])}, which the schema does not have"
        )
    return predictor.inputs


def columns_unknown(release: Release, why: str) -> UsageError:
    """Return the error for a model whose rows nobody knows."""
    return UsageError(
        "serve-columns",
        f"{release.name}: {why}",
        hint="serve.table of the model names a table of mlgit.yaml; the model has to take the columns of that table",
        where=str(release.path),
    )
