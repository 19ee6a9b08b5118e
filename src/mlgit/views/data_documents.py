"""New data as the pull request that proposes them, or as the issue that says why there is none."""

from __future__ import annotations

from mlgit.host.document import CommentDocument, Section
from mlgit.jobs.data_updates.arrival import Facts, data_mark
from mlgit.jobs.data_updates.handoff import FetchedTable
from mlgit.text import counted, moment_text
from mlgit.views.cells import Foreign, Row, Table, cell, columns
from mlgit.views.escape import code
from mlgit.views.markdown import LONGEST, SHORT, list_section, run_text, table_section
from mlgit.views.wording import size_text

SHOWN = 20
UNKNOWN = "not known"


def title(table: FetchedTable) -> str:
    """Return the title of a pull request: `New data for customers: 5,320 rows (+320)`."""
    return f"New data for {table.table}: {size_of(table)}"


def size_of(table: FetchedTable) -> str:
    """Return how much came, and how much more that is where both are known."""
    after, before = table.after, table.before
    if after is None:
        return "of unknown size"
    if after.rows is None:
        return size_text(after.bytes)
    rows = counted(after.rows, "row")
    if before is None or before.rows is None:
        return rows
    change = after.rows - before.rows
    return f"{rows} ({change:+,})" if change else f"{rows}, as many as before"


def proposal(table: FetchedTable, facts: Facts) -> CommentDocument:
    """Return the body of a pull request."""
    said = (
        f"{data_mark(facts.digests[1])}\n## ✅ New data for {code(table.table)}: {size_of(table)}\n\n"
        f"They came by {way_of(table)} and keep their schema. Only {code(facts.path)} changes."
    )
    sections = (
        what_came(table, facts),
        what_was_checked(table, facts),
        after_merge(facts),
        origin(table, facts),
    )
    return CommentDocument(verdict=said, sections=tuple(one for one in sections if one is not None))


def way_of(table: FetchedTable) -> str:
    """Return how a table is fetched."""
    return "its `source:` command" if table.source == "command" else code(table.source)


def what_came(table: FetchedTable, facts: Facts) -> Section | None:
    """Return rows, sizes and digests before and after."""
    sides = (table.before, table.after)
    rows = {
        "rows": [
            cell(f"{one.rows:,}" if one is not None and one.rows is not None else UNKNOWN) for one in sides
        ],
        "size": [cell(UNKNOWN if one is None else size_text(one.bytes)) for one in sides],
        "digest (MD5)": [cell(Foreign(digest[:SHORT])) for digest in facts.digests],
    }
    made = Table(
        title="What came",
        columns=columns("", "base", "head", right=("base", "head")),
        rows=tuple(Row((cell(name), *cells)) for name, cells in rows.items()),
    )
    return table_section(made, 60)


def what_was_checked(table: FetchedTable, facts: Facts) -> Section:
    """Return what of the schema was held against the data, and kept."""
    number = sum(one.number for one in table.held)
    kinds = ", ".join(f"{one.rule} ({one.number})" for one in table.held)
    notes = (f"note: {code(note, LONGEST)}" for note in table.notes[:SHOWN])
    kept = f"{counted(number, 'rule')} of {code(facts.schema)} kept: {kinds}"
    return list_section("What was checked", 55, (kept, *notes))


def after_merge(facts: Facts) -> Section:
    """Return what a merge starts, and what saying no means."""
    starts = (
        "merging starts `mlgit-ct`: what reads this table is trained anew and proposed"
        if facts.retrains
        else "merging trains nothing by itself: `mlgit retrain` does"
    )
    refusal = "closing says no to just these data while its branch is there; other data are proposed again"
    return list_section("What follows", 50, (starts, refusal))


def origin(table: FetchedTable, facts: Facts) -> Section:
    """Return where from, when, on top of what and by which run."""
    when, run = moment_text(facts.at), run_text(facts.run)
    source = f"by {way_of(table)}, " if table.source else ""
    fetched = f"fetched {source}{when}{run}"
    return list_section("Where from", 40, (fetched, f"on top of {code(facts.base[:SHORT])}"))


def mended(at: float, run: str = "") -> str:
    """Return the last words of an issue whose cause is gone: what was fetched at `at` is good."""
    return f"✅ {moment_text(at)}: fetched again{run_text(run)}, and this is mended."


def issue(table: FetchedTable, facts: Facts) -> tuple[str, CommentDocument]:
    """Return title and body of the issue about data that are wrong or a source that fails."""
    name = table.table
    again = "The next run looks again, and closes this issue when it is good."
    if table.state == "failed":
        said = (
            f"## ❌ The source of {code(name)} failed: nothing was fetched\n\n{code(table.detail, LONGEST)}\n\n"
            f"The table is as it was. Mend the source, or try it: {code(f'mlgit data update {name}')}. {again}"
        )
        return f"The source of {name} failed", CommentDocument(verdict=said, sections=(origin(table, facts),))
    said = (
        f"## ❌ The new data of {code(name)} break their schema: nothing is proposed\n\n"
        f"{code(table.detail, LONGEST)}; {size_of(table)} came.\n\n"
        f"The table is as it was. Mend the data where they come from, or the schema when the data are right. {again}"
    )
    rules = list_section("Broken rules", 60, (code(line, LONGEST) for line in table.lines[:SHOWN]))
    return f"The new data of {name} are wrong", CommentDocument(
        verdict=said, sections=(rules, origin(table, facts))
    )
