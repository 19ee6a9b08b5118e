"""`mlgit data update --propose`: new data become a pull request a table, bad ones an issue, and nothing twice."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.market_repository import BAD, TABLES, Market, rows
from tests.driver import Person
from tests.github.answers import Account
from tests.github.stub_server import StubServer
from tests.interruption.scenes import fresh_data, make_shop
from tests.isolation import in_isolation
from tests.made_once import made_once

TOKEN = "token-of-the-workflow-1234"
RIGHTS = frozenset({"issues", "pull_requests"})


@pytest.fixture(scope="session")
def market_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("market")
    with in_isolation(tmp_path_factory.mktemp("home")):
        yield Market.made(folder).folder


@pytest.fixture
def market(market_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Market:
    monkeypatch.setenv("MARKET", str(tmp_path))
    return Market.copied(market_once, tmp_path)


@pytest.fixture
def github(market: Market, monkeypatch: pytest.MonkeyPatch) -> Iterator[StubServer]:
    del market
    with StubServer("octo-org/churn") as made:
        made.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", RIGHTS)}
        for name, value in made.environment(TOKEN).items():
            monkeypatch.setenv(name, value)
        yield made
        assert made.state.violations == []


def endings(found: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {name: one["ending"] for name, one in found.items()}


def files(person: Person) -> dict[str, bytes]:
    return {
        path: content for path, content in person.contents().items() if not path.startswith(".dvc/cache/")
    }


def in_storage(market: Market, branch: str, path: str) -> bool:
    """Tell whether the DVC remote has the data that a branch points to."""
    text = market.server_git("show", f"{branch}:{path}")
    digest = text.partition("outs:")[2].partition("md5: ")[2].split()[0]
    return (market.folder / "storage/files/md5" / digest[:2] / digest[2:]).is_file()


def test_every_kind_of_source_becomes_one_pull_request(market: Market, github: StubServer) -> None:
    for number, name in enumerate(TABLES):
        market.source(name, rows(61 + number))
    before = files(market.desk)
    found = market.propose()
    assert endings(found) == dict.fromkeys(TABLES, "proposed")
    assert files(market.desk) == before
    assert market.desk.git("status", "--porcelain") == ""
    assert market.branches() == sorted(f"mlgit/data/{name}" for name in TABLES)
    for name, path in TABLES.items():
        assert market.changed(f"mlgit/data/{name}") == [path if name == "notes" else f"{path}.dvc"]
    for name in ("people", "orders"):
        assert in_storage(market, f"mlgit/data/{name}", f"{TABLES[name]}.dvc")
    assert market.server_git("show", "mlgit/data/notes:data/notes.csv") == rows(63).strip()
    pulls = {pull["head"]["ref"]: pull for pull in github.contents.pulls()}
    assert set(pulls) == set(market.branches())
    assert pulls["mlgit/data/notes"]["title"] == "New data for notes: 63 rows (+3)"
    body = pulls["mlgit/data/orders"]["body"]
    assert "rules of `schemas/orders.yaml` kept" in body
    assert "`mlgit retrain` does" in body
    assert "closing says no to just these data while its branch is there" in body
    assert github.contents.issues() == []
    assert not list((market.desk.folder / ".git/mlgit/sandboxes").iterdir())


def test_the_same_again_writes_nothing_and_other_data_update(market: Market, github: StubServer) -> None:
    market.source("orders", rows(61))
    market.propose("orders")
    refs, pulls = market.server_git("for-each-ref"), json.dumps(github.contents.pulls())
    assert endings(market.propose("orders")) == {"orders": "unchanged"}
    market.desk.write("note.md", "elsewhere\n")
    market.push("The base moves on")
    assert endings(market.propose("orders")) == {"orders": "unchanged"}
    moved = market.server_git("rev-parse", "main")
    assert [line for line in market.server_git("for-each-ref").splitlines() if "/main" not in line] == [
        line for line in refs.splitlines() if "/main" not in line
    ]
    assert json.dumps(github.contents.pulls()) == pulls
    market.source("orders", rows(75))
    assert endings(market.propose("orders")) == {"orders": "proposed"}
    (pull,) = github.contents.pulls()
    assert "75 rows" in pull["title"]
    assert market.server_git("rev-parse", "mlgit/data/orders^") == moved
    assert market.changed("mlgit/data/orders") == ["data/orders.csv.dvc"]


def test_an_import_whose_repository_moved_on_without_new_data(market: Market, github: StubServer) -> None:
    market.far.write("other.md", "x\n")
    market.far.commit("Something else")
    assert endings(market.propose("towns")) == {"towns": "unchanged"}
    market.source("towns", rows(70))
    assert endings(market.propose("towns")) == {"towns": "proposed"}
    tip = market.server_git("rev-parse", "mlgit/data/towns")
    market.far.write("other.md", "y\n")
    market.far.commit("Something else again")
    assert endings(market.propose("towns")) == {"towns": "unchanged"}
    assert market.server_git("rev-parse", "mlgit/data/towns") == tip
    assert len(github.contents.pulls()) == 1


def test_bad_data_and_a_failing_source_are_issues_and_the_others_go_on(
    market: Market, github: StubServer
) -> None:
    market.source("people", BAD)
    market.source("orders", None)
    market.source("notes", rows(61))
    for _ in range(2):
        found = market.propose(exit_code=1)
        assert endings(found)["people"] == "bad-data"
        assert endings(found)["orders"] == "failed"
        assert endings(found)["towns"] == "unchanged"
    assert market.branches() == ["mlgit/data/notes"]
    issues = {issue["title"]: issue["body"] for issue in github.contents.issues()}
    assert set(issues) == {"The new data of people are wrong", "The source of orders failed"}
    assert "data/people.csv:2" in issues["The new data of people are wrong"]
    assert "FileNotFoundError" in issues["The source of orders failed"]
    market.source("orders", rows(62))
    market.source("people", None)
    found = market.propose("people", "orders", exit_code=1)
    assert endings(found) == {"people": "failed", "orders": "proposed"}
    states = {issue["title"]: issue for issue in github.contents.issues()}
    assert {name: issue["state"] for name, issue in states.items()} == {
        "The new data of people are wrong": "open",
        "The source of orders failed": "closed",
        "The source of people failed": "open",
    }
    assert found["orders"]["notes"] == [f"closed {states['The source of orders failed']['html_url']}"]
    assert states["The source of orders failed"]["body"].endswith(": fetched again, and this is mended.\n")
    market.source("people", rows(61))
    market.propose("people")
    assert {issue["state"] for issue in github.contents.issues()} == {"closed"}


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("deps:\n- path: x\nouts:\n- md5: [\n", "data/people.csv.dvc is not valid YAML"),
        pytest.param(
            "deps:\n- path: x\nouts: []\n",
            "data/people.csv.dvc points to nothing: it has no outs",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_damaged_pointer_of_one_table_is_its_issue_and_the_others_go_on(
    market: Market, github: StubServer, damage: str, said: str
) -> None:
    for name in ("orders", "notes", "towns"):
        market.source(name, rows(61))
    whole = market.desk.read("data/people.csv.dvc")
    market.desk.write("data/people.csv.dvc", damage)
    market.push("Damage")
    found = market.propose(exit_code=1)
    assert endings(found) == {
        "people": "failed", "orders": "proposed", "notes": "proposed", "towns": "proposed"
    }  # fmt: skip
    assert said in found["people"]["text"]
    assert in_storage(market, "mlgit/data/orders", "data/orders.csv.dvc")
    (issue,) = github.contents.issues()
    assert issue["title"] == "The source of people failed"
    assert said in market.desk.mlgit("data", "update", exit_code=2).err
    market.desk.write("data/people.csv.dvc", whole)
    market.push("Mend it")
    assert endings(market.propose("people")) == {"people": "unchanged"}
    assert issue["state"] == "closed"


def test_a_damaged_pointer_of_a_table_that_nothing_fetches_stops_no_other(
    market: Market, github: StubServer
) -> None:
    settings = market.desk.read("mlgit.yaml")
    line = next(one for one in settings.splitlines() if one.startswith("  orders:"))
    market.desk.write("mlgit.yaml", settings.replace(line, line.partition(", source")[0] + "}"))
    market.desk.write("data/orders.csv.dvc", "outs:\n- md5: [\n")
    market.push("Damage what somebody added")
    market.source("towns", rows(61))
    assert endings(market.propose("towns", "notes")) == {"notes": "unchanged", "towns": "proposed"}
    assert market.desk.read("data/orders.csv.dvc") == "outs:\n- md5: [\n"
    assert (
        "nothing tells where orders comes from"
        in market.desk.mlgit("data", "update", "orders", exit_code=2).err
    )
    assert github.contents.issues() == []


def test_a_dvc_file_that_cannot_be_read_does_not_keep_the_others_from_being_fetched(market: Market) -> None:
    market.desk.write("data/people.csv.dvc", "outs:\n- md5: [\n")
    assert "same  towns: dvc import" in market.desk.mlgit("data", "update", "towns").out


def test_an_import_that_fails_says_why(market: Market, github: StubServer) -> None:
    market.source("people", None)
    shutil.rmtree(market.far.folder)
    found = market.propose("people", "towns", exit_code=1)
    assert "people.csv' does not exist" in found["people"]["text"]
    assert "Failed to clone repo" in found["towns"]["text"]
    assert len(github.contents.issues()) == 2


def test_killed_between_branch_and_pull_request(market: Market, github: StubServer) -> None:
    market.source("orders", rows(61))
    github.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", frozenset())}
    assert "open the pull request by hand" in market.propose("orders")["orders"]["text"]
    tip = market.server_git("rev-parse", "mlgit/data/orders")
    assert github.contents.pulls() == []
    github.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", RIGHTS)}
    assert endings(market.propose("orders")) == {"orders": "proposed"}
    assert len(github.contents.pulls()) == 1
    assert market.server_git("rev-parse", "mlgit/data/orders") == tip


@pytest.mark.slow
def test_a_branch_with_a_persons_commit_is_left_alone(market: Market, github: StubServer) -> None:
    market.source("orders", rows(61))
    market.propose("orders")
    desk = market.desk
    desk.git("fetch", "--quiet", "origin", "mlgit/data/orders:mine")
    desk.git("switch", "--quiet", "mine")
    desk.write("note.md", "mine\n")
    mine = desk.commit("A person's commit")
    desk.git("push", "--quiet", "origin", "mine:mlgit/data/orders")
    desk.git("switch", "--quiet", "main")
    assert endings(market.propose("orders")) == {"orders": "unchanged"}
    market.source("orders", rows(62))
    market.source("notes", rows(62))
    answer = desk.mlgit("data", "update", "--propose", exit_code=4)
    assert "mlgit did not make" in answer.err
    assert market.server_git("rev-parse", "mlgit/data/orders") == mine
    assert "mlgit/data/notes" in market.branches()
    assert len(github.contents.pulls()) == 2


@pytest.mark.parametrize(
    "message",
    [pytest.param("A person's commit", marks=pytest.mark.slow), "A person's commit\n\nMlgit-Data: orders 1"],
)
def test_the_same_data_beside_somebodys_work_get_no_pull_request(
    market: Market, github: StubServer, message: str
) -> None:
    market.source("orders", rows(61))
    github.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", frozenset())}
    market.propose("orders")
    github.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", RIGHTS)}
    desk = market.desk
    desk.git("fetch", "--quiet", "origin", "mlgit/data/orders:mine")
    desk.git("switch", "--quiet", "mine")
    desk.write("train.py", "print('mine')\n")
    mine = desk.commit(message)
    desk.git("push", "--quiet", "origin", "mine:mlgit/data/orders")
    desk.git("switch", "--quiet", "main")
    answer = desk.mlgit("data", "update", "orders", "--propose", exit_code=4)
    assert "mlgit did not make" in answer.err
    assert market.server_git("rev-parse", "mlgit/data/orders") == mine
    assert github.contents.pulls() == []


def test_a_pointer_on_the_branch_that_says_more_gets_no_pull_request(
    market: Market, github: StubServer
) -> None:
    market.source("orders", rows(61))
    github.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", frozenset())}
    market.propose("orders")
    github.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", RIGHTS)}
    desk, pointer = market.desk, "data/orders.csv.dvc"
    desk.git("fetch", "--quiet", "origin", "mlgit/data/orders:mine")
    desk.git("switch", "--quiet", "mine")
    desk.write(pointer, desk.read(pointer) + "  remote: elsewhere\n")
    desk.commit("More\n\nMlgit-Data: orders 1")
    desk.git("push", "--quiet", "origin", "mine:mlgit/data/orders")
    desk.git("switch", "--quiet", "main")
    assert endings(market.propose("orders")) == {"orders": "outdated"}
    assert github.contents.pulls() == []


def test_a_closed_pull_request_is_a_no_to_just_these_data(market: Market, github: StubServer) -> None:
    market.source("orders", rows(61))
    market.propose("orders")
    (pull,) = github.contents.pulls()
    github.contents.move_head(pull["number"], market.server_git("rev-parse", "mlgit/data/orders"))
    pull["state"] = "closed"
    assert endings(market.propose("orders")) == {"orders": "settled"}
    assert len(github.contents.pulls()) == 1
    market.source("orders", rows(62))
    assert endings(market.propose("orders")) == {"orders": "proposed"}
    assert [one["state"] for one in github.contents.pulls()] == ["closed", "open"]


def test_a_merged_proposal_is_nothing_new_and_one_that_no_longer_merges_is_made_anew(
    market: Market, github: StubServer
) -> None:
    market.source("orders", rows(61))
    market.propose("orders")
    first = market.server_git("rev-parse", "mlgit/data/orders")
    desk = market.desk
    desk.write(TABLES["orders"], rows(40))
    desk.dvc("add", "--quiet", TABLES["orders"])
    desk.dvc("push", "--quiet")
    market.push("By hand")
    assert endings(market.propose("orders")) == {"orders": "proposed"}
    second = market.server_git("rev-parse", "mlgit/data/orders")
    assert first != second
    assert market.server_git("rev-parse", "mlgit/data/orders^") == market.server_git("rev-parse", "main")
    desk.git("fetch", "--quiet", "origin")
    desk.git("merge", "--quiet", "--ff-only", second)
    desk.git("push", "--quiet", "origin", "main")
    assert endings(market.propose("orders")) == {"orders": "unchanged"}


def test_two_at_once_make_one_branch_and_one_pull_request(market: Market, github: StubServer) -> None:
    market.source("orders", rows(61))
    Person(market.folder).git("clone", "--quiet", str(market.server), "other")
    market.folder.joinpath("other/.dvc/config.local").write_text(
        f"['remote \"storage\"']\n    url = {market.folder / 'storage'}\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    runs = [
        subprocess.Popen(
            (sys.executable, "-m", "mlgit", "data", "update", "orders", "--propose"),
            cwd=market.folder / place,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for place in ("desk", "other")
    ]
    said = [run.communicate(timeout=180)[0].decode() for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    assert market.branches() == ["mlgit/data/orders"]
    assert len(github.contents.pulls()) == 1
    assert market.server_git("rev-list", "--count", "main..mlgit/data/orders") == "1"


def test_local_and_dry(market: Market) -> None:
    market.source("orders", rows(61))
    found = market.propose("--local", "--dry-run", "orders")
    assert endings(found) == {"orders": "would-propose"}
    assert market.desk.git("for-each-ref", "refs/heads/mlgit") == ""
    found = market.propose("--local", "orders")
    assert endings(found) == {"orders": "proposed"}
    item = json.loads((market.desk.folder / ".git/mlgit/forge/items/1.json").read_text())
    assert item["title"] == "New data for orders: 61 rows"
    assert endings(market.propose("--local", "orders")) == {"orders": "unchanged"}
    assert market.branches() == []


def test_without_a_dvc_remote_nothing_is_proposed_that_nobody_could_get(
    market: Market, github: StubServer
) -> None:
    market.desk.dvc("remote", "remove", "--quiet", "storage")
    market.push("No remote")
    market.source("orders", rows(61))
    market.source("notes", rows(61))
    answer = market.desk.mlgit("data", "update", "orders", "--propose", exit_code=4)
    assert "the repository has no DVC remote, so nobody could get the new data" in answer.err
    assert market.branches() == []
    assert endings(market.propose("notes")) == {"notes": "proposed"}
    assert endings(market.propose("orders", "--local")) == {"orders": "proposed"}


def test_the_table_itself_is_not_here(market: Market) -> None:
    """As in CI: neither tables nor cache are in the checkout."""
    Person(market.folder).git("clone", "--quiet", str(market.server), "job")
    job = Person(market.folder / "job")
    (job.folder / ".dvc/config.local").write_text(
        f"['remote \"storage\"']\n    url = {market.folder / 'storage'}\n"
    )
    market.source("people", rows(61))
    job.mlgit("data", "update", "--step", "fetch", "--folder", "../handed")
    fetched = json.loads((market.folder / "handed/fetched.json").read_text())
    states = {one["table"]: (one["state"], one["before"].get("rows")) for one in fetched["tables"]}
    assert states == {
        "people": ("new data", None),
        "orders": ("unchanged", None),
        "notes": ("unchanged", 60),
        "towns": ("unchanged", None),
    }
    assert fetched["base"] == market.server_git("rev-parse", "main")
    job.mlgit("data", "update", "--step", "keep", "--folder", "../handed")
    shutil.rmtree(job.folder / ".dvc/cache")
    job.git("checkout", "--quiet", ".")
    done = job.mlgit("data", "update", "--step", "propose", "--local", "--folder", "../handed")
    assert "people: proposed" in done.out
    assert job.git("diff", "--name-only", "main", "mlgit/data/people") == "data/people.csv.dvc"
    digest = job.git("show", "mlgit/data/people:data/people.csv.dvc").partition("outs:")[2].split()[2]
    assert (market.folder / "storage/files/md5" / digest[:2] / digest[2:]).is_file()


def test_no_secret_reaches_what_is_handed_over_or_reported(
    market: Market, github: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "import os, sys; sys.exit('no ' + os.environ['CRM'] + ' for https://me:pw1@crm ' + str(os.environ.get('GITHUB_TOKEN')))"
    monkeypatch.setenv("CRM", "pass word/9")
    text = market.desk.read("mlgit.yaml")
    market.desk.write(
        "mlgit.yaml",
        text.replace(
            json.dumps(text[text.index("import os") : text.index("read_bytes())") + 13]), json.dumps(words)
        )
        + 'ct: {data: false, update: {schedule: "0 4 * * *", environment: crm, secrets: {CRM: CRM_KEY}}}\n',
    )
    market.push("A source that talks")
    market.propose("orders", exit_code=1)
    (issue,) = github.contents.issues()
    assert "no *** for https://***@crm None" in issue["body"]
    market.desk.mlgit("data", "update", "orders", "--step", "fetch", "--folder", "../handed")
    assert "pass" not in (market.folder / "handed/fetched.json").read_text()


def handed(market: Market) -> tuple[Path, dict[str, Any]]:
    """What the step `fetch` hands over of orders, fetched once for all markets: the commit is this one's."""

    def fetch(place: Path) -> None:
        market.source("orders", rows(61))
        market.desk.mlgit("data", "update", "orders", "--step", "fetch", "--folder", "../fetched")
        market.desk.git("checkout", "--quiet", ".")
        shutil.copytree(market.folder / "fetched", place, dirs_exist_ok=True)

    made_once(fetch.__qualname__, fetch, market.folder / "handed")
    place = market.folder / "handed/fetched.json"
    return place, json.loads(place.read_text()) | {"base": market.desk.git("rev-parse", "HEAD")}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"table": "strangers"}, "has no table 'strangers'"),
        ({"content": "../../desk/mlgit.yaml"}, "is no file of it"),
        ({"content": "files/7"}, "a file of it is missing"),
        ({"state": "splendid"}, "Invalid enum value"),
        ({"after": {"bytes": -1}}, "a table has 0 to"),
        ({"after": {"bytes": 1, "rows": 10**18}}, "a table has 0 to"),
        ({"before": {"bytes": 10**400}}, "a table has 0 to"),
        ({"held": [{"rule": "rows", "number": 10**18}]}, "Expected `int` <="),
        ({"notes": ["x"] * 101}, "of length <= 100"),
        ({"state": "failed", "detail": "x" * 2_001}, "of length <= 2000"),
        ({"at": 1e300}, "Expected `float` <="),
        ({"at": -1}, "Expected `float` >="),
        ({"base": "0" * 40}, "is no commit of main"),
        ({"base": "--upload-pack=x"}, "is no commit of main"),
        ({"twice": True}, "it holds 'orders' twice"),
    ],
)
def test_a_handoff_that_tries_more_is_refused(
    market: Market, github: StubServer, change: dict[str, Any], said: str
) -> None:
    place, fetched = handed(market)
    if set(change) & {"base", "at"}:
        fetched.update(change)
    elif "twice" in change:
        fetched["tables"] *= 2
    else:
        fetched["tables"][0].update(change)
    place.write_text(json.dumps(fetched))
    answer = market.desk.mlgit("data", "update", "--step", "propose", "--folder", "../handed", exit_code=2)
    assert said in answer.err
    assert (market.branches(), github.contents.pulls(), github.contents.issues()) == ([], [], [])


