"""The prepared tables: rows stand in one of them only, nothing gives the label away, every number is usable."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from features import features
from settings import EXTRACTED, Settings
from tables import Table


def test_no_row_is_trained_on_and_tested_on(train_table: Table, test_table: Table) -> None:
    assert not set(train_table.ids) & set(test_table.ids)


def test_every_labelled_row_is_used_once(root: Path, train_table: Table, test_table: Table) -> None:
    extracted = duckdb.sql(f"FROM '{root / EXTRACTED}'").df()
    if test_table.groups is not None:  # later rows of a held-out group are used nowhere
        theirs = extracted["group"].isin(set(test_table.groups)) & ~extracted["id"].isin(test_table.ids)
        extracted = extracted[~theirs]
    assert sorted([*train_table.ids, *test_table.ids]) == sorted(extracted["id"].tolist())


def test_no_group_is_trained_on_and_tested_on(train_table: Table, test_table: Table) -> None:
    if train_table.groups is not None and test_table.groups is not None:
        assert not (set(train_table.groups) & set(test_table.groups)) - {""}


def test_the_held_out_rows_are_those_of_the_split(root: Path, settings: Settings, test_table: Table) -> None:
    listed = set(pd.read_csv(root / settings.split, dtype=str, keep_default_na=False)["id"])
    assert {str(identifier) for identifier in test_table.ids} <= listed


def test_ids_are_sorted_and_unique(train_table: Table, test_table: Table) -> None:
    for table in (train_table, test_table):
        assert table.ids == sorted(set(table.ids))


def test_both_tables_have_the_features_in_their_order(
    settings: Settings, train_table: Table, test_table: Table
) -> None:
    names = [feature.name for feature in features(settings)]
    for table in (train_table, test_table):
        assert [*table.numbers, *table.categories, *table.texts] == names == list(table.rows.columns)


def test_the_target_is_no_feature(settings: Settings) -> None:
    assert settings.target not in {column.source for column in settings.columns}


def test_no_feature_is_the_label_in_disguise(train_table: Table, test_table: Table) -> None:
    rows = pd.concat([train_table.rows, test_table.rows])
    labels = np.concatenate([train_table.labels, test_table.labels])
    assert [name for name in rows.columns if gives_away(rows[name].to_numpy(), labels)] == []


def gives_away(values: np.ndarray, labels: np.ndarray) -> bool:
    """Tell whether each value of a feature belongs to one label and each label to one value, or both lie on a line."""
    if labels.dtype.kind == "f":
        if values.dtype == object or np.isnan(values).any() or np.ptp(values) == 0 or np.ptp(labels) == 0:
            return False
        return bool(abs(np.corrcoef(values.astype(float), labels)[0, 1]) > 1 - 1e-9)
    pairs = set(zip(values.tolist(), labels.tolist(), strict=True))
    return len(pairs) == len({value for value, _ in pairs}) == len({label for _, label in pairs})


def test_numbers_are_finite_or_missing(train_table: Table, test_table: Table) -> None:
    for table in (train_table, test_table):
        assert not np.isinf(table.rows[table.numbers].to_numpy(np.float32)).any()


def test_categories_are_texts(train_table: Table, test_table: Table) -> None:
    for table in (train_table, test_table):
        for name in (*table.categories, *table.texts):
            assert all(
                isinstance(value, str) and (value or name in table.texts) for value in table.rows[name]
            )


def test_labels_are_usable(settings: Settings, train_table: Table, test_table: Table) -> None:
    if settings.classifies:
        assert set(train_table.labels.tolist()) == set(settings.classes)
        assert set(test_table.labels.tolist()) <= set(settings.classes)
        assert len(set(test_table.labels.tolist())) > 1
    else:
        assert np.isfinite(train_table.labels).all()
        assert np.isfinite(test_table.labels).all()
        assert np.ptp(train_table.labels) > 0


@pytest.mark.parametrize("fixture", ["train_table", "test_table"])
def test_there_are_rows(fixture: str, request: pytest.FixtureRequest) -> None:
    assert len(request.getfixturevalue(fixture).ids) > 0
