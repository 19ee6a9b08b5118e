"""What is left of somebody's workflows without what mlgit's do."""

from __future__ import annotations

import pytest

from mlgit import yamlfile
from mlgit.adoption.migration import migration, without
from tests.unit.adoption.files import standing

PATH = ".github/workflows/cml.yaml"
HEAD = "name: cml\non: [push]\njobs:\n"
CML = """\
  train:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: iterative/setup-cml@v2
      - name: Train
        env:
          TOKEN: x
        run: |
          pip install -r requirements.txt
      - name: Report
        run: |
          # a comment
          dvc pull data --run-cache && dvc repro
          git fetch origin main
          echo "## Metrics" >> report.md
          dvc metrics diff main --show-md \\
            >> report.md
          cml comment create report.md
"""
LINT = """\
  lint:
    runs-on: ubuntu-latest
    steps:
    - uses: actions/checkout@v4
    - run: ruff check .
    - run: dvc metrics diff main >> $GITHUB_STEP_SUMMARY

    # afterwards
    - run: ./upload.sh
"""


def test_nothing_is_left_of_a_workflow_that_does_nothing_else() -> None:
    found = migration(standing({PATH: HEAD + CML}))
    text = found.differences[PATH]
    assert text.startswith(
        f"diff --git a/{PATH} b/{PATH}\ndeleted file mode 100644\n--- a/{PATH}\n+++ /dev/null\n"
    )
    assert found.trains


def test_steps_and_jobs_that_do_something_else_stay() -> None:
    rest = without(HEAD + CML + LINT, PATH)
    assert list(yamlfile.read(rest, PATH).value["jobs"]) == ["lint"]
    assert rest == HEAD + LINT.replace("    - run: dvc metrics diff main >> $GITHUB_STEP_SUMMARY\n\n", "")


@pytest.mark.parametrize("needs", ["train", "[train]"])
def test_a_job_that_another_one_waits_for_stays(needs: str) -> None:
    text = HEAD + CML + LINT.replace("    steps:", f"    needs: {needs}\n    steps:")
    assert list(yamlfile.read(without(text, PATH), PATH).value["jobs"]) == ["train", "lint"]


@pytest.mark.parametrize(
    "step",
    ["make train", "python train.py", "dvc pull; ./deploy.sh", "dvc push && ./deploy.sh", "dvc add data"],
)
def test_what_mlgit_does_not_do_is_left_alone(step: str) -> None:
    text = f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: {step}\n"
    assert without(text, PATH) == text


def test_a_workflow_that_cannot_be_read_is_named() -> None:
    found = migration(standing({PATH: "on: [", ".github/workflows/mlgit-ci.yml": CML}))
    assert (list(found.broken), found.differences) == ([PATH], {})


def test_what_a_step_that_stays_needs_is_not_taken_out() -> None:
    steps = "      - uses: iterative/setup-cml@v2\n      - run: dvc pull && dvc repro\n      - run: cml comment create report.md\n"
    head = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n"
    deploys = head + steps + "      - run: ./deploy.sh model.pkl\n"
    rest = without(deploys, PATH)
    assert rest == head + "      - run: dvc pull && dvc repro\n      - run: ./deploy.sh model.pkl\n"
    still = deploys + "      - run: cml ci\n"
    assert without(still, PATH) == still.replace("      - run: cml comment create report.md\n", "")
    assert without(head + steps, PATH) == ""
