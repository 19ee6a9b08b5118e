"""What changed in the data, in the comment of a pull request: told of what is here, fetched of the base, believed of nobody."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.comment_scene import BASE, HEAD, claim, event, write_files
from tests.cli.test_comment_artifact import Desk
from tests.cli.test_comment_artifact import desk as desk
from tests.driver import Person
from tests.isolation import in_isolation
from tests.unit.data.tables import draw, write_rows

CONFIGURATION = """\
version: 1
models:
  churn: {artifact: model.txt, predictions: predictions.csv, metrics: [metrics.json]}
data:
  customers: {path: data/customers.csv, schema: schemas/customers.yaml}
"""
TABLE = "data/customers.csv"
SECRETS = ("Bremen", "'yes'")


@pytest.fixture(scope="session")
def branched_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A repository whose branch changes a table, a folder of files and a table in Git, and renames one; pushed to a folder."""
    with in_isolation(tmp_path_factory.mktemp("home")):
        person = Person(tmp_path_factory.mktemp("branched") / "desk")
        person.folder.mkdir()
        person.git("init", "--quiet", "--initial-branch", "trunk")
        person.dvc("init", "--quiet")
        person.dvc("remote", "add", "--quiet", "--default", "storage", "../storage")
        person.write("mlgit.yaml", CONFIGURATION + "ci: {branch: trunk}\n")
        (person.folder / "data").mkdir()
        write_rows(person.folder / TABLE, draw(400, 1))
        for number in range(3):
            person.write(f"images/{number}.txt", f"picture {number}\n")
        person.write("codes.csv", "code,value\na,1\nb,2\n")
        person.write("old.csv", "code,place\na,1\nb,2\n")
        person.write("metrics.json", '{"auc": 0.8}\n')
        person.write("predictions.csv", "id,label\na,1\n")
        person.dvc("add", "--quiet", TABLE, "images", "old.csv")
        person.mlgit("data", "schema", "customers", "--target", "churned")
        person.dvc("push", "--quiet")
        person.commit("Start")
        person.git("switch", "--quiet", "--create", "change")
        rows = [list(row) for row in draw(400, 1)[1:]]
        rows[0][3] = "Bremen"
        older = [[row[0], str(20 + int(row[1] or 0)), *row[2:]] for row in draw(200, 9, first_id=1001)]
        write_rows(person.folder / TABLE, [*rows, *older])
        person.write("images/3.txt", "picture 0\n")
        (person.folder / "images/0.txt").unlink()
        person.write("images/1.txt", "another picture\n")
        person.write("codes.csv", "code,value,more\na,1,x\nb,3,y\n")
        person.write("predictions.csv", "id,label\na,0\n")
        (person.folder / "old.csv").rename(person.folder / "new.csv")
        (person.folder / "old.csv.dvc").unlink()
        person.dvc("add", "--quiet", TABLE, "images", "new.csv")
        person.dvc("push", "--quiet")
        person.commit("New data")
        yield person.folder.parent


@pytest.fixture
def branched(branched_once: Path, tmp_path: Path) -> Person:
    """The same, one's own."""
    copy = tmp_path / "branched"
    shutil.copytree(branched_once, copy, symlinks=True)
    return Person(copy / "desk")


def section(body: str) -> str:
    """Return what a comment tells of the data."""
    told = body.partition("<details><summary>What changed in the data")[2]
    return told.partition("</details>")[0]


def fetched(clone: Person) -> str:
    """Name what is needed of the base and fetch it, as the job does; return what was said."""
    said = clone.mlgit("data", "diff", "origin/trunk", "HEAD", "--needs", "../needs").out
    clone.dvc("--cd", "../needs", "fetch", "--quiet")
    return said


def cloned(person: Person) -> Person:
    """A fresh clone, as a job has it, with what its head needs alone."""
    place = person.folder.parent / "ci"
    person.git("clone", "--quiet", "--branch", "change", str(person.folder), str(place))
    clone = Person(place)
    clone.dvc("pull", "--quiet")
    return clone


