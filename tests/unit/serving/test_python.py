"""Models that are no ONNX: the loader that the documentation shows, and pickles that nobody allowed."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest

from mlgit.config.serving import Serving
from mlgit.data import schema as schemas
from mlgit.errors import UsageError
from mlgit.serving.release import Release
from mlgit.serving.served import serve

PAGE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "serving.md"


def release(folder: Path, settings: Serving, name: str = "model.txt") -> Release:
    text = "version: 1\ncolumns:\n  age: {type: integer, max_null_share: 0.5}\n"
    return Release(
        name="m", path=folder / name, folder=folder, settings=settings, schema=schemas.read(text, "s.yaml")
    )


def test_the_loader_of_the_documentation_serves(tmp_path: Path) -> None:
    found = re.search(r"```python\n(def load.*?)```", PAGE.read_text(), re.DOTALL)
    assert found is not None
    (tmp_path / "load.py").write_text(found[1])
    (tmp_path / "model.txt").write_text("")
    served = serve(release(tmp_path, Serving(loader="load.py")))
    checked = served.validator.from_rows([{"age": 21}, {}])
    assert served.predict(checked).predictions == [42, 0]


@pytest.mark.parametrize("allowed", [True, False])
def test_a_pickle_is_not_loaded_without_its_digest(tmp_path: Path, allowed: bool) -> None:
    (tmp_path / "model.pkl").write_bytes(pickle.dumps({}))
    with pytest.raises(UsageError) as raised:
        serve(release(tmp_path, Serving(pickle=allowed), "model.pkl"))
    assert raised.value.code == "serve-pickle"
