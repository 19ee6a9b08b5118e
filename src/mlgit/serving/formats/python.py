"""Models of scikit-learn (skops, and pickle where mlgit.yaml allows it) and of the user's own framework (`serve.loader`).

They take a table of pandas (scikit-learn) or columns (a loader), and cost too much for the loop that answers requests.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mlgit.data.schema import ColumnRule
from mlgit.errors import UsageError
from mlgit.serving.arrays import listed, plain
from mlgit.serving.formats.onnx import unreadable
from mlgit.serving.predictor import Answers, Columns, Input

TEXTS_SINCE = 3
"""The version of pandas since which texts have a type of their own."""


class Sklearn:
    """A model of scikit-learn; see `predictor.Predictor`. `rules` are those of the columns of its rows."""

    quick = False
    apart = True

    def __init__(self, model: Any, form: str, rules: Mapping[str, ColumnRule]) -> None:
        self.format = form
        self._model = model
        self._rules = rules
        names = getattr(model, "feature_names_in_", None)
        self.inputs: tuple[Input, ...] | None = (
            tuple(Input(name=str(name)) for name in names) if names is not None else None
        )

    def predict(self, columns: Columns) -> Answers:
        """Return what the model says of each row."""
        import pandas

        rows = pandas.DataFrame(
            {name: as_read(pandas, values, self._rules.get(name)) for name, values in columns.items()}
        )
        if not hasattr(self._model, "predict_proba"):
            return Answers(predictions=self._model.predict(rows))
        classes = tuple(str(one) for one in self._model.classes_)
        return Answers(
            predictions=self._model.predict(rows),
            probabilities=self._model.predict_proba(rows),
            classes=classes,
        )


def as_read(pandas: Any, values: Any, rule: ColumnRule | None) -> Any:
    """Return a column in the type that it has in a table which pandas reads, where a model has learned from it.

    The type follows the rule and not the values at hand: of one row without a value pandas would make another type than of a table.
    """
    if rule is None or rule.type in ("date", "timestamp"):
        return plain(values)
    if rule.type == "float" or (rule.type == "integer" and rule.nullable):
        return pandas.Series(plain(values), dtype="float64")
    if rule.type == "integer" or (rule.type == "boolean" and not rule.nullable):
        return pandas.Series(listed(values), dtype="int64" if rule.type == "integer" else "bool")
    texts = rule.type == "string" and int(pandas.__version__.partition(".")[0]) >= TEXTS_SINCE
    nothing = float("nan")
    return pandas.Series(
        [nothing if one is None else one for one in listed(values)], dtype="str" if texts else "object"
    )


class Own:
    """A model that the user's `load` returned; see `predictor.Predictor`.

    What its `predict(columns)` returns is an answer a row, or a dict with `predictions` and, where there are classes,
    `probabilities` and `classes`. Its `columns`, where it has them, are the columns that it takes. With `rows_apart = True` it
    says that it answers each row without a look at the others, as one that ranks them does not.
    """

    format = "loader"
    quick = False

    def __init__(self, model: Any) -> None:
        self._model = model
        self.apart = getattr(model, "rows_apart", False) is True
        names = getattr(model, "columns", None)
        self.inputs: tuple[Input, ...] | None = (
            tuple(Input(name=str(name)) for name in names) if names is not None else None
        )

    def predict(self, columns: Columns) -> Answers:
        """Return what the model says of each row."""
        said = self._model.predict({name: listed(values) for name, values in columns.items()})
        if not isinstance(said, dict):
            return Answers(predictions=said)
        return Answers(
            predictions=said["predictions"],
            probabilities=said.get("probabilities"),
            classes=tuple(str(one) for one in said.get("classes", ())),
        )


def skops(path: Path, trusted: tuple[str, ...], rules: Mapping[str, ColumnRule]) -> Sklearn:
    """Load a skops file; raises `UsageError` (`serve-untrusted`, `serve-unreadable`)."""
    from skops.io import get_untrusted_types, load

    try:
        strange = sorted(set(get_untrusted_types(file=path)) - set(trusted))
    except Exception as error:  # whatever is wrong with the file
        raise unreadable(path, f"it is no skops file ({type(error).__name__})") from error
    if strange:
        raise UsageError(
            "serve-untrusted",
            f"{path.name} holds types that nobody allowed: {', '.join(strange[:10])}",
            hint="read what they are, then list them as serve.trusted of the model in mlgit.yaml",
            where=str(path),
        )
    return Sklearn(loaded(path, lambda: load(path, trusted=list(trusted))), "skops", rules)


def pickled(path: Path, rules: Mapping[str, ColumnRule], *, allowed: bool, verified: bool) -> Sklearn:
    """Load a pickle; raises `UsageError` (`serve-pickle`) unless it is allowed and its digest was checked."""
    if not allowed or not verified:
        raise UsageError(
            "serve-pickle",
            f"{path.name} is a pickle, which runs code when it is loaded"
            + ("" if not allowed else ", and nothing says which digest it has to have"),
            hint="export it to ONNX or skops; or `serve: {pickle: true}` of the model, and serve MODEL@VERSION",
            where=str(path),
        )
    return Sklearn(loaded(path, lambda: unpickled(path)), "pickle", rules)


def unpickled(path: Path) -> Any:
    """Return what a pickle holds."""
    if path.suffix == ".joblib":
        import joblib

        return joblib.load(path)
    import pickle

    with path.open("rb") as stream:
        return pickle.load(stream)  # noqa: S301 - allowed in reviewed configuration, its digest was checked


def own(loader: Path, path: Path) -> Own:
    """Load a model by the user's `load(path)`; raises `UsageError` (`serve-loader`)."""
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("mlgit_served_model", loader)
    if spec is None or spec.loader is None or not loader.is_file():
        raise without_load(loader, "there is no such Python file")
    module = module_from_spec(spec)
    sys.path.insert(0, str(loader.parent))
    try:
        spec.loader.exec_module(module)
        model = module.load(str(path))
    except Exception as error:  # the user's code
        raise without_load(loader, f"{type(error).__name__}: {str(error)[:200]}") from error
    finally:
        sys.path.remove(str(loader.parent))
    if not callable(getattr(model, "predict", None)):
        raise without_load(loader, "what load(path) returns has no predict(columns)")
    return Own(model)


def loaded(path: Path, load: Callable[[], Any]) -> Any:
    """Return a model of scikit-learn; raises `UsageError` (`serve-unreadable`)."""
    try:
        return load()
    except Exception as error:  # whatever is wrong with the file
        raise unreadable(path, f"{type(error).__name__}: {str(error)[:200]}") from error


def without_load(loader: Path, why: str) -> UsageError:
    """Return the error for a loader that loads nothing."""
    return UsageError(
        "serve-loader",
        f"{loader.name} loads no model: {why}",
        hint="`mlgit help serving` shows a loader",
        where=str(loader),
    )
