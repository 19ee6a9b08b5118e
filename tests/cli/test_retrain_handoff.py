"""What the steps of `mlgit retrain` hand to each other, and what the last one does not believe of it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlgit.git.repository import Repository
from mlgit.git.snapshot import snapshot
from mlgit.jobs.retraining.result_paths import is_result, result_paths_at
from mlgit.world.context import Context, SilentConsole
from mlgit.world.processes import SystemProcesses
from tests.cli.retrain_repository import Works
from tests.isolation import in_isolation


@pytest.fixture(scope="session")
def handed_once(works_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Works of which the first two steps of a retraining are done. Do not change them: take `handed_over`."""
    folder = tmp_path_factory.mktemp("handed")
    with in_isolation(tmp_path_factory.mktemp("home"), TRAININGS=str(folder / "trainings")):
        works = Works.copied(works_once, folder)
        works.data("1\n2\n4\n")
        for step in ("claim", "train"):
            works.desk.mlgit("retrain", "--local", "--step", step, "--folder", str(folder / "handoff"))
        yield folder


@pytest.fixture
def handed_over(handed_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Works:
    """Works of one's own, and beside them the folder `handoff` with what the first two steps hand over."""
    monkeypatch.setenv("TRAININGS", str(tmp_path / "trainings"))
    return Works.copied(handed_once, tmp_path)


def concluded(works: Works, *more: str, exit_code: int = 2) -> str:
    """Walk the last step and return what it says; no branch may have come of it."""
    folder = works.folder / "handoff"
    before = works.desk.git("for-each-ref", "refs/heads")
    arguments = ("retrain", "--local", "--step", "conclude", "--folder", str(folder), *more)
    said = works.desk.mlgit(*arguments, exit_code=exit_code).err
    assert works.desk.git("for-each-ref", "refs/heads") == before
    return said


@pytest.mark.parametrize(
    "path",
    [
        "train.py",
        "model.txt",
        "params.yaml",
        ".gitignore",
        "../outside",
        "dvc.yaml",
        "metrics.json/../train.py",
        "metrics.json\0x",
    ],
)
def test_a_handoff_that_changes_more_than_results_is_refused(handed_over: Works, path: str) -> None:
    folder = handed_over.folder / "handoff"
    trained = json.loads((folder / "trained.json").read_text())
    trained["jobs"][0]["files"].append({"path": path, "content": "0/files/0"})
    (folder / "trained.json").write_text(json.dumps(trained))
    assert "which no retraining may" in concluded(handed_over)


def test_a_link_of_the_commit_and_what_lies_behind_one_are_no_results(works: Works) -> None:
    desk = works.desk
    outputs = "    outs: [model.txt, more/tree.bin]\n    plots: [linked/points.csv: {cache: false}]\n"
    desk.write("dvc.yaml", desk.read("dvc.yaml").replace("    outs: [model.txt]\n", outputs))
    (desk.folder / "linked").symlink_to("data")
    (desk.folder / "more").mkdir()
    (desk.folder / "more/.gitignore").symlink_to("../.gitignore")
    desk.commit("Links")
    context = Context(
        directory=desk.folder,
        environment=dict(os.environ),
        processes=SystemProcesses(),
        console=SilentConsole(),
    )
    repository = Repository(context, desk.folder)
    results, base = result_paths_at(repository, "HEAD"), snapshot(repository, "HEAD")
    assert (results.holds("linked/points.csv"), results.ignores("more/.gitignore", b"", b"/tree.bin\n")) == (
        True,
        True,
    )
    for path, content in (("linked/points.csv", b"1"), ("linked", b"1"), ("more/.gitignore", b"/tree.bin\n")):
        assert not is_result(results, base, path, content)
    assert is_result(results, base, "metrics.json", b"1")


@pytest.mark.parametrize(
    "content",
    [
        "/proc/self/environ",
        "../secret",
        "0/files/../../../secret",
        "0/files/link",
        "0/folder/0",
        "claim.json",
        "0/files",
    ],
)
def test_a_handoff_cannot_bring_a_file_of_the_job_that_writes(handed_over: Works, content: str) -> None:
    folder = handed_over.folder / "handoff"
    (handed_over.folder / "secret").write_text("the token of the job")
    (folder / "0/files/link").symlink_to(handed_over.folder / "secret")
    (folder / "0/folder").symlink_to(handed_over.folder)
    trained = json.loads((folder / "trained.json").read_text())
    (written,) = [one for one in trained["jobs"][0]["files"] if one["path"] == "metrics.json"]
    written["content"] = content
    (folder / "trained.json").write_text(json.dumps(trained))
    assert "refused" in concluded(handed_over)
    assert handed_over.endings(handed_over.desk) == ["failed"]


@pytest.mark.parametrize("linked", ["trained.json", "0/comparison.json", "0/files", "claim.json"])
def test_a_handoff_of_links_is_refused(handed_over: Works, linked: str) -> None:
    folder = handed_over.folder / "handoff"
    (folder / linked).rename(handed_over.folder / "elsewhere")
    (folder / linked).symlink_to(handed_over.folder / "elsewhere")
    assert "refused" in concluded(handed_over)


def test_only_the_claim_of_the_first_job_is_believed(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = works.folder / "outputs"
    monkeypatch.setenv("GITHUB_OUTPUT", str(outputs))
    works.data("1\n2\n4\n")
    folder = works.folder / "handoff"
    works.desk.mlgit("retrain", "--local", "--step", "claim", "--folder", str(folder), "--github-output")
    digest = dict(line.split("=") for line in outputs.read_text().splitlines())["digest"]
    works.desk.mlgit("retrain", "--step", "train", "--folder", str(folder))
    claim = (folder / "claim.json").read_text()
    (folder / "claim.json").write_text(claim.replace('"pull_request"', '"commit"'))
    assert "another claim" in concluded(works, "--claim", digest)
    (folder / "claim.json").write_text(claim)
    works.desk.mlgit("retrain", "--local", "--step", "conclude", "--folder", str(folder), "--claim", digest)


def test_a_run_whose_claim_was_taken_over_writes_nothing(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_RUN_ID", "7")
    works.data("7\n")
    for folder in ("first", "second"):
        works.desk.mlgit(
            "retrain", "--local", "--event", "schedule", "--step", "claim", "--folder", f"../{folder}"
        )
    late = works.desk.mlgit("retrain", "--local", "--step", "conclude", "--folder", "../first")
    assert "another run has taken this over" in late.out
    assert works.endings(works.desk) == []
    own = works.desk.mlgit("retrain", "--local", "--step", "conclude", "--folder", "../second", exit_code=1)
    assert "ended without a result" in own.out
    (item,) = (works.desk.folder / ".git/mlgit/forge/items").iterdir()
    assert "the training ended without a result" in json.loads(item.read_text())["body"]
    assert works.endings(works.desk) == ["failed"]
