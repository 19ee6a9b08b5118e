"""`mlgit data check --engine spark`: the tables of a project, as `check_tables` does, read by Spark."""

from __future__ import annotations

from collections.abc import Sequence

from mlgit.data.report import CheckReport
from mlgit.project.project import Project
from mlgit.project.tables import as_shown, chosen_tables, read_schema, refuse_links_outside
from mlgit.serving.spark.checking import check_on_spark
from mlgit.serving.target import require_installed


def check_tables_on_spark(project: Project, names: Sequence[str] = ()) -> tuple[CheckReport, ...]:
    """Return the report of each table of the working tree, all of them when no name is given.

    Keys into other tables and overlap with a training table are not looked for. Raises what `check_tables` raises, and
    `ExternalError` (`spark-...`).
    """
    require_installed("pyspark", "pyarrow", extra="spark")
    reports = []
    for name, table in chosen_tables(project.at().configuration, names).items():
        schema = read_schema(project.root, table.schema, name)
        refuse_links_outside(project, table.path)
        project.context.console.progress(f"checking {name}: {table.path}")
        report = check_on_spark(
            project.context.environment,
            project.root,
            table.path,
            schema,
            table=name,
            schema_shown=table.schema,
            today=project.context.today,
        )
        reports.append(as_shown(project, report))
    return tuple(reports)
