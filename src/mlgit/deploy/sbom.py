"""What an image is made of, as a bill of materials of CycloneDX: the model, the base image, the packages of its lock file. Pure.

Nothing of the moment is in it: the same version and lock file give the same text, so that its digest can stand in a label.
Source: https://cyclonedx.org/docs/1.6/json/.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from mlgit import __version__
from mlgit.config.images import Image
from mlgit.deploy.target import Version
from mlgit.render.lockfile import pins

FILE = "sbom.cdx.json"
PIN = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)")
DIGEST = re.compile(r"--hash=sha256:([0-9a-f]{64})")
NOT_OF_A_NAME = re.compile(r"[-_.]+")
Component = dict[str, Any]


def sbom(settings: Image, version: Version, lock: str) -> bytes:
    """Return the bill of materials of the image of a version; `lock` is the text of its lock file, empty where it has none."""
    packages = list(packages_of(lock))
    parts = [base(settings), installed(settings), *packages]
    whole = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": model(version)},
        "components": parts,
        "dependencies": [
            {"ref": reference(version), "dependsOn": [one["bom-ref"] for one in parts]},
            *({"ref": one["bom-ref"]} for one in parts),
        ],
        # What the base image holds beside its digest is for its own bill to say; without a lock file so are the packages.
        "compositions": [{"aggregate": "incomplete", "assemblies": [one["bom-ref"] for one in parts]}],
    }
    return msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n"


def reference(version: Version) -> str:
    """Return by which name the model is known in the bill."""
    return f"{version.artifact}@{version.version}"


def model(version: Version) -> Component:
    """Return the model that the image serves."""
    kind, _, digest = version.digest.partition(":")
    plain = kind == "md5" and not digest.endswith(".dir")
    told = {
        "mlgit:commit": version.commit,
        "mlgit:digest": version.digest,
        "mlgit:run": version.run,
    }
    return {
        "type": "machine-learning-model",
        "bom-ref": reference(version),
        "name": version.name,
        "version": version.version,
        **({"hashes": [{"alg": "MD5", "content": digest}]} if plain else {}),
        "properties": [{"name": name, "value": value} for name, value in told.items() if value],
    }


def base(settings: Image) -> Component:
    """Return the image that this one is built on."""
    name, _, digest = settings.base.partition("@sha256:")
    return {
        "type": "container",
        "bom-ref": settings.base,
        "name": name,
        "hashes": [{"alg": "SHA-256", "content": digest}],
    }


def installed(settings: Image) -> Component:
    """Return mlgit, as pip is told to install it."""
    made: Component = {"type": "application", "bom-ref": "mlgit", "name": "mlgit"}
    if settings.install:
        return {**made, "properties": [{"name": "mlgit:requirement", "value": settings.install}]}
    return {**made, "version": __version__, "purl": f"pkg:pypi/mlgit@{__version__}"}


def packages_of(lock: str) -> Iterator[Component]:
    """Yield the packages that a lock file pins, each once, with the digests of the files that may be installed."""
    seen: set[str] = set()
    for pin in pins(lock):
        found = PIN.match(pin)
        if found is None:
            continue
        purl = f"pkg:pypi/{NOT_OF_A_NAME.sub('-', found['name']).lower()}@{found['version']}"
        if purl in seen:
            continue
        seen.add(purl)
        digests = [{"name": "mlgit:sha256", "value": one} for one in DIGEST.findall(pin)]
        yield {
            "type": "library",
            "bom-ref": purl,
            "name": found["name"],
            "version": found["version"],
            "purl": purl,
            **({"properties": digests} if digests else {}),
        }
