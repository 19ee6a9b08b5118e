"""`mlgit promote`, `rollback` and `history`: environments through the command line, with a server and two desks."""

from __future__ import annotations

from tests.cli.delivery_repository import SETTINGS, Delivery
from tests.driver import Person


def test_the_whole_way_forward_and_back(registered: Delivery) -> None:
    desk = registered.desk
    before = desk.contents(), desk.git("status", "--porcelain"), desk.git("rev-parse", "HEAD")
    made = registered.json("promote", "small@v0.2.0", "staging")
    assert (made["outcome"], made["to"], made["replaced"]) == ("committed", "v0.2.0", "")
    assert (desk.contents(), desk.git("status", "--porcelain"), desk.git("rev-parse", "HEAD")) == before
    registered.refused("promote-order", "promote", "small@v0.3.0", "production")
    registered.mlgit("promote", "small", "production", "--reason", "first model")
    assert (registered.runs("staging"), registered.runs("production")) == ("v0.2.0", "v0.2.0")
    assert registered.json("promote", "small", "production")["outcome"] == "unchanged"
    made = registered.json("promote", "small", "staging")
    assert (made["to"], made["replaced"], made["gate"]) == ("v0.3.0", "v0.2.0", "PASS against v0.2.0")
    message = Person(registered.server).git("log", "-1", "--format=%B", "main")
    assert message.startswith("Promote small v0.3.0 to staging\n")
    assert "| `slope` | 7.5 | 10 |" in message.replace("\N{NO-BREAK SPACE}", " ")
    assert "Mlgit-Environment: small@v0.3.0 staging" in message
    assert "- trained by `Test Author`, " in message
    assert "- registered by `Test " in message
    assert "- where it came from: `mlgit lineage small@" in message
    registered.refused("promote-backwards", "promote", "small@v0.1.0", "staging")
    made = registered.json("rollback", "small", "staging", "--reason", "returns spike")
    assert (made["to"], made["replaced"], made["outcome"]) == ("v0.2.0", "v0.3.0", "committed")
    assert 'why: "returns spike"' in registered.desired("staging")
    again = registered.json("rollback", "small", "staging", "--reason", "returns spike")
    assert (again["outcome"], again["to"]) == ("unchanged", "v0.2.0")
    registered.refused("rollback-unknown", "rollback", "small", "staging", "--reason", "again")
    registered.refused(
        "rollback-unknown", "rollback", "small", "staging", "--to", "v0.1.0", "--reason", "never ran there"
    )
    other = registered.clone("reader")
    told = other.json("history")
    assert [(one["environment"], one["version"], one["action"]) for one in told["spans"]] == [
        ("staging", "v0.2.0", "promote"),
        ("production", "v0.2.0", "promote"),
        ("staging", "v0.3.0", "promote"),
        ("staging", "v0.2.0", "rollback"),
    ]
    assert [one["until"] is None for one in told["spans"]] == [False, True, False, True]
    text = other.mlgit("history", "small", "--env", "staging").out
    assert "rolled back" in text
    assert "returns spike" in text
    assert "production" not in text
    assert not other.json("history", "--at", "2020-01-01")["spans"]
    assert len(other.json("history", "--at", "2100-01-01")["spans"]) == 2
    assert "staging, production" in other.mlgit("models").out.replace(
        "production, staging", "staging, production"
    )
    assert "error[date]" in other.mlgit("history", "--at", "yesterday", exit_code=2).err
    desired = other.json("status")["environments"]
    assert {(one["environment"], one["version"]) for one in desired} == {
        ("staging", "v0.2.0"),
        ("production", "v0.2.0"),
    }


def test_a_worse_model_is_refused_against_what_runs_there(registered: Delivery) -> None:
    desk = registered.desk
    desk.write("mlgit.yaml", SETTINGS.replace("margin: 1.0", "margin: 9.0"))
    desk.commit("Looser gates")
    registered.push()
    registered.mlgit("promote", "small", "staging")
    registered.pull()
    registered.train(1)
    assert registered.json("register", "small")["version"] == "v0.4.0"
    desk.write("mlgit.yaml", SETTINGS)
    desk.commit("Strict gates again")
    registered.push()
    assert "FAIL against v0.3.0" in registered.refused("promote-gate", "promote", "small", "staging")
    desk.write(
        "mlgit.yaml", SETTINGS.partition("    gates:")[0] + "environments: {staging: {approval: gate}}\n"
    )
    desk.commit("No gates")
    registered.push()
    assert "has none" in registered.refused("promote-gate", "promote", "small", "staging")


