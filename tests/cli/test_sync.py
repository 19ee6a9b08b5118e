"""`mlgit sync` through the command line: idempotent, and no hand edit lost."""

from __future__ import annotations

import pytest

from tests.driver import Person

WORKFLOW = ".github/workflows/mlgit-ci.yml"


def test_second_sync_changes_nothing(repository: Person) -> None:
    repository.mlgit("sync")
    before = repository.contents()
    answer = repository.mlgit("sync")
    assert answer.out.startswith("in sync")
    assert repository.contents() == before
    repository.mlgit("sync", "--check")


def test_check_before_the_first_sync_names_what_is_missing_and_writes_nothing(repository: Person) -> None:
    before = repository.contents()
    answer = repository.mlgit("sync", "--check", exit_code=1)
    assert f"{WORKFLOW}:1: out of sync (create)" in answer.out
    assert repository.contents() == before


def test_a_hand_edit_is_named_with_file_and_line_and_kept(repository: Person) -> None:
    repository.mlgit("sync")
    text = repository.read(WORKFLOW)
    line = next(n for n, row in enumerate(text.splitlines(), 1) if "timeout-minutes" in row)
    repository.write(WORKFLOW, text.replace("timeout-minutes:", "timeout-minutes: 1 #", 1))
    edited = repository.read(WORKFLOW)
    for arguments in (("sync", "--check"), ("sync",)):
        answer = repository.mlgit(*arguments, exit_code=1)
        assert f"{WORKFLOW}:{line}: edited by hand" in answer.out
        assert repository.read(WORKFLOW) == edited
    assert "+    timeout-minutes: 1 #" in repository.mlgit("sync", "--check", exit_code=1).out


def test_gates_are_no_part_of_what_is_rendered(repository: Person) -> None:
    repository.write("mlgit.yaml", "version: 1\nmodels:\n  m: {}\n")
    repository.mlgit("sync")
    repository.write("mlgit.yaml", "version: 1\nmodels:\n  m: {gates: [{f1: {min: 0.5}}]}\n")
    repository.mlgit("sync", "--check")


def test_restore_takes_the_rendered_text_again(repository: Person) -> None:
    repository.mlgit("sync")
    before = repository.contents()
    repository.write(WORKFLOW, "mine\n")
    repository.mlgit("sync", "--restore", WORKFLOW)
    assert repository.contents() == before
    assert "no managed file" in repository.mlgit("sync", "--restore", "README.md", exit_code=2).err


def test_a_hand_edit_survives_a_new_rendering_by_merge(repository: Person) -> None:
    repository.mlgit("sync")
    text = repository.read(WORKFLOW)
    repository.write(WORKFLOW, text.replace("name: mlgit-ci", "name: mlgit-ci # ours", 1))
    repository.write("mlgit.yaml", "version: 1\nci: {branch: trunk}\n")
    answer = repository.mlgit("sync", exit_code=1)
    merged = repository.read(WORKFLOW)
    assert "# ours" in merged
    assert '"trunk"' in merged
    assert "the hand edit kept" in answer.out


def test_a_conflicting_hand_edit_is_left_alone(repository: Person) -> None:
    repository.mlgit("sync")
    mine = repository.read(WORKFLOW).replace('"main"', '"mine"')
    assert '"mine"' in mine
    repository.write(WORKFLOW, mine)
    repository.write("mlgit.yaml", "version: 1\nci: {branch: trunk}\n")
    repository.mlgit("sync", exit_code=1)
    assert repository.read(WORKFLOW) == mine


def test_a_file_that_was_there_before_mlgit_is_not_touched(repository: Person) -> None:
    repository.write(WORKFLOW, "name: ours\n")
    answer = repository.mlgit("sync", exit_code=1)
    assert "was not written by mlgit" in answer.out
    assert repository.read(WORKFLOW) == "name: ours\n"
    repository.mlgit("sync", "--check", exit_code=1)


def test_a_deleted_managed_file_comes_back(repository: Person) -> None:
    repository.mlgit("sync")
    before = repository.contents()
    (repository.folder / WORKFLOW).unlink()
    assert "it is missing" in repository.mlgit("sync").out
    assert repository.contents() == before


def test_links_that_lead_outside_are_refused(repository: Person) -> None:
    outside = repository.folder.parent / "outside"
    outside.mkdir()
    (repository.folder / ".github").symlink_to(outside)
    assert "outside the repository" in repository.mlgit("sync", exit_code=2).err
    assert not list(outside.iterdir())


def test_bad_configuration_names_the_line(repository: Person) -> None:
    cases = {
        "version: 2\n": "mlgit.yaml:1",
        "version: 1\nmodels:\n  a: {task: regression}\n  b:\n    task: guess\n": "mlgit.yaml:5",
        "version: 1\nmodls: {}\n": "mlgit.yaml:2",
        "version: 1\nversion: 1\n": "mlgit.yaml:2",
        "version: [1\n": "mlgit.yaml",
        "": "mlgit.yaml",
        "version: !!python/object/apply:os.system [id]\n": "mlgit.yaml:1",
    }
    for text, place in cases.items():
        repository.write("mlgit.yaml", text)
        answer = repository.mlgit("sync", exit_code=2)
        assert place in answer.err, text
        assert not (repository.folder / ".mlgit").exists()