def test_the_comment_tells_each_table_as_deep_as_it_was_looked_at(branched: Person) -> None:
    body = branched.mlgit("comment", "--dry-run").out
    told = section(body)
    assert told.startswith(
        ": 3 changed, 1 renamed, 201 rows added, 2 rows removed, 1 row changed, 1 column added, 1 column moved"
    )
    assert (
        "#### `customers`, `data/customers.csv`: changed\n\ntold by the contents\n\nrows: 400 → 599" in told
    )
    assert "200 added, 1 removed, 1 changed; by the key `customer_id`" in told
    assert "changed values: `city` in 1 row" in told
    assert "1 of 5 columns moved, in the 201 rows that came" in told
    assert "| `age` | moved | `mean` |" in told
    assert "- not judged: `joined`: `days move on`" in told
    assert "no shift seen" not in told
    assert "- \\+ column `more`: `string`" in told
    assert "#### `images`: changed\n\ntold by the lists of files, without the contents" in told
    assert "- → `3.txt` was `0.txt`" in told
    assert "#### `new.csv`: renamed\n\ntold by digests alone; was `old.csv`" in told
    assert "predictions.csv" not in told
    assert body.startswith(body[: body.index("##")] + "## ⚠️ ")


def test_no_value_of_the_data_is_in_it_unless_both_sides_let_them(branched: Person) -> None:
    told = section(branched.mlgit("comment", "--dry-run").out)
    assert [one for one in SECRETS if one in told] == []
    branched.write("mlgit.yaml", branched.read("mlgit.yaml") + "forge: {show_values: true}\n")
    branched.commit("Let them")
    assert [one for one in SECRETS if one in section(branched.mlgit("comment", "--dry-run").out)] == []
    told = section(branched.mlgit("comment", "HEAD", "--dry-run").out)
    assert told == ""
    branched.git("switch", "--quiet", "--detach", "HEAD~1")
    branched.git("switch", "--quiet", "-C", "trunk", "trunk")
    branched.write("mlgit.yaml", branched.read("mlgit.yaml") + "forge: {show_values: true}\n")
    base = branched.commit("Let them")
    assert "`Berlin` → `Bremen`" in section(branched.mlgit("comment", base, "change", "--dry-run").out)