def test_a_pull_request_tells_the_comparison_and_takes_effect_with_its_merge(registered: Delivery) -> None:
    desk = registered.desk
    desk.write(
        "mlgit.yaml", SETTINGS.replace("production: {approval: gate}", "production: {approval: pull_request}")
    )
    desk.commit("A person lets models into production")
    local = ("--local",)
    registered.mlgit("promote", "small@v0.2.0", "staging", *local)
    assert desk.git("status", "--porcelain") == ""
    first = registered.json("promote", "small", "production", *local)
    assert (first["outcome"], first["branch"]) == ("proposed", "mlgit/promote/production/small")
    assert registered.json("promote", "small", "production", *local)["commit"] == first["commit"]
    desk.git("merge", "--quiet", "--no-ff", "--message", "Merge", first["branch"])
    registered.mlgit("promote", "small", "staging", *local)
    second = registered.json("promote", "small", "production", *local)
    body = (desk.folder / ".git/mlgit/forge/items").glob("*.json")
    texts = [path.read_text() for path in sorted(body)]
    assert any(
        "Promote small v0.3.0 to production" in text and "PASS" in text and "7.5" in text for text in texts
    )
    assert desk.git("diff", "--name-only", "main", second["branch"]) == "deploy/production.yaml"
    spans = registered.json("history", "--env", "production", *local)["spans"]
    assert [(one["version"], one["approved_by"]) for one in spans] == [
        ("v0.2.0", "Test Author <author@example.org>")
    ]
    made = registered.json("rollback", "small", "staging", "--reason", "look", "--propose", *local)
    assert (made["outcome"], made["branch"]) == ("proposed", "mlgit/rollback/staging/small")


def test_a_local_change_never_takes_edited_files_along(registered: Delivery) -> None:
    desk = registered.desk
    desk.write("deploy/staging.yaml", "mine\n")
    assert "checked out" in registered.mlgit("promote", "small", "staging", "--local", exit_code=4).err
    assert desk.read("deploy/staging.yaml") == "mine\n"


def test_what_is_not_merged_pushed_or_stored_stays_out(registered: Delivery) -> None:
    desk = registered.desk
    desk.git("tag", "--delete", "small@v0.3.0")
    desk.git("push", "--quiet", "origin", ":small@v0.3.0")
    desk.git("switch", "--quiet", "--create", "side")
    registered.mlgit("register", "small", "--local", "--bump", "major")
    registered.refused("version-unpushed", "promote", "small", "staging")
    desk.git("push", "--quiet", "origin", "small@v1.0.0")
    desk.git("push", "--quiet", "--force", "origin", f"{registered.trained(3)}:main")
    registered.refused("version-unmerged", "promote", "small", "staging")
    desk.git("push", "--quiet", "origin", "side:main")
    registered.mlgit("promote", "small@v0.2.0", "staging")
    registered.mlgit("promote", "small", "staging")
    registered.stored(registered.folder / "storage", b'{"slope": 7.5}').unlink()
    assert "dvc push" in registered.refused(
        "artifact-not-stored", "rollback", "small", "staging", "--reason", "x"
    )


