"""The tables: each comes with a package of the registry, and is written to a CSV as it stands there."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple


class Entry(NamedTuple):
    """A table by its package and name there, with its target and the columns that tell the target by construction."""

    package: str
    name: str
    target: str
    drop: tuple[str, ...] = ()


TABLES = (
    Entry("sklearn", "wine_data", "target"),
    Entry("sklearn", "breast_cancer", "target"),
    Entry("sklearn", "diabetes", "target"),
    Entry("vega_datasets", "seattle-weather.csv", "weather"),
    Entry("palmerpenguins", "penguins", "species"),
    Entry("ISLP", "Wage.csv", "wage", ("logwage",)),
    Entry("ISLP", "Auto.csv", "mpg"),
    Entry("ISLP", "Carseats.csv", "Sales"),
    Entry("ISLP", "OJ.csv", "Purchase"),
    Entry("ISLP", "College.csv", "Private"),
    Entry("ISLP", "Caravan.csv", "Purchase"),
    Entry("ISLP", "Default.csv", "default"),
    Entry("ISLP", "Boston.csv", "medv"),
    Entry("ISLP", "Credit.csv", "Balance"),
    Entry("pydataset", "titanic", "survived"),
    Entry("pydataset", "turnout", "vote"),
    Entry("pydataset", "Forbes2000", "marketvalue", ("rank",)),
    Entry("pydataset", "Computers", "price"),
    Entry("pydataset", "Hdma", "deny"),
    Entry("pydataset", "Chile", "vote"),
    Entry("pydataset", "SLID", "wages"),
    Entry("pydataset", "bioChemists", "art"),
    Entry("pydataset", "Participation", "lfp"),
    Entry("pydataset", "Benefits", "ui"),
    Entry("pydataset", "biopsy", "class", ("ID",)),
    Entry("pydataset", "Mathlevel", "mathlevel"),
    Entry("pydataset", "nlschools", "lang"),
    Entry("pydataset", "DoctorAUS", "doctorco"),
    Entry("pydataset", "quakes", "mag"),
    Entry("pydataset", "Griliches", "lw80", ("lw",)),
)


def load(entry: Entry) -> Any:
    """Return the table as a data frame; raises `ModuleNotFoundError` when its package is not installed."""
    frame = READERS[entry.package](entry.name)
    return frame.dropna(subset=[entry.target]).drop(columns=list(entry.drop)).reset_index(drop=True)


def folder_of(package: str) -> Path:
    """Return where a package is installed, without importing it."""
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(package)
    return Path(next(iter(found.submodule_search_locations)))


def of_sklearn(name: str) -> Any:
    """Return a table of scikit-learn."""
    from sklearn import datasets

    return getattr(datasets, f"load_{name.removesuffix('_data')}")(as_frame=True).frame


def of_file(package: str, below: str) -> Callable[[str], Any]:
    """Return the reader of CSV files in a folder of a package."""

    def read(name: str) -> Any:
        import pandas as pd

        return pd.read_csv(folder_of(package) / below / name, na_values=["?"])

    return read


def of_palmerpenguins(name: str) -> Any:
    """Return the penguins."""
    import pandas as pd

    return pd.read_csv(folder_of("palmerpenguins") / "data" / f"{name}.csv")


def of_pydataset(name: str) -> Any:
    """Return a table of R, without its row names."""
    import pandas as pd

    with tarfile.open(folder_of("pydataset") / "resources.tar.gz") as archive:
        member = next(one for one in archive.getmembers() if one.name.endswith(f"/{name}.csv"))
        stream = archive.extractfile(member)
        assert stream is not None
        return pd.read_csv(io.BytesIO(stream.read()), index_col=0)


READERS: dict[str, Callable[[str], Any]] = {
    "sklearn": of_sklearn,
    "vega_datasets": of_file("vega_datasets", "_data"),
    "palmerpenguins": of_palmerpenguins,
    "ISLP": of_file("ISLP", "data"),
    "pydataset": of_pydataset,
}
