"""Compare `mlgit data check` with pandera, Great Expectations and the floor: CPU seconds and memory of whole processes.

Each runs about twenty rules on ten mixed columns, in a process of its own; the import of its packages is measured alone and
taken off, and the whole process is printed, too. The floor reads every column once with DuckDB. `--peers` names a Python that has the packages of the peers.
Of `--repeats` runs the cheapest counts: what else the machine does only adds. At the end of a line stand the CPU seconds as a multiple of the floor's.

    python benchmarks/data.py --peers /path/to/python [--rows 1000000 10000000] [--formats parquet csv] [--repeats 3]
    python benchmarks/data.py --large 5000000000     # a CSV of 5 GB within --memory 500MB
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

COLUMNS = """
range AS id,
least(greatest(round(45 + 12 * (random() + random() + random() - 1.5) * 2), 18), 90)::BIGINT AS age,
CASE WHEN random() < 0.95 THEN round(exp(10 + random() + random()), 2) END AS income,
['Berlin', 'Hamburg', 'Bremen', 'Leipzig', 'Trier'][1 + floor(5 * random() * random())::INTEGER] AS city,
DATE '2024-01-01' + floor(700 * random())::INTEGER AS joined,
random() < 0.5 AS active,
round(random(), 4) AS share,
round(100 * random() * random(), 1) AS score,
floor(20 * random() * random())::BIGINT AS visits,
CASE WHEN random() < 0.2 THEN 'yes' ELSE 'no' END AS churned
"""
SCHEMA = """version: 1
target: churned
rows: {min: 1000}
columns:
  id: {type: integer, min: 0, UNIQUE}
  age: {type: integer, min: 18, max: 90}
  income: {type: float, max_null_share: 0.1, min: 0}
  city: {type: string, categories: [Berlin, Hamburg, Bremen, Leipzig, Trier]}
  joined: {type: date, min: "2024-01-01", max: "2025-12-31"}
  active: {type: boolean}
  share: {type: float, min: 0, max: 1}
  score: {type: float, min: 0, max: 100}
  visits: {type: integer, min: 0, max: 20}
  churned: {type: string, categories: ["no", "yes"]}
"""
READ = {
    "pandas": "import pandas as pd\nframe = pd.read_{0}(path, **({{'parse_dates': ['joined']}} if '{0}' == 'csv' else {{}}))\n"
    "frame['joined'] = pd.to_datetime(frame['joined'])\n",
    "polars": "import polars as pl\nframe = pl.read_{0}(path, **({{'try_parse_dates': True}} if '{0}' == 'csv' else {{}}))\n",
}
PANDERA = """
import pandera.{0} as pa
C = pa.Column
schema = pa.DataFrameSchema({{
    'id': C(int, pa.Check.ge(0), unique={1}), 'age': C(int, pa.Check.in_range(18, 90)),
    'income': C(float, pa.Check.ge(0), nullable=True),
    'city': C(str, pa.Check.isin(['Berlin', 'Hamburg', 'Bremen', 'Leipzig', 'Trier'])),
    'joined': C(None), 'active': C(bool), 'share': C(float, pa.Check.in_range(0, 1)),
    'score': C(float, pa.Check.in_range(0, 100)), 'visits': C(int, pa.Check.in_range(0, 20)),
    'churned': C(str, pa.Check.isin(['no', 'yes'])),
}})
"""
GREAT = """
import great_expectations as gx
context = gx.get_context(mode='ephemeral')
E = gx.expectations
suite = context.suites.add(gx.ExpectationSuite(name='s'))
"""
GREAT_RUN = """
one = context.data_sources.add_pandas('p').add_dataframe_asset('a').add_batch_definition_whole_dataframe('b')
batch = one.get_batch(batch_parameters={{'dataframe': frame}})
for name in frame.columns:
    if name != 'income':
        suite.add_expectation(E.ExpectColumnValuesToNotBeNull(column=name))
for name, low, high in (('age', 18, 90), ('share', 0, 1), ('score', 0, 100), ('visits', 0, 20), ('income', 0, None)):
    suite.add_expectation(E.ExpectColumnValuesToBeBetween(column=name, min_value=low, max_value=high))
suite.add_expectation(E.ExpectColumnValuesToBeInSet(column='city', value_set=['Berlin', 'Hamburg', 'Bremen', 'Leipzig', 'Trier']))
suite.add_expectation(E.ExpectColumnValuesToBeInSet(column='churned', value_set=['no', 'yes']))
if {0}:
    suite.add_expectation(E.ExpectColumnValuesToBeUnique(column='id'))
