"""What `init` finds in a repository that it adopts: what mlgit.yaml takes over, what will be green, what mends the rest."""

from __future__ import annotations

import sys

import pytest

from tests.driver import Person

PIPELINE = """\
stages:
  train:
    cmd: python train.py
    deps: [train.py]
    outs: [model.txt]
"""
LOCK = """\
schema: '2.0'
stages:
  train:
    cmd: python train.py
    deps:
    - {path: train.py, hash: md5, md5: a0000000000000000000000000000000, size: 1}
    outs:
    - {path: model.txt, hash: md5, md5: b0000000000000000000000000000000, size: 1}
"""
CML = """\
name: cml
on: push
jobs:
  train:
    runs-on: ubuntu-latest
    steps:
      - run: |
          dvc repro
          cml comment create report.md
"""
THEIRS = {
    ".dvc/config": "",
    "dvc.yaml": PIPELINE,
    "dvc.lock": LOCK,
    "train.py": "print(1)\n",
    "pyproject.toml": '[project]\nname = "churn"\nrequires-python = ">=3.9,<3.11"\ndependencies = ["pandas"]\n',
    "uv.lock": "version = 1\n",
    "tests/test_train.py": "def test_sum():\n    assert 1 + 1 == 2\n",
    ".github/workflows/cml.yaml": CML,
    ".gitignore": "*.json\n/.mlgit/install/\n",
}


@pytest.fixture
def theirs(person: Person) -> Person:
    """A person in a repository of somebody who never heard of mlgit."""
    person.git("init", "--quiet", ".")
    for path, text in THEIRS.items():
        person.write(path, text)
    person.commit("Mine")
    return person


def test_what_the_repository_says_goes_into_mlgit_yaml(theirs: Person) -> None:
    theirs.mlgit("init", "--no-input")
    assert 'ci:\n  python: "3.10"\n  requirements: uv.lock\n' in theirs.read("mlgit.yaml")
    setup = theirs.read(".github/actions/mlgit-setup/action.yml")
    assert "python-version: \"${{ inputs.install == 'alone' && '3.12' || '3.10' }}\"" in setup
    assert 'UV_PYTHON=3.12 uv venv --quiet "$TOOLS"' in setup
    assert 'default: "uv.lock"' in setup
    assert "REQUIREMENTS: ${{ inputs.requirements }}" in setup


def test_init_says_what_will_be_green_and_what_mends_the_rest(theirs: Person) -> None:
    said = theirs.mlgit("init", "--no-input").out
    assert "Python: 3.10, as pyproject.toml says" in said
    assert "packages: uv.lock, which the jobs read as requirements" in said
    assert "tests: mlgit check code runs those in tests\n" in said
    assert "workflows: .github/workflows/cml.yaml calls cml and dvc, as mlgit-ci does now" in said
    assert (
        "green at the first push: nothing yet\nnot green yet: what changed, code, data, model, because\n"
        in said
    )
    red = said.partition("because\n")[2]
    assert "  model: 1 of 1 stage out of date: train\n    mlgit status tells why" in red
    assert "  ignored: Git ignores .mlgit/" in red
    assert "  data: DVC has no default remote" in red
    assert "git add --force .mlgit\n" in said


@pytest.mark.parametrize(
    ("metrics", "said"),
    [
        ('{"epoch": 3, "global_step": 120, "accuracy": 0.9}', "metrics: of each of 1 metric the name says which way is better"),
        ('{"epoch": 3, "kpi": 0.9}', "metrics: nobody knows which way is better: kpi\n"),
    ],
)  # fmt: skip
def test_counters_are_asked_for_no_direction(theirs: Person, metrics: str, said: str) -> None:
    theirs.write("dvc.yaml", PIPELINE + "    metrics: [all.yaml: {cache: false}]\n")
    theirs.write("all.yaml", metrics)
    theirs.commit("Metrics")
    answer = theirs.mlgit("init", "--no-input").out
    assert said in answer
    assert "epoch" not in answer