def test_words_of_a_source_are_no_commands_in_the_log_of_the_job_that_writes(
    market: Market, github: StubServer
) -> None:
    place, fetched = handed(market)
    trick = "gone\n::error file=train.py::Run this\r::stop-commands::x\n##[error]that\x1b[2J" + "y" * 1_500
    fetched["tables"][0].update({"state": "failed", "detail": trick, "content": ""})
    place.write_text(json.dumps(fetched))
    answer = market.desk.mlgit("data", "update", "--step", "propose", "--folder", "../handed", exit_code=1)
    (line,) = [line for line in answer.out.split("\n") if "gone" in line]
    assert line.startswith("orders: failed: gone ::error")
    assert "##[" not in answer.out
    assert "\x1b" not in answer.out
    assert "\r" not in answer.out
    assert len(line) < 600


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("path: orders.csv", "path: ../.github/workflows/evil.yml"),
        ("outs:", "cmd: curl evil\nouts:"),
        ("outs:", "deps:\n- path: https://evil.example/orders.csv\nouts:"),
        ("md5: ", "md5: ../../"),
        ("hash: md5", "hash: md5\n  remote: elsewhere"),
        ("hash: md5", "hash: sha1"),
        ("hash: md5", "hash: md5\n  etag: anything"),
        ("outs:", "md5: [curl, evil]\nouts:"),
        ("size: ", "size: -"),
        ("size: ", "nfiles: 99999999999999999999\n  size: "),
        ("outs:", f"#{'x' * 64_000}\nouts:"),
    ],
)
def test_a_pointer_that_says_more_than_new_data_is_refused(
    market: Market, github: StubServer, old: str, new: str
) -> None:
    place, fetched = handed(market)
    place.write_text(json.dumps(fetched))
    pointer = place.parent / "files/0"
    assert old in pointer.read_text()
    pointer.write_text(pointer.read_text().replace(old, new))
    answer = market.desk.mlgit("data", "update", "--step", "propose", "--folder", "../handed", exit_code=2)
    assert "would say more than which data there are now" in answer.err
    assert market.branches() == []


