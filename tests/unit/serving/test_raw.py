"""A served model takes raw rows: what it learned from is made by the code of the training."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from mlgit import report
from mlgit.data import schema_file
from mlgit.errors import UsageError
from mlgit.serving.release import Release
from mlgit.serving.served import serve
from tests.unit.report.test_models import table_of, trained

SCHEMA = """\
version: 1
columns:
  size: {type: float, max_null_share: 0.5}
  day: {type: date, max_null_share: 0.5}
  colour: {type: string, max_null_share: 0.5}
"""


@pytest.mark.parametrize("tolerance", [1e-4, -1.0])
def test_golden_predictions_are_what_is_served(tmp_path: Path, tolerance: float) -> None:
    table = table_of()
    report.save(trained(table, LogisticRegression()), tmp_path, table, tolerance=tolerance, trusted=["*"])
    types = {"size": "float", "day": "date", "colour": "string"}
    report.write_golden(report.load(tmp_path, ["*"]), table.test, types, tmp_path / "golden.json")
    release = Release(name="m", path=tmp_path, folder=tmp_path, schema=schema_file.read(SCHEMA, "s.yaml"))
    served = serve(release)
    assert served.predictor.format == ("onnx" if tolerance > 0 else "skops")
    assert served.columns == ("size", "day", "colour")
    for case in json.loads((tmp_path / "golden.json").read_text()):
        answers = served.predict(served.validator.from_rows(case["send"]["rows"]))
        assert list(answers.predictions) == case["expect"]["predictions"]
        assert answers.probabilities == pytest.approx(np.array(case["expect"]["probabilities"]))


def test_columns_that_are_told_wrongly_are_refused(tmp_path: Path) -> None:
    table = table_of()
    report.save(trained(table, LogisticRegression()), tmp_path, table)
    said = json.loads((tmp_path / "export.json").read_text())
    (tmp_path / "export.json").write_text(json.dumps({**said, "raw": {"numbrs": []}}))
    with pytest.raises(UsageError, match=r"export.json beside .* does not say the columns"):
        serve(Release(name="m", path=tmp_path, folder=tmp_path))
