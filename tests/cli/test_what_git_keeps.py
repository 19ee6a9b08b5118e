"""Line ends that Git converts, files of Git LFS and submodules: what a stage read and wrote is told from what Git keeps."""

from __future__ import annotations

import json
from hashlib import md5, sha256
from pathlib import Path
from typing import Any

import pytest

from tests.cli.compare_repository import Sandbox
from tests.cli.gate_repository import altered, gated, table

TABLE = "x,y\n1,2\n3,4\n"
CONVERTED = TABLE.replace("\n", "\r\n")
PIPELINE = """\
stages:
  train:
    cmd: python train.py
    deps: [{dependency}]
    outs: [model.bin]
    metrics: [metrics.json: {{cache: false}}]
"""


def digest(text: str | bytes) -> str:
    return md5(text.encode() if isinstance(text, str) else text).hexdigest()


def pipeline(dependency: str, recorded: str, size: int, metrics: str = "{}\n") -> dict[str, str | bytes]:
    files = ", nfiles: 2" if recorded.endswith(".dir") else ""
    lock = f"""\
schema: '2.0'
stages:
  train:
    cmd: python train.py
    deps: [{{path: {dependency}, hash: md5, md5: {recorded}, size: {size}{files}}}]
    outs:
    - {{path: metrics.json, hash: md5, md5: {digest(metrics)}, size: {len(metrics)}}}
    - {{path: model.bin, hash: md5, md5: {digest("m")}, size: 1}}
"""
    return {
        "dvc.yaml": PIPELINE.format(dependency=dependency),
        "dvc.lock": lock,
        "metrics.json": metrics,
        ".gitignore": "/model.bin\n",
    }


def told(sandbox: Sandbox, *arguments: str) -> tuple[str, list[str]]:
    (stage,) = json.loads(sandbox.mlgit("status", "--json", *arguments).stdout)["stages"]
    return stage["state"], [f"{one['name']}: {one['text']}" for one in stage["reasons"]]


@pytest.mark.parametrize(
    ("attributes", "settings", "state"),
    [
        ("*.csv text eol=crlf\n", {}, "fresh"),
        ("* text=auto\n", {}, "fresh"),
        ("*.csv crlf\n", {}, "fresh"),
        ("", {"core.autocrlf": "true"}, "fresh"),
        ("", {"core.autocrlf": "input"}, "fresh"),
        ("*.txt text\n", {}, "stale"),
        ("*.csv -text\n", {"core.autocrlf": "true"}, "stale"),
        ("*.csv binary\n", {"core.autocrlf": "true"}, "stale"),
    ],
)
@pytest.mark.parametrize("wrote", [TABLE, CONVERTED], ids=["lf", "crlf"])
def test_line_ends_that_git_converts_are_no_change(
    tmp_path: Path, attributes: str, settings: dict[str, str], state: str, wrote: str
) -> None:
    """A stage read or wrote CRLF, as csv.writer does; Git keeps LF, and the other way round."""
    sandbox = Sandbox(tmp_path).with_dvc()
    kept = CONVERTED if wrote == TABLE else TABLE
    sandbox.write({**pipeline("data.csv", digest(wrote), len(wrote)), "data.csv": kept}).commit()
    sandbox.write({".gitattributes": attributes})
    for name, value in settings.items():
        sandbox.git("config", name, value)
    assert told(sandbox, "--at", "HEAD")[0] == state


def test_a_folder_of_converted_files(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path).with_dvc().write({".gitattributes": "*.csv text eol=crlf\n"})
    members = [{"md5": digest(CONVERTED), "relpath": "a.csv"}, {"md5": digest("\0\n"), "relpath": "b.bin"}]
    recorded = digest(json.dumps(members)) + ".dir"
    sandbox.write({**pipeline("data", recorded, 30), "data/a.csv": TABLE, "data/b.bin": "\0\n"}).commit()
    assert told(sandbox, "--at", "HEAD") == ("fresh", [])
    sandbox.write({".gitattributes": "*.csv -text\n"})
    assert told(sandbox, "--at", "HEAD")[0] == "stale"


def test_predictions_with_other_line_ends_are_what_their_stage_wrote(tmp_path: Path) -> None:
    """csv.writer ends lines with CRLF; `text=auto` makes LF of them in Git."""
    gate = gated(tmp_path, number=300)
    gate.write({".gitattributes": "* text=auto\n"})
    items = altered(gate.base, better=20)
    written = table(items).replace("\n", "\r\n").encode()
    lock = f"schema: '2.0'\nstages:\n  train:\n    cmd: python train.py\n    outs:\n    - {{path: predictions/test.csv, hash: md5, md5: {digest(written)}, size: {len(written)}}}\n"
    declared = "stages: {train: {cmd: python train.py, outs: [predictions/test.csv: {cache: false}]}}\n"
    gate.write({"dvc.yaml": declared, "dvc.lock": lock, "predictions/test.csv": written}).commit()
    assert b"\r" not in gate.sandbox.git("show", "HEAD:predictions/test.csv").encode()
    assert "is not what its stage wrote" not in gate.gate().stdout
    gate.write({".gitattributes": "* -text\n", "predictions/test.csv": table(items)}).commit()
    assert "is not what its stage wrote" in gate.gate().stdout


def pointer(content: bytes) -> bytes:
    return b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n" % (
        sha256(content).hexdigest().encode(),
        len(content),
    )


def fetch(sandbox: Sandbox, content: bytes) -> Path:
    name = sha256(content).hexdigest()
    place = sandbox.root / ".git/lfs/objects" / name[:2] / name[2:4] / name
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    return place


