"""`mlgit register` and `mlgit models`: versions as tags that GTO and DVC read, and everything that is refused."""

from __future__ import annotations

import json
import re
import sys
from hashlib import sha256
from pathlib import Path

from tests.cli.delivery_repository import SETTINGS, Delivery
from tests.driver import Person

GTO = str(Path(sys.executable).parent / "gto")


def test_versions_are_read_back_by_gto_and_dvc(registered: Delivery) -> None:
    desk = registered.desk
    listed = registered.json("models")["models"][0]["versions"]
    shown = json.loads(desk.run(GTO, "show", "small", "--json").out)
    assert [(one["version"], one["commit_hexsha"]) for one in shown] == [
        (one["version"]["version"], one["version"]["commit"]) for one in listed
    ]
    record = listed[0]["version"]["record"]
    assert (record["version"], record["commit"]) == ("v0.3.0", registered.trained(4))
    assert (record["verdict"], record["against"]) == ("PASS", "v0.2.0")
    assert record["digest"].removeprefix("md5:") in desk.read("dvc.lock")
    assert record["metrics"]["metrics.json"] == {"slope": 10.0, "rows": 2}
    desk.dvc("artifacts", "get", str(desk.folder), "small", "--rev", "v0.2.0", "-o", "got.json")
    assert json.loads(desk.read("got.json"))["slope"] == 7.5
    assert "slope 10" in registered.mlgit("models").out
    card = registered.mlgit("models", "small@v0.2.0", "--card").out
    assert card.startswith("## Model card: `small` `v0.2.0`\n")
    assert "| `slope` | 7.5 |" in card
    assert re.search(r"^### Gates: PASS.* against `v0.1.0`$", card, re.M)


def test_the_record_of_a_real_training_is_named_by_its_digest(small: Person) -> None:
    small.dvc("push", "--quiet")
    answer = small.mlgit("register", "small", "--local", "--json")
    record = json.loads(answer.out)
    content = (small.folder / record["run"]["path"]).read_bytes()
    assert record["run"]["sha256"] == sha256(content).hexdigest()
    assert "names no artifact small" in answer.err
    card = small.mlgit("models", "small", "--card", "--local").out
    assert record["run"]["sha256"] in card
    assert "`data/raw.csv`" in card


def test_the_commit_that_trained_it_is_tagged_and_no_file_is_touched(delivery: Delivery) -> None:
    delivery.desk.write("notes.md", "later\n")
    delivery.desk.commit("Something else")
    before = delivery.desk.contents()
    record = delivery.json("register", "small", "--bump", "major")
    assert (record["version"], record["commit"]) == ("v1.0.0", delivery.trained(4))
    assert delivery.desk.contents() == before
    assert "small@v1.0.0" in delivery.refs()


def test_the_same_model_is_registered_once(registered: Delivery) -> None:
    assert "small@v0.3.0" in registered.refused("register-same", "register", "small", "--bump", "major")
    other = registered.clone("second", "--no-tags")
    other.refused("register-same", "register", "small")


def test_a_stale_lock_is_refused(delivery: Delivery) -> None:
    delivery.desk.write("params.yaml", "factor: 9\nunused: 1\n")
    commit = delivery.desk.commit("Not trained")
    for arguments in ((), ("--at", commit)):
        assert "factor: 4 -> 9" in delivery.refused("register-stale", "register", "small", *arguments)


def test_a_model_that_is_not_in_the_remote_is_refused(delivery: Delivery) -> None:
    stored = delivery.stored(delivery.folder / "storage", b'{"slope": 10.0}')
    stored.chmod(0o644)
    stored.write_text('{"slope": 1}')
    stored.chmod(0o444)  # DVC believes what is protected
    delivery.refused("artifact-swapped", "register", "small")
    stored.unlink()
    kept = delivery.stored(delivery.desk.folder / ".dvc" / "cache", b'{"slope": 10.0}')
    content = kept.read_bytes()
    kept.unlink()
    assert "dvc push" in delivery.refused("artifact-not-stored", "register", "small")
    kept.write_bytes(content)
    kept.chmod(0o444)
    assert "pushed to the DVC remote" in delivery.mlgit("register", "small").err
    assert stored.read_bytes() == content


def test_a_failed_gate_is_refused_and_an_undecided_one_by_configuration(registered: Delivery) -> None:
    desk = registered.desk
    desk.git("push", "--quiet", "origin", ":small@v0.1.0")
    desk.git("tag", "--delete", "small@v0.1.0")
    worse = registered.trained(2)
    assert "FAIL against v0.3.0" in registered.refused("register-gate", "register", "small", "--at", worse)
    desk.git("switch", "--quiet", "--create", "again", worse)
    settings = SETTINGS.replace("slope: {mode: point, min: 1.0, ", "rmse: {")
    desk.write("mlgit.yaml", settings)
    asked = desk.commit("Ask for what only predictions tell")
    assert "UNDECIDED" in registered.refused("register-gate", "register", "small", "--at", asked)
    desk.write(
        "mlgit.yaml", settings.replace("    directions:", "    undecided: {promote: warn}\n    directions:")
    )
    desk.commit("Let it pass")
    assert registered.json("register", "small", "--at", "HEAD")["verdict"] == "UNDECIDED"


