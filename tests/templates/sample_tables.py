"""Tables of many kinds as CSV or Parquet files: bundled with scikit-learn, or generated from a seed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn import datasets

HOSTILE_NAMES = (
    'it"s "quoted"',
    "o'brien",
    "größe ☃ 日本",
    "two  words",
    "a,b",
    "{{ seven }}",
    "{% raw %}",
    "class",
    "self",
    "import",
    "prediction",
    "Label_",
    "${x}",
    "# no",
    "- dash",
    ": colon",
    "back\\slash",
    "new\nline",
    "null",
    "score",
    "train",
)


def bundled(name: str) -> tuple[pd.DataFrame, str]:
    loaded = getattr(datasets, f"load_{name}")(as_frame=True)
    return loaded.frame, "target"


def breast_cancer() -> tuple[pd.DataFrame, str]:
    frame, target = bundled("breast_cancer")
    return frame.assign(target=np.where(frame["target"] == 1, "benign", "malignant")), target


def linnerud() -> tuple[pd.DataFrame, str]:
    loaded = datasets.load_linnerud(as_frame=True)
    return loaded.data.assign(Weight=loaded.target["Weight"]), "Weight"


def mixed(rows: int = 600) -> tuple[pd.DataFrame, str]:
    """Return ids, numbers, categories, dates, times, booleans, and missing values in all of them and in the target."""
    random = np.random.default_rng(1)
    age = random.normal(45, 12, rows).round(1)
    city = random.choice(["Bern", "Köln", "New York", 'X "q", y'], rows, p=[0.4, 0.3, 0.2, 0.1])
    plan = random.choice(["basic", "plus", "pro"], rows)
    signup = pd.Timestamp("2020-01-01") + pd.to_timedelta(random.integers(0, 1500, rows), unit="D")
    seen = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 86_400 * 300, rows), unit="s")
    leaning = 0.08 * (age - 45) + (plan == "basic") * 1.5 - (signup.month > 6) * 1.0
    churned = np.where(leaning + random.normal(0, 0.5, rows) > 0, "yes", "no")
    frame = pd.DataFrame(
        {
            "customer_id": [f"C{number:05d}" for number in random.permutation(rows)],
            "age": age,
            "city": city,
            "plan": plan,
            "signup": signup.strftime("%Y-%m-%d"),
            "last_seen": seen.strftime("%Y-%m-%d %H:%M:%S"),
            "self": random.choice(["true", "false"], rows),
            "churned": churned,
        }
    )
    for name, share in {"age": 0.1, "city": 0.2, "signup": 0.05, "self": 0.05, "churned": 0.02}.items():
        frame.loc[random.random(rows) < share, name] = np.nan
    return frame, "churned"


def imbalance(rows: int = 5_000) -> tuple[pd.DataFrame, str]:
    """Return numbers with a target of which one row in fifty is positive."""
    random = np.random.default_rng(2)
    numbers = random.normal(size=(rows, 8))
    leaning = numbers[:, 0] + 0.8 * numbers[:, 1] * numbers[:, 2] + random.normal(0, 0.5, rows)
    frame = pd.DataFrame(numbers, columns=[f"x{position}" for position in range(8)])
    return frame.assign(fraud=(leaning > np.quantile(leaning, 0.98)).astype(int)), "fraud"


def wide(rows: int = 4_000, columns: int = 200) -> tuple[pd.DataFrame, str]:
    random = np.random.default_rng(3)
    numbers = random.normal(size=(rows, columns)).round(4)
    frame = pd.DataFrame(numbers, columns=[f"v{position:03d}" for position in range(columns)])
    return frame.assign(y=(numbers[:, :10] @ np.arange(1, 11) + random.normal(0, 1, rows)).round(4)), "y"


def large(rows: int = 200_000) -> tuple[pd.DataFrame, str]:
    random = np.random.default_rng(4)
    numbers = random.normal(size=(rows, 8)).round(4)
    kind = random.choice(list("abcdefgh"), rows)
    when = pd.Timestamp("2023-01-01") + pd.to_timedelta(random.integers(0, 86_400 * 500, rows), unit="s")
    leaning = numbers[:, 0] - numbers[:, 1] * numbers[:, 2] + (kind == "a") * 1.5 + random.logistic(size=rows)
    frame = pd.DataFrame(numbers, columns=[f"x{position}" for position in range(8)])
    frame = frame.assign(kind=kind, when=when.strftime("%Y-%m-%d %H:%M:%S"))
    return frame.assign(bought=(leaning > 0.5).astype(int)), "bought"


def hostile(rows: int = 600) -> tuple[pd.DataFrame, str]:
    """Return columns and classes whose names break anything that does not quote them."""
    random = np.random.default_rng(5)
    frame = pd.DataFrame(random.normal(size=(rows, len(HOSTILE_NAMES))).round(3), columns=list(HOSTILE_NAMES))
    frame["label"] = random.choice(["2020-01-01", "2021-05-05", "2022-02-02"], rows)
    frame["class"] = random.choice(["{{ x }}", "it's", '"q"', "a,b", "no"], rows)
    frame["odd\u2028 # [: left out"] = 1
    frame["Id"] = random.integers(0, 2, rows) * 3 + frame["null"]
    leaning = frame["größe ☃ 日本"] + (frame["class"] == "it's") * 2 + frame["{{ seven }}"]
    return frame.assign(
        **{
            'tar"get, {{ y }}': np.select(
                [leaning > 1, leaning > -0.5], ['{{ yes }}, "sure"', "it's"], "n/y?"
            )
        }
    ), 'tar"get, {{ y }}'


TABLES: dict[str, Callable[[], tuple[pd.DataFrame, str]]] = {
    "breast_cancer": breast_cancer,
    "iris": lambda: bundled("iris"),
    "wine": lambda: bundled("wine"),
    "digits": lambda: bundled("digits"),
    "diabetes": lambda: bundled("diabetes"),
    "linnerud": linnerud,
    "mixed": mixed,
    "imbalance": imbalance,
    "wide": wide,
    "large": large,
    "hostile": hostile,
}


def write_table(name: str, folder: Path, ending: str = "csv") -> tuple[Path, str]:
    """Write a table and return its path and its target."""
    frame, target = TABLES[name]()
    path = folder / f"{name}.{ending}"
    if ending == "csv":
        frame.to_csv(path, index=False)
        return path, target
    import duckdb

    with duckdb.connect() as connection:
        connection.register("frame", frame)
        connection.execute(f"COPY (FROM frame) TO '{path}' (FORMAT parquet)")
    return path, target
