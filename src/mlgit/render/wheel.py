"""The mlgit that runs now as a wheel: made of its installed files, the same bytes wherever it is made.

Nothing is compressed, so that no version of a compressor shows in the digest; Git compresses what it keeps anyway.
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Iterator
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from mlgit import __version__
from mlgit.errors import ExternalError

NAME = f"mlgit-{__version__}-py3-none-any.whl"
INFO = f"mlgit-{__version__}.dist-info"
TAGS = b"Wheel-Version: 1.0\nGenerator: mlgit\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
PAGES = ("tutorial", "how-to", "reference", "explanation")
"""The folders of the documentation that are part of the package."""
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first moment that an archive can name."""
LEFT_OUT = frozenset({"__pycache__"})


@cache
def installed_wheel() -> bytes:
    """Return the wheel of the mlgit that runs; raises `ExternalError` (`install-unknown`) when it is not installed."""
    files = dict(sorted({**dict(package_files()), **metadata_files()}.items()))
    files[f"{INFO}/RECORD"] = record_text(files)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as wheel:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.external_attr = 0o644 << 16
            wheel.writestr(entry, content)
    return archive.getvalue()


def package_files() -> Iterator[tuple[str, bytes]]:
    """Yield every file of the package by its path in the wheel; in a checkout templates and pages lie beside it."""
    package = Path(__file__).resolve().parents[1]
    yield from below(package, "mlgit")
    if not (package / "_templates").is_dir():
        yield from below(package.parents[1] / "templates", "mlgit/_templates")
        for section in PAGES:
            yield from below(package.parents[1] / "docs" / section, f"mlgit/_docs/{section}")


def below(folder: Path, name: str) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a folder, which is called `name` in the wheel."""
    for place in folder.rglob("*"):
        if place.is_file() and not LEFT_OUT & set(place.parts):
            yield f"{name}/{place.relative_to(folder).as_posix()}", place.read_bytes()


def metadata_files() -> dict[str, bytes]:
    """Return what tells installers of the package: its name and needs, its program, its licence."""
    found = installed_distribution()
    if found is None:
        raise ExternalError(
            "install-unknown",
            "mlgit runs here without being installed, so nobody can say what the jobs are to install",
            hint="python -m pip install mlgit's checkout, or name a requirement in mlgit.yaml: ci: {install: ...}",
        )
    texts = {name: found.read_text(name) for name in ("METADATA", "entry_points.txt", "licenses/LICENSE")}
    kept = {f"{INFO}/{name}": text.encode() for name, text in texts.items() if text is not None}
    return {**kept, f"{INFO}/WHEEL": TAGS}


def installed_distribution() -> Distribution | None:
    """Return what is known of how mlgit was installed, None when it was not."""
    try:
        return distribution("mlgit")
    except PackageNotFoundError:
        return None


def record_text(files: dict[str, bytes]) -> bytes:
    """Return the list of the wheel's files, each with its digest and its size."""
    rows = [f"{name},sha256={short_digest(content)},{len(content)}\n" for name, content in files.items()]
    return "".join([*rows, f"{INFO}/RECORD,,\n"]).encode()


def short_digest(content: bytes) -> str:
    """Return a SHA-256 as wheels write it: base 64 for URLs, without padding."""
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
