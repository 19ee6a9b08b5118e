"""`mlgit compare` as a person meets it: states, models, revisions, formats, and everything that can be wrong."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mlgit.world.processes import SystemProcesses

from .compare_repository import Answer, Sandbox

PIPELINE = """
stages:
  train:
    cmd: python train.py
    deps: [data/raw.csv]
    params: [depth]
    outs: [model.bin]
    metrics:
      - metrics.json: {cache: false}
"""
LOCK = """
schema: '2.0'
stages:
  train:
    cmd: python train.py
    deps: [{path: data/raw.csv, hash: md5, md5: %s, size: 4}]
    params: {params.yaml: {depth: %d}}
    outs: [{path: model.bin, hash: md5, md5: %s, size: 9}]
"""
A, B, C = "1" * 31 + "a", "1" * 31 + "b", "1" * 31 + "c"
FIRST = {
    "dvc.yaml": PIPELINE,
    "dvc.lock": LOCK % (A, 3, A),
    "params.yaml": "depth: 3\n",
    "metrics.json": '{"accuracy": 0.5, "log_loss": 1}',
    "data/raw.csv.dvc": f"outs:\n- {{md5: {A}, size: 4, hash: md5, path: raw.csv}}\n",
}
SECOND = {
    **FIRST,
    "dvc.lock": LOCK % (B, 5, C),
    "params.yaml": "depth: 5\n",
    "metrics.json": '{"accuracy": 0.75, "log_loss": 1}',
    "data/raw.csv.dvc": f"outs:\n- {{md5: {B}, size: 6, hash: md5, path: raw.csv}}\n",
}
MODELS = """version: 1
models:
  churn: {task: regression, metrics: [metrics.json], directions: {log_loss: higher, speed: lower}}
