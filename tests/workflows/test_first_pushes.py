"""The first push of adopted repositories, one of each kind: packages really installed by uv, data from a remote that is there.

Green, or red in the jobs that the page of `init` had named, with its reason.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import which
from threading import Thread

import pytest
from msgspec import Struct

from tests.driver import Person
from tests.workflows.small import results, run
from tests.workflows.stage import BUCKET
from tests.workflows.test_install import adoptable

pytestmark = pytest.mark.slow

PROJECT = (
    '[project]\nname = "churn"\nversion = "0.1"\nrequires-python = ">=3.10"\ndependencies = ["msgspec"]\n'
)
POETRY = '[tool.poetry]\nname = "churn"\nversion = "0.1"\n[tool.poetry.dependencies]\npython = "^3.10"\nmsgspec = ">=0.18"\n'
POETRY_LOCK = (
    '[[package]]\nname = "six"\nversion = "1.16.0"\noptional = false\npython-versions = "*"\nfiles = []\n'
)
CONDA = "name: churn\nchannels: [conda-forge]\ndependencies:\n  - python=3.11\n  - six=1.16\n  - cudatoolkit=11\n  - pip:\n    - msgspec\n"
CML = "on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: dvc repro}, {run: cml comment create report.md}]}}\n"
DEPENDABOT = "version: 2\nupdates: [{package-ecosystem: pip, directory: /, schedule: {interval: weekly}}]\n"
IMPORTS = "from importlib.metadata import version\n\ndef test_theirs():\n    assert version('{package}')\n"
GREEN: frozenset[str] = frozenset()
NO_DATA = frozenset({"data", "model"})


class Kind(Struct, frozen=True):
    """What a repository holds, which package its tests need, which jobs init says are red, what it has to say before."""

    files: dict[str, str | None] = {}
    package: str = "msgspec"
    red: frozenset[str] = GREEN
    said: str = ""
    branch: str = "main"
    remote: str = "folder"
    secrets: tuple[str, ...] = ()
    """What the push is given after `init` had asked for it."""


ALONE: dict[str, str | None] = {"requirements.txt": None}
KINDS = {
    "requirements": Kind(),
    "requirements elsewhere": Kind({**ALONE, "requirements/train.txt": "msgspec\n"}),
    "pins that contradict": Kind({"requirements.txt": "packaging==21.3\nclick==7.1.2\n"}, package="click"),
    "pyproject": Kind({**ALONE, "pyproject.toml": PROJECT}),
    "extras": Kind(
        {**ALONE, "pyproject.toml": PROJECT + '[project.optional-dependencies]\ntrain = ["six"]\n'}, "six"
    ),
    "groups": Kind({**ALONE, "pyproject.toml": '[dependency-groups]\ntrain = ["six"]\n'}, "six"),
    "poetry without a lock": Kind({**ALONE, "pyproject.toml": POETRY}),
    "poetry": Kind({**ALONE, "pyproject.toml": POETRY, "poetry.lock": POETRY_LOCK}, "six"),
    "uv": Kind({**ALONE, "pyproject.toml": PROJECT, "uv.lock": ""}),
    "pipenv": Kind({**ALONE, "Pipfile.lock": '{"default": {"six": {"version": "==1.16.0"}}}'}, "six"),
    "the subset of Conda": Kind(
        {**ALONE, "environment.yml": CONDA}, "six", said="only Conda has cudatoolkit"
    ),
    "setuptools": Kind(
        {**ALONE, "setup.py": "from setuptools import setup\nsetup(name='c', install_requires=['six'])\n"},
        "six",
    ),
    "master": Kind(branch="master"),
    "own dependabot": Kind(
        {".github/dependabot.yml": DEPENDABOT}, said="left .github/dependabot.yml as it is"
    ),
    "CML": Kind({".github/workflows/cml.yaml": CML}, said="cml.yaml calls cml and dvc"),
    "tests elsewhere": Kind({"churn/checks/test_more.py": "def test_more():\n    assert True\n"}),
    "http": Kind(remote="http", said="storage: HTTP"),
    "Git LFS": Kind(remote="lfs", said="Git LFS: the checkouts of the jobs bring what it keeps, 2 files"),
    "S3 with its secrets": Kind(
        remote="s3 here",
        red=NO_DATA,
        said="gh secret set AWS_ACCESS_KEY_ID --env storage",
        secrets=("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    ),
    "S3": Kind(remote="s3", red=NO_DATA, said="secrets: the jobs log in with AWS_ACCESS_KEY_ID"),
    "no remote": Kind(remote="none", red=NO_DATA, said="data: DVC has no default remote"),
    "two roots": Kind(remote="two", red=NO_DATA, said="dvc repository: DVC is set up in a, b"),
}


@pytest.fixture(autouse=True)
def checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mlgit as it is installed here: the jobs install a wheel of it."""
    monkeypatch.setattr(sys, "path", [path for path in sys.path if Path(path).name != "installed"])


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address of an HTTP server over the folder that is the remote."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "store")))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("name", KINDS)
def test_a_first_push_is_green_or_red_as_init_had_said(
    name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    kind = KINDS[name]
    fixture = {"http": "served", "s3 here": "storage"}.get(kind.remote)
    person = adoptable(tmp_path, "msgspec\n")
    person.write("tests/code/test_theirs.py", IMPORTS.format(package=kind.package))
    person.dvc("repro", "--quiet")
    person.dvc("push", "--quiet")
    store(person, kind.remote, request.getfixturevalue(fixture) if fixture else "")
    for path, text in kind.files.items():
        if text is None:
            (person.folder / path).unlink(missing_ok=True)
        else:
            person.write(path, text)
    if "uv.lock" in kind.files:
        (person.folder / "uv.lock").unlink()
        person.run(str(Path(sys.executable).parent / "uv"), "lock", "--quiet")
    person.git("branch", "--move", "main", kind.branch)
    person.commit("What stands there")
    said = person.mlgit("init", "--no-input").out
    assert kind.said in said
    promised = said.partition("not green yet: ")[2].partition(", because")[0]
    folder_alone = kind.remote in ("folder", "lfs") and "is a folder" in said
    assert folder_alone or set(promised.split(", ")) - {""} == set(kind.red)
    person.git("add", "--all")
    person.git("commit", "--quiet", "--amend", "--no-edit")
    # What this machine's cache holds would count as pushed: only the remote itself is left.
    for cache in person.folder.rglob(".dvc/cache"):
        person.run("rm", "-rf", str(cache))
    given = [word for secret in kind.secrets for word in ("--secret", secret)]
    expected = GREEN if kind.secrets else kind.red
    outcome = run(person, "push", "--install", *given, exit_code=1 if expected else 0)
    found = results(outcome)
    red = {one for one, result in found.items() if result == "failure"}
    assert red == (expected | {"required"} if expected else set()), found
    assert found["code"] == "success"
    if kind.remote == "lfs":
        assert "stays a pointer" not in str(outcome)


ROOT = (".dvc", ".dvcignore", "dvc.yaml", "dvc.lock", "data", "train.py", "params.yaml", "metrics.json")
"""What makes the top of a repository one of DVC."""
CONFIG = "[core]\n    remote = store\n['remote \"store\"']\n    url = {url}\n"


def store(person: Person, remote: str, address: str) -> None:
    """Give the repository a default remote of this kind; `folder` is what stands there, which act reaches here.

    `address` is that of the server for what needs one.
    """
    url = {"http": address, "s3": "s3://bucket/churn", "s3 here": f"s3://{BUCKET}/churn"}.get(remote)
    if remote == "lfs":
        keep_in_lfs(person)
    if remote == "two":
        for folder in ("a", "b"):
            for name in ROOT:
                person.run(
                    "cp", "-r", "--parents", name, person.write(f"{folder}/.keep", "").parent.as_posix()
                )
        person.run("rm", "-r", *ROOT)
        person.write(".gitignore", "__pycache__/\nmodel.txt\n")
    if remote == "none":
        person.write(".dvc/config", "")
    elif url:
        endpoint = f"    endpointurl = {address}\n" if remote == "s3 here" else ""
        person.write(".dvc/config", CONFIG.format(url=url) + endpoint)
    if remote == "s3 here":
        person.dvc("push", "--quiet")


def keep_in_lfs(person: Person) -> None:
    """Give the table and the metrics to Git LFS, as somebody does who has it."""
    if which("git-lfs") is None:
        pytest.skip("there is no git-lfs")
    person.git("lfs", "install", "--local")
    person.git("lfs", "track", "*.csv", "metrics.json")
    person.git("rm", "--quiet", "data/table.csv.dvc", "data/.gitignore")
    person.git("add", "--all")
    person.git("add", "--renormalize", ".")
