"""What isolates a test from the machine: a HOME of its own, a fixed author, no configuration, no terminal."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

INHERITED = (
    "VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV",
    "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE",
    "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_TOKEN", "GH_TOKEN", "GITHUB_API_URL", "GITHUB_REPOSITORY",
)  # fmt: skip


def isolated_environment(home: Path) -> dict[str, str]:
    """Return the variables that isolate a process; `home` gets the one file that Git reads."""
    (home / ".gitconfig").write_text('[init]\n\tdefaultBranch = main\n[protocol "file"]\n\tallow = always\n')
    return {
        "HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Test Author",
        "GIT_AUTHOR_EMAIL": "author@example.org",
        "GIT_AUTHOR_DATE": "2026-01-05T12:00:00Z",
        "GIT_COMMITTER_NAME": "Test Author",
        "GIT_COMMITTER_EMAIL": "author@example.org",
        "GIT_COMMITTER_DATE": "2026-01-05T12:00:00Z",
        "NO_COLOR": "1",
        "DVC_NO_ANALYTICS": "1",
        "DVC_GLOBAL_CONFIG_DIR": str(home / "dvc-global"),
        "DVC_SYSTEM_CONFIG_DIR": str(home / "dvc-system"),
        "DVC_SITE_CACHE_DIR": str(home / "dvc-site"),
    }


@contextmanager
def in_isolation(home: Path, **more: str) -> Iterator[None]:
    """Isolate this process while a scene is made that many tests start from, and whatever it starts."""
    before = dict(os.environ)
    os.environ.update(isolated_environment(home), **more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
