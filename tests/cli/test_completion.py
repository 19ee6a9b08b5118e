"""Completions, held against the shells themselves."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from mlgit.cli.main import VERBS
from mlgit.cli.verbs.completion import SHELLS, whole_parser
from tests.driver import Person


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The script of each shell, as the command prints it."""
    person, made = Person(tmp_path_factory.mktemp("completion")), {}
    for shell in SHELLS:
        made[shell] = person.write(f"mlgit.{shell}", person.mlgit("completion", shell).out)
    return made


def shell(name: str, *arguments: str) -> str:
    """Run a shell without the settings of anybody; a shell that is not installed is no fault of the script."""
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def bash(scripts: dict[str, Path], *words: str) -> list[str]:
    """Return what bash offers for the last of these words."""
    line = " ".join(f"'{word}'" for word in words)
    script = (
        f"source '{scripts['bash']}'; COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); "
        'name=$(complete -p mlgit | sed "s/.*-F \\([^ ]*\\).*/\\1/"); $name mlgit; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    return shell("bash", "--norc", "-c", script).split()


def fish(scripts: dict[str, Path], line: str) -> list[str]:
    """Return what fish offers for a line."""
    answer = shell("fish", "--no-config", "-c", f"source '{scripts['fish']}'; complete -C '{line}'")
    return [offer.partition("\t")[0] for offer in answer.splitlines()]


def test_bash_completes_verbs_options_and_values(scripts: dict[str, Path]) -> None:
    shell("bash", "-n", str(scripts["bash"]))
    assert set(VERBS) <= set(bash(scripts, "mlgit", ""))
    assert bash(scripts, "mlgit", "comp") == ["compare", "completion"]
    assert bash(scripts, "mlgit", "gate", "--exp") == ["--explain"]
    assert bash(scripts, "mlgit", "completion", "z") == ["zsh"]


def test_zsh_takes_the_script_for_mlgit(scripts: dict[str, Path]) -> None:
    shell("zsh", "-n", str(scripts["zsh"]))
    folder = scripts["zsh"].parent / "functions"
    folder.mkdir(exist_ok=True)
    shutil.copyfile(scripts["zsh"], folder / "_mlgit")
    script = f"fpath=('{folder}' $fpath); autoload -U compinit; compinit -D -u; print $_comps[mlgit]"
    assert shell("zsh", "-f", "-c", script).strip() == "_mlgit"


def test_fish_completes_verbs_and_options(scripts: dict[str, Path]) -> None:
    shell("fish", "-n", str(scripts["fish"]))
    assert set(VERBS) <= set(fish(scripts, "mlgit "))
    assert fish(scripts, "mlgit comp") == ["compare", "completion"]
    assert fish(scripts, "mlgit gate --exp") == ["--explain"]


def test_values_that_are_files_are_completed_as_files() -> None:
    verbs = next(action for action in whole_parser()._actions if action.choices)
    compare = dict(verbs.choices)["compare"]  # type: ignore[arg-type]
    kinds = {action.metavar for action in compare._actions if hasattr(action, "complete")}
    assert kinds == {"FILE"}


@pytest.mark.parametrize("word", ["tcsh", "BASH", ""])
def test_another_shell_is_refused(person: Person, word: str) -> None:
    assert "invalid choice" in person.mlgit("completion", word, exit_code=2).err


def test_a_shell_has_to_be_named(person: Person) -> None:
    assert "SHELL" in person.mlgit("completion", exit_code=2).err
