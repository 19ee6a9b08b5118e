"""The data set of `mlgit init` without `--data`: breast cancer (Wisconsin, 569 rows), which scikit-learn ships.

Its profile and its split come ready with this package, keyed by the digest of the table, so that neither DuckDB nor
scikit-learn has to be imported. With another version of the file both are made anew.
"""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import msgspec
from msgspec import Struct

from mlgit.data.observed import Observed
from mlgit.data.profile import Profile
from mlgit.errors import ExternalError
from mlgit.world.files import write_atomically

TABLE = "breast_cancer"
TARGET = "diagnosis"
CLASSES = {b"0": b"malignant", b"1": b"benign"}
MEASURES = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave points",
    "symmetry",
    "fractal dimension",
)
READY = Path(__file__).parent / "bundled_tables" / f"{TABLE}.json"


class Bundled(Struct, frozen=True, kw_only=True):
    """A table with everything that is known of it: the digest of its file, what it showed and holds out."""

    sha256: str
    profile: Profile
    observed: Observed
    test_ids: tuple[str, ...]


def bundled_breast_cancer(destination: Path) -> Bundled:
    """Write the table as a CSV to `destination` and return what is known of it.

    Raises `ExternalError` (`bundled-missing`) when scikit-learn is not installed or does not hold the file as expected.
    """
    table = table_of(raw_breast_cancer())
    write_atomically(destination, table)
    ready = msgspec.json.decode(READY.read_bytes(), type=Bundled)
    return ready if ready.sha256 == sha256(table).hexdigest() else measured(destination, table)


def measured(path: Path, table: bytes) -> Bundled:
    """Return what is known of the table by looking at it."""
    from mlgit.data.observing import observe
    from mlgit.data.profiling import profile_file
    from mlgit.data.split import split_file

    profile = profile_file(path, TARGET)
    return Bundled(
        sha256=sha256(table).hexdigest(),
        profile=profile,
        observed=observe(path, profile, date.max),
        test_ids=split_file(path, profile),
    )


def raw_breast_cancer() -> bytes:
    """Return the file as scikit-learn ships it."""
    found = find_spec("sklearn")
    folders = (found.submodule_search_locations if found else None) or []
    for folder in folders:
        path = Path(folder) / "datasets" / "data" / "breast_cancer.csv"
        if path.is_file():
            return path.read_bytes()
    raise missing("scikit-learn, which brings the example data, is not installed")


def table_of(raw: bytes) -> bytes:
    """Return the table with a header and the classes by name; the first line of `raw` counts rows and columns."""
    first, *rows = raw.split() or [b""]
    if not first.startswith(b"569,30,malignant,benign") or len(rows) != 569:
        raise missing("the example data in scikit-learn do not look as expected")
    names = [
        f"{what} {measure}" if what != "error" else f"{measure} error"
        for what in ("mean", "error", "worst")
        for measure in MEASURES
    ]
    lines = [",".join([*names, TARGET]).encode()]
    for row in rows:
        values, label = row.rsplit(b",", 1)
        lines.append(values + b"," + CLASSES[label])
    return b"\n".join(lines) + b"\n"


def missing(message: str) -> ExternalError:
    """Return the error for example data that are not there."""
    return ExternalError(
        "bundled-missing",
        message,
        hint='python -m pip install "mlgit[all]", or bring your own: mlgit init --data FILE --target COLUMN',
    )
