"""The door itself: help, versions, misspelt verbs, and what may be imported on the way."""

from __future__ import annotations

import ast
import json
import subprocess
import sys

import pytest

from mlgit import __version__
from mlgit.cli.main import VERBS, verb_module
from tests.driver import Person

HEAVY = {
    "dvc", "duckdb", "numpy", "pandas", "sklearn", "jinja2", "yaml", "msgspec", "rich", "urllib3", "git", "onnx",
    "subprocess", "asyncio", "dataclasses", "inspect", "typing_extensions", "pathlib", "json", "importlib.metadata",
}  # fmt: skip


def test_help_lists_every_verb_and_the_exit_codes(person: Person) -> None:
    for arguments in ((), ("--help",)):
        answer = person.mlgit(*arguments)
        assert all(f"\n  {verb} " in answer.out for verb in VERBS)
        assert "exit codes" in answer.out
    assert person.mlgit("--version").out.strip() == f"mlgit {__version__}"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_with_an_example(person: Person, verb: str) -> None:
    answer = person.mlgit(verb, "--help")
    assert "example:" in answer.out
    assert f"mlgit {verb}" in answer.out
    assert verb_module(verb).execute


def test_help_imports_nothing_heavy() -> None:
    script = "import sys, mlgit.__main__ as m; sys.argv = ['mlgit', '--help']\ntry: m.run()\nexcept SystemExit: pass\n"
    script += "import json as j; print('\\n' + j.dumps(sorted(before)))"
    script = script.replace("import json as j", "before = set(sys.modules); import json as j")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    imported = set(json.loads(done.stdout.splitlines()[-1]))
    assert not imported & HEAVY


def test_a_short_verb_imports_nothing_that_msgspec_can_do_without() -> None:
    script = "import sys, mlgit.__main__ as m; sys.argv = ['mlgit', 'models', '--help']\ntry: m.run()\nexcept SystemExit: pass\n"
    script += "print('msgspec' in sys.modules, {'typing_extensions', 'inspect', 'ast'} & set(sys.modules))\n"
    script += "import typing_extensions; print(typing_extensions.Self)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-2:] == ["True set()", "typing.Self"]


def test_a_status_imports_what_it_needs_alone(repository: Person) -> None:
    repository.write(
        "dvc.yaml", "stages: {a: {cmd: c, deps: [mlgit.yaml], params: [mlgit.yaml: [version]]}}\n"
    )
    repository.write(
        "dvc.lock",
        "schema: '2.0'\nstages: {a: {cmd: c, deps: [{path: mlgit.yaml, hash: md5, md5: a, size: 1}]}}\n",
    )
    script = (
        "import sys, mlgit.__main__ as m; sys.argv = ['mlgit', 'status']; m.run(); print(sorted(sys.modules))"
    )
    out = repository.run(sys.executable, "-c", script).out
    assert "mlgit.yaml: content changed" in out
    imported = set(ast.literal_eval(out.splitlines()[-1]))
    assert not imported & {
        "hashlib",
        "shutil",
        "tempfile",
        "json",
        "mlgit.registry",
        "mlgit.environments.reading",
    }
    assert sum(one.split(".")[0] == "mlgit" for one in imported) <= 110


def test_a_misspelt_verb(person: Person) -> None:
    answer = person.mlgit("comapre", exit_code=2)
    assert "'compare'" in answer.err
    assert not answer.out


def test_a_closed_pipe_is_no_traceback(person: Person) -> None:
    done = subprocess.run(
        f"{sys.executable} -m mlgit --help | head -c 1", shell=True, capture_output=True, text=True, check=False,
        cwd=person.folder,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
