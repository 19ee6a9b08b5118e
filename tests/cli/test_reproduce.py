"""`mlgit reproduce`: trains a commit again elsewhere; the same comes out, or the first difference is named."""

from __future__ import annotations

import json
import shutil
import sys
from hashlib import md5
from pathlib import Path

import pytest

from tests.cli.small_pipeline import newest
from tests.driver import Person
from tests.unit.runs.specification import validate

TIMED_MODEL = """\
import json, pathlib, time
factor = int(pathlib.Path("params.yaml").read_text().split()[1])
pathlib.Path("model.json").write_text(json.dumps({"slope": factor, "at": time.time_ns()}))
pathlib.Path("metrics.json").write_text(json.dumps({"slope": factor OFF, "rows": 3}))
"""


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder for temporary files that has to be empty at the end."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def changed(person: Person, path: str, old: str, new: str) -> None:
    text = person.read(path)
    assert old in text
    person.write(path, text.replace(old, new, 1))
    person.commit(f"Change {path}")


def first_difference(person: Person, *arguments: str) -> str:
    answer = person.mlgit("reproduce", *arguments, exit_code=1)
    assert "not reproduced" in answer.out
    return next(line for line in answer.out.splitlines() if line.startswith("first difference: "))[18:]


def test_the_same_comes_out_and_nothing_is_left_behind(small: Person, temporary_folder: Path) -> None:
    before = small.contents()
    answer = small.mlgit("reproduce")
    assert f"small at {small.git('rev-parse', 'HEAD')[:9]}: reproduced, trained in" in answer.out
    assert "byte for byte: prepared, metrics.json, model.json" in answer.out
    assert "numpy" in answer.out
    assert "running train" in answer.err
    assert small.git("status", "--porcelain") == ""
    after = small.contents()
    assert {
        path for path in before.keys() ^ after.keys() if not path.startswith((".dvc/tmp", ".dvc/cache/runs"))
    } == set()
    assert list(temporary_folder.iterdir()) == []


@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    [
        ("train.py", "factor *", "factor  *", "code: train.py: content changed"),
        ("params.yaml", "factor: 3", "factor: 4", "parameter: params.yaml: factor is 4, recorded is 3"),
        ("requirements.lock", "2.0.0", "2.0.1", "environment: requirements.lock: content changed"),
        ("dvc.yaml", "python train.py", "python  train.py", "pipeline: dvc.yaml: content changed"),
        ("metrics.json", "3}", "4}", "metrics: metrics.json: content changed"),
        ("data/raw.csv.dvc", "size: 16", "size: 17", "pointer: data/raw.csv.dvc: content changed"),
    ],
)
def test_a_byte_that_is_another_is_named_before_anything_runs(
    small: Person, path: str, old: str, new: str, said: str
) -> None:
    changed(small, path, old, new)
    assert first_difference(small) == said


def test_a_digest_in_the_lock_that_is_another(small: Person) -> None:
    digest = md5((small.folder / "model.json").read_bytes()).hexdigest()
    changed(small, "dvc.lock", digest, digest[:-1] + ("0" if digest[-1] != "0" else "1"))
    answer = first_difference(small)
    assert answer.startswith(
        ("lock: dvc.lock: no record tells of these outputs", "lock: dvc.lock: content changed")
    )


def test_other_data_under_the_same_name(small: Person) -> None:
    small.write("data/raw.csv", "x,y\n1,2\n2,4\n3,8\n")
    small.dvc("add", "--quiet", "data/raw.csv")
    small.commit("More")
    assert first_difference(small) == "data: data/raw.csv: content changed"


def cache_object(person: Person, path: str) -> Path:
    digest = md5((person.folder / path).read_bytes()).hexdigest()
    return person.folder / ".dvc" / "cache" / "files" / "md5" / digest[:2] / digest[2:]


def test_data_that_the_cache_holds_damaged(small: Person) -> None:
    place = cache_object(small, "data/raw.csv")
    place.chmod(0o644)
    place.write_text("x,y\n1,2\n2,4\n3,8\n")
    place.chmod(0o444)
    assert first_difference(small) == "data: data/raw.csv: it is not what dvc.lock names"


def test_data_that_are_nowhere_and_data_that_the_remote_has(small: Person) -> None:
    small.dvc("push", "--quiet", "data/raw.csv.dvc")
    shutil.rmtree(small.folder / ".dvc" / "cache")
    (small.folder / "data" / "raw.csv").unlink()
    assert "reproduced" in small.mlgit("reproduce").out
    shutil.rmtree(small.folder / ".dvc" / "cache")
    shutil.rmtree(small.folder.parent / "storage")
    said = "data: data/raw.csv: it is neither in the DVC cache of this clone nor in the remote"
    assert first_difference(small) == said


def timed(person: Person, off: str) -> None:
    person.write("train.py", TIMED_MODEL.replace("OFF", off))
    person.mlgit("train")
    person.commit("A model with a time in it")


def test_where_bytes_cannot_be_compared_the_metrics_decide(small: Person) -> None:
    timed(small, "")
    answer = small.mlgit("reproduce")
    assert "reproduced within the tolerance" in answer.out
    assert "2 metrics within 1e-06 of the committed ones" in answer.out
    assert "not byte for byte, so the metrics decide: model.json" in answer.out