def test_the_first_version_has_to_fulfil_what_needs_no_other(delivery: Delivery) -> None:
    delivery.desk.write("mlgit.yaml", SETTINGS.replace("min: 1.0", "min: 11.0"))
    delivery.desk.commit("Ask for more")
    assert "slope min is FAIL" in delivery.refused("register-gate", "register", "small", "--at", "HEAD")


def test_a_clone_that_lacks_history_is_refused_and_missing_tags_are_brought(registered: Delivery) -> None:
    shallow = registered.clone("shallow", "--depth", "1")
    assert "--unshallow" in shallow.refused("tags-missing", "register", "small")
    bare = registered.clone("bare", "--no-tags")
    bare.refused("register-same", "register", "small")
    assert "small@v0.1.0" in bare.desk.git("tag")
    assert "versions may be missing (git fetch --unshallow --tags)" in shallow.mlgit("models").out
    assert (shallow.json("models")["complete"], bare.json("models")["complete"]) == (False, True)


def test_a_clone_with_one_remote_of_another_name_reads_it_and_is_told_its_name(registered: Delivery) -> None:
    registered.mlgit("promote", "small", "staging")
    other = registered.clone("other", "--origin", "upstream")
    registered.mlgit("promote", "small", "production")
    other.desk.git("fetch", "--quiet", "upstream")
    spans = other.json("history")["spans"]
    assert [one["environment"] for one in spans] == ["staging", "production"]
    assert "--remote NAME takes another (here: upstream)" in other.refused(
        "remote-unknown", "register", "small"
    )
    bare = Delivery(registered.folder)
    bare.desk = Person(registered.server)
    assert bare.json("history")["spans"] == spans


def test_tags_without_a_branch_are_listed_all_the_same(registered: Delivery) -> None:
    desk = registered.desk
    desk.git("tag", "--delete", "small@v0.1.0", "small@v0.2.0")
    desk.git("switch", "--quiet", "--detach")
    desk.git("branch", "--quiet", "--delete", "--force", "main")
    desk.git("remote", "remove", "origin")
    found = registered.json("models")
    assert found["commit"] is None
    assert [one["version"]["version"] for one in found["models"][0]["versions"]] == ["v0.3.0"]


def test_a_clone_without_the_remote_is_told_what_to_do(delivery: Delivery) -> None:
    delivery.desk.git("remote", "remove", "origin")
    said = delivery.refused("remote-unknown", "register", "small")
    assert "(here: none); git remote add origin URL; or --local" in said
    unreachable = delivery.mlgit("register", "small", "--remote", "../no", exit_code=4)
    assert "error[git-failed]" in unreachable.err


def test_a_moved_tag_is_named(registered: Delivery) -> None:
    other = registered.clone("other")
    other.desk.git("tag", "--force", "--annotate", "--message", "moved", "small@v0.1.0", "HEAD")
    other.desk.git("push", "--quiet", "--force", "origin", "small@v0.1.0")
    assert "small@v0.1.0" in registered.refused("tag-moved", "register", "small")


def test_a_card_says_what_is_required(delivery: Delivery) -> None:
    delivery.desk.write("mlgit.yaml", SETTINGS + "card: {required: [intended_use]}\n")
    delivery.desk.commit("Require a topic")
    assert "intended_use" in delivery.refused("card-incomplete", "register", "small")
    text = "    card: {intended_use: 'Slopes | of <b>hills</b>'}\n"
    delivery.desk.write(
        "mlgit.yaml", delivery.desk.read("mlgit.yaml").replace("    directions:", text + "    directions:")
    )
    delivery.desk.commit("Say it")
    assert delivery.json("register", "small")["commit"] == delivery.trained(4)
    card = delivery.mlgit("models", "small", "--card").out
    assert "### Intended use\n\n`Slopes | of <b>hills</b>`" in card


def test_what_somebody_else_tagged_is_listed_and_named(registered: Delivery) -> None:
    desk = registered.desk
    desk.git("tag", "small@v3.0.0")
    desk.git("tag", "--annotate", "--message", "by hand", "small@v2.0.0")
    desk.git("tag", "--annotate", "--message", "stray", "release-1")
    message = desk.git("tag", "-l", "--format=%(contents)", "small@v0.3.0")
    desk.git("tag", "--annotate", "--cleanup=verbatim", "--message", message, "small@v9.0.0")
    listed = {
        one["version"]["version"]: one["version"]
        for one in registered.json("models")["models"][0]["versions"]
    }
    assert "lightweight" in listed["v3.0.0"]["errors"][0]
    assert (listed["v2.0.0"]["record"], listed["v2.0.0"]["errors"]) == (None, [])
    assert listed["v9.0.0"]["errors"] == ["its message says version 'v0.3.0' instead of 'v9.0.0'"]
    assert "not made by mlgit" in registered.mlgit("models").out


def test_a_model_that_was_trained_before_mlgit_yaml_named_it(delivery: Delivery) -> None:
    desk = delivery.desk
    desk.git("mv", "mlgit.yaml", "later.yaml")
    desk.git("commit", "--quiet", "--amend", "--message", "Train with 4")
    desk.git("mv", "later.yaml", "mlgit.yaml")
    adopted = desk.commit("Adopt it")
    assert delivery.json("register", "small")["commit"] == adopted


def test_wrong_words(delivery: Delivery) -> None:
    delivery.refused("model-unknown", "register", "nothere")
    delivery.refused("revision-unknown", "register", "small", "--at", "nothere")
    assert "No model is registered" in delivery.mlgit("models").out
    delivery.refused("version-unknown", "models", "small")
