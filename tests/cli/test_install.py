"""The jobs install the mlgit that rendered them: `init`, `sync` and `doctor` say which, and keep a wheel where they must."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.driver import Person

WHEEL = ".mlgit/install/mlgit-0.1.0-py3-none-any.whl"


@pytest.fixture
def checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mlgit as it is installed here, in a checkout."""
    monkeypatch.setattr(sys, "path", [path for path in sys.path if Path(path).name != "installed"])


def test_from_a_commit(repository: Person) -> None:
    repository.mlgit("sync")
    setup = repository.read(".github/actions/mlgit-setup/action.yml")
    assert 'MLGIT: "mlgit @ git+https://git.example.org/mlgit.git@' in setup
    assert 'uv pip install --quiet --no-deps --no-build-isolation "$MLGIT"' in setup
    assert "the commit that is installed here" in repository.mlgit("doctor", exit_code=None).out
    assert not (repository.folder / WHEEL).exists()


@pytest.mark.usefixtures("checkout")
def test_from_a_checkout_a_wheel_is_kept_that_is_the_same_again(repository: Person, tmp_path: Path) -> None:
    repository.mlgit("sync")
    content = (repository.folder / WHEEL).read_bytes()
    assert WHEEL in repository.read(".mlgit/install/mlgit.txt")
    assert WHEEL in repository.read(".mlgit/lock.yaml")
    before = repository.contents()
    repository.mlgit("sync")
    repository.mlgit("sync", "--check")
    assert repository.contents() == before
    assert not any(path.startswith(".mlgit/base/.mlgit/install/") for path in before)
    with zipfile.ZipFile(repository.folder / WHEEL) as wheel:
        wheel.extractall(tmp_path / "installed-elsewhere")
    script = "import sys, mlgit.render.wheel as w; sys.stdout.buffer.write(w.installed_wheel())"
    elsewhere = {"PYTHONPATH": str(tmp_path / "installed-elsewhere"), "PATH": ""}
    made = subprocess.run((sys.executable, "-c", script), env=elsewhere, capture_output=True, check=True)
    assert made.stdout == content


@pytest.mark.usefixtures("checkout")
def test_what_the_jobs_install_cannot_be_exchanged(repository: Person) -> None:
    repository.mlgit("sync")
    good = (repository.folder / WHEEL).read_bytes()
    (repository.folder / WHEEL).write_bytes(good[:-1] + b"x")
    requirements = repository.read(".mlgit/install/jobs.txt")
    repository.write(".mlgit/install/jobs.txt", requirements.replace("sha256:", "sha256:0", 1))
    said = repository.mlgit("sync", "--check", exit_code=1).out
    assert f"{WHEEL}" in said
    assert ".mlgit/install/jobs.txt" in said
    assert "edited by hand" in said
    repository.mlgit("sync", "--restore", WHEEL, "--restore", ".mlgit/install/jobs.txt")
    assert (repository.folder / WHEEL).read_bytes() == good
    assert repository.read(".mlgit/install/jobs.txt") == requirements
    repository.mlgit("sync", "--check")


@pytest.mark.usefixtures("checkout")
def test_a_wheel_that_git_ignores_is_told(repository: Person) -> None:
    repository.write(".gitignore", "*.whl\n")
    repository.mlgit("sync")
    said = repository.mlgit("doctor", exit_code=1).out
    assert "ignored by Git" in said
    assert "git add --force .mlgit/install/" in said


@pytest.mark.usefixtures("checkout")
def test_ci_install_takes_the_wheel_away(repository: Person) -> None:
    repository.mlgit("sync")
    repository.write(
        "mlgit.yaml", 'version: 1\nci: {install: "mlgit[all] @ git+https://example.org/m.git@v1"}\n'
    )
    repository.mlgit("sync")
    assert not (repository.folder / WHEEL).exists()
    assert "as ci.install in mlgit.yaml says" in repository.mlgit("doctor", exit_code=None).out


@pytest.mark.slow
def test_init_says_what_the_jobs_install(person: Person) -> None:
    assert "CI: the jobs install mlgit @ git+" in person.mlgit("init", "churn", "--no-input").out


PIPELINE = "stages: {train: {cmd: python train.py, deps: [train.py], outs: [model.txt]}}\n"


def adopted(person: Person, remote: str, branch: str) -> str:
    person.git("init", "--quiet", f"--initial-branch={branch}", ".")
    person.write(".dvc/config", f"[core]\n    remote = store\n['remote \"store\"']\n    url = {remote}\n")
    person.write("requirements.txt", "msgspec\n")
    person.write("train.py", "")
    person.write("dvc.yaml", PIPELINE)
    person.commit("Mine")
    return person.mlgit("init", "--no-input").out


def test_adoption_takes_the_branch_the_requirements_and_the_way_to_the_data(person: Person) -> None:
    adopted(person, "s3://bucket/data", "master")
    settings = person.read("mlgit.yaml")
    assert 'ci:\n  branch: "master"\n  requirements: requirements.txt\n' in settings
    assert "remote:\n  kind: s3\n" in settings
    assert 'branches: ["master"]' in person.read(".github/workflows/mlgit-ci.yml")
    assert "secrets.AWS_SECRET_ACCESS_KEY" in person.read(".github/workflows/mlgit-ci.yml")


@pytest.mark.parametrize(
    ("remote", "said"),
    [
        ("../../storage", "is a folder, ../../storage, which CI can never reach"),
        ("/mnt/storage", "is a folder, /mnt/storage, which CI can never reach"),
        ("ssh://host/data", "does not say how CI logs in at the DVC remote 'store', ssh://host/data"),
        ("https://example.org/data", ""),
    ],
)
def test_a_remote_that_ci_cannot_reach_is_named_with_the_ways_out(
    person: Person, remote: str, said: str
) -> None:
    told = adopted(person, remote, "main")
    doctor = person.mlgit("doctor", exit_code=1 if said else 0).out
    assert said in told
    assert said in doctor
    if "folder" in said:
        for way in ("dvc remote add", "runners: {default: [self-hosted]}"):
            assert way in told
            assert way in doctor
        person.write("mlgit.yaml", person.read("mlgit.yaml") + "runners: {default: [self-hosted]}\n")
        person.mlgit("sync")
        person.mlgit("doctor")


@pytest.mark.slow
def test_init_with_a_remote_says_how_ci_logs_in(person: Person) -> None:
    told = person.mlgit("init", "churn", "--no-input", "--remote", "gs://bucket/data").out
    assert "put the secrets that it names into GitHub" in told
    churn = person.into("churn")
    assert "remote:\n  kind: gs\n" in churn.read("mlgit.yaml")
    assert "CREDENTIALS_JSON" in churn.read(".github/workflows/mlgit-ci.yml")


@pytest.mark.parametrize("subject", ["data", "model"])
def test_data_that_could_not_be_fetched_are_a_failed_check(
    person: Person, subject: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    adopted(person, "../../storage", "main")
    monkeypatch.setenv("MLGIT_DATA", "failed")
    said = person.mlgit("check", subject, exit_code=1).out
    assert "which CI can never reach" in said
    assert "not verified: no access to the data" in said
