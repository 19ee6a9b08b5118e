"""`mlgit init`: a new repository appears whole, an existing one keeps every byte."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.driver import Person

TABLE = "size,colour,churned\n" + "".join(
    f"{n * 7 % 50}.5,{('red', 'green')[n % 2]},{'yes' if n % 3 else 'no'}\n" for n in range(80)
)


def test_a_new_repository_without_data(person: Person) -> None:
    answer = person.mlgit("init", "try", "--no-input")
    made = person.into("try")
    assert "binary-classification, because" in answer.out
    assert made.git("status", "--porcelain") == ""
    assert made.git("log", "--format=%an %s") == "Test Author Scaffold with mlgit"
    assert {"mlgit.yaml", "dvc.yaml", "params.yaml", "data/raw/breast-cancer.csv", "README.md"} <= set(
        made.contents()
    )
    assert "data/raw/breast-cancer.csv.dvc" in made.git("ls-files")
    made.mlgit("sync", "--check")
    assert [path.name for path in person.folder.iterdir()] == ["try"]


def test_the_managed_files_of_a_new_repository_are_in_sync_and_sync_is_idle(person: Person) -> None:
    person.mlgit("init", "try", "--no-input")
    made = person.into("try")
    before = made.contents()
    made.mlgit("sync")
    assert made.contents() == before


def test_a_feature_that_tells_nearly_all_of_the_target_is_told_before_anything_is_trained(
    person: Person,
) -> None:
    """As the amount that was spent with a card tells who was given one, but for a few rows."""
    rows = "".join(
        f"{n * 7 % 50}.5,{0 if n % 3 else 1 + n % 11},{'yes' if n % 3 == 0 and n != 3 else 'no'}\n"
        for n in range(200)
    )
    person.write("cards.csv", "income,spent,given\n" + rows)
    out = person.mlgit("init", "try", "--data", "cards.csv", "--target", "given", "--no-input").out
    assert "leak? 'spent' alone tells 98% of 'given': where it is known only afterwards, take it out" in out
    assert "leak? 'income'" not in out


def test_two_repositories_from_one_table_are_the_same(person: Person) -> None:
    person.write("t.csv", TABLE)
    for folder in ("a", "b"):
        person.mlgit("init", f"{folder}/p", "--data", "t.csv", "--target", "churned", "--no-input")
    trees = [person.into(folder, "p").git("rev-parse", "HEAD^{tree}") for folder in ("a", "b")]
    assert trees[0] == trees[1]


@pytest.mark.parametrize("end", ["", "/"])
def test_it_works_in_the_folder_for_temporary_files_itself(
    end: str, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", f"{person.folder}{end}")
    person.write("t.csv", TABLE)
    person.mlgit("init", "try", "--data", "t.csv", "--target", "churned", "--no-input")
    assert sorted(path.name for path in person.folder.iterdir()) == ["t.csv", "try"]


def test_without_an_identity_everything_is_staged_and_the_cure_named(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("EMAIL", "")
    config = Path(os.environ["HOME"]) / ".gitconfig"
    config.write_text(config.read_text() + "[user]\n\tuseConfigOnly = true\n")
    answer = person.mlgit("init", "try", "--no-input")
    assert "git config --global user.name" in answer.out
    assert "README.md" in person.into("try").git("diff", "--cached", "--name-only")


def test_remotes(person: Person) -> None:
    person.mlgit("init", "a", "--no-input", "--remote", "s3://bucket/path")
    assert "url = s3://bucket/path" in person.into("a").read(".dvc/config")
    pins = person.read("a/requirements.lock").splitlines()
    assert [line.partition("==")[0] for line in pins if line.startswith("dvc-s3")] == ["dvc-s3"]
    person.mlgit("init", "b", "--no-input", "--remote", "store")
    assert "dvc-s3" not in person.read("b/requirements.lock")
    made = person.into("b")
    made.dvc("push", "--quiet")
    assert any((person.folder / "store").rglob("*"))
    person.mlgit("init", "c", "--no-input")
    person.into("c").dvc("push", "--quiet")
    assert (person.folder / "c-storage").is_dir()


def test_a_clone_gets_the_data_from_the_default_remote(person: Person) -> None:
    person.mlgit("init", "a", "--no-input")
    person.into("a").dvc("push", "--quiet")
    person.git("clone", "--quiet", "a", "clone")
    person.into("clone").dvc("pull", "--quiet", "data/raw/breast-cancer.csv.dvc")
    assert person.read("clone/data/raw/breast-cancer.csv") == person.read("a/data/raw/breast-cancer.csv")


def existing(person: Person) -> Person:
    person.git("init", "--quiet", "theirs")
    theirs = person.into("theirs")
    theirs.dvc("init", "--quiet")
    theirs.write("dvc.yaml", "stages:\n  one:\n    cmd: echo 1 > out.txt\n    outs: [out.txt]\n")
    theirs.write("README.md", "# Theirs\n")
    theirs.write("params.yaml", "depth: 3\n")
    theirs.write("models/b/dvc.yaml", "metrics: [m.json]\n")
    theirs.write("models/b/m.json", '{"accuracy": 0.9}\n')
    theirs.commit("Start")
    return theirs


def test_adopting_a_dvc_repository_leaves_every_file_as_it_is(person: Person) -> None:
    theirs = existing(person)
    before = theirs.contents()
    answer = theirs.mlgit("init", "--no-input")
    after = theirs.contents()
    assert {path: after[path] for path in before} == before
    assert "adopted" in answer.out
    configuration = theirs.read("mlgit.yaml")
    assert '  theirs: {pipeline: "."}' in configuration
    assert '  b: {pipeline: "models/b", verify: off}' in configuration
    theirs.mlgit("sync", "--check")
    theirs.mlgit("compare")
    again = theirs.mlgit("init", "--no-input")
    assert theirs.contents() == after, again.out


def test_adopting_with_data_proposes_what_differs(person: Person) -> None:
    theirs = existing(person)
    person.write("t.csv", TABLE)
    before = theirs.contents()
    answer = theirs.mlgit("init", "--data", "../t.csv", "--target", "churned", "--no-input")
    after = theirs.contents()
    assert {path: after[path] for path in before} == before
    for path in ("dvc.yaml", "README.md", "params.yaml"):
        assert f"left {path} as it is" in answer.out
        assert f".mlgit/proposed/{path}" in after
    assert "data/raw/t.csv.dvc" in after
    assert "merge what .mlgit/proposed/ holds into your files first" in answer.out


def new_files(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    """Return what is there now and was not, without DVC's cache, its scratch files and mlgit's proposals."""
    apart = (".dvc/cache/", ".dvc/tmp/", ".mlgit/proposed/")
    return {path for path in after.keys() - before.keys() if not path.startswith(apart)}


@pytest.mark.parametrize("data", [True, False])
@pytest.mark.parametrize("ignore", [True, False])
def test_the_files_that_were_written_are_counted_and_named(
    person: Person, *, data: bool, ignore: bool
) -> None:
    theirs = existing(person)
    if ignore:
        theirs.write("data/raw/.gitignore", "*.tmp\n")
    person.write("t.csv", TABLE)
    before = theirs.contents()
    arguments = ("--data", "../t.csv", "--target", "churned") if data else ()
    answer = theirs.mlgit("init", *arguments, "--no-input")
    new = new_files(before, theirs.contents())
    assert answer.out.startswith(f"adopted theirs: {len(new)} files written\n")
    named = {path for path in new if not path.startswith(".mlgit/")}
    assert {line.strip() for line in answer.out.splitlines() if line.startswith("  wrote ")} == {
        *(f"wrote {path}" for path in named),
        f"wrote {len(new) - len(named)} files below .mlgit/: the schema of mlgit.yaml, and what mlgit sync compares with",
    }
    again = theirs.mlgit("init", *arguments, "--no-input").out
    assert again.startswith("adopted theirs: 0 files written\n")
    assert "wrote" not in again.replace("0 files written", "")


def test_the_files_of_a_new_repository_are_counted(person: Person) -> None:
    answer = person.mlgit("init", "p", "--no-input")
    made = new_files({}, person.into("p").contents())
    assert answer.out.startswith(f"made p: {len(made)} files written\n")


def test_a_clone_of_an_empty_repository_is_filled(person: Person) -> None:
    person.git("init", "--quiet", "--bare", "server")
    person.git("clone", "--quiet", "server", "fresh")
    fresh = person.into("fresh")
    error = fresh.mlgit("compare", exit_code=2).err
    assert "this repository has no commit yet" in error
    answer = fresh.mlgit("init", "--no-input")
    assert "positive class: 'malignant'" in answer.out
    assert (fresh.folder / "dvc.yaml").exists()
    assert fresh.git("remote").strip() == "origin"
    fresh.mlgit("sync", "--check")


def test_a_table_inside_the_folder_stays_where_it_is(person: Person) -> None:
    person.write("notes/t.csv", TABLE)
    person.write("notes/notebook.txt", "x")
    inside = person.into("notes")
    before = inside.contents()
    inside.mlgit("init", "--data", "t.csv", "--target", "churned", "--no-input")
    after = inside.contents()
    assert {path: after[path] for path in before} == before
    assert "t.csv.dvc" in after
    assert "path: t.csv" in inside.read("mlgit.yaml").replace('"', "")


def test_a_gitignore_of_the_user_is_not_extended(person: Person) -> None:
    person.git("init", "--quiet", "theirs")
    theirs = person.into("theirs")
    theirs.write("data/raw/.gitignore", "*.tmp\n")
    person.write("t.csv", TABLE)
    answer = theirs.mlgit("init", "--data", "../t.csv", "--target", "churned", "--no-input")
    assert theirs.read("data/raw/.gitignore") == "*.tmp\n"
    assert "dvc add data/raw/t.csv" in answer.out


def test_a_sample_of_a_large_file(person: Person) -> None:
    person.write("t.csv", TABLE)
    answer = person.mlgit(
        "init", "p", "--data", "t.csv", "--target", "churned", "--sample", "60", "--no-input"
    )
    assert "sample of 60 rows" in answer.out
    assert "60 rows" in answer.out


def test_questions_are_asked_on_a_terminal_only(person: Person) -> None:
    person.write("t.csv", TABLE)
    script = (
        "import os, pty, sys\n"
        "answers = [b't.csv\\n', b'churned\\n']\n"
        "def read(fd):\n"
        "    data = os.read(fd, 1024)\n"
        "    if data.rstrip().endswith(b':') and answers:\n"
        "        os.write(fd, answers.pop(0))\n"
        "    return data\n"
        f"sys.exit(os.waitstatus_to_exitcode(pty.spawn([{sys.executable!r}, '-m', 'mlgit', 'init', 'p'], read)))\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=person.folder, env=environment, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "target" not in done.stderr
    assert (person.folder / "p" / "data" / "raw" / "t.csv").exists()


@pytest.mark.parametrize("folder", ["My Project", "3d", "class", "änderung", "-x", "train"])
def test_any_folder_name_makes_a_package_that_works(person: Person, folder: str) -> None:
    person.write("t.csv", TABLE)
    person.mlgit("init", f"./{folder}", "--data", "t.csv", "--target", "churned", "--no-input")
    made = person.into(folder)
    (package,) = [path.name for path in (made.folder / "src").iterdir()]
    assert package.isidentifier()
    made.mlgit("sync", "--check")