def test_in_a_job_the_values_stay_in_the_job_and_its_summary_tells_the_rest(
    branched: Person, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "Bremen" in branched.mlgit("data", "diff", "trunk", "HEAD").out
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    answer = branched.mlgit("data", "diff", "trunk", "HEAD", "--report", str(tmp_path / "data-diff.json"))
    written = [(tmp_path / name).read_text() for name in ("summary.md", "data-diff.json")]
    assert [one for one in SECRETS if one in answer.out + answer.err + "".join(written)] == []
    assert "200 added, 1 removed, 1 changed" in written[0]
    assert "share of a range" in answer.out or "mean" in answer.out


def test_what_changed_of_the_base_is_fetched_and_nothing_else(branched: Person) -> None:
    clone = cloned(branched)
    alone = section(clone.mlgit("comment", "origin/trunk", "HEAD", "--dry-run").out)
    storage = clone.folder.parent / "storage"
    storage.rename(storage.with_name("away"))
    without = section(clone.mlgit("comment", "origin/trunk", "HEAD", "--dry-run").out)
    assert "rows: not told, `the content of data/customers.csv is neither in the cache nor" in without
    assert "`customers`, `data/customers.csv`: changed\n\ntold by digests alone" in without
    assert "files: not told" in without
    storage.with_name("away").rename(storage)
    before = {path for path in clone.contents() if path.startswith(".dvc/cache/")}
    said = fetched(clone)
    assert "  data/customers.csv\n  images\n" in said or "  images\n  data/customers.csv\n" in said
    assert "old.csv" not in said
    came = {path for path in clone.contents() if path.startswith(".dvc/cache/")} - before
    assert len(came) == 3  # the table, the list of the folder, and the one content of it that the head lacks
    shutil.rmtree(storage)
    assert section(clone.mlgit("comment", "origin/trunk", "HEAD", "--dry-run").out) == alone
    again = clone.mlgit("data", "diff", "origin/trunk", "HEAD", "--needs", "../again").out
    assert again.startswith("nothing has to be fetched")
    assert not (clone.folder.parent / "again").exists()


def test_nothing_of_the_head_says_what_is_fetched_or_from_where(branched: Person) -> None:
    branched.dvc("remote", "modify", "--quiet", "storage", "url", "../evil")
    branched.commit("Point elsewhere")
    place = branched.folder.parent / "ci"
    branched.git("clone", "--quiet", "--branch", "change", str(branched.folder), str(place))
    clone = Person(place)
    assert "fetch it: dvc --cd ../needs fetch" in fetched(clone)
    needs = place.parent / "needs"
    assert "evil" not in "".join(one.read_text() for one in needs.rglob("*") if one.is_file())
    assert f"url = {place.parent / 'storage'}" in (needs / ".dvc/config.local").read_text()


def test_what_is_too_large_is_not_fetched_and_named(branched: Person) -> None:
    branched.git("switch", "--quiet", "trunk")
    pointer = branched.read(f"{TABLE}.dvc")
    size = next(line for line in pointer.splitlines() if "size:" in line)
    branched.write(f"{TABLE}.dvc", pointer.replace(size, "  size: 2000000000"))
    branched.commit("A large table")
    shutil.rmtree(branched.folder / ".dvc/cache")
    said = branched.mlgit("data", "diff", "trunk", "change", "--needs", "../needs").out
    assert "not fetched, because too large: data/customers.csv" in said
    assert len(list((branched.folder.parent / "needs").glob("[0-9]*.dvc"))) == 1


def test_a_pointer_with_a_remote_of_its_own_is_fetched_from_there(branched: Person) -> None:
    branched.git("switch", "--quiet", "trunk")
    branched.dvc("remote", "add", "--quiet", "other", "../other")
    branched.write(f"{TABLE}.dvc", branched.read(f"{TABLE}.dvc").rstrip() + "\n  remote: other\n")
    branched.dvc("checkout", "--quiet", "--force")
    branched.dvc("push", "--quiet")
    branched.commit("Keep it elsewhere")
    [kept] = (one for one in (branched.folder.parent / "other/files").rglob("*") if one.is_file())
    (branched.folder.parent / "storage/files/md5" / kept.parent.name / kept.name).unlink()
    shutil.rmtree(branched.folder / ".dvc/cache")
    branched.mlgit("data", "diff", "trunk", "change", "--needs", "../needs")
    branched.dvc("--cd", "../needs", "fetch", "--quiet")
    assert (branched.folder / ".dvc/cache/files/md5" / kept.parent.name / kept.name).exists()


def report(**changes: Any) -> dict[str, Any]:
    """Return data-diff.json of an honest run, changed."""
    rows = {"by": "key", "key": "id", "base": 10, "head": 12, "added": 2, "changed": 0}
    table = {"name": "customers", "path": TABLE, "state": "changed", "looked_at": "rows", "rows": rows}
    return {"version": 1, "base": BASE, "head": HEAD, "tables": [table], **changes}


def test_the_half_that_may_write_shows_what_the_run_found(desk: Desk) -> None:
    write_files(desk.folder, {**desk.honest(), "data-diff.json": report()})
    desk.comment()
    assert ": 1 changed, 2 rows added</summary>" in section(desk.bodies()[0])
    assert "rows: 10 → 12: 2 added, 0 removed, 0 changed; by the key `id`" in section(desk.bodies()[0])
    [check] = desk.github.contents.checks()
    assert check["conclusion"] == "neutral"
    write_files(desk.folder, desk.honest())
    (desk.folder / "data-diff.json").unlink()
    desk.comment()
    assert section(desk.bodies()[0]) == ""


def test_a_run_that_compared_no_model_tells_of_its_data_all_the_same(desk: Desk) -> None:
    checks = {"version": 1, "checks": [{"subject": "data", "name": "t", "state": "passed", "detail": "kept"}]}
    write_files(desk.folder, {"check-data.json": checks, "data-diff.json": report(base="c" * 40)})
    desk.comment()
    assert "2 rows added" in section(desk.bodies()[0])


def test_values_that_a_run_handed_over_are_shown_where_the_default_branch_lets_them(desk: Desk) -> None:
    told = report()
    told["tables"][0]["rows"]["first"] = [{"key": "zacharias", "state": "added"}]
    write_files(desk.folder, {**desk.honest(), "data-diff.json": told})
    desk.comment()
    assert "zacharias" not in desk.bodies()[0]
    desk.person.write("mlgit.yaml", desk.person.read("mlgit.yaml") + "forge: {show_values: true}\n")
    desk.comment()
    assert "- \\+ `zacharias`" in section(desk.bodies()[0])


HOSTILE = (
    "@octocat #1 <img src=x> </details> [a](http://evil.example) ` ``` | **b** <!-- mlgit:comment -->\n# h"
)


def test_every_text_of_a_hostile_report_stands_in_a_code_span(desk: Desk) -> None:
    one = HOSTILE
    side = {"path": one, "kind": "file", "kept": "DVC", "digest": one}
    shift = {
        "column": one,
        "state": "moved",
        "what": one,
        "base": 1e300,
        "head": 1,
        "effect": 1,
        "level": 0.9,
    }
    table = {
        "name": one, "path": one, "state": "changed", "looked_at": "rows", "reason": one,
        "base": {**side, "path": one + "x"}, "head": side,
        "files": {"base": 1, "head": 1, "changed": 1, "first": [{"path": one, "state": "changed", "renamed_from": one}]},
        "columns": [{"column": one, "state": "type", "base": one, "head": one}],
        "rows": {"by": "key", "key": one, "note": one, "added": 1, "columns": [{"column": one, "rows": 1}],
                 "first": [{"key": one, "state": "changed", "values": [{"column": one, "base": one, "head": one}]}]},
        "shifts": {"rows": 1, "beside": 1, "judged": 1, "moved": 1,
                   "columns": [shift, {"column": one, "state": "not judged", "reason": one}]},
    }  # fmt: skip
    refused = {**table, "rows": {"reason": one, "hint": one}, "files": {"reason": one, "hint": one}}
    error = {"where": one, "message": one, "hint": one}
    desk.person.write("mlgit.yaml", desk.person.read("mlgit.yaml") + "forge: {show_values: true}\n")
    told = report(tables=[table, refused], errors=[error], unchanged=3)
    write_files(desk.folder, {**desk.honest(), "data-diff.json": told})
    desk.comment()
    [body] = desk.bodies()
    assert body.count("<!--") == 1
    from markdown_it import MarkdownIt

    page = MarkdownIt("commonmark", {"html": True}).enable("table").render(body)
    for tag in ("<img", '<a href="http://evil', "<strong>b</strong>", "<h1>"):
        assert tag not in page
    outside = page.split("<code>")
    assert not any("@octocat" in part.partition("</code>")[2] for part in outside[1:])
    assert "@octocat" not in outside[0]
    assert page.count("</details>") == page.count("<details>")


@pytest.mark.parametrize(
    "wrong",
    [
        report(head="c" * 40),
        report(base="c" * 40),
        report(version=2),
        report(base="main"),
        report(tables=[{"name": 1}]),
        report(tables=[{**report()["tables"][0], "state": "<img>"}]),
        report(unchanged="many"),
        report(tables=[{**report()["tables"][0], "name": "x" * 400} for _ in range(3000)]),
        b"[",
    ],
    ids=["head", "base", "version", "name", "type", "state", "number", "size", "json"],
)
def test_a_report_that_is_none_or_of_other_commits_is_refused(desk: Desk, wrong: Any) -> None:
    write_files(desk.folder, {**desk.honest(), "data-diff.json": wrong})
    desk.refused(desk.comment(exit_code=2))


def test_a_wide_report_is_made_short_before_it_is_handed_over_and_again_in_the_comment(
    person: Person, tmp_path: Path, desk: Desk
) -> None:
    maker = person.into("maker")
    maker.folder.mkdir()
    maker.git("init", "--quiet", ".")
    for number in range(100):
        names = ",".join(f"column_{number}_{column}" for column in range(200))
        maker.write(f"t{number}.csv", f"{names}\n{','.join(['1'] * 200)}\n")
    base = maker.commit("Start")
    for number in range(100):
        names = ",".join(f"other_{number}_{column}" for column in range(200))
        maker.write(f"t{number}.csv", f"{names}\n{','.join(['1'] * 200)}\n")
    head = maker.commit("Other columns")
    place = tmp_path / "data-diff.json"
    maker.mlgit("data", "diff", base, head, "--report", str(place))
    assert place.stat().st_size < 1_000_000
    told = json.loads(place.read_text())
    assert len(told["tables"]) == 100
    assert all(
        len(one["columns"]) > 0 and len(one["columns"]) + one["left_out"] == 400 for one in told["tables"]
    )
    desk.github.contents.pulls()[0]["head"]["sha"] = head
    write_files(
        desk.folder,
        {
            "event.json": claim(desk.number, head_sha=head, base_sha=base, merge_base=base),
            "data-diff.json": place.read_bytes(),
        },
    )
    desk.comment(head_sha=head)
    [body] = desk.bodies()
    assert len(body.encode()) < 65_536
    assert "380 more columns: mlgit data diff tells them" in body
    assert body.count("told by the contents") < 100
    assert event(tmp_path).exists()