ATTRIBUTES = {".gitattributes": "*.csv filter=lfs diff=lfs merge=lfs -text\n"}


def test_a_file_of_git_lfs_is_told_by_what_it_stands_for(tmp_path: Path) -> None:
    content = TABLE.encode()
    sandbox = Sandbox(tmp_path).with_dvc().write({**ATTRIBUTES, "data.csv": pointer(content)})
    sandbox.write(pipeline("data.csv", digest(content), len(content))).commit()
    said = "data.csv: data.csv is a Git LFS pointer, and the file it stands for is not here"
    assert told(sandbox, "--at", "HEAD") == ("unknown", [said])
    state, reasons = told(sandbox)
    assert (state, said in reasons) == ("stale", True), "its output is not here"
    place = fetch(sandbox, content)
    assert told(sandbox, "--at", "HEAD") == ("fresh", [])
    place.write_bytes(b"x,y\n1,2\n3,5\n")
    assert told(sandbox, "--at", "HEAD") == ("unknown", [said]), "an object that is not what its name says"


def test_nothing_is_trained_on_a_pointer(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path).with_dvc().write({**ATTRIBUTES, "data/a.csv": pointer(b"1\n" * 200)})
    command = "cp data/a.csv model.bin && echo {} > metrics.json"
    files = pipeline("data", digest("[]") + ".dir", 400)
    sandbox.write({**files, "dvc.yaml": str(files["dvc.yaml"]).replace("python train.py", command)}).commit()
    answer = sandbox.mlgit("train")
    assert answer.exit_code == 2
    assert "error[input-not-fetched]: train cannot run: data/a.csv is a Git LFS pointer" in answer.stderr
    assert "hint: git lfs pull" in answer.stderr
    assert not (sandbox.root / "model.bin").exists()


def test_metrics_and_predictions_of_git_lfs(tmp_path: Path) -> None:
    gate = gated(tmp_path, number=300)
    better = table(altered(gate.base, better=20)).encode()
    gate.write({"predictions/test.csv": pointer(better), "metrics/test.json": pointer(b'{"accuracy": 0.9}')})
    gate.commit()
    answer = gate.gate()
    assert (
        "predictions/test.csv is a Git LFS pointer, and the file it stands for is not here" in answer.stdout
    )
    assert (answer.exit_code, "git lfs pull" in answer.stdout) == (3, True)
    assert "is a Git LFS pointer" in gate.sandbox.mlgit("compare", "main", "HEAD").stdout
    fetch(gate.sandbox, better)
    fetch(gate.sandbox, b'{"accuracy": 0.9}')
    assert gate.gate().exit_code == 0
    (model,) = json.loads(gate.sandbox.mlgit("compare", "main", "HEAD", "--json").stdout)["models"]
    changed: dict[str, Any] = {row["name"]: row["head"] for row in model["metrics"]}
    assert changed["accuracy"] == 0.9


def test_a_sandbox_holds_the_files_of_git_lfs(tmp_path: Path) -> None:
    from mlgit.project.project import Project
    from mlgit.world.context import SilentConsole, real_context

    content = b"1\n" * 200
    sandbox = Sandbox(tmp_path).write({**ATTRIBUTES, "a.csv": pointer(content), "b.csv": pointer(b"other")})
    sandbox.commit()
    fetch(sandbox, content)
    project = Project.find(real_context(SilentConsole()).at(sandbox.root))
    with project.sandbox() as made:
        copy = made.check_out(project.at("HEAD").files)
        assert (copy.root / "a.csv").read_bytes() == content
        assert (copy.root / "b.csv").read_bytes() == pointer(b"other")


def test_what_lies_in_a_submodule(tmp_path: Path) -> None:
    inner = Sandbox(tmp_path / "inner").write({"data.csv": TABLE, "more/x": "1"})
    inner.commit()
    sandbox = Sandbox(tmp_path / "outer").with_dvc()
    sandbox.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.root), "sub")
    members = [{"md5": digest(TABLE), "relpath": "data.csv"}, {"md5": digest("1"), "relpath": "more/x"}]
    for dependency, recorded in (
        ("sub/data.csv", digest(TABLE)),
        ("sub", digest(json.dumps(members)) + ".dir"),
    ):
        sandbox.write(pipeline(dependency, recorded, len(TABLE))).commit()
        assert told(sandbox, "--at", "HEAD") == ("fresh", [])
    Sandbox(sandbox.root / "sub").write({"data.csv": "x,y\n"}).commit()
    sandbox.commit()
    assert told(sandbox, "--at", "HEAD") == ("stale", ["sub: content changed"])
    sandbox.git("submodule", "--quiet", "deinit", "--force", "sub")
    said = "sub: sub is a submodule, and its commit is not here"
    assert told(sandbox, "--at", "HEAD") == ("unknown", [said])
    assert said in told(sandbox)[1]
    answer = sandbox.mlgit("train")
    assert (answer.exit_code, "hint: git submodule update --init sub" in answer.stderr) == (2, True)


def test_a_change_of_gitattributes_concerns_everything(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path).with_dvc().write(pipeline("data.csv", digest(TABLE), len(TABLE)))
    sandbox.write({"data.csv": TABLE, "mlgit.yaml": "version: 1\nmodels: {m: {pipeline: .}}\n"}).commit()
    sandbox.write({".gitattributes": "*.csv eol=crlf\n"}).commit()
    found = json.loads(sandbox.mlgit("affected", "HEAD~1", "--json").stdout)
    assert (found["code"], found["data"], found["model"], found["models"]) == (True, True, True, ["m"])
