"""The default rendering and the richest one, whole, as a reviewer sees them.

After a change that is meant, write them again: `python -m tests.workflows.test_snapshots`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workflows.combinations import called, combinations, rendered
from tests.workflows.reading import CD, CT, DATA

FOLDER = Path(__file__).parent / "snapshots"
SHOWN = {
    "default": called("plain train=verify commit=False install=own trainer=default"),
    "rich": called("plain train=run commit=True install=own trainer=own remote=s3:oidc"),
    "training": called("awkward train=run commit=True install=default trainer=own remote=gs:oidc"),
    "fetching": called("plain train=verify commit=False install=own trainer=default remote=s3:oidc"),
    "delivering": next(name for name, _ in combinations() if "cd=yes" in name and "remote=s3:sec" in name),
}


def snapshots() -> dict[Path, str]:
    return {
        FOLDER / title / path: text
        for title, name in SHOWN.items()
        for path, text in rendered(name).items()
        if (path == CD) is (title == "delivering") and (title != "default" or path not in (CT, DATA))
    }


@pytest.mark.parametrize("place", snapshots(), ids=lambda place: place.relative_to(FOLDER).as_posix())
def test_the_rendering_is_the_reviewed_one(place: Path) -> None:
    assert place.read_text() == snapshots()[place]


def test_no_snapshot_is_left_over() -> None:
    assert {place for place in FOLDER.rglob("*") if place.is_file()} == set(snapshots())
    assert set(SHOWN.values()) <= {name for name, _ in combinations()}


if __name__ == "__main__":
    for place, text in snapshots().items():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