def test_words_beside_the_values_of_a_pointer_never_reach_the_commit(
    market: Market, github: StubServer
) -> None:
    place, fetched = handed(market)
    place.write_text(json.dumps(fetched))
    pointer = place.parent / "files/0"
    honest = pointer.read_text()
    pointer.write_text("# words\n" + honest.replace("outs:", "outs:   # more words") + "# and more\n")
    market.desk.mlgit("data", "update", "--step", "propose", "--folder", "../handed")
    assert market.server_git("show", "mlgit/data/orders:data/orders.csv.dvc") == honest.strip()


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("schemas/orders.yaml", "version", "# stricter\nversion"),
        ("mlgit.yaml", '"orders.csv"', '"orders-of-the-other-shop.csv"'),
        ("data/orders.csv.dvc", "size: ", "# by hand\n  size: "),
    ],
)
def test_what_the_default_branch_changed_meanwhile_waits_for_the_next_run(
    market: Market, github: StubServer, path: str, old: str, new: str
) -> None:
    place, fetched = handed(market)
    place.write_text(json.dumps(fetched))
    text = market.desk.read(path)
    assert old in text
    market.desk.write(path, text.replace(old, new, 1))
    market.push("Meanwhile")
    answer = market.desk.mlgit("data", "update", "--step", "propose", "--folder", "../handed")
    assert "orders: outdated" in answer.out
    assert market.branches() == []


