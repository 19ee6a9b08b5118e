"""A project at a revision: read lazily, once, and in few git processes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import pytest

from mlgit.config import reader
from mlgit.errors import UsageError
from mlgit.git.repository import Repository
from mlgit.git.snapshot import pair
from mlgit.project.project import Project
from mlgit.world.context import SilentConsole, real_context
from tests.cli.compare_repository import Sandbox
from tests.counted import Counted

CONFIGURATION = """\
version: 1
models:
  price: {pipeline: ., predictions: predictions.csv}
  deep: {pipeline: models/deep}
  wide: {pipeline: models/deep}
"""
FILES = {
    "mlgit.yaml": CONFIGURATION,
    "params.yaml": "rate: 1\n",
    "train.py": "pass\n",
    "predictions.csv": "id,prediction\n1,2\n",
    "dvc.yaml": "stages:\n  train:\n    cmd: python train.py\n    deps: [train.py, models/deep/out.json]\n    params: [rate]\n",
    "models/deep/dvc.yaml": "stages:\n  make:\n    cmd: make\n    outs: [out.json]\n",
    "data.csv.dvc": "outs:\n- md5: d41d8cd98f00b204e9800998ecf8427e\n  hash: md5\n  size: 0\n  path: data.csv\n",
}


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path / "repository").with_dvc()


@pytest.fixture
def counted() -> Counted:
    return Counted()


@pytest.fixture
def project(sandbox: Sandbox, counted: Counted) -> Project:
    context = msgspec.structs.replace(real_context(SilentConsole()), processes=counted)
    return Project(Repository(context, sandbox.root))


def test_the_configuration_of_a_commit_takes_three_processes_and_is_read_once(
    sandbox: Sandbox, project: Project, counted: Counted
) -> None:
    sandbox.write(FILES).commit()
    assert list(project.at("HEAD").configuration.models) == ["price", "deep", "wide"]
    assert counted.verbs == ["rev-parse", "ls-tree", "cat-file"]
    assert project.at("HEAD") is project.at("HEAD")
    assert project.at("HEAD").configuration_or_default is project.at("HEAD").configuration
    assert len(counted.started) == 3


def test_a_broken_configuration_is_read_once(
    sandbox: Sandbox, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.write({"mlgit.yaml": "version: 1\nmodel: {}\n"})
    revision, asked = project.at(), []
    read = reader.read
    monkeypatch.setattr(reader, "read", lambda content: asked.append(content) or read(content))
    for _ in range(3):
        with pytest.raises(UsageError, match="model"):
            _ = revision.configuration_or_none
    assert len(asked) == 1


def test_the_configuration_of_the_working_tree_starts_no_process(
    sandbox: Sandbox, project: Project, counted: Counted
) -> None:
    sandbox.write(FILES)
    assert project.at().configuration.models["price"].pipeline == "."
    assert counted.started == []


def test_a_missing_configuration_is_told_apart_from_the_defaults(sandbox: Sandbox, project: Project) -> None:
    sandbox.write({"a": "1"}).commit()
    for revision, place in ((None, "in repository"), ("HEAD", "in HEAD")):
        found = project.at(revision)
        assert found.configuration_or_none is None
        assert found.configuration_or_default.models == {}
        with pytest.raises(UsageError, match=f"there is no mlgit.yaml {place}") as caught:
            _ = found.configuration
        assert caught.value.code == "config-missing"


@pytest.mark.parametrize(
    "read", ["configuration", "configuration_or_default", "configuration_or_none"], ids=str
)
def test_a_broken_configuration_is_never_a_default(sandbox: Sandbox, project: Project, read: str) -> None:
    sandbox.write({"mlgit.yaml": "version: 1\nmodel: {}\n"}).commit()
    with pytest.raises(UsageError, match="unknown key"):
        getattr(project.at("HEAD"), read)


def test_pipelines_and_stages_of_a_commit_are_read_in_rounds(
    sandbox: Sandbox, project: Project, counted: Counted
) -> None:
    sandbox.write(FILES).commit()
    found = project.at("HEAD")
    assert found.pipeline_folders == ("", "models/deep")
    assert [state.folder for state in found.pipelines] == ["", "models/deep"]
    assert found.models_by_pipeline == {"": ("price",), "models/deep": ("deep", "wide")}
    assert found.relations.with_sources("") == {"", "models/deep"}
    assert [(one.address, one.state) for one in found.stages] == [
        ("train", "stale"),
        ("models/deep/dvc.yaml:make", "stale"),
    ]
    assert [file.path for file in found.pointers] == ["data.csv.dvc"]
    assert (found.data, found.errors) == ((), ())
    # The commit, its tree, and a round of blobs each for mlgit.yaml, pipelines with params.yaml, pointers, what stages read.
    assert Counter(counted.verbs) == {"rev-parse": 1, "ls-tree": 1, "cat-file": 4}


def test_revisions_share_what_they_read(sandbox: Sandbox, project: Project, counted: Counted) -> None:
    sandbox.write(FILES).commit()
    sandbox.write({"train.py": "other\n"}).commit()
    both = pair(project.repository, "HEAD~1", "HEAD")
    assert project.of(both.base).pipelines == project.of(both.head).pipelines
    counted.started.clear()
    assert project.of(both.head).pipelines
    assert counted.started == []


def test_the_data_and_the_stages_of_the_working_tree(sandbox: Sandbox, project: Project) -> None:
    sandbox.write(FILES).commit()
    assert [(one.path, one.state, one.hint) for one in project.at().data] == [
        ("data.csv", "missing", "dvc pull data.csv.dvc")
    ]
    sandbox.write({"data.csv": "", "dvc.yaml": "stages: 3\n"})
    fresh = Project(project.repository).at()
    assert [one.state for one in fresh.data] == ["same"]
    assert [one.file for one in fresh.errors] == ["dvc.yaml"]


def test_the_digest_of_a_large_file_is_remembered(
    sandbox: Sandbox, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlgit.dvc.disk_evidence.LARGE", 0)
    # No size is recorded, so the content has to tell.
    pointer = FILES["data.csv.dvc"].replace("  size: 0\n", "")
    sandbox.write({**FILES, "data.csv.dvc": pointer, "data.csv": ""}).commit()
    assert [one.state for one in project.at().data] == ["same"]
    monkeypatch.setattr(
        "mlgit.dvc.disk_evidence.file_digest", lambda *_, **__: pytest.fail("it was hashed again")
    )
    assert [one.state for one in Project(project.repository).at().data] == ["same"]


def test_metrics_and_records(sandbox: Sandbox, project: Project) -> None:
    record = ".mlgit/runs/models/deep/20260105T120000Z-0123456789ab.json"
    sandbox.write({**FILES, record: "{}", "metrics.json": '{"loss": 0.5}'}).commit()
    found = project.at("HEAD")
    assert list(found.measured("", ("metrics.json",)).metrics) == ["metrics.json"]
    assert found.records == {"models/deep": [record]}


def test_the_nearest_project_needs_no_git(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    context = real_context(SilentConsole()).at(tmp_path / "inside")
    with pytest.raises(UsageError, match="here or in a folder above"):
        Project.nearest(context)
    (tmp_path / "mlgit.yaml").write_text("version: 1\n")
    assert Project.nearest(context).root == tmp_path


def test_a_revision_that_names_no_commit(sandbox: Sandbox, project: Project) -> None:
    with pytest.raises(UsageError) as caught:
        project.at("HEAD")
    assert caught.value.code == "no-commit"
    sandbox.write(FILES).commit()
    with pytest.raises(UsageError) as caught:
        project.at("nowhere")
    assert caught.value.code == "revision-unknown"
