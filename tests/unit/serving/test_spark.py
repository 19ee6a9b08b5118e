"""What a worker of Spark does with batches of Arrow, without Spark: the answers, and how a row that is refused is named."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pyarrow
import pytest

from mlgit.serving.release import release_of
from mlgit.serving.spark.shipped import loaded, shipped
from mlgit.serving.spark.tables import as_written, escaped, is_text, local_files, path_of
from mlgit.serving.spark.worker import MARK, RefusedInWorkerError, Task, answers
from tests.cli.test_predict import SCHEMA, SETTINGS
from tests.small_onnx import mixed

NAMES = ("customer", "age", "plan", "since")
GOOD = ("a", "41", "pro", "2000-01-01")


@pytest.fixture
def task(tmp_path: Path) -> Task:
    (tmp_path / "churn.onnx").write_bytes(mixed())
    (tmp_path / "mlgit.yaml").write_text(SETTINGS)
    (tmp_path / "schema.yaml").write_text(SCHEMA)
    found = Task(model=shipped(release_of(tmp_path / "churn.onnx")), names=NAMES, text=True, several=True)
    sent: Task = pickle.loads(pickle.dumps(found))
    return sent


def batch(*rows: tuple[str | None, ...], file: str = "file:///in/one.csv") -> Any:
    columns = {f"c{at}": [row[at] for row in rows] for at in range(len(rows[0]))}
    return pyarrow.RecordBatch.from_pydict({**columns, "file": [file] * len(rows)})


def test_batches_of_several_files_are_answered(task: Task) -> None:
    other = batch(("c", "0.5", "basic", "1970-01-02"), file="file:///in/two.csv")
    joined = pyarrow.concat_batches([batch(GOOD, ("b", "?", "basic", "2000-01-02")), other])
    found = pyarrow.Table.from_batches(answers(task, iter([joined, joined.slice(0, 0)]))).to_pylist()
    assert [one["customer"] for one in found] == ["a", "b", "c"]
    assert [one["file"] for one in found] == ["one.csv", "one.csv", "two.csv"]
    assert (found[0]["prediction"], found[2]["prediction"]) == (41 + 100 + 10_957.0, 1.5)
    assert found[1]["prediction"] is None or found[1]["prediction"] != found[1]["prediction"]


def test_what_is_typed_keeps_its_types(task: Task) -> None:
    from datetime import date, datetime

    columns = {
        "c0": ["a", "b"],
        "c1": pyarrow.array([41, None], pyarrow.int32()),
        "c2": ["pro", "pro"],
        "c3": pyarrow.array([date(2000, 1, 1), date(1970, 1, 2)]),
        "c4": pyarrow.array([datetime(2000, 1, 1), None], pyarrow.timestamp("us", "UTC")),
        "file": ["f", "f"],
    }
    typed = Task(
        model=task.model,
        names=(*NAMES, "seen"),
        text=False,
        form=(("customer", "string"), ("prediction", "double")),
    )
    (found,) = answers(typed, iter([pyarrow.RecordBatch.from_pydict(columns)]))
    assert [str(one.type) for one in found.schema] == ["string", "double"]
    assert found.column("prediction")[0].as_py() == 41 + 100 + 10_957.0


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("d", "121", "pro", "2000-01-01"), "age '121' is outside of its range in the row whose customer is 'd' (rule range)"),
        (("d", "old", "pro", "2000-01-01"), "age 'old' is not written as its type in the row whose customer is 'd' (rule type)"),
        (("d", "1", "gold", "2000-01-01"), "plan 'gold' is not in the schema's list"),
        (("d", "1", None, "2000-01-01"), "plan has no value"),
    ],
)  # fmt: skip
def test_a_row_that_breaks_a_rule_is_named_by_its_id(task: Task, row: Any, said: str) -> None:
    with pytest.raises(RefusedInWorkerError) as raised:
        list(answers(task, iter([batch(GOOD), batch(GOOD, row)])))
    found = json.loads(str(raised.value).split(MARK)[1])
    assert (found["code"], found["file"]) == ("predict-rows", "file:///in/one.csv")
    assert said in found["message"]
    assert list(answers(task, iter([batch(GOOD)])))


def test_a_loader_goes_with_its_modules_and_nothing_else(tmp_path: Path) -> None:
    for path, text in {
        "mlgit.yaml": "version: 1\nmodels: {m: {artifact: m.txt, serve: {loader: code/loader.py}}}\ndata: {t: {path: t.csv, schema: s.yaml}}\n",
        "s.yaml": "version: 1\nid: i\ncolumns:\n  i: {type: string}\n  x: {type: float}\n",
        "m.txt": "3",
        "code/loader.py": "from pathlib import Path\nfrom inner.times import Times\n\ndef load(path):\n    return Times(float(Path(path).read_text()))\n",
        "code/inner/times.py": "class Times:\n    columns = ('x',)\n    def __init__(self, by):\n        self.by = by\n    def predict(self, columns):\n        return [self.by * one for one in columns['x']]\n",
        "code/.hidden/no.py": "",
        "code/venv/pyvenv.cfg": "",
        "code/venv/no.py": "",
        "code/data.csv": "secret",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    sent = shipped(release_of(tmp_path / "m.txt"))
    assert b"secret" not in sent.content
    assert b"no.py" not in sent.content
    (tmp_path / "m.txt").unlink()
    assert loaded(sent).predict({"x": [2.0]}).predictions == [6.0]


def test_which_files_spark_reads(tmp_path: Path) -> None:
    from mlgit.errors import UsageError

    (tmp_path / "year=2024").mkdir()
    for name in ("year=2024/a.parquet", "b.parquet", "_SUCCESS", ".part.parquet.crc", "notes.md"):
        (tmp_path / name).write_bytes(b"")
    found = local_files(tmp_path)
    assert [one.name for one in found] == ["b.parquet", "a.parquet"]
    assert not is_text("in", found)
    assert is_text("s3a://lake/table.csv", [])
    assert not is_text("s3a://lake/table", [])
    (tmp_path / "c.csv").write_text("a;b\n1;2\n")
    assert as_written([tmp_path / "c.csv"])["sep"] == ";"
    with pytest.raises(UsageError) as raised:
        is_text("in", local_files(tmp_path))
    assert raised.value.code == "predict-mixed"
    assert escaped(Path("/a/b[1]*.csv")) == "/a/b\\[1\\]\\*.csv"
    assert path_of("file:///a/b%20c.csv") == Path("/a/b c.csv")
    assert path_of("s3a://lake/b.csv") is None
