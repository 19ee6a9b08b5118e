"""Tables that stand elsewhere: what a query gives of a PostgreSQL server, and data sets of the Hugging Face hub.

`postgresql://user@host/name` is asked in a transaction that only reads, row by row, so that an answer of any size fits.
`hf://owner/name?config=...&split=...&revision=...` is read by the hub's own library, which is told to report nothing.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from mlgit.data.databases import query_fails, unasked
from mlgit.data.envelope import LARGEST_BYTES
from mlgit.data.imported import Imported, imported, kept_as, lacking, of_rows
from mlgit.errors import ExternalError, UsageError
from mlgit.text import first_line
from mlgit.world.context import Context
from mlgit.world.staging import scratch_of_process

POSTGRES = ("postgresql", "postgres")
HUB = "hf"
TABLES = (
    "SELECT table_schema || '.' || table_name FROM information_schema.tables "
    "WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
)
PATIENCE = 15
"""Seconds until a server that does not answer is given up."""
NAME = re.compile(r"[\w.-]+/[\w.-]+")
CHOICES = ("config", "split", "revision")
QUIET = {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_UPDATE_DOWNLOAD_COUNTS": "0"}
"""What keeps the hub's library from telling anybody that it is used."""


def is_address(text: str) -> bool:
    """Tell whether a person means a table that is no file of this machine."""
    return urlsplit(text).scheme in (*POSTGRES, HUB) and "://" in text


def password_of(address: str) -> str:
    """Return the password that an address holds, empty where it holds none."""
    parts = urlsplit(address)
    return unquote(parts.password or dict(parse_qsl(parts.query)).get("password", ""))


def shown_address(address: str) -> str:
    """Return an address as people may see it: without a password and without the settings of a connection."""
    if not is_address(address) or urlsplit(address).scheme == HUB:
        return address
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{parts.username + '@' if parts.username else ''}{host}{parts.path}"


def table_at(context: Context, named: str, query: str = "", largest: int = LARGEST_BYTES) -> Imported:
    """Return the table that a person names, by a path or an address, as a file that a pipeline reads.

    The file has at most `largest` bytes. Raises as `imported` and `brought` do.
    """
    if not is_address(named):
        return imported(context.directory / named, scratch_of_process(), named, query, largest)
    context.redactor.learn(password_of(named))
    return brought(named, scratch_of_process(), query)


def brought(address: str, folder: Path, query: str = "") -> Imported:
    """Write the table at an address into `folder`, as a file that a pipeline reads.

    Raises `UsageError` for an address or a query that names no table, and where a package is missing;
    `ExternalError` (`data-unreachable`) where nobody answers.
    """
    if urlsplit(address).scheme == HUB:
        return of_hub(address, folder, query)
    return of_postgres(address, folder, query)


def of_postgres(address: str, folder: Path, query: str) -> Imported:
    """Write what a query gives of a PostgreSQL server; without one its tables are named."""
    shown = shown_address(address)
    with answered(address, query or TABLES, shown) as (names, rows):
        if not query:
            raise unasked([str(one[0]) for one in rows], shown)
        name = urlsplit(address).path.strip("/") or "answer"
        return of_rows((names, rows), Path(name), folder, shown, "{} answered the query")


@contextmanager
def answered(address: str, query: str, shown: str) -> Iterator[tuple[Sequence[str], Iterable[Sequence[Any]]]]:
    """Give the names and the rows of a query, while its connection stands."""
    try:
        import psycopg
    except ImportError as error:
        raise lacking("a PostgreSQL server", "'mlgit[postgres]'", shown) from error
    try:
        connection = psycopg.connect(address, connect_timeout=PATIENCE)
    except psycopg.Error as error:
        raise unreachable(
            shown, error, f"psql {quote(shown)} tries it; a password belongs in ~/.pgpass"
        ) from error
    with connection:
        connection.read_only = True
        try:
            with connection.cursor(name="rows") as cursor:
                cursor.execute(query.strip().rstrip(";").encode())
                yield [column.name for column in cursor.description or ()], cursor
        except psycopg.Error as error:
            raise query_fails(error, shown) from error


def of_hub(address: str, folder: Path, query: str) -> Imported:
    """Write one split of a data set: the one that is named, else the only one, else `train`."""
    name, said = dataset_of(address)
    if query:
        raise UsageError(
            "data-no-database",
            "--query asks a database, and a data set of the hub is none",
            hint="leave --query out",
            where=address,
        )
    os.environ.update(QUIET)
    try:
        import datasets
    except ImportError as error:
        raise lacking("a data set of the Hugging Face hub", "'mlgit[hub]'", address) from error
    for library in ("datasets", "huggingface_hub"):
        logging.getLogger(library).setLevel(logging.ERROR)
    datasets.disable_progress_bars()
    revision = said.get("revision")
    try:
        configs = datasets.get_dataset_config_names(name, revision=revision)
        config = chosen(name, said, "config", configs, "default")
        splits = datasets.get_dataset_split_names(name, config, revision=revision)
        split = chosen(name, said, "split", splits, "train")
        rows = datasets.load_dataset(name, config, split=split, revision=revision)
    except (OSError, ValueError) as error:
        raise unreachable(
            address, error, f"https://huggingface.co/datasets/{name} shows it; a private one needs HF_TOKEN"
        ) from error
    place = folder / f"{name.partition('/')[2]}.parquet"
    rows.to_parquet(str(place))
    return kept_as(place, address, f"{{}} was read, its split {split!r}")


def dataset_of(address: str) -> tuple[str, dict[str, str]]:
    """Return the name of a data set and what its address chooses; raises `UsageError` (`data-address`)."""
    parts = urlsplit(address)
    name = f"{parts.netloc}{parts.path}".removeprefix("datasets/").strip("/")
    said = dict(parse_qsl(parts.query, keep_blank_values=True))
    if not NAME.fullmatch(name) or not said.keys() <= set(CHOICES) or parts.fragment:
        raise UsageError(
            "data-address",
            "this names no data set of the hub",
            hint="hf://owner/name, and where there are several: 'hf://owner/name?config=...&split=...&revision=...'",
            where=address,
        )
    return name, said


def chosen(name: str, said: Mapping[str, str], what: str, known: Sequence[str], usual: str) -> str:
    """Return the configuration or split that is meant; raises `UsageError` (`data-address`) where that is open."""
    meant = said.get(what) or (known[0] if len(known) == 1 else usual)
    if meant not in known:
        cure = f"{HUB}://{name}?{urlencode({**said, what: known[0]})}"
        found = f"has no {what} {said[what]!r}" if what in said else f"has several of {what}"
        raise UsageError(
            "data-address",
            f"the data set {name} {found}",
            hint=f"--data {quote(cure)}; there are: {', '.join(known)}",
        )
    return meant


def unreachable(shown: str, error: Exception, hint: str) -> ExternalError:
    """Return the error for a server that gave nothing."""
    return ExternalError("data-unreachable", f"nothing came of {shown}: {first_line(error)}", hint=hint)
