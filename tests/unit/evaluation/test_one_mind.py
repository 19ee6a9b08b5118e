"""Whether a metrics file contradicts the predictions beside it, where NumPy is not installed to tell."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from mlgit.evaluation import model
from mlgit.evaluation.model import of_one_mind


@pytest.mark.parametrize("missing", ["numpy", "pyarrow"])
def test_without_numpy_nothing_is_said_and_any_other_package_is_missed(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def checked(*_: object) -> object:
        raise ModuleNotFoundError(missing, name=missing)

    monkeypatch.setattr(model, "lacking", lambda *_: None)
    inputs: Any = SimpleNamespace(checked=checked)
    both: Any = (object(), object())
    if missing == "numpy":
        assert of_one_mind(inputs, both, both) == ()
        return
    with pytest.raises(ModuleNotFoundError):
        of_one_mind(inputs, both, both)