def test_a_table_that_nobody_keeps_is_an_issue_that_says_the_cure(market: Market, github: StubServer) -> None:
    market.desk.git("rm", "--quiet", "--cached", "data/notes.csv")
    market.desk.write(".gitignore", "/data/notes.csv\n")
    market.push("Nobody keeps the notes")
    said = market.propose("notes", exit_code=1)["notes"]["text"]
    assert "neither DVC nor Git has data/notes.csv" in said
    assert "then dvc add or git add it, and commit" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--step", "fetch"), "--step and --folder go together"),
        (("--folder", "x"), "--step and --folder go together"),
        (("--local",), "--local needs --propose"),
        (("--dry-run",), "--dry-run needs --propose"),
        (("--step", "keep", "--folder", "x", "orders"), "only --step fetch takes tables"),
        (("--step", "fetch", "--folder", "x", "--propose"), "--step takes no --propose"),
        (("--step", "propose", "--local", "--folder", "nowhere"), "there is no fetched.json to go on with"),
        (("--propose", "--local", "nobody"), "there is no table 'nobody'"),
    ],
)
def test_wrong_wishes(market: Market, arguments: tuple[str, ...], said: str) -> None:
    assert said in market.desk.mlgit("data", "update", *arguments, exit_code=2).err


def test_a_source_that_hangs_is_stopped(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    hangs = ["python", "-c", "import subprocess; subprocess.run(['sleep', '300'])", "{path}"]
    market.desk.write(
        "mlgit.yaml",
        f"version: 1\ndata:\n  orders: {{path: data/orders.csv, schema: schemas/orders.yaml, source: {json.dumps(hangs)}}}\n"
        'ct: {update: {schedule: "0 4 * * *", minutes: 1}}\n',
    )
    market.push("It hangs")
    from mlgit.commands.data.propose.fetch import fetch
    from mlgit.world.context import SilentConsole, real_context

    times = iter([0.0, 59.0, 60.0])
    monkeypatch.chdir(market.desk.folder)
    import msgspec

    context = msgspec.structs.replace(real_context(SilentConsole()), clock=lambda: next(times))
    base = market.desk.git("rev-parse", "HEAD")
    (one,) = fetch(context, market.desk.folder, base, (), market.folder / "handed").tables
    assert (one.state, one.detail) == ("failed", "python did not finish within 1 seconds")


@pytest.mark.slow
@pytest.mark.parametrize("trial", range(6))
def test_killed_at_any_moment_and_run_again(market: Market, github: StubServer, trial: int) -> None:
    market.source("orders", rows(61))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    run = subprocess.Popen(
        (sys.executable, "-m", "mlgit", "data", "update", "orders", "--propose"),
        cwd=market.desk.folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(random.Random(trial).uniform(0.3, 5.0))
    if trial % 2:
        os.killpg(run.pid, signal.SIGKILL)
    else:
        run.kill()
    run.wait()
    market.propose("orders")
    assert market.branches() == ["mlgit/data/orders"]
    assert market.server_git("rev-list", "--count", "main..mlgit/data/orders") == "1"
    assert market.changed("mlgit/data/orders") == ["data/orders.csv.dvc"]
    assert in_storage(market, "mlgit/data/orders", "data/orders.csv.dvc")
    assert len(github.contents.pulls()) == 1
    assert market.desk.git("status", "--porcelain") == ""
    assert not list((market.desk.folder / ".git/mlgit/sandboxes").iterdir())


@pytest.mark.slow
def test_a_file_beside_the_repository_is_found_from_the_sandbox(tmp_path: Path) -> None:
    """A relative path of `dvc import-url` starts in the repository, wherever the data are fetched."""
    folder = make_shop(tmp_path)
    fresh_data(folder)
    shop = Person(folder / "shop")
    before = shop.contents()
    assert "people: proposed" in shop.mlgit("data", "update", "--propose", "--local").out
    pointer = shop.git("show", "mlgit/data/people:data/people.csv.dvc")
    assert "path: ../../origin.csv" in pointer
    changed = set(shop.git("diff", "--unified=0", "HEAD", "mlgit/data/people").splitlines())
    assert not [line for line in changed if line.startswith(("-  path", "+  path"))]
    assert {path: one for path, one in shop.contents().items() if not path.startswith(".dvc/")} == {
        path: one for path, one in before.items() if not path.startswith(".dvc/")
    }
