"""A folder that Argo CD or Flux follows: its objects without a version, and the kustomization that gives them one. Pure.

    deploy/production/base/churn.yaml        the objects; `mlgit sync` renders them, and merges what you change there
    deploy/production/kustomization.yaml     which version each model runs; the commit of a promotion or rollback writes it

So a promotion changes one file that a person can read, and no other. Source: https://kubectl.docs.kubernetes.io/references/kustomize/.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from mlgit import yamlfile
from mlgit.config.images import Cluster
from mlgit.deploy.manifests import chosen, name_of, objects, told
from mlgit.deploy.target import Version, no_version
from mlgit.errors import MlgitError
from mlgit.yamlfile import written

FILE = "kustomization.yaml"
HEAD = (
    "# Written by `mlgit promote` and `mlgit rollback` from {source}.\n"
    "# Changes of your own go into base/, or into an overlay that takes this folder.\n"
)
SOURCE = re.compile(r"# Written by [^\n]* from (?P<source>[^\n]+)\.\n")
NAMED = re.compile(r"(?P<name>.+)@(?P<digest>sha256:[0-9a-f]{64})")
OBJECT, SERVER = "/metadata", "/spec/template/metadata"


def base(settings: Cluster, environment: str, artifact: str) -> bytes:
    """Return the objects of a model without a version."""
    return written(
        objects(settings, environment, replace(no_version(artifact), image=image_in_base(artifact)))
    )


def file_of(artifact: str) -> str:
    """Return where the objects of a model stand, from the folder that is followed."""
    return f"base/{name_of(artifact)}.yaml"


def image_in_base(artifact: str) -> str:
    """Return what the objects of a model call its image, until the kustomization names the one that runs."""
    return f"mlgit/{name_of(artifact)}"


def kustomization(namespace: str, source: str, versions: Mapping[str, Version], *, kserve: bool) -> bytes:
    """Return what gives the objects of models their versions; `kserve`: they are inference services; `source` is the file that says which."""
    ordered = [versions[artifact] for artifact in sorted(versions)]
    body = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": namespace,
        "resources": [file_of(one.artifact) for one in ordered],
        "images": [image(one) for one in ordered],
        "patches": [patch for one in ordered for patch in patches(one, kserve=kserve)],
    }
    return HEAD.format(source=source).encode() + written([body])


def image(version: Version) -> dict[str, str]:
    """Return what puts the image of a version, `name@sha256:...`, in the place of the one that its objects name."""
    found = NAMED.fullmatch(version.image)
    if found is None:
        raise ValueError(version.image)
    return {"name": image_in_base(version.artifact), "newName": found["name"], "digest": found["digest"]}


def patches(version: Version, *, kserve: bool) -> list[dict[str, Any]]:
    """Return what says on every object of a model, and on its servers, which version they are."""
    selector = ",".join(f"{key}={value}" for key, value in chosen(version.artifact).items())
    made = [{"target": {"labelSelector": selector}, "patch": added(OBJECT, version)}]
    if not kserve:
        servers = {"kind": "Deployment", "labelSelector": selector}
        made.append({"target": servers, "patch": added(SERVER, version)})
    return made


def added(place: str, version: Version) -> str:
    """Return a patch that adds the annotations of a version, as JSON Patch (RFC 6902) in YAML."""
    return written(
        [
            [
                {"op": "add", "path": f"{place}/annotations/{key.replace('/', '~1')}", "value": value}
                for key, value in told(version).items()
            ]
        ]
    ).decode()


def untouched(content: bytes) -> bool:
    """Tell whether a kustomization says no more than mlgit wrote, of whatever versions: it is what its own words are written as."""
    try:
        source = SOURCE.match(content.decode())
        value = yamlfile.read(content, FILE).value
        texts = [yamlfile.read(one["patch"], FILE).value for one in value["patches"]]
        said = [{one["path"].rpartition("~1")[2]: one["value"] for one in text} for text in texts]
        places = {one["path"].partition("/annotations/")[0] for text in texts for one in text}
        found = {one["artifact"]: Version(name="", **one) for one in said}
        kserve = bool(found) and SERVER not in places
        again = kustomization(value["namespace"], source["source"] if source else "", found, kserve=kserve)
    except (MlgitError, UnicodeDecodeError, KeyError, TypeError, ValueError, AttributeError):
        return False
    return again == content
