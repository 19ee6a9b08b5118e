"""The table: rows stand on one side of the split only, nothing gives the label away, every value is usable."""

from __future__ import annotations

import numpy as np
from mlgit.report import Table


def test_no_row_is_trained_on_and_tested_on(table: Table) -> None:
    assert not set(table.train.ids) & set(table.test.ids)
    assert len(table.train) > 0
    assert len(table.test) > 0


def test_no_group_is_trained_on_and_tested_on(table: Table) -> None:
    if table.train.groups is not None and table.test.groups is not None:
        assert not (set(table.train.groups) & set(table.test.groups)) - {""}


def test_no_feature_is_the_label_in_disguise(table: Table) -> None:
    assert [name for name in table.rows if gives_away(table.rows[name].to_numpy(), table.labels)] == []


def gives_away(values: np.ndarray, labels: np.ndarray) -> bool:
    """Tell whether each value of a feature belongs to one label and each label to one value, or both lie on a line."""
    if labels.dtype.kind == "f":
        if values.dtype == object or np.isnan(values).any() or np.ptp(values) == 0 or np.ptp(labels) == 0:
            return False
        return bool(abs(np.corrcoef(values.astype(float), labels)[0, 1]) > 1 - 1e-9)
    pairs = set(zip(values.tolist(), labels.tolist(), strict=True))
    return len(pairs) == len({value for value, _ in pairs}) == len({label for _, label in pairs})


def test_numbers_are_finite_or_missing(table: Table) -> None:
    assert not np.isinf(table.rows[table.numbers].to_numpy(np.float32)).any()


def test_labels_are_usable(table: Table) -> None:
    if table.classes:
        assert set(table.train.labels) == set(table.classes)
        assert len(set(table.test.labels)) > 1
    else:
        assert np.isfinite(table.labels).all()
        assert np.ptp(table.train.labels) > 0