def test_forged_moved_lightweight_and_deleted_tags(registered: Delivery) -> None:
    desk, server = registered.desk, Person(registered.server)
    registered.mlgit("promote", "small@v0.1.0", "staging")
    registered.mlgit("promote", "small@v0.2.0", "staging")
    message = desk.git("tag", "-l", "--format=%(contents)", "small@v0.3.0")
    forged = (
        message.replace("v0.3.0", "v0.4.0")
        .replace('"digest":"md5:', '"digest":"md5:0000')
        .replace("0000", "0000", 1)
    )
    start = forged.index('"digest":"md5:') + len('"digest":"md5:')
    forged = forged[:start] + "0" * 32 + forged[forged.index('"', start) :]
    desk.git(
        "tag", "--annotate", "--cleanup=verbatim", "--message", forged, "small@v0.4.0", registered.trained(4)
    )
    desk.git("push", "--quiet", "origin", "small@v0.4.0")
    assert "its commit has md5:" in registered.refused("version-forged", "promote", "small", "staging")
    desk.git("tag", "small@v0.5.0")
    desk.git("push", "--quiet", "origin", "small@v0.5.0")
    assert "lightweight" in registered.refused("version-untrusted", "promote", "small@v0.5.0", "staging")
    desk.git("tag", "--annotate", "--message", "gone", "small@v0.3.0!#1")
    desk.git("push", "--quiet", "origin", "small@v0.3.0!#1")
    registered.refused("version-deregistered", "promote", "small@v0.3.0", "staging")
    old = server.git("rev-parse", "small@v0.1.0^{tag}")
    other = registered.clone("other")
    tagged = other.desk.git("tag", "-l", "--format=%(contents)", "small@v0.1.0").replace(
        registered.trained(2), registered.trained(4)
    )
    other.desk.git(
        "tag",
        "--force",
        "--annotate",
        "--cleanup=verbatim",
        "--message",
        tagged,
        "small@v0.1.0",
        registered.trained(4),
    )
    other.desk.git("push", "--quiet", "--force", "origin", "small@v0.1.0")
    registered.refused("tag-moved", "rollback", "small", "staging", "--reason", "x")
    other.refused("version-moved", "rollback", "small", "staging", "--reason", "x")
    server.git("update-ref", "refs/tags/small@v0.1.0", old)
    desk.git("tag", "--delete", "small@v0.1.0")
    server.git("update-ref", "-d", "refs/tags/small@v0.1.0")
    registered.refused("version-unknown", "rollback", "small", "staging", "--reason", "x")


def test_a_deploy_file_that_a_person_edited(registered: Delivery) -> None:
    registered.mlgit("promote", "small@v0.2.0", "staging")
    registered.pull()
    desk, path = registered.desk, "deploy/staging.yaml"
    good = desk.read(path)
    desk.write(path, good.replace("\n", "\r\n").replace('  "small":', "  small:  # by hand"))
    desk.commit("A person was here, with CRLF")
    registered.push()
    assert registered.json("promote", "small", "staging")["replaced"] == "v0.2.0"
    assert "\r" not in registered.desired("staging")
    registered.pull()
    desk.write(path, good.replace('version: "v0', 'version: "0'))
    desk.commit("Break it")
    registered.push()
    assert "deploy/staging.yaml:5" in registered.refused("deploy-file", "promote", "small", "staging")
    answer = registered.mlgit("history", exit_code=1)
    assert "unreadable" in answer.out
    assert "deploy/staging.yaml" in registered.mlgit("models", exit_code=1).out
    assert registered.mlgit("status", exit_code=1).out.count("deploy/staging.yaml") >= 1


def test_two_desks_at_once_lose_nothing(registered: Delivery) -> None:
    other = registered.clone("second")
    registered.mlgit("promote", "small@v0.1.0", "staging")
    other.mlgit("promote", "small@v0.1.0", "production")
    registered.mlgit("promote", "small@v0.2.0", "staging")
    other.mlgit("rollback", "small", "staging", "--reason", "seen by the other desk")
    assert (registered.runs("staging"), registered.runs("production")) == ("v0.1.0", "v0.1.0")
    assert Person(registered.server).git("rev-list", "--merges", "main") == ""


def test_a_file_where_the_folder_of_the_environments_belongs_stays(registered: Delivery) -> None:
    registered.desk.write("deploy", "a script of mine\n")
    registered.desk.commit("A script")
    registered.push()
    registered.refused("deploy-file", "promote", "small", "staging")
    assert Person(registered.server).git("show", "main:deploy") == "a script of mine"


def test_a_protected_branch_without_a_forge_is_named_beside_what_is_missing(registered: Delivery) -> None:
    registered.protect()
    said = registered.mlgit("promote", "small", "staging", exit_code=None).err
    assert "Changes must be made through a pull request; nor can it be proposed: there is no token" in said


def test_wrong_words(registered: Delivery) -> None:
    registered.refused("environment-unknown", "promote", "small", "moon")
    registered.refused("version-unknown", "promote", "nothere", "staging")
    registered.refused("version-unknown", "promote", "small@v9.9.9", "staging")
    registered.refused("rollback-nothing", "rollback", "small", "staging", "--reason", "x")
    assert "--reason" in registered.mlgit("rollback", "small", "staging", exit_code=2).err
    assert "Nothing had to run" in registered.mlgit("history").out
