"""This repository's own CI, release and rules: pinned, with few rights, and the same sessions that a contributor runs."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from mlgit import yamlfile

ROOT = Path(__file__).resolve().parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = (ROOT / "requirements-dev.txt").read_text()
SCHEMAS = {
    "github-workflows": "workflows/*.yml",
    "dependabot": "dependabot.yml",
    "github-issue-forms": "ISSUE_TEMPLATE/[!c]*.yml",
    "github-issue-config": "ISSUE_TEMPLATE/config.yml",
}


def program(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of the development tools in the repository."""
    return subprocess.run(
        (str(Path(sys.executable).parent / name), *arguments),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def workflow(name: str) -> dict[str, Any]:
    """Return the values of one workflow; `on` is not the word for true here."""
    value = yamlfile.read((GITHUB / "workflows" / name).read_text(), name).value
    assert isinstance(value, dict)
    return value


def jobs() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{path.name} {name}", job)
        for path in WORKFLOWS
        for name, job in workflow(path.name)["jobs"].items()
    ]


def classifiers() -> list[str]:
    found = [text.rpartition(" :: ")[2] for text in PROJECT["project"]["classifiers"]]
    return [text for text in found if re.fullmatch(r"3\.\d+", text)]


def nox_options() -> list[str]:
    """Return the default sessions of the noxfile."""
    for node in ast.walk(ast.parse((ROOT / "noxfile.py").read_text())):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "nox.options.sessions":
            return list(ast.literal_eval(node.value))
    raise AssertionError("the noxfile names no default sessions")


def test_the_auditor_finds_nothing() -> None:
    done = program(
        "zizmor", "--no-progress", "--offline", "--persona", "auditor", "--format", "json", str(GITHUB)
    )
    assert json.loads(done.stdout) == [], done.stderr
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_file_has_the_form_that_github_reads(schema: str) -> None:
    files = [str(path) for path in GITHUB.glob(SCHEMAS[schema])]
    assert files
    done = program("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *files)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_to_a_commit_with_its_version_beside_it(path: Path) -> None:
    lines = [line.strip() for line in path.read_text().splitlines() if "uses:" in line]
    assert lines
    for line in lines:
        assert re.fullmatch(r"(- )?uses: [\w-]+/[\w/.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_rights_are_given_to_a_job_and_never_to_a_workflow(path: Path) -> None:
    assert workflow(path.name)["permissions"] == {}


@pytest.mark.parametrize(("name", "job"), jobs(), ids=[name for name, _ in jobs()])
def test_a_job_has_a_time_limit_and_leaves_no_token_behind(name: str, job: dict[str, Any]) -> None:
    assert job["timeout-minutes"] <= 300
    for step in job["steps"]:
        if str(step.get("uses", "")).startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_ci_may_read_and_nothing_else() -> None:
    for job in workflow("ci.yml")["jobs"].values():
        assert job["permissions"] in ({}, {"contents": "read"})


def test_each_job_of_a_release_has_the_rights_of_its_own_step() -> None:
    found = {name: job["permissions"] for name, job in workflow("release.yml")["jobs"].items()}
    assert found == {
        "build": {"contents": "read"},
        "attest": {"id-token": "write", "attestations": "write"},
        "publish": {"id-token": "write"},
        "announce": {"contents": "write"},
    }


def test_only_the_job_without_rights_runs_code_of_the_repository() -> None:
    for name, job in workflow("release.yml")["jobs"].items():
        uses = [str(step.get("uses", "")) for step in job["steps"]]
        assert any(action.startswith("actions/checkout@") for action in uses) == (name == "build")


def test_ci_runs_every_session_that_nox_runs() -> None:
    sessions = workflow("ci.yml")["jobs"]["session"]["strategy"]["matrix"]["session"]
    assert set(nox_options()) <= set(sessions)


def test_ci_runs_the_tests_on_every_python_that_the_package_names() -> None:
    described = workflow("ci.yml")["jobs"]
    first = [
        step["with"]["python-version"]
        for step in described["session"]["steps"]
        if "setup-uv" in str(step.get("uses"))
    ]
    found = [*first, *described["python"]["strategy"]["matrix"]["python"]]
    assert found == classifiers()
    assert f"python=[{', '.join(json.dumps(one) for one in found)}]" in (ROOT / "noxfile.py").read_text()
    assert PROJECT["project"]["requires-python"] == f">={found[0]}"


def test_the_required_job_waits_for_all_others() -> None:
    described = workflow("ci.yml")["jobs"]
    needs = described["required"]["needs"]
    assert set(needs) == set(described) - {"required", "long"}
    script = described["required"]["steps"][0]
    assert set(script["env"].values()) == {f"${{{{ needs.{name}.result }}}}" for name in needs}
    assert all(f'test "${name}" = success' in script["run"] for name in script["env"])


def requirements() -> list[Requirement]:
    """Return what pyproject asks for, mlgit's own extras left out."""
    project = PROJECT["project"]
    texts = [
        *project["dependencies"],
        *(one for extra in project["optional-dependencies"].values() for one in extra),
    ]
    texts += [one for group in PROJECT["dependency-groups"].values() for one in group]
    texts += PROJECT["build-system"]["requires"]
    return [one for one in map(Requirement, texts) if one.name != "mlgit"]


def test_the_lock_pins_what_pyproject_asks_for() -> None:
    pinned: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)", LOCK, re.M):
        pinned.setdefault(canonicalize_name(name), []).append(version)
    for requirement in requirements():
        versions = pinned.get(canonicalize_name(requirement.name), [])
        assert versions, f"nox -s lock: {requirement} is missing"
        assert all(requirement.specifier.contains(version, prereleases=True) for version in versions), (
            requirement
        )


def test_every_pin_has_digests_and_the_lock_names_no_host() -> None:
    assert "://" not in LOCK
    for entry in re.split(r"\n(?=[A-Za-z0-9])", LOCK.strip()):
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry


def test_hooks_are_our_own_tools() -> None:
    hooks = yamlfile.read((ROOT / ".pre-commit-config.yaml").read_text(), ".pre-commit-config.yaml").value
    assert isinstance(hooks, dict)
    assert [one["repo"] for one in hooks["repos"]] == ["local"]
    assert all(hook["language"] == "system" for hook in hooks["repos"][0]["hooks"])


def test_coverage_has_a_floor() -> None:
    assert PROJECT["tool"]["coverage"]["report"]["fail_under"] >= 70
    assert PROJECT["tool"]["coverage"]["run"]["patch"] == ["${COVERAGE_PATCH-subprocess}"]
