"""Which tables of mlgit.yaml are meant, and what is said of one that is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlgit.config.reader import read
from mlgit.errors import UsageError
from mlgit.git.repository import Repository
from mlgit.project.project import Project
from mlgit.project.tables import check_tables, chosen_tables
from mlgit.world.context import SilentConsole, real_context

TEXT = """\
version: 1
data:
  raw: {path: raw.csv, schema: raw.yaml}
  extra: {path: extra.csv, schema: extra.yaml}
"""


def test_all_tables_or_those_named_in_the_order_of_the_file() -> None:
    configuration = read(TEXT)
    assert list(chosen_tables(configuration, ())) == ["raw", "extra"]
    assert list(chosen_tables(configuration, ("extra", "raw"))) == ["raw", "extra"]
    assert list(chosen_tables(configuration, ("extra",))) == ["extra"]


@pytest.mark.parametrize(
    ("text", "name", "code", "hint"),
    [
        (TEXT, "rwa", "table-unknown", "did you mean 'raw'?"),
        (TEXT, "other-thing", "table-unknown", "its tables: raw, extra"),
        ("version: 1\n", "raw", "table-unknown", "its tables: none"),
        ("version: 1\n", "", "table-none", "add one below data: with its path and its schema"),
    ],
)
def test_a_table_that_is_not_there(text: str, name: str, code: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        chosen_tables(read(text), (name,) if name else ())
    assert (caught.value.code, caught.value.hint) == (code, hint)


def test_a_schema_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "mlgit.yaml").write_text(TEXT)
    project = Project(Repository(real_context(SilentConsole()), tmp_path))
    with pytest.raises(UsageError) as caught:
        check_tables(project, ("raw",))
    assert (caught.value.code, caught.value.hint) == ("schema-missing", "mlgit data schema raw")
