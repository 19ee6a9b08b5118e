"""`mlgit data` through the command line: infer, check, hold out; and every bad input in one sentence."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.driver import Answer, Person
from tests.unit.data.tables import customers, draw, write_rows

MLGIT_YAML = """\
version: 1
data:
  customers: {path: data/raw/customers.csv, schema: schemas/customers.yaml}
"""
TABLE = "data/raw/customers.csv"
SCHEMA = "schemas/customers.yaml"


@pytest.fixture
def shop(person: Person) -> Person:
    """A person with a table of customers in mlgit.yaml, without a schema."""
    person.write("mlgit.yaml", MLGIT_YAML)
    (person.folder / "data/raw").mkdir(parents=True)
    customers(person.folder / "data/raw")
    return person


@pytest.fixture
def checked_shop(shop: Person) -> Person:
    """The same with the inferred schema."""
    shop.mlgit("data", "schema", "customers", "--target", "churned")
    return shop


def spoil(person: Person, line: int, old: str, new: str) -> None:
    """Change one line of the table."""
    lines = person.read(TABLE).splitlines(keepends=True)
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new, 1)
    person.write(TABLE, "".join(lines))


def test_the_schema_of_any_file_is_printed_and_nothing_is_written(shop: Person) -> None:
    before = shop.contents()
    answer = shop.mlgit("data", "schema", TABLE, "--target", "churned")
    assert answer.out.startswith("# What the table")
    assert '  "city":\n    type: string\n    categories:\n' in answer.out
    assert "task: binary-classification, because 'churned' is one of two values" in answer.err
    assert shop.contents() == before


def test_the_schema_of_a_table_is_written_once(shop: Person) -> None:
    answer = shop.mlgit("data", "schema", "customers", "--target", "churned")
    assert answer.out == shop.read(SCHEMA)
    before = shop.contents()
    again = shop.mlgit("data", "schema", "customers")
    assert again.out == ""
    assert "nothing was written" in again.err
    assert shop.contents() == before


def test_a_schema_that_was_edited_stays_and_a_proposal_is_put_beside_it(checked_shop: Person) -> None:
    edited = checked_shop.read(SCHEMA).replace("type: date", "type: timestamp")
    checked_shop.write(SCHEMA, edited)
    answer = checked_shop.mlgit("data", "schema", "customers")
    assert checked_shop.read(SCHEMA) == edited
    assert "-    type: timestamp\n+    type: date\n" in answer.out
    proposal = checked_shop.read(f".mlgit/proposed/{SCHEMA}")
    assert "type: timestamp" not in proposal
    before = checked_shop.contents()
    assert checked_shop.mlgit("data", "schema", "customers").out == answer.out
    assert checked_shop.contents() == before


def test_a_table_that_keeps_its_schema(checked_shop: Person) -> None:
    answer = checked_shop.mlgit("data", "check")
    assert answer.out.startswith("ok    customers: ")
    assert checked_shop.mlgit("data", "check", "customers").out == answer.out
    assert checked_shop.into("data", "raw").mlgit("data", "check").out == answer.out


def test_bad_rows_are_named_at_file_and_line(checked_shop: Person) -> None:
    spoil(checked_shop, 5, "no", "perhaps")
    answer = checked_shop.mlgit("data", "check", "--report", "reports/data.json", exit_code=1)
    assert "FAIL  customers: 1 of " in answer.out
    assert f"    {TABLE}:5: 'perhaps'\n" in answer.out
    assert (
        "hint: if they are right, add them to columns.churned.categories in schemas/customers.yaml"
        in answer.out
    )
    report = json.loads(checked_shop.read("reports/data.json"))
    assert (report["version"], report["passed"]) == (1, False)
    assert report == json.loads(checked_shop.mlgit("data", "check", "--json", exit_code=1).out)
    assert report == json.loads(checked_shop.mlgit("data", "check", "--format", "json", exit_code=1).out)
    failed = [result for result in report["tables"][0]["results"] if not result["passed"]]
    assert [(one["rule"], one["column"], one["examples"][0]["line"]) for one in failed] == [
        ("categories", "churned", 5)
    ]


def test_what_too_few_rows_cannot_tell_has_not_passed(checked_shop: Person) -> None:
    line = next(
        number
        for number, text in enumerate(checked_shop.read(TABLE).splitlines(), 1)
        if number > 1 and ",45," in text
    )
    spoil(checked_shop, line, ",45,", ",,")
    answer = checked_shop.mlgit("data", "check")
    assert answer.out.startswith("open  customers: 1 of ")
    assert f": {TABLE}:{line} nothing\n" in answer.out
    checked_shop.git("init", "--quiet", ".")
    checked = checked_shop.mlgit("check", "data")
    assert "open     data   table customers: 400 rows keep " in checked.out
    (item, *_) = [
        one
        for one in json.loads(checked_shop.mlgit("check", "data", "--json").out)["checks"]
        if one["name"] == "table customers"
    ]
    assert item["state"] == "not judged"
    assert any(f"{TABLE}:{line}" in said for said in item["lines"])


def test_keys_that_the_other_table_does_not_hold_are_named_at_their_lines(checked_shop: Person) -> None:
    checked_shop.write(
        "orders.csv", "id,customer,sum\n" + "".join(f"{n},{n},{n * 3 % 97}\n" for n in range(1, 400))
    )
    checked_shop.write(
        "mlgit.yaml", MLGIT_YAML + "  orders: {path: orders.csv, schema: schemas/orders.yaml}\n"
    )
    checked_shop.write(
        "schemas/orders.yaml",
        "version: 1\ncolumns:\n  id: {type: integer}\n"
        "  customer: {type: integer, max_null_share: 1, references: customers.customer_id}\n  sum: {type: integer}\n",
    )
    assert "ok    orders" in checked_shop.mlgit("data", "check", "orders").out
    lines = checked_shop.read("orders.csv").splitlines()
    lines[9], lines[11], lines[20] = "9,0,1", "11,,1", "20,401,1"
    checked_shop.write("orders.csv", "\n".join([*lines, ""]))
    out = checked_shop.mlgit("data", "check", "orders", exit_code=1).out
    assert "'customer' has 2 keys that data/raw/customers.csv does not hold in 'customer_id'" in out
    named = [text.strip() for text in out.splitlines() if text.strip().startswith("orders.csv:")]
    assert named == ["orders.csv:10: '0'", "orders.csv:21: '401'"]


def test_rows_of_the_training_table_in_the_test_table_are_named_whatever_their_ids(person: Person) -> None:
    for name, seed in (("train", 1), ("test", 2)):
        write_rows(person.folder / f"{name}.csv", draw(300, seed, first_id=seed * 1000))
    person.write(
        "mlgit.yaml",
        "version: 1\ndata:\n"
        + "".join(f"  {n}: {{path: {n}.csv, schema: {n}.yaml}}\n" for n in ("train", "test")),
    )
    for name in ("train", "test"):
        person.mlgit("data", "schema", name, "--target", "churned")
    person.mlgit("data", "check")
    rows = [line.split(",") for line in person.read("test.csv").splitlines()]
    twins = [line.split(",") for line in person.read("train.csv").splitlines()]
    for place in (4, 40, 140, 240, 290, 299):
        rows[place] = [rows[place][0], *twins[place // 2][1:]]
    person.write("test.csv", "\n".join([*(",".join(row) for row in rows), ""]))
    out = person.mlgit("data", "check", "test", exit_code=1).out
    assert "6 of 300 rows stand in train.csv too, whatever their ids" in out
    named = [text.strip() for text in out.splitlines() if text.strip().startswith("test.csv:")]
    assert named == [f"test.csv:{place + 1}: 'in both tables'" for place in (4, 40, 140, 240, 290)]


def test_few_rows_of_the_training_table_are_named_however_they_are_written(person: Person) -> None:
    for name, rows in (("train", draw(3000, 1)), ("test", draw(1000, 2, first_id=9000))):
        write_rows(person.folder / f"{name}.csv", rows)
    entries = "".join(f"  {n}: {{path: {n}.csv, schema: {n}.yaml}}\n" for n in ("train", "test"))
    person.write("mlgit.yaml", f"version: 1\ndata:\n{entries}")
    for name in ("train", "test"):
        person.mlgit("data", "schema", name, "--target", "churned")
    person.mlgit("data", "check")
    rows = [line.split(",") for line in person.read("test.csv").splitlines()]
    twins = [line.split(",") for line in person.read("train.csv").splitlines()]
    for place in range(100, 108):
        _, age, *rest = twins[place]
        rows[place] = [rows[place][0], f"{age}.0", *rest]
    person.write("test.csv", "\n".join([*(",".join(row) for row in rows), ""]))
    out = person.mlgit("data", "check", "test", exit_code=1).out
    assert "8 of 1,000 rows stand in train.csv too, whatever their ids" in out
    assert "test.csv:101: 'in both tables'" in out


def test_a_report_holds_no_secret(checked_shop: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "s3cr3t-of-the-job"
    monkeypatch.setenv("SHOP_TOKEN", secret)
    spoil(checked_shop, 5, "no", secret)
    answer = checked_shop.mlgit("data", "check", "--report", "data.json", exit_code=1)
    assert secret not in answer.out + checked_shop.read("data.json")
    assert json.loads(checked_shop.read("data.json"))["passed"] is False


def test_a_report_of_equal_data_is_equal_to_the_byte(checked_shop: Person) -> None:
    checked_shop.mlgit("data", "check", "--report", "one.json")
    checked_shop.mlgit("data", "check", "--report", "two.json")
    assert checked_shop.read("one.json") == checked_shop.read("two.json")
    assert str(checked_shop.folder) not in checked_shop.read("one.json")


@pytest.mark.parametrize(
    ("content", "place", "said"),
    [
        (b"", TABLE, "the file is empty"),
        (b"a,b\n", TABLE, "a header and no row"),
        (b"a,b\n1,2\n1\n", f"{TABLE}:3", "1 value, the header has 2"),
        (b"a,b\n\xe9,2\n", f"{TABLE}:2", "not UTF-8"),
        (b"version https://git-lfs.github.com/spec/v1\n", f"{TABLE}:1", "Git LFS"),
        (b"a,b\n<<<<<<< HEAD\n1,2\n", f"{TABLE}:2", "merge conflict"),
    ],
)
def test_a_file_that_is_no_table_is_bad_news(
    content: bytes, place: str, said: str, checked_shop: Person
) -> None:
    (checked_shop.folder / TABLE).write_bytes(content)
    answer = checked_shop.mlgit("data", "check", exit_code=1)
    assert said in answer.out
    if place != TABLE:
        assert f"  {place}: " in answer.out


def refused(answer: Answer) -> tuple[str, str]:
    """Return the sentence and the hint of an error, which are all that was said."""
    error, hint = answer.err.splitlines()
    assert answer.out == ""
    return error.partition("]: ")[2], hint.removeprefix("hint: ")


MISTAKES: dict[str, tuple[list[str], str, str]] = {
    "no such table": (["check", "custmers"], "mlgit.yaml: there is no table 'custmers'", "'customers'"),
    "no such table to split": (["split", "custmers"], "mlgit.yaml: there is no table 'custmers'", "'customers'"),
    "no schema": (["check"], f"{SCHEMA}: there is no such schema", "mlgit data schema customers"),
    "no schema to split by": (["split", "customers"], f"{SCHEMA}: there is no such schema", "mlgit data schema"),
    "no such file": (["schema", "custmers.csv"], "custmers.csv: there is no such file", "check the path"),
    "no such target": (["schema", TABLE, "--target", "chruned"], f"{TABLE}: there is no column 'chruned'", "'churned'"),
    "a target of ids": (["schema", TABLE, "--target", "customer_id"], "identifier", "repeat"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_in_one_sentence(name: str, shop: Person) -> None:
    arguments, said, hint = MISTAKES[name]
    before = shop.contents()
    error, hint = refused(shop.mlgit("data", *arguments, exit_code=2))
    assert said in error
    assert hint in hint
    assert shop.contents() == before


def test_a_tracked_link_never_shows_what_lies_outside(checked_shop: Person) -> None:
    table, outside = checked_shop.folder / TABLE, checked_shop.folder.parent / "secret.csv"
    table.rename(outside)
    table.symlink_to(outside)
    own = checked_shop.mlgit("data", "check")
    assert "ok " in own.out, "a link that only this machine has is its owner's"
    checked_shop.git("init", "--quiet", ".")
    checked_shop.git("add", TABLE)
    outside.write_text("id,age\ntoken-of-the-machine,x\n")
    answer = checked_shop.mlgit("data", "check", exit_code=2)
    assert f"{TABLE} is a link that Git tracks" in answer.err
    assert "token-of" not in answer.out + answer.err
    checked = checked_shop.mlgit("check", "data", exit_code=None)
    assert checked.exit_code in (1, 2)
    assert "token-of" not in checked.out + checked.err


def test_outside_of_a_repository(person: Person) -> None:
    error, hint = refused(person.mlgit("data", "check", exit_code=2))
    assert "no mlgit.yaml" in error
    assert "mlgit init" in hint


def test_a_table_that_is_still_in_the_remote(checked_shop: Person) -> None:
    (checked_shop.folder / TABLE).unlink()
    checked_shop.write(f"{TABLE}.dvc", "outs: []\n")
    error, hint = refused(checked_shop.mlgit("data", "check", exit_code=2))
    assert error == f"{TABLE}: there is no such file"
    assert hint == f"DVC keeps it: dvc pull {TABLE}"


def test_a_mistake_in_the_schema_is_named_at_its_line(checked_shop: Person) -> None:
    checked_shop.write(SCHEMA, checked_shop.read(SCHEMA).replace("type: date", "type: day"))
    error, _ = refused(checked_shop.mlgit("data", "check", exit_code=2))
    line = checked_shop.read(SCHEMA).splitlines().index("    type: day") + 1
    assert error.startswith(f"{SCHEMA}:{line}: columns.joined.type")


def test_a_report_that_cannot_be_written(checked_shop: Person) -> None:
    answer = checked_shop.mlgit("data", "check", "--report", "mlgit.yaml/data.json", exit_code=4)
    assert "cannot be written" in answer.err


def test_a_split_is_drawn_once_and_frozen(checked_shop: Person) -> None:
    answer = checked_shop.mlgit("data", "split", "customers")
    assert answer.out.startswith("wrote splits/customers.csv: ")
    frozen = checked_shop.read("splits/customers.csv")
    assert frozen.startswith("id\n")
    assert 98 <= len(frozen.splitlines()) - 1 <= 102
    write_rows(checked_shop.folder / TABLE, draw(500, 1)[10:])
    again = checked_shop.mlgit("data", "split", "customers", "--seed", "8")
    assert "is frozen" in again.out
    assert "no longer in the table" in again.out
    assert checked_shop.read("splits/customers.csv") == frozen
    renewed = checked_shop.mlgit("data", "split", "customers", "--renew", "--share", "0.1")
    assert "were held out before too" in renewed.out
    assert len(checked_shop.read("splits/customers.csv").splitlines()) - 1 == pytest.approx(49, abs=1)


def test_a_spent_split_is_renewed_by_other_rows_and_by_the_same_on_every_machine(
    checked_shop: Person,
) -> None:
    checked_shop.mlgit("data", "split", "customers")
    first = checked_shop.read("splits/customers.csv")
    checked_shop.mlgit("data", "split", "customers", "--renew")
    second = checked_shop.read("splits/customers.csv")
    spent = set(first.splitlines()[1:])
    assert len(spent & set(second.splitlines()[1:])) < len(spent) / 2
    checked_shop.write("splits/customers.csv", first)
    checked_shop.mlgit("data", "split", "customers", "--renew")
    assert checked_shop.read("splits/customers.csv") == second


def test_a_split_needs_a_target_and_a_share(checked_shop: Person) -> None:
    error, _ = refused(checked_shop.mlgit("data", "split", "customers", "--share", "1.5", exit_code=2))
    assert "does not lie between 0 and 1" in error
    checked_shop.write(SCHEMA, checked_shop.read(SCHEMA).replace('target: "churned"\n', ""))
    error, hint = refused(checked_shop.mlgit("data", "split", "customers", exit_code=2))
    assert "names no target" in error
    assert "target: COLUMN" in hint
    assert not (checked_shop.folder / "splits").exists()


def test_a_split_that_was_spoilt_is_told_and_can_be_renewed(checked_shop: Person) -> None:
    checked_shop.mlgit("data", "split", "customers")
    good = checked_shop.read("splits/customers.csv")
    checked_shop.write("splits/customers.csv", good + "<<<<<<< HEAD\n<<<<<<< HEAD\n")
    error, _ = refused(checked_shop.mlgit("data", "split", "customers", exit_code=2))
    assert error.startswith(f"splits/customers.csv:{len(good.splitlines()) + 2}: ")
    checked_shop.mlgit("data", "split", "customers", "--renew")
    assert checked_shop.read("splits/customers.csv") == good


@pytest.mark.parametrize("action", [[], ["schema"], ["check"], ["split"]])
def test_help_has_an_example(action: list[str], person: Person) -> None:
    answer = person.mlgit("data", *action, "--help")
    assert "example" in answer.out
    assert "mlgit data" in answer.out


def test_help_and_wrong_usage_load_nothing_heavy(person: Person) -> None:
    code = (
        "import sys; from mlgit.cli.main import main\ntry: main(['data', '--help'])\nexcept SystemExit: pass\n"
        "assert not {'duckdb', 'numpy', 'yaml'} & set(sys.modules)"
    )
    person.run(sys.executable, "-c", code)


def test_a_table_outside_of_the_folder_is_named_as_it_was_asked_for(person: Person, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "other.csv", draw(60, 1))
    answer = person.mlgit("data", "schema", str(path), "--target", "zzz", exit_code=2)
    assert answer.err.startswith(f"error[data-target-unknown]: {path}: there is no column 'zzz'")


def test_drift_is_told_beside_the_profile_of_the_schema(shop: Person) -> None:
    missing = shop.mlgit("data", "drift", exit_code=2)
    assert "schema-missing" in missing.err
    shop.mlgit("data", "schema", "customers", "--target", "churned")
    assert '"rows": 400' in shop.read("schemas/customers.profile.json")
    same = shop.mlgit("data", "drift")
    assert "0 of " in same.out
    header, *lines = shop.read(TABLE).splitlines()
    rows = [line.split(",") for line in lines]
    place = header.split(",").index("age")
    for row in rows:
        row[place] = str(int(row[place]) + 15)
    shop.write("june.csv", "\n".join([header, *(",".join(row) for row in rows)]) + "\n")
    moved = shop.mlgit("data", "drift", "customers", "--file", "june.csv", exit_code=1)
    assert "DRIFT" in moved.out
    report = json.loads(
        shop.mlgit("data", "drift", "customers", "--file", "june.csv", "--json", exit_code=1).out
    )
    assert [one["column"] for one in report["tables"][0]["columns"] if one["state"] == "drift"] == ["age"]
    page = shop.mlgit("data", "drift", "customers", "--file", "june.csv", "--format", "html", exit_code=1).out
    assert page.startswith("<!")
    assert "how" in page
    assert "https://" not in page.split("<body", 1)[1]


def test_a_schema_is_brought_up_to_date_and_written_on_demand(checked_shop: Person) -> None:
    edited = checked_shop.read(SCHEMA).replace("    type: date\n", "    type: date  # when they joined\n")
    checked_shop.write(SCHEMA, edited)
    spoil(checked_shop, 5, "no", "perhaps")
    checked_shop.mlgit("data", "check", exit_code=1)
    shown = checked_shop.mlgit("data", "schema", "customers", "--update")
    assert [line for line in shown.out.splitlines() if line[:1] in "+-"][2:] == ['+      - "perhaps"']
    assert "nothing was written; mlgit data schema customers --update --write does" in shown.err
    assert checked_shop.read(SCHEMA) == edited
    written = checked_shop.mlgit("data", "schema", "customers", "--update", "--write")
    assert (written.out, f"wrote {SCHEMA}" in written.err) == (shown.out, True)
    assert "type: date  # when they joined" in checked_shop.read(SCHEMA)
    checked_shop.mlgit("data", "check")
    again = checked_shop.mlgit("data", "schema", "customers", "--update", "--write")
    assert (again.out, "nothing changes" in again.err) == ("", True)
    assert (
        "error[schema-options]"
        in checked_shop.mlgit("data", "schema", "customers", "--write", exit_code=2).err
    )


def test_a_schema_is_exported_for_pandera(checked_shop: Person) -> None:
    before = checked_shop.contents()
    answer = checked_shop.mlgit("data", "schema", "customers", "--export", "pandera")
    assert 'schema = pa.DataFrameSchema(\n    {\n        "customer_id": pa.Column("Int64"' in answer.out
    assert "not in the module: how values spread (cuts, shares): age" in answer.err
    assert checked_shop.mlgit("data", "schema", TABLE, "--export", "pandera").out.count("pa.Column(") == 7
    assert checked_shop.contents() == before
