"""`mlgit doctor --forge`: each difference between mlgit.yaml and what stands on the host, in a sentence with what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.driver import Person
from tests.github.stub_server import StubServer

RULES = (
    'forge: {rules: {reviews: 2, owners: ["@octo_acme", "@acme/ml-team"], signatures: true, queue: true}}\n'
)
SETTINGS = "version: 1\ndata: {t: {path: t.csv, schema: my schemas/t.yaml}}\n" + RULES


@pytest.fixture
def github() -> Iterator[StubServer]:
    with StubServer("octo_acme/churn") as made:
        yield made
        assert made.state.violations == []


@pytest.fixture
def desk(repository: Person, github: StubServer, monkeypatch: pytest.MonkeyPatch) -> Person:
    for name, value in github.environment().items():
        monkeypatch.setenv(name, value)
    repository.write("mlgit.yaml", SETTINGS)
    repository.mlgit("sync")
    return repository


def findings(desk: Person, *, exit_code: int) -> dict[str, tuple[bool, str, str]]:
    told = json.loads(desk.mlgit("doctor", "--forge", "--json", exit_code=exit_code).out)["findings"]
    return {one["name"]: (one["good"], one["detail"], one["hint"]) for one in told}


def imported(desk: Person) -> list[dict[str, object]]:
    """What a person makes of the ruleset that sync wrote, as the host tells it of the branch."""
    made = json.loads(desk.read(".mlgit/ruleset.json"))
    assert made["conditions"]["ref_name"]["include"] == ["refs/heads/main"]
    source = {"ruleset_source_type": "Repository", "ruleset_source": "octo_acme/churn", "ruleset_id": 1}
    return [{**one, **source} for one in made["rules"]]


def test_a_host_without_rules_is_told_rule_by_rule(desk: Person) -> None:
    found = findings(desk, exit_code=1)
    assert {name: good for name, (good, _, _) in found.items()} == dict.fromkeys(found, False)
    assert found["rule required_status_checks"][1] == "main: the check 'required' is not required, no check"
    assert ".mlgit/ruleset.json" in found["rule merge_queue"][2]
    assert found["owners"][1] == ".github/CODEOWNERS on main lacks: /mlgit.yaml @octo_acme @acme/ml-team"


def test_what_sync_wrote_and_a_person_imported_is_all_that_is_asked(desk: Person, github: StubServer) -> None:
    github.contents.rules = imported(desk)
    github.contents.committed["main", ".github/CODEOWNERS"] = desk.read(".github/CODEOWNERS").encode()
    found = findings(desk, exit_code=0)
    assert {good for good, _, _ in found.values()} == {True}
    assert len(found) == 7
    assert "/my\\ schemas/ @octo_acme @acme/ml-team" in desk.read(".github/CODEOWNERS").splitlines()


def test_each_difference_is_one_sentence(desk: Person, github: StubServer) -> None:
    rules = [one for one in imported(desk) if one["type"] != "required_signatures"]
    for one in rules:
        if one["type"] == "pull_request":
            one["parameters"] = {**one["parameters"], "required_approving_review_count": 1}  # type: ignore[dict-item]
        if one["type"] == "required_status_checks":
            one["parameters"]["required_status_checks"] = [{"context": "lint"}]  # type: ignore[index]
    github.contents.rules = rules
    found = {name: told for name, (good, told, _) in findings(desk, exit_code=1).items() if not good}
    assert found == {
        "rule pull_request": "main: pull requests need 1 approvals, mlgit.yaml asks for 2",
        "rule required_status_checks": "main: the check 'required' is not required, only lint",
        "rule required_signatures": "main: there is no rule 'required_signatures'",
        "owners": ".github/CODEOWNERS on main lacks: /mlgit.yaml @octo_acme @acme/ml-team",
    }
    github.contents.protected = ["required"]
    assert findings(desk, exit_code=1)["rule required_status_checks"][0]


def test_without_rules_in_mlgit_yaml_it_says_how_to_state_them(desk: Person) -> None:
    desk.write("mlgit.yaml", "version: 1\n")
    desk.mlgit("sync")
    assert not (desk.folder / ".mlgit/ruleset.json").exists()
    assert not (desk.folder / ".github/CODEOWNERS").exists()
    assert findings(desk, exit_code=1)["rules"][1] == "mlgit.yaml says nothing of rules"


def test_owners_that_stood_before_stay_the_users(repository: Person) -> None:
    repository.write(".github/CODEOWNERS", "* @mona\n")
    repository.write(".github/dependabot.yml", "version: 2\nupdates: []\n")
    repository.write("mlgit.yaml", SETTINGS)
    said = repository.mlgit("sync").out
    assert "created .mlgit/ruleset.json: mlgit.yaml asks for it" in said
    assert (
        "CODEOWNERS was there before mlgit and stays yours; it lacks the owners that mlgit.yaml names:"
        in said
    )
    assert "\n  /mlgit.yaml @octo_acme @acme/ml-team\n" in said
    assert repository.read(".github/CODEOWNERS") == "* @mona\n"
    assert "CODEOWNERS" not in repository.read(".mlgit/lock.yaml")
    repository.mlgit("sync", "--check")