def test_the_command_that_init_names_brings_what_git_ignores(theirs: Person) -> None:
    theirs.mlgit("init", "--no-input")
    theirs.git("add", "--all")
    assert ".mlgit/install/jobs.txt" not in theirs.git("diff", "--cached", "--name-only")
    theirs.git("add", "--force", ".mlgit")
    staged = theirs.git("diff", "--cached", "--name-only").splitlines()
    assert {".mlgit/install/jobs.txt", ".mlgit/schema/mlgit.schema.json"} <= set(staged)


def test_tests_that_are_not_kept_apart_are_tests_of_the_code(theirs: Person) -> None:
    theirs.mlgit("init", "--no-input")
    assert "passed   code   tests: 1 passed" in theirs.mlgit("check", "code").out
    theirs.write("tests/test_train.py", "def test_sum():\n    assert 1 + 1 == 3\n")
    assert "python -m pytest tests\n" in theirs.mlgit("check", "code", exit_code=1).out
    theirs.write("tests/code/test_more.py", "def test_more():\n    assert True\n")
    assert "tests/code" in theirs.mlgit("check", "code").out


REMOTE = "[core]\n    remote = st\n['remote \"st\"']\n    url = "


@pytest.mark.parametrize(
    ("config", "said", "hint"),
    [
        (REMOTE + "s3://b/x\n", "secrets: the jobs log in with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY", "gh secret set AWS"),
        (REMOTE + "gdrive://1abc\n", "storage: the jobs take dvc-gdrive", "uv add dvc-gdrive"),
        (REMOTE + "remote://b/x\n['remote \"b\"']\n    url = gs://b\n", "storage: Google Cloud Storage: the DVC remote 'st', gs://b/x", ""),
        (REMOTE + "https://dagshub.com/u/r.dvc\n", "storage: DagsHub: the DVC remote 'st'", ""),
        (REMOTE + "https://data.example.org\n    auth = basic\n", "data: mlgit.yaml does not say how CI logs in", "mlgit help remotes"),
        (REMOTE + "../../store\n", "data: the DVC remote 'st' is a folder", "self-hosted"),
        ("['remote \"st\"']\n    url = s3://b/x\n", "data: DVC has no default remote among st", "dvc remote default st"),
        ("[core]\n    remote = st\n", "data: the default remote 'st' has no address in .dvc/config", "dvc remote add --default"),
    ],
)  # fmt: skip
def test_the_way_to_the_data(theirs: Person, config: str, said: str, hint: str) -> None:
    theirs.write(".dvc/config", config)
    answer = theirs.mlgit("init", "--no-input").out
    assert f"  {said}" in answer
    assert hint in answer


def test_dvc_in_another_folder_is_no_reason_for_a_second_one(theirs: Person) -> None:
    (theirs.folder / "ml").mkdir()
    for name in (".dvc", "dvc.yaml", "dvc.lock", "train.py"):
        theirs.git("mv", name, f"ml/{name}")
    theirs.commit("Below ml")
    said = theirs.mlgit("init", "--no-input").out
    assert "  dvc repository: DVC is set up in ml; the jobs call it at the top" in said
    doctor = theirs.mlgit("doctor", exit_code=None).out
    for told in (said, doctor):
        assert "git mv ml/.dvc .dvc" in told
        assert "dvc init" not in told


def test_doctor_says_in_dvcs_words_what_is_wrong_with_its_settings(theirs: Person) -> None:
    theirs.write(".dvc/config", "[core\n")
    said = theirs.mlgit("doctor", exit_code=1).out
    words = theirs.run(sys.executable, "-m", "dvc", "config", "--list", exit_code=None).err
    (error,) = [line for line in words.splitlines() if line.startswith("ERROR: ")]
    assert f"not ok   dvc settings    DVC says: {error.removeprefix('ERROR: ')}\n" in said
    assert "hint: look at .dvc/config, and at .dvc/config.local beside it\n" in said
    assert "dvc init" not in said


def test_names_that_yaml_would_read_as_something_else(theirs: Person) -> None:
    for folder in ("2018", "on", "sp ace"):
        theirs.write(f"{folder}/dvc.yaml", PIPELINE)
    theirs.mlgit("init", "--no-input")
    assert '"2018": {pipeline: "2018"}' in theirs.read("mlgit.yaml")
    assert theirs.mlgit("sync", "--check")


