"""`mlgit status` as a person meets it; tests/cli/test_status_agrees_with_dvc.py holds it against DVC."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mlgit.dvc.hashing import Member, content_digest, members_digest

from .compare_repository import Sandbox

RAW, CODE, OUT = "x\n1\n", "print()\n", "model"
DIGESTS = {text: content_digest(text.encode()) for text in (RAW, CODE, OUT, "{}")}
PIPELINE = """
stages:
  train:
    cmd: python train.py
    deps: [data/raw.csv, train.py]
    params: [depth]
    outs: [model.bin]
  evaluate:
    cmd: python evaluate.py
    deps: [model.bin]
    metrics: [metrics.json: {cache: false}]
"""
LOCK = f"""
schema: '2.0'
stages:
  train:
    cmd: python train.py
    deps:
    - {{path: data/raw.csv, hash: md5, md5: {DIGESTS[RAW]}, size: 4}}
    - {{path: train.py, hash: md5, md5: {DIGESTS[CODE]}, size: 8}}
    params: {{params.yaml: {{depth: 3}}}}
    outs: [{{path: model.bin, hash: md5, md5: {DIGESTS[OUT]}, size: 5}}]
  evaluate:
    cmd: python evaluate.py
    deps: [{{path: model.bin, hash: md5, md5: {DIGESTS[OUT]}, size: 5}}]
    outs: [{{path: metrics.json, hash: md5, md5: {DIGESTS["{}"]}, size: 2}}]
