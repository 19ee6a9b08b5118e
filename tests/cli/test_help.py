"""`mlgit help`: pages and codes of errors, from what is installed."""

from __future__ import annotations

import pytest

from mlgit.cli.main import VERBS
from mlgit.commands.help import folder, pages
from tests.driver import Person


def test_the_contents_name_every_page_once(person: Person) -> None:
    answer = person.mlgit("help")
    listed = [line.split()[0] for line in answer.out.splitlines() if line.startswith("  ")]
    assert sorted(listed) == sorted(pages())
    files = [
        path
        for section in ("tutorial", "how-to", "reference", "explanation")
        for path in (folder() / section).glob("*.md")
    ]
    assert len(files) == len(listed)


@pytest.mark.parametrize("topic", ["gates", "gates.md", "GATES"])
def test_a_page_is_printed_as_it_is(person: Person, topic: str) -> None:
    assert person.mlgit("help", topic).out == (folder() / "how-to" / "gates.md").read_text()


def test_a_file_may_be_asked_for_by_its_own_name(person: Person) -> None:
    assert person.mlgit("help", "mlgit.yaml").out.startswith("# mlgit.yaml\n")


def test_the_code_of_an_error_is_explained(person: Person) -> None:
    answer = person.mlgit("help", "demo-folder-exists")
    assert answer.out.startswith("error[demo-folder-exists]: ")
    assert "\nhint: choose another folder: mlgit demo ...\n" in answer.out


def test_a_verb_without_a_page_shows_its_help(person: Person) -> None:
    assert "train" in VERBS
    assert person.mlgit("help", "train").out == person.mlgit("train", "--help").out


def test_an_unknown_topic_names_the_closest(person: Person) -> None:
    answer = person.mlgit("help", "gatess", exit_code=2)
    assert answer.err == (
        "error[help-topic-unknown]: there is no page, error or verb 'gatess'; did you mean 'gates'?\n"
        "hint: mlgit help lists the pages\n"
    )


def test_every_page_has_a_title() -> None:
    for topic, page in pages().items():
        assert page.read_text().startswith("# "), topic
