"""Stage train: the best of some models on the prepared rows, its ONNX twin, and a trivial baseline beside them."""

from __future__ import annotations

import warnings

from threadpoolctl import threadpool_limits

from export import export_onnx
from files import BASELINE, CHOICE, save_model, write_json
from models import baseline, build_model, choose
from settings import TEST, TRAIN, Settings, run_stage
from tables import read_table


def main(settings: Settings) -> None:
    """Choose a model, train it on data/prepared/train.parquet and write its folder."""
    table, held_out = read_table(TRAIN, settings.texts), read_table(TEST, settings.texts)
    settings.model.mkdir(parents=True, exist_ok=True)
    with threadpool_limits(settings.training.threads), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a column that is empty, or a class that is absent, in one fold
        candidate, compared = choose(settings, table)
        model = build_model(settings, table, candidate).fit(table.rows, table.labels)
        said = export_onnx(model, held_out, settings)
    save_model(model, settings.model)
    write_json(settings.model / BASELINE, baseline(settings, table.labels))
    chosen = {"chosen": str(candidate), "iterations": candidate.iterations, "by": settings.main_metric}
    write_json(settings.model / CHOICE, {**chosen, "cross_validated": compared})
    for name, found in compared.items():
        print(
            f"{name}: {settings.main_metric} {found.get(settings.main_metric, float('nan')):.4g} by cross-validation"
        )
    print(f"trained {candidate} on {len(table.ids):,} rows; {said}")


if __name__ == "__main__":
    run_stage(main)
