"""What has to be fetched before the gates can decide, as text."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from mlgit.metrics.verdict import Side
from mlgit.text import visible


def render(base: Side, folder: str, paths: Sequence[str]) -> str:
    """Return the text, ending in a line end."""
    commit = (base.commit or base.name)[:12]
    if not paths:
        return f"nothing has to be fetched: Git and the DVC cache here have what the gates need of {visible(commit)}\n"
    said = [f"the gates need of {visible(commit)} what DVC keeps and the cache here lacks:"]
    said += [f"  {visible(path)}" for path in paths]
    return "\n".join([*said, f"fetch it: dvc --cd {visible(shlex.quote(folder))} fetch"]) + "\n"
