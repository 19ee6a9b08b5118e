"""`mlgit data check --engine spark`: the tables of a project, as `check_tables` does, read by Spark."""

from __future__ import annotations

from collections.abc import Sequence

from mlgit.data.report import CheckReport
from mlgit.project.project import Project
from mlgit.project.tables import as_shown, tables_to_check
from mlgit.serving.spark.checking import check_on_spark
from mlgit.serving.target import require_installed


def check_tables_on_spark(project: Project, names: Sequence[str] = ()) -> tuple[CheckReport, ...]:
    """Return the report of each table of the working tree, all of them when no name is given.

    Keys into other tables and overlap with a training table are not looked for. Raises what `check_tables` raises, and
    `ExternalError` (`spark-...`).
    """
    require_installed("pyspark", "pyarrow", extra="spark")
    reports = []
    for name, table, schema in tables_to_check(project, project.at().configuration, names):
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
