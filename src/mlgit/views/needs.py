"""What has to be fetched of the base before the gates decide, or before the data are compared, as text."""

from __future__ import annotations

import shlex

from mlgit.project.needs import Needs
from mlgit.text import visible

GATES = "the gates need"
DATA = "the comparison of the data needs"


def render(needs: Needs, who: str) -> str:
    """Return the text, ending in a line end; `who` is one of the two above."""
    commit = visible((needs.base.commit or needs.base.name)[:12])
    left = [f"not fetched, because too large: {visible(path)}" for path in needs.too_large]
    if not needs.files:
        said = [f"nothing has to be fetched: Git and the DVC cache here have what {who} of {commit}"]
        return "\n".join([*left, *([] if left else said)]) + "\n"
    said = [f"{who} of {commit} what DVC keeps and the cache here lacks:"]
    said += [f"  {visible(one.path)}" for one in needs.files]
    return "\n".join([*said, *left, f"fetch it: dvc --cd {visible(shlex.quote(needs.folder))} fetch"]) + "\n"