"""


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path / "repository").with_dvc()


@pytest.fixture
def two(sandbox: Sandbox) -> Sandbox:
    """A repository of two commits that differ in everything."""
    sandbox.write(FIRST).commit("first")
    sandbox.write(SECOND).commit("second")
    return sandbox


def report(sandbox: Sandbox, *arguments: str, exit_code: int = 0) -> dict[str, Any]:
    answer = sandbox.mlgit("compare", *arguments, "--json")
    assert answer.exit_code == exit_code, answer
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def rows(found: dict[str, Any], part: str, model: int = 0) -> dict[str, str]:
    return {
        row.get("name") or row.get("file") or row["path"]: row["state"]
        for row in found["models"][model][part]
    }


def test_metrics_parameters_data_and_stages(two: Sandbox) -> None:
    found = report(two, "HEAD~1", "HEAD")
    (model,) = found["models"]
    assert (found["state"], model["name"], model["state"]) == ("changed", ".", "changed")
    assert rows(found, "metrics") == {"accuracy": "changed", "log_loss": "unchanged"}
    accuracy = model["metrics"][0]
    assert (accuracy["change"], accuracy["direction"], accuracy["effect"]) == (
        0.25,
        "higher",
        "no interval",
    )
    assert rows(found, "parameters") == {"depth": "changed"}
    assert {row["path"]: (row["base"]["size"], row["head"]["size"]) for row in model["data"]} == {
        "data/raw.csv": (4, 6),
        "model.bin": (9, 9),
    }
    (stage,) = model["stages"]
    assert [(one["item"], one["name"]) for one in stage["reasons"]] == [
        ("dependency", "data/raw.csv"),
        ("parameter", "depth"),
        ("output", "model.bin"),
    ]


def test_the_same_commit_twice_and_all_of_it(two: Sandbox) -> None:
    found = report(two, "HEAD", "main")
    assert (found["state"], found["models"][0]["unchanged"]) == ("unchanged", 4)
    everything = report(two, "HEAD", "main", "--all")
    assert {
        state
        for part in ("metrics", "parameters", "data", "stages")
        for state in rows(everything, part).values()
    } == {"unchanged"}


def test_the_working_tree_is_the_head_when_none_is_given(two: Sandbox) -> None:
    two.write({"metrics.json": '{"accuracy": 0.9, "log_loss": 1}'})
    found = report(two)
    assert (found["base"]["name"], found["head"]) == ("HEAD", {"name": "working tree", "commit": None})
    assert found["models"][0]["metrics"][0]["base"] == 0.75
    assert report(two, "HEAD~1")["models"][0]["metrics"][0]["change"] == pytest.approx(0.4)


def test_models_of_mlgit_yaml_and_their_directions(two: Sandbox) -> None:
    two.write({"mlgit.yaml": MODELS, "metrics.json": '{"accuracy": 0.5, "log_loss": 2}'}).commit()
    (model,) = report(two, "HEAD~1", "HEAD")["models"]
    assert model["name"] == "churn"
    assert {row["name"]: (row["direction"], row["effect"]) for row in model["metrics"]} == {
        "accuracy": ("higher", "no interval"),
        "log_loss": ("higher", "no interval"),
    }


def test_a_model_that_mlgit_yaml_gained_or_lost(two: Sandbox) -> None:
    two.write({"mlgit.yaml": MODELS}).commit()
    other = MODELS.replace("churn", "leads")
    two.write({"mlgit.yaml": other}).commit()
    found = report(two, "HEAD~1", "HEAD")
    assert {model["name"]: model["state"] for model in found["models"]} == {"leads": "new", "churn": "gone"}


def test_a_pipeline_that_is_new_or_gone(two: Sandbox) -> None:
    two.write({f"sub/{path}": text for path, text in FIRST.items()}).commit()
    found = report(two, "HEAD~1", "HEAD")
    (model,) = [model for model in found["models"] if model["name"] == "sub"]
    assert (model["state"], {row["state"] for row in model["metrics"]}) == ("new", {"new"})
    backwards = report(two, "HEAD", "HEAD~1", "--model", "sub")
    assert backwards["models"][0]["state"] == "gone"


@pytest.mark.parametrize("side", ["base", "head"])
@pytest.mark.parametrize(
    ("path", "content", "where"),
    [
        ("metrics.json", '{"accuracy": 0.5', "metrics.json:1"),
        ("metrics.json", "<<<<<<< HEAD\n{}\n", "metrics.json:1"),
        ("params.yaml", "depth: [1\n", "params.yaml:2"),
        ("dvc.yaml", "stages:\n  train: {cmd: [}\n", "dvc.yaml:2"),
        ("dvc.yaml", "stages:\n  train:\n    deps: x\n    cmd: y\n", "dvc.yaml:3"),
        ("dvc.lock", "schema: '9'\n", "dvc.lock:1"),
        ("data/raw.csv.dvc", "outs: 3\n", "data/raw.csv.dvc:1"),
        ("mlgit.yaml", "version: 2\n", "mlgit.yaml:1"),
    ],
)
def test_a_broken_file_is_named_and_never_no_change(
    two: Sandbox, side: str, path: str, content: str, where: str
) -> None:
    two.write({path: content}).commit("broken")
    revisions = ("HEAD~1", "HEAD") if side == "head" else ("HEAD", "HEAD~1")
    found = report(two, *revisions, exit_code=1)
    assert found["state"] == "unreadable"
    errors = found["errors"] + [one for model in found["models"] for one in model["errors"]]
    assert (path, side, where) in [(one["file"], one["side"], one["where"]) for one in errors]
    for form in ("text", "markdown", "html"):
        answer = two.mlgit("compare", *revisions, "--format", form)
        assert answer.exit_code == 1
        assert "unreadable" in answer.stdout
        assert where in answer.stdout


def test_a_file_broken_at_both_sides_is_no_silence(two: Sandbox) -> None:
    two.write({"metrics.json": "{"}).commit()
    two.write({"other": "1"}).commit()
    found = report(two, "HEAD~1", "HEAD", exit_code=1)
    assert rows(found, "metrics") == {"metrics.json": "unreadable"}


def test_a_broken_declaration_hides_no_metrics(two: Sandbox) -> None:
    two.write({"dvc.yaml": "stages: ["}).commit()
    found = report(two, "HEAD~1", "HEAD", exit_code=1)
    assert rows(found, "metrics") == {"accuracy": "unreadable", "log_loss": "unreadable"}
    assert rows(found, "stages") == {"train": "unreadable"}
    assert "gone" not in rows(found, "data").values()


def test_metrics_in_dvc_are_read_from_the_cache_or_said_to_be_away(sandbox: Sandbox) -> None:
    cached = PIPELINE.replace("metrics.json: {cache: false}", "metrics.json")
    for digest, value in ((A, 0.5), (B, 0.75)):
        out = f", {{path: metrics.json, hash: md5, md5: {digest}, size: 15}}]"
        lock = (LOCK % (A, 3, A)).replace("size: 9}]", "size: 9}" + out)
        sandbox.write({**FIRST, "dvc.yaml": cached, "dvc.lock": lock, ".gitignore": "metrics.json\n"})
        sandbox.write(
            {f".dvc/cache/files/md5/{digest[:2]}/{digest[2:]}": f'{{"accuracy": {value}}}'}
        ).commit()
    (row,) = report(sandbox, "HEAD~1", "HEAD")["models"][0]["metrics"]
    assert (row["base"], row["head"], row["change"]) == (0.5, 0.75, 0.25)
    (sandbox.root / ".dvc/cache/files/md5" / B[:2] / B[2:]).unlink()
    (row,) = report(sandbox, "HEAD~1", "HEAD")["models"][0]["metrics"]
    assert (row["state"], row["base"], row["head"]) == ("not available", 0.5, None)
    assert row["hint"] == "dvc fetch --all-commits metrics.json"
    sandbox.write({"metrics.json": '{"accuracy": 1}'})
    (row,) = report(sandbox, "HEAD~1")["models"][0]["metrics"]
    assert (row["base"], row["head"]) == (0.5, 1)


def test_what_git_keeps_is_gone_when_it_is_deleted(sandbox: Sandbox) -> None:
    entries = "".join(
        f"    - path: {name}\n      md5: {letter * 32}\n      hash: md5\n"
        for name, letter in (("m.json", "a"), ("points.csv", "b"))
    )
    declared = "    plots:\n    - points.csv: {cache: false}\n    metrics:\n    - m.json: {cache: false}\n"
    files = {"m.json": '{"a": 1}\n', "points.csv": "a,b\n1,2\n"}
    sandbox.write({"dvc.yaml": f"stages:\n  t:\n    cmd: x\n{declared}", **files})
    sandbox.write({"dvc.lock": f"schema: '2.0'\nstages:\n  t:\n    cmd: x\n    outs:\n{entries}"})
    base = sandbox.commit()
    for name in files:
        (sandbox.root / name).unlink()
    sandbox.commit()
    (model,) = report(sandbox, base, "HEAD")["models"]
    assert [row["state"] for row in (*model["metrics"], *model["plots"])] == ["gone", "gone"]


def test_a_cache_that_is_elsewhere(sandbox: Sandbox, tmp_path: Path) -> None:
    cached = PIPELINE.replace("metrics.json: {cache: false}", "metrics.json")
    lock = (LOCK % (A, 3, A)).replace(
        "size: 9}]", f"size: 9}}, {{path: metrics.json, hash: md5, md5: {B}, size: 1}}]"
    )
    sandbox.write({**FIRST, "dvc.yaml": cached, "dvc.lock": lock, ".gitignore": "metrics.json\n"})
    sandbox.write(
        {
            ".dvc/config.local": f"[core]\n    dir = x\n['remote \"r\"']\n    url = y\n[cache]\n    dir = {tmp_path}/far\n"
        }
    )
    sandbox.commit()
    place = tmp_path / "far/files/md5" / B[:2] / B[2:]
    place.parent.mkdir(parents=True)
    place.write_text('{"accuracy": 1}')
    (row,) = report(sandbox, "HEAD", "HEAD")["models"][0]["metrics"]
    assert row["head"] == 1


def test_rows_of_a_table_in_git_and_in_the_cache(sandbox: Sandbox) -> None:
    from mlgit.dvc.hashing import content_digest

    declared = "stages:\n  s:\n    cmd: x\n    deps: [raw.csv]\n    outs: [out.csv: {cache: false}]\n"
    for count in (3, 5):
        table = "x\n" + "1\n" * count
        digest = content_digest(table.encode())
        out = f"outs: [{{path: out.csv, hash: md5, md5: {digest}, size: {len(table)}}}]"
        sandbox.write(
            {
                "dvc.yaml": declared,
                "dvc.lock": f"schema: '2.0'\nstages: {{s: {{cmd: x, {out}}}}}\n",
                "raw.csv.dvc": f"outs:\n- {{md5: {digest}, size: {len(table)}, hash: md5, path: raw.csv}}\n",
                ".gitignore": "/raw.csv\n",
                "out.csv": table,
                f".dvc/cache/files/md5/{digest[:2]}/{digest[2:]}": table,
            }
        ).commit()
    found = {row["path"]: row for row in report(sandbox, "HEAD~1", "HEAD")["models"][0]["data"]}
    assert {path: (row["base"]["rows"], row["head"]["rows"]) for path, row in found.items()} == {
        "raw.csv": (3, 5),
        "out.csv": (3, 5),
    }


def test_python_parameters_are_compared(sandbox: Sandbox) -> None:
    declared = "stages:\n  s:\n    cmd: x\n    params:\n      - params.py: [A]\n"
    sandbox.write({"dvc.yaml": declared, "params.py": "A = 1\n"}).commit()
    sandbox.write({"params.py": "A = 2\n"}).commit()
    (row,) = report(sandbox, "HEAD~1", "HEAD")["models"][0]["parameters"]
    assert (row["name"], row["state"], row["base"], row["head"]) == ("A", "changed", 1, 2)


def test_metrics_that_were_never_written(sandbox: Sandbox) -> None:
    sandbox.write({"dvc.yaml": PIPELINE}).commit()
    (row,) = report(sandbox, "HEAD", "HEAD")["models"][0]["metrics"]
    assert (row["state"], row["hint"]) == ("not available", "mlgit train")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("nowhere",), 2, "'nowhere' names no commit"),
        (("HEAD", "--model", "none"), 2, "there is no model 'none'"),
        (("--format", "pdf"), 2, "invalid choice"),
        (("a", "b", "c"), 2, "mlgit compare A B C --leaderboard"),
        (("--", "--upload-pack=touch x"), 2, "names no commit"),
    ],
)
def test_wrong_usage_is_one_sentence_and_a_hint(
    two: Sandbox, arguments: tuple[str, ...], code: int, words: str
) -> None:
    answer = two.mlgit("compare", *arguments)
    assert (answer.exit_code, answer.stdout) == (code, "")
    assert words in answer.stderr


def test_outside_of_a_repository_and_before_the_first_commit(tmp_path: Path, sandbox: Sandbox) -> None:
    answer = sandbox.mlgit("compare")
    assert (answer.exit_code, "has no commit yet" in answer.stderr) == (2, True)
    empty = Sandbox(tmp_path / "empty")
    empty.commit()
    answer = empty.mlgit("compare")
    assert answer.exit_code == 2
    assert "mlgit init" in answer.stderr
    outside = Sandbox(tmp_path / "outside")
    (outside.root / ".git").rename(tmp_path / "away")
    answer = outside.mlgit("compare")
    assert (answer.exit_code, "not inside a Git repository" in answer.stderr) == (2, True)


def test_a_file_is_written_whole(two: Sandbox) -> None:
    answer = two.mlgit(
        "compare", "HEAD~1", "HEAD", "--format", "markdown", "--output", "reports/new/compare.md"
    )
    assert (answer.exit_code, answer.stdout) == (0, "")
    assert answer.stderr == "wrote reports/new/compare.md in the new folder reports/new\n"
    assert (two.root / "reports/new/compare.md").read_text().startswith("## `HEAD~1`")


def test_every_file_that_is_written_is_said(two: Sandbox) -> None:
    answer = two.mlgit(
        "compare", "HEAD~1", "HEAD", "--format", "json", "--output", "c.json", "--plots", "p/q/charts.json"
    )
    assert answer.stderr == "wrote p/q/charts.json in the new folder p/q\nwrote c.json\n"
    assert (two.root / "p/q/charts.json").is_file()
    (two.root / "file").write_text("")
    answer = two.mlgit("compare", "HEAD~1", "HEAD", "--output", "file/c.txt")
    assert (answer.exit_code, answer.stdout) == (4, "")
    assert "file/c.txt" in answer.stderr


def test_the_text_for_a_person(two: Sandbox) -> None:
    found = two.mlgit("compare", "HEAD~1", "HEAD")
    assert "accuracy   0.5  0.75   +0.25  no interval" in found.stdout
    assert "\x1b" not in found.stdout
    assert "data/raw.csv  4 B   6 B" in found.stdout


def test_from_a_folder_below(two: Sandbox) -> None:
    (two.root / "deep/er").mkdir(parents=True)
    below = Sandbox.__new__(Sandbox)
    below.root = two.root / "deep/er"
    assert report(below, "HEAD~1", "HEAD")["models"][0]["metrics"][0]["head"] == 0.75


def many(sandbox: Sandbox, count: int) -> None:
    for number in range(count):
        lock = (LOCK % (A, 3, A)).replace("'2.0'", f"'2.0'  # {number}")
        sandbox.write(
            {f"models/m{number}/{path}": text for path, text in {**FIRST, "dvc.lock": lock}.items()}
        )
    sandbox.commit()


def test_of_many_pipelines_only_those_that_differ_are_read(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = PIPELINE.replace("[data/raw.csv]", "[data/raw.csv, ../../shared.txt]")
    sandbox.write(
        {
            "models/reaching/dvc.yaml": outside,
            "models/reaching/metrics.json": '{"f1": 1}',
            "models/reaching/params.yaml": "depth: 1",
            "shared.txt": "1",
        }
    )
    many(sandbox, 60)
    sandbox.write({f"models/m7/{path}": text for path, text in SECOND.items()}).write(
        {"shared.txt": "2"}
    ).commit()
    started: list[str] = []
    original = SystemProcesses.run

    def run(self: SystemProcesses, arguments: Any, **options: Any) -> Any:
        started.append(arguments[1])
        return original(self, arguments, **options)

    monkeypatch.setattr(SystemProcesses, "run", run)
    found = report(sandbox, "HEAD~1", "HEAD")
    assert [model["name"] for model in found["models"]] == ["models/m7"]
    assert found["untouched"] == 60
    assert Counter(started) == {"cat-file": 4, "diff-tree": 1, "ls-tree": 1}
    assert len(report(sandbox, "HEAD~1", "HEAD", "--all")["models"]) == 61


def test_of_many_pipelines_one_that_reads_a_file_outside_of_its_folder_is_read_too(sandbox: Sandbox) -> None:
    outside = PIPELINE.replace("params: [depth]", "params: [{../../shared.yaml: [depth]}]")
    sandbox.write(
        {
            "models/reaching/dvc.yaml": outside,
            "models/reaching/metrics.json": '{"f1": 1}',
            "shared.yaml": "depth: 1",
        }
    )
    many(sandbox, 31)
    sandbox.write({"shared.yaml": "depth: 2"}).commit()
    (model,) = report(sandbox, "HEAD~1", "HEAD")["models"]
    (row,) = model["parameters"]
    assert (model["name"], row["file"], row["head"]) == ("models/reaching", "shared.yaml", 2)


def test_git_is_started_six_times_for_one_pipeline(two: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    original = SystemProcesses.run

    def run(self: SystemProcesses, arguments: Any, **options: Any) -> Any:
        started.append(arguments[1])
        return original(self, arguments, **options)

    monkeypatch.setattr(SystemProcesses, "run", run)
    report(two, "HEAD~1", "HEAD")
    assert Counter(started) == {"cat-file": 3, "diff-tree": 1, "ls-tree": 1}
    started.clear()
    report(two)
    assert Counter(started) == {"cat-file": 3, "diff-index": 1, "ls-files": 1, "ls-tree": 1}


def answered(answer: Answer) -> str:
    assert "Traceback" not in answer.stderr
    return answer.stdout


def test_names_that_want_to_be_something_else(sandbox: Sandbox) -> None:
    name = "a|b`<!-- x --><script>alert(1)</script>\u202e@octocat #1 \x1b[31m"
    declared = json.dumps({"stages": {name: {"cmd": "x", "metrics": [{"m.json": {"cache": False}}]}}})
    for value in (1, 2):
        metrics = json.dumps({name: value, "text": name})
        sandbox.write({"dvc.yaml": declared.replace('"x"', f'"x{value}"'), "m.json": metrics}).commit()
    markdown = answered(sandbox.mlgit("compare", "HEAD~1", "HEAD", "--format", "markdown"))
    assert "<!--" not in markdown
    page = answered(sandbox.mlgit("compare", "HEAD~1", "HEAD", "--format", "html"))
    assert "<script>alert" not in page
    text = answered(sandbox.mlgit("compare", "HEAD~1", "HEAD"))
    assert "\x1b" not in text
    assert "\u202e" not in text + markdown + page
