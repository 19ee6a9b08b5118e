"""A session of Spark, as its own configuration says; what it and its workers tell of themselves goes into a file, not to the terminal."""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mlgit.errors import ExternalError
from mlgit.serving.batch import ASKED
from mlgit.world.staging import scratch

SETTINGS = {
    "spark.sql.caseSensitive": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.maxRecordsPerBatch": str(ASKED),
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
LAST = 3
"""Lines of what Spark told that are shown when it fails."""


@contextmanager
def session(environment: Mapping[str, str]) -> Iterator[Any]:
    """Give a session of Spark and end it; raises `ExternalError` (`spark-java`, `spark-start`)."""
    if not environment.get("SPARK_REMOTE") and java(environment) is None:
        raise ExternalError(
            "spark-java",
            "Spark runs on Java, and there is none",
            hint="install Java 17 or later (apt install openjdk-17-jre-headless), or set JAVA_HOME",
        )
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else the first python3 of PATH
    with scratch() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyspark warns of what it finds installed
        log = folder / "log"
        spark = started(log)
        try:
            yield spark
        finally:
            spark.stop()


def started(log: Path) -> Any:
    """Return a session whose processes write to a log; raises `ExternalError` (`spark-start`)."""
    with told_to(log):
        from pyspark.sql import SparkSession

        try:
            builder = SparkSession.builder.appName("mlgit")
            for name, value in SETTINGS.items():
                builder = builder.config(name, value)
            return builder.getOrCreate()
        except Exception as error:  # py4j and pyspark raise classes of their own for each reason
            raise ExternalError(
                "spark-start",
                f"Spark does not start: {last_lines(str(error))}",
                hint=f"spark.master of its own configuration names the cluster; it said: {last_lines(log.read_text(errors='replace'))}",
            ) from error


@contextmanager
def told_to(log: Path) -> Iterator[None]:
    """Have the processes that are started meanwhile write their errors to a file: they inherit them from this one."""
    before = os.dup(2)
    place = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    sys.stderr.flush()
    os.dup2(place, 2)
    os.close(place)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)


def java(environment: Mapping[str, str]) -> str | None:
    """Return the program of Java that Spark will take, None where there is none."""
    home = environment.get("JAVA_HOME")
    if home:
        place = Path(home) / "bin" / "java"
        return str(place) if place.is_file() else None
    return shutil.which("java", path=environment.get("PATH"))


def last_lines(text: str) -> str:
    """Return what a program said last, in one line: of a traceback that is what went wrong."""
    said = [line.strip() for line in text.splitlines() if line.strip()]
    return " / ".join(said[-LAST:])[:600]
