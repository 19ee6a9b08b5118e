"""What GitHub's schema, actionlint with ShellCheck, act and zizmor's auditor say: nothing.

The exceptions stand in the rendered files, each with its reason: `self-repository` (act 0.2.89 cannot read `$/`),
`dangerous-triggers` (the privileged half is what `workflow_run` is for), `self-hosted-runner` (only where mlgit.yaml
asks for one).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflows.combinations import combinations, few, rendered
from tests.workflows.reading import CD, CI, COMMENT, CT, DATA, DEPENDABOT, SETUP

BESIDE = Path(sys.executable).parent
EXCEPTIONS = {"self-repository", "dangerous-triggers", "self-hosted-runner"}


def program(name: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": f"{BESIDE}{os.pathsep}{os.environ['PATH']}",
        "HOME": os.environ["HOME"],
        "NO_COLOR": "1",
    }
    return subprocess.run(
        (name, *arguments), cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def written(folder: Path, names: tuple[str, ...]) -> list[Path]:
    roots = []
    for number, name in enumerate(names):
        roots.append(folder / str(number))
        for path, text in rendered(name).items():
            place = roots[-1] / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
    return roots


def audit(folder: Path, names: tuple[str, ...]) -> None:
    roots = written(folder, names)
    done = program(
        "zizmor", "--no-progress", "--offline", "--persona", "auditor", "--format", "json",
        *(str(root / ".github") for root in roots), folder=folder,
    )  # fmt: skip
    assert json.loads(done.stdout) == [], done.stderr
    assert done.returncode == 0, done.stderr


def schemas(folder: Path, names: tuple[str, ...]) -> None:
    roots = written(folder, names)
    for schema, paths in (
        ("github-workflows", (CI, COMMENT, CT, DATA, CD)),
        ("github-actions", (SETUP,)),
        ("dependabot", (DEPENDABOT,)),
    ):
        files = [str(root / path) for root in roots for path in paths if (root / path).is_file()]
        done = program("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *files, folder=folder)
        assert done.returncode == 0, done.stdout


def actionlint(folder: Path, names: tuple[str, ...]) -> None:
    """Each combination is a repository of its own; labels of runners of one's own stand in actionlint's file."""
    for root in written(folder, names):
        program("git", "init", "--quiet", ".", folder=root)
        (root / ".github" / "actionlint.yaml").write_text("self-hosted-runner: {labels: [a100, big, gpu]}\n")
        done = program("actionlint", "-oneline", "-pyflakes=", folder=root)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
    spoilt = root / CI
    whole = spoilt.read_text()
    for before, after, rule in (
        ("runs-on:", "runs-at:", "syntax-check"),
        (": |\n", ": |\n          ls $X\n", "SC2086"),
    ):
        spoilt.write_text(whole.replace(before, after, 1))
        done = program("actionlint", "-oneline", "-pyflakes=", folder=root)
        assert done.returncode == 1
        assert rule in done.stdout


def act(folder: Path, names: tuple[str, ...]) -> None:
    together = folder / ".github" / "workflows"
    for number, name in enumerate(names):
        for path in sorted(rendered(name).keys() & {CI, COMMENT, CT, DATA, CD}):
            place = together / str(number) / Path(path).name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(rendered(name)[path])
    program("git", "init", "--quiet", ".", folder=folder)
    done = program("act", "--validate", "--strict", "-W", str(together), folder=folder)
    assert done.returncode == 0, done.stderr
    spoilt = together / "0" / "mlgit-ci.yml"
    spoilt.write_text(spoilt.read_text().replace("runs-on:", "runs-at:", 1))
    assert program("act", "--validate", "--strict", "-W", str(together), folder=folder).returncode != 0


@pytest.mark.parametrize("check", [audit, schemas, actionlint, act])
def test_a_set_with_every_option_is_clean(check: object, tmp_path: Path) -> None:
    check(tmp_path, few())  # type: ignore[operator]


@pytest.mark.slow
@pytest.mark.parametrize("check", [audit, schemas, actionlint, act])
@pytest.mark.parametrize("part", range(4))
def test_every_combination_is_clean(check: object, part: int, tmp_path: Path) -> None:
    check(tmp_path, tuple(name for name, _ in combinations())[part::4])  # type: ignore[operator]


@pytest.mark.parametrize("name", few())
def test_every_exception_has_a_reason(name: str) -> None:
    for text in rendered(name).values():
        for line in text.splitlines():
            if "zizmor:" in line:
                found = re.search(r"# zizmor: ignore\[([a-z-]+)\] \S+(?: \S+)+$", line)
                assert found, line
                assert found[1] in EXCEPTIONS


@pytest.mark.parametrize("name", few())
def test_every_script_is_bash(name: str, tmp_path: Path) -> None:
    from tests.workflows.reading import Rendered

    for step in Rendered(rendered(name)).steps:
        if step.run:
            done = program("bash", "-n", "-c", step.run, folder=tmp_path)
            assert done.returncode == 0, f"{step.place}: {done.stderr}"