"""
FILES = {
    "dvc.yaml": PIPELINE,
    "dvc.lock": LOCK,
    "params.yaml": "depth: 3\n",
    "train.py": CODE,
    "metrics.json": "{}",
    "data/raw.csv.dvc": f"outs:\n- {{md5: {DIGESTS[RAW]}, size: 4, hash: md5, path: raw.csv}}\n",
    ".gitignore": "/model.bin\n/data/raw.csv\n",
}
DATA = {
    "data/raw.csv": RAW,
    "model.bin": OUT,
    f".dvc/cache/files/md5/{DIGESTS[OUT][:2]}/{DIGESTS[OUT][2:]}": OUT,
}


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    """A repository that was just trained and committed, with its data."""
    sandbox = Sandbox(tmp_path / "repository").with_dvc().write({**FILES, **DATA})
    sandbox.commit()
    return sandbox


def status(sandbox: Sandbox, *arguments: str, exit_code: int = 0) -> dict[str, Any]:
    answer = sandbox.mlgit("status", "--json", *arguments)
    assert answer.exit_code == exit_code, answer
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def states(found: dict[str, Any]) -> dict[str, str]:
    return {stage["name"]: stage["state"] for stage in found["stages"]}


def test_fresh_on_disk_and_at_the_commit(sandbox: Sandbox) -> None:
    assert (
        states(status(sandbox))
        == states(status(sandbox, "--at", "HEAD"))
        == {"train": "fresh", "evaluate": "fresh"}
    )
    assert status(sandbox)["data"] == [
        {"path": "data/raw.csv", "pointer": "data/raw.csv.dvc", "state": "same", "reason": "", "hint": ""}
    ]
    assert sandbox.mlgit("status", "--exit-code").exit_code == 0
    assert "2 stages: 2 fresh\n" in sandbox.mlgit("status").stdout


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"params.yaml": "depth: 4\n"}, "depth: 3 -> 4"),
        ({"train.py": "print(1)\n"}, "train.py: content changed"),
        ({"dvc.yaml": PIPELINE.replace("python train.py", "python -O train.py")}, "command changed"),
        (
            {"data/raw.csv.dvc": FILES["data/raw.csv.dvc"].replace(DIGESTS[RAW], "1" * 31 + "a")},
            "data/raw.csv: content changed",
        ),
        ({"dvc.lock": "schema: '2.0'\nstages: {}\n"}, "dvc.lock records no run of it"),
    ],
)
def test_a_stale_commit_is_told_without_any_data(
    sandbox: Sandbox, change: dict[str, str], reason: str
) -> None:
    sandbox.write(change).commit()
    found = status(sandbox, "--at", "HEAD", "--exit-code", exit_code=1)
    assert states(found) == {"train": "stale", "evaluate": "stale"}
    assert reason in sandbox.mlgit("status", "--at", "HEAD").stdout
    assert states(status(sandbox, "--at", "HEAD~1")) == {"train": "fresh", "evaluate": "fresh"}


def test_metrics_that_were_edited_by_hand(sandbox: Sandbox) -> None:
    sandbox.write({"metrics.json": '{"accuracy": 1}'}).commit()
    for arguments in ((), ("--at", "HEAD")):
        found = status(sandbox, *arguments)
        assert states(found) == {"train": "fresh", "evaluate": "stale"}
        assert found["stages"][1]["reasons"][0]["cause"] == "output"


def test_metrics_that_git_kept_and_that_are_gone_from_the_commit(sandbox: Sandbox) -> None:
    (sandbox.root / "metrics.json").unlink()
    sandbox.commit()
    for arguments in ((), ("--at", "HEAD")):
        assert states(status(sandbox, *arguments)) == {"train": "fresh", "evaluate": "stale"}
    assert "metrics.json: it is not here" in sandbox.mlgit("status", "--at", "HEAD").stdout
    assert states(status(sandbox, "--at", "HEAD~1"))["evaluate"] == "fresh"


@pytest.mark.parametrize(
    ("files", "state"),
    [
        ({"out/a": "1", "out/b": "2"}, "fresh"),
        ({"out/a": "1", "out/b": "3"}, "stale"),
        ({"out/a": "1"}, "unknown"),
        ({"out/a": "1", "out/b": "2", "out/c": "3"}, "unknown"),
        ({"out": "1"}, "stale"),
        ({}, "stale"),
    ],
)
def test_a_folder_that_git_keeps_at_a_commit(tmp_path: Path, files: dict[str, str], state: str) -> None:
    digest = members_digest(
        Member(name, content_digest(text.encode())) for name, text in (("a", "1"), ("b", "2"))
    )
    sandbox = Sandbox(tmp_path / "repository").with_dvc()
    sandbox.write(
        {
            "dvc.yaml": "stages: {write: {cmd: c, outs: [out: {cache: false}]}}\n",
            "dvc.lock": f"schema: '2.0'\nstages: {{write: {{cmd: c, outs: [{{path: out, hash: md5, md5: {digest}, size: 2, nfiles: 2}}]}}}}\n",
            **files,
        }
    ).commit()
    assert states(status(sandbox, "--at", "HEAD")) == {"write": state}


def test_data_that_changed_or_is_not_here(sandbox: Sandbox) -> None:
    sandbox.write({"data/raw.csv": "x\n2\n"})
    found = status(sandbox)
    assert (found["data"][0]["state"], found["data"][0]["hint"]) == ("changed", "dvc add data/raw.csv")
    assert "dvc add data/raw.csv" in sandbox.mlgit("status").stdout
    (sandbox.root / "data/raw.csv").unlink()
    assert status(sandbox)["data"][0]["hint"] == "dvc pull data/raw.csv.dvc"


@pytest.mark.parametrize(
    ("path", "content", "where"),
    [
        ("dvc.yaml", "stages: [}\n", "dvc.yaml:1"),
        ("dvc.lock", "stages: {}\nschema: '7'\n", "dvc.lock:2"),
        ("data/raw.csv.dvc", "nothing\n", "data/raw.csv.dvc:1"),
    ],
)
def test_a_broken_file_is_named_and_nothing_is_called_fresh_behind_it(
    sandbox: Sandbox, path: str, content: str, where: str
) -> None:
    sandbox.write({path: content}).commit()
    found = status(sandbox, "--at", "HEAD", exit_code=1)
    assert [one["where"] for one in found["errors"]] == [where]
    assert "fresh" not in states(found).values()
    assert f"unreadable: {where}" in sandbox.mlgit("status").stdout


@pytest.mark.parametrize(
    ("content", "where", "said"),
    [
        (
            b"version: 1\nmodels:\n  a: {metric: [m.json]}\n",
            "mlgit.yaml:3",
            "models.a.metric: unknown key 'metric'",
        ),
        (b"version: 1\nmodels: [\n", "mlgit.yaml:3", "not valid YAML"),
        (
            b"version: 1\nmodels: {a: {gates: [{f1_marco: {min: 1}}]}}\n",
            "mlgit.yaml:2",
            "did you mean 'f1_macro'",
        ),
        (b"", "mlgit.yaml", "holds no settings"),
        (b"version: 1\n# \xff\n", "mlgit.yaml:2", "UTF-8"),
    ],
)
def test_a_broken_mlgit_yaml_is_said_and_the_stages_are_shown(
    sandbox: Sandbox, content: bytes, where: str, said: str
) -> None:
    sandbox.write({"mlgit.yaml": content}).commit()
    for arguments in ((), ("--at", "HEAD"), ("--exit-code",)):
        found = status(sandbox, *arguments, exit_code=2)
        assert [(one["file"], one["where"]) for one in found["errors"]] == [("mlgit.yaml", where)]
        assert found["errors"][0]["hint"]
        assert states(found) == {"train": "fresh", "evaluate": "fresh"}
        shown = sandbox.mlgit("status", *arguments).stdout
        assert shown.startswith(f"unreadable: {where}: ")
        assert said in shown
        assert "2 stages: 2 fresh" in shown
    sandbox.write({"dvc.yaml": "stages: [}\n"})
    assert [one["file"] for one in status(sandbox, exit_code=2)["errors"]] == ["mlgit.yaml", "dvc.yaml"]
    sandbox.write({"mlgit.yaml": "version: 1\n"})
    assert [one["file"] for one in status(sandbox, exit_code=1)["errors"]] == ["dvc.yaml"]


def test_broken_parameters_make_a_stage_unknown(sandbox: Sandbox) -> None:
    sandbox.write({"params.yaml": "depth: [\n"})
    assert states(status(sandbox, "--exit-code", exit_code=1)) == {"train": "unknown", "evaluate": "unknown"}


def test_large_files_are_remembered_in_gits_own_folder(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlgit.dvc.disk_evidence.LARGE", 1)
    assert states(status(sandbox))["train"] == "fresh"
    memory = sandbox.root / ".git/mlgit/digests.json"
    assert "data/raw.csv" in json.loads(memory.read_text())
    before = memory.stat().st_mtime_ns
    assert states(status(sandbox))["train"] == "fresh"
    assert memory.stat().st_mtime_ns == before
    memory.write_text("broken")
    assert states(status(sandbox))["train"] == "fresh"
    assert sandbox.git("status", "--porcelain") == ""


def test_a_repository_without_a_pipeline(tmp_path: Path) -> None:
    empty = Sandbox(tmp_path / "empty")
    empty.commit()
    answer = empty.mlgit("status")
    assert (answer.exit_code, answer.stdout) == (0, "no stage: no dvc.yaml that could be read has one\n")


def test_wrong_usage(sandbox: Sandbox, tmp_path: Path) -> None:
    answer = sandbox.mlgit("status", "--at", "nowhere")
    assert (answer.exit_code, "'nowhere' names no commit" in answer.stderr) == (2, True)
    assert "Traceback" not in answer.stderr


BROKEN = {
    "a key that stands twice": (b"depth: 3\ndepth: 3\n", "the key 'depth' stands twice"),
    "markers of a merge": (b"<<<<<<< HEAD\ndepth: 3\n=======\ndepth: 4\n>>>>>>> x\n", "unfinished merge"),
    "a zero byte": (b"depth: 3\n\0", "not valid YAML"),
    "other bytes than UTF-8": (b"depth: 3 # \xff\n", "not UTF-8"),
    "a tabulator": (b"\tdepth: 3\n", "not valid YAML"),
    "an open bracket": (b"depth: [3\n", "not valid YAML"),
    "two documents": (b"depth: 3\n---\ndepth: 3\n", "not valid YAML"),
    "an object of Python": (b"depth: !!python/name:os.system\n", "not valid YAML"),
    "an unknown anchor": (b"depth: *nowhere\n", "not valid YAML"),
    "a list": (b"- depth: 3\n", "holds no names with values"),
    "one word": (b"depth\n", "holds no names with values"),
    "a great depth": (b"depth: " + b"[" * 200 + b"]" * 200 + b"\n", "levels of nesting"),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("committed", [False, True], ids=["disk", "commit"])
def test_parameters_that_cannot_be_read_leave_nothing_fresh(
    sandbox: Sandbox, content: tuple[bytes, str], committed: bool
) -> None:
    sandbox.write({"params.yaml": content[0]})
    if committed:
        sandbox.commit()
    answer = sandbox.mlgit("status", "--json", *(["--at", "HEAD"] if committed else []))
    found = json.loads(answer.stdout)["stages"]
    assert not {one["state"] for one in found} & {"fresh", "frozen"}
    assert content[1] in "; ".join(reason["text"] for reason in found[0]["reasons"])
    shown = sandbox.mlgit("status", *(["--at", "HEAD"] if committed else []), "--exit-code")
    assert (shown.exit_code, content[1] in shown.stdout) == (1, True)


def test_plain_dependencies_count_where_a_template_has_no_value(sandbox: Sandbox) -> None:
    text = PIPELINE.replace("python train.py", "python train.py ${nowhere}")
    sandbox.write({"dvc.yaml": text})
    train, evaluate = json.loads(sandbox.mlgit("status", "--json").stdout)["stages"]
    assert (train["state"], evaluate["state"]) == ("unknown", "unknown")
    sandbox.write({"train.py": "print(1)\n"})
    train, evaluate = json.loads(sandbox.mlgit("status", "--json").stdout)["stages"]
    assert [(one["cause"], one["name"]) for one in train["reasons"]] == [
        ("not told", "train"),
        ("dependency", "train.py"),
    ]
    assert (train["state"], evaluate["state"]) == ("stale", "stale")


def test_what_cannot_be_told_does_not_pass_the_check(sandbox: Sandbox) -> None:
    sandbox.write({"mlgit.yaml": "version: 1\nmodels:\n  m: {pipeline: ., metrics: [metrics.json]}\n"})
    sandbox.write({"dvc.yaml": PIPELINE.replace("python train.py", "python train.py ${nowhere}")}).commit()
    answer = sandbox.mlgit("check", "model")
    assert answer.exit_code == 1
    assert "0 stages are up to date, 2 cannot be told" in answer.stdout
    assert "cannot be told: train: train: ${nowhere} has no plain value" in answer.stdout
