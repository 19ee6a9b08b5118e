"""The files of a user's repository, rendered from what is known of the data."""

from __future__ import annotations

from typing import Any

from mlgit import __version__
from mlgit.data.profile import Profile
from mlgit.data.sight import first_gate
from mlgit.render.frameworks import DEFAULT, FRAMEWORKS, Framework, with_framework
from mlgit.render.lockfile import joined
from mlgit.render.templates import folder, render

KEPT_IN_GIT = 20_000
"""Test rows up to which predictions stand in Git as CSV; beyond, in DVC as Parquet."""
LOCK = "requirements.lock"
SMALL_TABLE = 200
SMALL_TEST = 50


def project_context(
    *,
    project: str,
    package: str,
    model: str,
    table: str,
    raw_path: str,
    profile: Profile,
    test_rows: int,
    further: str = "",
    template: str = DEFAULT,
) -> dict[str, Any]:
    """Return what the templates are filled with; templates/README.md lists every name.

    `further` is the text of what follows the data in mlgit.yaml, `template` a name of `FRAMEWORKS`.
    """
    cached = test_rows > KEPT_IN_GIT
    return {
        "framework": FRAMEWORKS[template],
        "project": project,
        "package": package,
        "model": model,
        "table": table,
        "raw_path": raw_path,
        "profile": profile,
        "gate": first_gate(profile, test_rows),
        "features": features(profile),
        "test_rows": test_rows,
        "predictions_path": "predictions/test.parquet" if cached else "predictions/test.csv",
        "predictions_cached": cached,
        "small": profile.rows < SMALL_TABLE or test_rows < SMALL_TEST,
        "mlgit_version": __version__,
        "further": further,
    }


def features(profile: Profile) -> dict[str, list[str]]:
    """Return the names of the columns that the model learns from, by kind."""
    kinds = {
        "numbers": "number",
        "categories": "category",
        "dates": "date",
        "booleans": "boolean",
        "texts": "text",
    }
    columns = [column for column in profile.columns if column.role == "feature"]
    return {
        group: [column.name for column in columns if column.kind == kind] for group, kind in kinds.items()
    }


def project_files(context: dict[str, Any], *, extra: str | None = None) -> dict[str, bytes]:
    """Return every file of a new repository that the user owns, by path; `extra` of DVC reaches its remote."""
    files = with_framework(render("project", context), context)
    framework: Framework = context["framework"]
    if framework.pins:
        files[LOCK] = with_pins(files[LOCK], (folder() / "locks" / f"{framework.pins}.txt").read_bytes())
    if extra is not None:
        added = (folder() / "locks" / f"{extra}.txt").read_bytes()
        files[LOCK] = with_pins(files[LOCK], added)
    return files


def with_pins(lock: bytes, added: bytes) -> bytes:
    """Return a lock file with more pins, in the order of their names below its title."""
    title, _, rest = lock.decode().partition("\n")
    return f"{title}\n{joined(rest, added.decode())}".encode()