def test_outside_a_repository_and_without_configuration(person: Person) -> None:
    assert "mlgit init" in person.mlgit("sync", exit_code=2).err
    person.git("init", "--quiet", ".")
    assert "mlgit init" in person.mlgit("sync", exit_code=2).err


@pytest.mark.parametrize(
    ("place", "text", "fetched"),
    [
        (".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n", True),
        ("models/one/.gitattributes", "*.csv filter=lfs\n", True),
        ("models/.gitattributes", "*.csv filter=lfs\n", True),
        (".gitattributes", "# *.bin filter=lfs\n*.md text\n", False),
        (".gitattributes", "*.bin filter=lfsx\n", False),
    ],
)
def test_every_checkout_fetches_what_git_lfs_keeps(
    repository: Person, place: str, text: str, fetched: bool
) -> None:
    repository.write(
        "mlgit.yaml", 'version: 1\nmodels: {one: {pipeline: models/one}}\nct: {schedule: "17 3 * * 1"}\n'
    )
    repository.write(place, text)
    repository.mlgit("sync")
    for name in ("ci", "comment", "ct"):
        workflow = repository.read(f".github/workflows/mlgit-{name}.yml")
        checkouts = workflow.count("uses: actions/checkout@")
        assert checkouts
        assert workflow.count('lfs: "true"') == (checkouts if fetched else 0)
    repository.mlgit("sync", "--check")


@pytest.mark.parametrize(
    "path",
    ["src/train.py", "../beside.py", ".mlgit/install/../../src/train.py", ".github/workflows/release.yml"],
)
def test_a_doctored_record_deletes_no_file_of_the_user(repository: Person, path: str) -> None:
    repository.mlgit("sync")
    content = "print(1)\n"
    repository.write(path, content)
    repository.write(f".mlgit/base/{path}", content)
    lock = repository.read(".mlgit/lock.yaml")
    repository.write(".mlgit/lock.yaml", f'{lock}  "{path}": sha256:{"0" * 64}\n')
    answer = repository.mlgit("sync", exit_code=2)
    assert answer.err.startswith("error[record-foreign]: .mlgit/lock.yaml: .mlgit/lock.yaml names ")
    assert repository.read(path) == content


@pytest.mark.parametrize(
    "settings",
    [
        'models: {"churn\\n": {task: regression}}\n',
        'ci: {branch: "main\\n"}\n',
        'runners: {default: ["ubuntu-24.04\\n"]}\n',
        'environments: {"staging\\n": {approval: gate}}\n',
    ],
)
def test_a_line_break_at_the_end_of_a_name_comes_into_no_workflow(repository: Person, settings: str) -> None:
    repository.write("mlgit.yaml", f"version: 1\n{settings}")
    assert "mlgit.yaml:2" in repository.mlgit("sync", exit_code=2).err
    assert not (repository.folder / WORKFLOW).exists()


def test_no_name_of_a_folder_is_a_command_to_the_runner(repository: Person) -> None:
    for name in ("::error::x", "x\n::set-output name=a::b", "##[error]x"):
        repository.write(f"{name}/dvc.yaml", "stages: [\n")
    for verb in ("status", "doctor", "sync"):
        answer = repository.mlgit(verb, exit_code=None)
        lines = (answer.out + answer.err).splitlines()
        assert not [line for line in lines if line.lstrip().startswith("::") or "##[" in line], str(answer)


def test_line_ends_that_git_makes_are_no_edit_and_stay_as_they_are(repository: Person) -> None:
    repository.mlgit("sync")
    repository.commit("Managed")
    here = repository.folder
    repository.git("config", "core.autocrlf", "true")
    for path in repository.git("ls-files").splitlines():
        (here / path).unlink()
    repository.git("checkout", "--quiet", ".")
    assert b"\r\n" in (here / WORKFLOW).read_bytes()
    assert repository.mlgit("sync", "--check").out.startswith("in sync")
    assert repository.mlgit("sync").out.startswith("in sync")
    edited = (here / WORKFLOW).read_bytes().replace(b"name: mlgit-ci\r\n", b"name: mlgit-ci # ours\n", 1)
    (here / WORKFLOW).write_bytes(edited)
    (here / "mlgit.yaml").write_bytes(b"version: 1\r\nci: {branch: trunk}\r\n")
    answer = repository.mlgit("sync", exit_code=1)
    assert f"{WORKFLOW}:4: edited by hand" in answer.out
    merged = (here / WORKFLOW).read_bytes()
    assert b"# ours\r\n" in merged
    assert merged.count(b"\n") == merged.count(b"\r\n")
    assert '"trunk"' in merged.decode()
    changed = [line.split("\t") for line in repository.git("diff", "--numstat").splitlines()]
    assert max(int(added) for added, _, path in changed if path == WORKFLOW) < 20
    assert not (here / ".mlgit/proposed").exists()


def test_line_ends_that_git_does_not_make_are_an_edit(repository: Person) -> None:
    repository.mlgit("sync")
    place = repository.folder / WORKFLOW
    place.write_bytes(place.read_bytes().replace(b"\n", b"\r\n"))
    assert f"{WORKFLOW}:" in repository.mlgit("sync", "--check", exit_code=1).out
