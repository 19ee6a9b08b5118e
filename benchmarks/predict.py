"""`mlgit predict` on a large table beside the bare call of the model and the read of the table, in one run.

    python benchmarks/predict.py [--rows 10000000] [--format parquet|csv]

The table has a number with gaps, two numbers, a category and a date; the model is a small network of ONNX over them. "bare" reads the
same columns with DuckDB and asks the same session in pieces of the same size; it checks nothing and writes nothing. Prints seconds by
the clock, CPU seconds and the highest memory of each process, and the ratio.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "src"
SCHEMA = """\
version: 1
id: customer
columns:
  customer: {type: integer}
  age: {type: float, min: 0, max: 120, max_null_share: 0.5}
  income: {type: float, min: 0, max: 100}
  visits: {type: integer, min: 0, max: 1000}
  plan: {type: string, categories: [basic, pro, team]}
"""
SETTINGS = """\
version: 1
models: {churn: {artifact: churn.onnx}}
data: {customers: {path: "table.parquet", schema: schema.yaml}}
"""
TABLE = """\
SELECT range AS customer, CASE WHEN range % 7 = 0 THEN NULL ELSE (range % 1200) / 10.0 END AS age,
(range % 997) / 10.0 AS income, range % 1000 AS visits, ['basic', 'pro', 'team'][range % 3 + 1] AS plan FROM range({rows})
"""
MODEL = """\
import numpy as np, pandas as pd
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from pathlib import Path
chance = np.random.default_rng(1)
rows = pd.DataFrame({"age": chance.uniform(0, 120, 4000), "income": chance.uniform(0, 100, 4000), "visits": chance.integers(0, 1000, 4000).astype(float), "plan": chance.choice(["basic", "pro", "team"], 4000)})
labels = (rows["age"] / 90 + (rows["plan"] == "pro") + chance.normal(0, 0.4, 4000) > 1).astype(int)
parts = ColumnTransformer([("numbers", SimpleImputer(), ["age", "income", "visits"]), ("plan", OneHotEncoder(handle_unknown="ignore"), ["plan"])])
model = make_pipeline(parts, LogisticRegression(max_iter=1000)).fit(rows, labels)
kinds = [(name, StringTensorType([None, 1]) if name == "plan" else FloatTensorType([None, 1])) for name in rows]
graph = to_onnx(model, initial_types=kinds, target_opset={"": 18, "ai.onnx.ml": 3}, options={id(model): {"zipmap": False}})
Path("churn.onnx").write_bytes(graph.SerializeToString())
"""
BARE = """\
import os, sys
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import duckdb, numpy as np
from onnxruntime import InferenceSession, SessionOptions
options = SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
session = InferenceSession("churn.onnx", options, providers=["CPUExecutionProvider"])
connection = duckdb.connect()
connection.execute("SET memory_limit='512MB'")
found = connection.execute(f"SELECT age, income, visits, plan FROM '{sys.argv[1]}'")
while True:
    piece = found.fetch_df_chunk(32)
    if not len(piece):
        break
    session.run(None, {name: piece[name].to_numpy("object" if name == "plan" else "float32").reshape(-1, 1) for name in piece})
"""


def measured(folder: Path, command: tuple[str, ...]) -> tuple[float, float, float]:
    """Return seconds, CPU seconds and megabytes of a process."""
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "OMP_NUM_THREADS": "1"}
    began = time.monotonic()
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command} ended with {status}")
    return time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000


def main() -> int:
    """Make the table and the model, and measure both."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--format", choices=("parquet", "csv"), default="parquet")
    arguments = parser.parse_args()
    import duckdb

    with tempfile.TemporaryDirectory() as place:
        folder, table = Path(place), f"table.{arguments.format}"
        (folder / "schema.yaml").write_text(SCHEMA)
        (folder / "mlgit.yaml").write_text(SETTINGS)
        (folder / "bare.py").write_text(BARE)
        duckdb.sql(f"COPY ({TABLE.format(rows=arguments.rows)}) TO '{folder / table}'")
        subprocess.run((sys.executable, "-c", MODEL), cwd=folder, check=True)
        bare = measured(folder, (sys.executable, "bare.py", table))
        whole = measured(
            folder, (sys.executable, "-m", "mlgit", "predict", "./churn.onnx", table, "-o", "answers.parquet")
        )
    for name, (seconds, cpu, memory) in (("bare call and read", bare), ("mlgit predict", whole)):
        print(f"{name:<20} {seconds:>7.1f} s {cpu:>7.1f} CPU s {memory:>6.0f} MB")
    print(f"ratio {whole[0] / bare[0]:.2f} by the clock, {whole[1] / bare[1]:.2f} by CPU")
    return 0


if __name__ == "__main__":
    sys.exit(main())
