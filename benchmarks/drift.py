"""Compare `mlgit data drift` with evidently: CPU seconds and memory to hold a million rows of ten columns against a reference.

mlgit holds the table against the profile that stands in the repository, evidently against the reference table itself,
which it reads, too; each in a process of its own, its imports taken off as in `benchmarks/data.py`.

    python benchmarks/drift.py --peers /path/to/python [--rows 1000000] [--formats parquet csv] [--repeats 3]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import date
from pathlib import Path

from data import show

REFERENCE = 100_000
COLUMNS = ", ".join(
    (
        *(f"round(100 * random() * random(), 2) AS number_{one}" for one in range(4)),
        *(f"round(exp(random() + random() + random()), 3) AS price_{one}" for one in range(3)),
        *(f"'abcdefgh'[1 + floor(8 * random() * random())::INTEGER] AS kind_{one}" for one in range(3)),
    )
)
OURS = "from pathlib import Path\nfrom mlgit.data import distributions, schema_file\nfrom mlgit.data.drift import drift_of\nimport duckdb, mlgit.yamlfile\n"
OURS_RUN = """
schema = schema_file.read(Path(schema_path).read_bytes(), 's.yaml')
stored = distributions.read(Path(stored_path).read_bytes(), 's.json')
found = drift_of(Path(path), schema, stored, table='t', shown='t', profile='s.json')
assert len(found.columns) == 10 and not found.drifted, found
"""
THEIRS = """
import pandas as pd
from evidently import Dataset, Report
from evidently.presets import DataDriftPreset
"""
THEIRS_RUN = """
def read(where):
    return Dataset.from_pandas(pd.read_{0}(where))
found = Report([DataDriftPreset()]).run(read(path), read(reference)).dict()
assert found['metrics'][0]['value']['count'] == 0, found['metrics'][0]
"""


def main() -> None:
    """Print a line for each format and contender."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--peers", default="", metavar="PYTHON")
    parser.add_argument("--rows", type=int, nargs="*", default=[1_000_000])
    parser.add_argument("--formats", nargs="*", default=["parquet", "csv"])
    parser.add_argument("--repeats", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for form in asked.formats:
            reference = table(folder, f"reference.{form}", REFERENCE)
            known = f"reference = {str(reference)!r}\n" + stored_beside(folder, reference)
            for rows in asked.rows:
                path = table(folder, f"table.{form}", rows)
                print(f"\n{rows:,} rows of {form} beside {REFERENCE:,}")
                ours = f"path = {str(path)!r}\n{known}{OURS_RUN}"
                show("mlgit", sys.executable, OURS, ours, repeats=asked.repeats)
                if asked.peers:
                    code = f"path = {str(path)!r}\n{known}{THEIRS_RUN.format(form)}"
                    show("evidently", asked.peers, THEIRS, code, repeats=asked.repeats)


def table(folder: Path, name: str, rows: int) -> Path:
    """Write a table of so many rows."""
    import duckdb

    path = folder / name
    with duckdb.connect() as connection:
        connection.execute(f"SELECT setseed({0.1 if rows == REFERENCE else 0.7})")
        connection.execute(f"COPY (SELECT {COLUMNS} FROM range({rows})) TO '{path}'")
    return path


def stored_beside(folder: Path, reference: Path) -> str:
    """Write the schema and the profile of the reference, as `mlgit data schema` does; return where they are, as Python."""
    from mlgit.data import distributions, schema_file
    from mlgit.data.inference import infer
    from mlgit.data.observing import observe
    from mlgit.data.profiling import profile_file

    profile = profile_file(reference, "", shown=reference.name)
    schema = infer(profile, observe(reference, profile, date.today()))
    (folder / "s.yaml").write_text(schema_file.write(schema, "t", profile.rows), encoding="utf-8")
    stored = distributions.distributions(reference, schema, shown=reference.name)
    (folder / "s.json").write_bytes(distributions.written(stored))
    return f"schema_path = {str(folder / 's.yaml')!r}\nstored_path = {str(folder / 's.json')!r}\n"


if __name__ == "__main__":
    main()