def test_a_metric_that_is_off_is_named_with_how_much(small: Person) -> None:
    timed(small, "+ time.time_ns() % 1000 / 1e9")
    assert first_difference(small, "--tolerance", "0").startswith(
        "metrics: metrics.json: it came out as md5:"
    )
    assert (
        "  metrics: metrics.json: slope is 3" in small.mlgit("reproduce", "--tolerance", "0", exit_code=1).out
    )
    (one,) = json.loads(small.mlgit("reproduce", "--json", "--tolerance", "0.01").out)
    assert one["verdict"] == "reproduced within the tolerance"
    assert one["other"] == ["metrics.json", "model.json"]


def test_without_a_record_dvc_lock_is_the_measure(small: Person) -> None:
    small.git("rm", "-r", "--quiet", ".mlgit")
    small.git("commit", "--quiet", "--amend", "--message", "Trained elsewhere")
    answer = small.mlgit("reproduce", "HEAD", "--model", "small")
    assert "reproduced, trained" in answer.out
    assert "note: no record tells of this model" in answer.out
    changed(small, "train.py", "factor *", "factor  *")
    assert first_difference(small) == "code: train.py: it is not what dvc.lock names"
    small.git("rm", "--quiet", "train.py")
    small.commit("Gone")
    assert first_difference(small) == "code: train.py: it is not in the commit"


TWO_PIPELINES = {
    "mlgit.yaml": "version: 1\nmodels:\n  b: {pipeline: b, artifact: b/last.txt}\n",
    "a/dvc.yaml": "stages:\n  a: {cmd: cp ../data/raw.csv mid.csv, deps: [../data/raw.csv], outs: [mid.csv]}\n",
    "b/dvc.yaml": """\
stages:
  last: {cmd: cat kept.txt first.txt > last.txt, deps: [first.txt, kept.txt], outs: [last.txt]}
  first: {cmd: cp ../a/mid.csv first.txt, deps: [../a/mid.csv], outs: [first.txt]}
  kept: {cmd: date > kept.txt, deps: [when.txt], outs: [kept.txt], frozen: FROZEN}
""",
    "b/when.txt": "once",
    ".gitignore": "mid.csv\nfirst.txt\nlast.txt\nkept.txt\n",
}


def test_only_the_stages_of_the_pipeline_run_each_after_those_it_reads_from(small: Person) -> None:
    small.git("rm", "--quiet", "--force", "-r", "dvc.yaml", "dvc.lock", ".mlgit", "metrics.json")
    for path, text in TWO_PIPELINES.items():
        small.write(path, text.replace("FROZEN", "false"))
    small.mlgit("train")
    small.write("b/dvc.yaml", TWO_PIPELINES["b/dvc.yaml"].replace("FROZEN", "true"))
    small.git("rm", "--quiet", "--force", "-r", "--ignore-unmatch", ".mlgit")
    shutil.rmtree(small.folder / ".mlgit", ignore_errors=True)
    small.commit("Two pipelines")
    answer = small.mlgit("reproduce")
    assert "b at " in answer.out
    assert ": reproduced, trained in" in answer.out
    ran = [line.rpartition(":")[2] for line in answer.err.splitlines() if line.startswith("running ")]
    assert ran == ["first", "last"]


def test_a_stage_that_fails_now(small: Person) -> None:
    weather = "import os, sys; sys.exit(5 if 'RAIN' in os.environ else 0)\n"
    small.write("train.py", small.read("train.py") + weather)
    small.mlgit("train")
    small.commit("It depends on the weather")
    broken = small.run("env", "RAIN=1", sys.executable, "-m", "mlgit", "reproduce", exit_code=1)
    assert "first difference: training: train: failed to reproduce 'train'" in broken.out
    assert "exited with 5" in broken.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "names no commit"),
        (("--model", "nobody"), "no model 'nobody'"),
        (("--tolerance", "2"), "a tolerance is 0 or more and less than 1"),
    ],
)
def test_bad_input(small: Person, arguments: tuple[str, ...], said: str) -> None:
    assert said in small.mlgit("reproduce", *arguments, exit_code=2).err


def test_a_commit_that_was_never_trained(small: Person) -> None:
    assert first_difference(small, "HEAD~1") == "lock: dvc.lock: there is none: nothing was trained"


@pytest.mark.slow
def test_the_example_project_is_reproduced_and_a_byte_of_each_kind_is_named(trained: Person) -> None:
    validate(newest(trained))
    assert "p is as recorded in .mlgit/runs/" in trained.mlgit("lineage", "--verify").out
    assert "p at" in (answer := trained.mlgit("reproduce").out)
    assert ": reproduced, trained in" in answer
    base = trained.git("rev-parse", "HEAD")
    for path, old, new, said in (
        ("src/p/train.py", "\n", " \n", "code: src/p/train.py"),
        ("params.yaml", "max_iter: 300", "max_iter: 301", "parameter: params.yaml: train.max_iter is 301"),
        ("requirements.lock", "==", "== ", "environment: requirements.lock"),
        ("dvc.lock", "size: ", "size:  ", "lock: dvc.lock"),
        ("splits/breast-cancer.csv", "\n", "\r\n", "data: splits/breast-cancer.csv"),
        ("metrics/test.json", ".", ".1", "metrics: metrics/test.json"),
    ):
        changed(trained, path, old, new)
        assert first_difference(trained).startswith(said)
        trained.git("reset", "--quiet", "--hard", base)