def test_without_a_pipeline_the_command_becomes_a_stage_that_dvc_runs(person: Person) -> None:
    person.git("init", "--quiet", ".")
    person.write("train.py", 'import json\nopen("model.txt", "w").write(open("data.csv").read())\n')
    person.write("data.csv", "a\n")
    person.commit("Mine")
    refused = person.mlgit("init", "--no-input", exit_code=2).err
    assert 'mlgit init --run "python train.py"' in refused
    said = person.mlgit("init", "--no-input", "--run", "python train.py").out
    assert "stage: train in dvc.yaml reads train.py, data.csv; writes model.txt" in said
    assert "model: nobody has run the stage yet" in said
    person.mlgit("train")
    person.commit("Trained")
    assert "1 stage: 1 fresh" in person.mlgit("status").out
    other = person.mlgit("init", "--no-input", "--run", "python train.py --fast", exit_code=2).err
    assert "dvc.yaml is a pipeline already" in other
    longer = ("--run", "python train.py", "--out", "model.txt", "--out", "more.txt")
    assert "dvc.yaml is a pipeline already" in person.mlgit("init", "--no-input", *longer, exit_code=2).err
    before = person.contents()
    again = person.mlgit("init", "--no-input", "--run", "python train.py").out
    assert "nobody has run" not in again
    assert person.contents() == before


def test_a_command_whose_adoption_was_killed_is_adopted_to_the_end(person: Person) -> None:
    person.git("init", "--quiet", ".")
    person.write("train.py", 'open("model.txt", "w").write("1")\n')
    person.commit("Mine")
    person.mlgit("init", "--no-input", "--run", "python train.py")
    whole = person.contents()
    for path in ("mlgit.yaml", ".mlgit/lock.yaml"):
        (person.folder / path).unlink()
    person.mlgit("init", "--no-input", "--run", "python train.py")
    assert person.contents() == whole


def test_outputs_that_no_code_tells_are_named(person: Person) -> None:
    person.git("init", "--quiet", ".")
    person.write("train.py", "import elsewhere\n")
    person.commit("Mine")
    said = person.mlgit("init", "--no-input", "--run", "python train.py", "--out", "model.bin").out
    assert "writes model.bin" in said
    assert '- "model.bin"' in person.read("dvc.yaml")


def test_migrate_shows_a_difference_that_git_applies(theirs: Person) -> None:
    before = theirs.contents()
    answer = theirs.mlgit("migrate")
    assert theirs.contents() == before
    assert "ci: {train: run}" in answer.err
    patch = theirs.write("../migrate.patch", answer.out)
    theirs.git("apply", str(patch))
    assert not (theirs.folder / ".github/workflows/cml.yaml").exists()
    assert "no step of your workflows does what mlgit's do" in theirs.mlgit("migrate").err


def test_tests_of_a_folder_whose_packages_no_job_installs_are_red_before_the_first_push(
    theirs: Person,
) -> None:
    for path in ("uv.lock", "pyproject.toml", "dvc.yaml", "dvc.lock", "train.py"):
        theirs.git("rm", "--quiet", path)
    theirs.write("ml/dvc.yaml", PIPELINE)
    for folder in ("ml", "app"):
        theirs.write(f"{folder}/requirements.txt", "msgspec\n")
        theirs.write(f"{folder}/tests/test_{folder}.py", "def test_sum():\n    assert 1 + 1 == 2\n")
    theirs.commit("An application beside the model")
    said = theirs.mlgit("init", "--no-input").out
    assert "  packages: ml/requirements.txt; not app/requirements.txt\n" in said
    assert (
        "  code: the tests in app run without what app/requirements.txt asks for\n"
        "    for all of them: a file with a line `-r app/requirements.txt` each, named as ci.requirements\n"
        in said
    )
    assert (
        "green at the first push: what changed\n" in said or "green at the first push: nothing yet\n" in said
    )