assert batch.validate(suite).success
"""
OURS = """
from pathlib import Path
from mlgit.data import schema_file
from mlgit.data.check import check_table
import duckdb, mlgit.yamlfile
"""
OURS_RUN = """
schema = schema_file.read(Path(schema_path).read_bytes(), 's.yaml')
report = check_table(Path(path), schema, table='t', shown='t', schema_shown='s.yaml', memory=memory)
assert report.passed, report.failures
print(len(report.results), 'rules', report.rows, 'rows')
"""
FLOOR_RUN = """
import duckdb
c = duckdb.connect()
names = [row[0] for row in c.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()]
c.execute("SELECT " + ", ".join(f"max({name})" for name in names) + f" FROM '{path}'").fetchall()
"""


class Cost(NamedTuple):
    """What a process took: CPU seconds of it and its children, seconds of the clock, MB at most."""

    cpu: float
    seconds: float
    megabytes: float


def main() -> None:
    """Print a line for every size, format and contender."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--peers", default="", metavar="PYTHON")
    parser.add_argument("--rows", type=int, nargs="*", default=[1_000_000, 10_000_000])
    parser.add_argument("--formats", nargs="*", default=["parquet", "csv"])
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--large", type=int, default=0, metavar="BYTES")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for kind, unique in (("unique", "unique: true"), ("plain", "")):
            text = SCHEMA.replace(", UNIQUE", f", {unique}" if unique else "")
            (folder / f"{kind}.yaml").write_text(text, encoding="utf-8")
        if asked.large:
            large(folder, asked.large)
            return
        for rows in asked.rows:
            for form in asked.formats:
                path = table(folder, rows, form)
                print(f"\n{rows:,} rows of {form}, {path.stat().st_size / 1e6:,.0f} MB")
                floor: Cost | None = None
                for name, (python, imports, code) in contenders(folder, path, form, asked.peers).items():
                    cost = show(name, python, imports, code, repeats=asked.repeats, floor=floor)
                    floor = floor or cost
                path.unlink()


def table(folder: Path, rows: int, form: str) -> Path:
    """Write a table of so many rows."""
    import duckdb

    path = folder / f"t.{form}"
    with duckdb.connect() as connection:
        connection.execute("SELECT setseed(0.5)")
        connection.execute(f"COPY (SELECT {COLUMNS} FROM range({rows})) TO '{path}'")
    return path


def contenders(folder: Path, path: Path, form: str, peers: str) -> dict[str, tuple[str, str, str]]:
    """Return who runs: the Python, what it imports, and what it does."""
    known = f"path = {str(path)!r}\nmemory = ''\n"
    ours = {
        name: (sys.executable, OURS, f"{known}schema_path = {str(folder / f'{kind}.yaml')!r}\n{OURS_RUN}")
        for name, kind in (("mlgit", "unique"), ("mlgit without uniqueness", "plain"))
    }
    found = {"floor: every column read": (sys.executable, "import duckdb\n", known + FLOOR_RUN), **ours}
    for library in ("polars", "pandas") if peers else ():
        read = READ[library].format(form)
        imports = f"import {library}\nimport pandera.{library}\n"
        found[f"pandera on {library}"] = (
            peers,
            imports,
            known + read + PANDERA.format(library, True) + "schema.validate(frame)\n",
        )
    if peers:
        imports = "import pandas, great_expectations\n"
        code = known + READ["pandas"].format(form) + GREAT + GREAT_RUN.format(True)
        found["Great Expectations"] = (peers, imports, code)
    return found


def show(
    name: str, python: str, imports: str, code: str, *, repeats: int = 1, floor: Cost | None = None
) -> Cost | None:
    """Print what one takes beyond its imports, and return it; None when it fails."""
    bare, whole = cheapest(python, imports, repeats), cheapest(python, imports + code, repeats)
    if bare is None or whole is None:
        print(f"{name:28} failed")
        return None
    beyond = whole.cpu - bare.cpu
    print(
        f"{name:28} {beyond:7.2f} CPU s  {whole.seconds:6.1f} s  {whole.megabytes:8,.0f} MB"
        f"  (the whole process {whole.cpu:.2f} s, import {bare.cpu:.2f} s)"
        + (f"  {beyond / floor.cpu:.1f} times the floor" if floor else ""),
        flush=True,
    )
    return whole._replace(cpu=beyond)


def cheapest(python: str, code: str, repeats: int) -> Cost | None:
    """Return the least of each that a process took which ran this code so many times; None when it failed once."""
    costs = [measured(python, code) for _ in range(repeats)]
    known = [cost for cost in costs if cost]
    return Cost(*map(min, zip(*known, strict=True))) if len(known) == repeats else None


def measured(python: str, code: str) -> Cost | None:
    """Return what a process takes that runs this code; None when it fails."""
    started = time.perf_counter()
    process = subprocess.Popen([python, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        print(said.decode()[-400:], file=sys.stderr)
        return None
    return Cost(usage.ru_utime + usage.ru_stime, time.perf_counter() - started, usage.ru_maxrss / 1024)


BYTES_A_ROW = 61


def large(folder: Path, size: int) -> None:
    """Print what a CSV of at least so many bytes takes within 500 MB of memory."""
    path = table(folder, size // BYTES_A_ROW, "csv")
    print(f"{path.stat().st_size / 1e9:.2f} GB of CSV, memory 500MB")
    code = (
        f"path = {str(path)!r}\nmemory = '500MB'\nschema_path = {str(folder / 'unique.yaml')!r}\n{OURS_RUN}"
    )
    show("mlgit --memory 500MB", sys.executable, OURS, code)


if __name__ == "__main__":
    main()
