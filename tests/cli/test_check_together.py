"""`mlgit check` tests several folders in one process: each as strictly as alone."""

from __future__ import annotations

import json

import pytest

from tests.driver import Person

FOLDERS = ("code", "data", "model")
PASSES = "def test_it():\n    pass\n"
FAILS = "def test_it():\n    assert 1 == 2, 'mine'\n"


def told(person: Person) -> dict[str, tuple[str, str]]:
    """Return the state and the details of the tests of each subject."""
    found = json.loads(person.mlgit("check", "--json", exit_code=None).out)["checks"]
    return {
        one["subject"]: (one["state"], one["detail"]) for one in found if one["name"].startswith("tests/")
    }


@pytest.fixture
def tested(small: Person) -> Person:
    """A repository whose three folders of tests pass, all in files of one name."""
    for folder in FOLDERS:
        small.write(f"tests/{folder}/test_it.py", PASSES)
    return small


def test_files_of_one_name_pass_in_each_folder(tested: Person) -> None:
    assert {state for state, _ in told(tested).values()} == {"passed"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_fails_in_one_folder_fails_there_alone(tested: Person, folder: str) -> None:
    tested.write(f"tests/{folder}/test_it.py", FAILS)
    found = told(tested)
    assert found[folder][0] == "failed"
    assert "1 failed" in found[folder][1]
    assert [found[one][0] for one in FOLDERS if one != folder] == ["passed", "passed"]
    assert "assert 1 == 2" in tested.mlgit("check", exit_code=1).out


@pytest.mark.parametrize("end", ["os._exit(0)", "os._exit(7)", "os.kill(os.getpid(), 9)"])
def test_who_ends_the_process_hides_no_other_folder(tested: Person, end: str) -> None:
    tested.write("tests/code/test_it.py", f"import os\n\ndef test_it():\n    {end}\n")
    tested.write("tests/model/test_it.py", FAILS)
    found = told(tested)
    assert (found["data"][0], found["model"][0]) == ("passed", "failed")
    assert found["code"][0] == "failed"
    assert "the tests ended their process with exit code" in found["code"][1]
    tested.mlgit("sync")
    assert found["code"][1] in tested.mlgit("check", "code", exit_code=1).out


def test_a_folder_finds_what_it_finds_alone(tested: Person) -> None:
    """The environment, the folder, the path and the modules of the repository are as they were."""
    tested.write("mine.py", "known = []\n")
    tested.write(
        "tests/code/test_it.py",
        "import os, sys, mine\n\ndef test_it(tmp_path):\n    mine.known.append(1)\n    os.environ['LEFT'] = '1'\n"
        "    sys.path.insert(0, 'left')\n    os.chdir(tmp_path)\n",
    )
    tested.write(
        "tests/data/test_it.py",
        "import os, sys, mine\n\ndef test_it():\n    assert mine.known == []\n    assert 'LEFT' not in os.environ\n"
        "    assert 'left' not in sys.path\n    assert os.path.exists('dvc.yaml')\n",
    )
    assert {state for state, _ in told(tested).values()} == {"passed"}


def test_an_odd_object_among_the_modules_is_no_failure(tested: Person) -> None:
    """As torch.classes: it has an answer to every name."""
    tested.write(
        "tests/code/test_it.py",
        "import sys, types\n\nclass Odd(types.ModuleType):\n    def __getattr__(self, name):\n        return 1\n\n"
        "def test_it():\n    sys.modules['odd'], sys.modules['more'] = Odd('odd'), 1\n",
    )
    assert {state for state, _ in told(tested).values()} == {"passed"}


def test_what_is_said_at_the_end_of_the_process_is_no_word_of_a_folder(tested: Person) -> None:
    tested.write(
        "tests/model/test_it.py",
        "import atexit, os\n\ndef test_it():\n    atexit.register(os.write, 2, b'leaked')\n",
    )
    assert told(tested)["model"][1].startswith("1 passed")


def test_what_another_folder_breaks_is_judged_alone(tested: Person) -> None:
    """Of the libraries there is one of each: what was done to it is no fault of the next folder."""
    tested.write("tests/code/test_it.py", "import json\n\ndef test_it():\n    json.left = 1\n")
    tested.write(
        "tests/data/test_it.py", "import json\n\ndef test_it():\n    assert not hasattr(json, 'left')\n"
    )
    assert told(tested)["data"][0] == "passed"


def test_a_folder_without_a_test_is_skipped_and_one_that_cannot_be_collected_fails(tested: Person) -> None:
    tested.write("tests/code/test_it.py", "")
    tested.write("tests/data/test_it.py", "import no_such_module\n")
    found = told(tested)
    assert found["code"] == ("skipped", "there is no test in tests/code")
    assert (found["data"][0], found["model"][0]) == ("failed", "passed")
