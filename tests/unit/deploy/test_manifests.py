"""What a cluster is told: by the real schemas of Kubernetes, built by the real kustomize."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from mlgit.config.images import Cluster, KServeTarget, KubernetesTarget
from mlgit.deploy.kubernetes import Kubernetes
from mlgit.deploy.manifests import name_of, objects
from mlgit.deploy.target import Release, Version
from mlgit.errors import ExternalError
from mlgit.world.context import SilentConsole, real_context

BASE = "images.example.org/python@sha256:" + "0" * 64
IMAGE = "images.example.org/churn@sha256:" + "2" * 64
VERSION = Version(
    artifact="churn", name="churn", version="v1.2.0", digest="md5:" + "1" * 32, commit="c" * 40, image=IMAGE
)
BUILDER = """\
import sys
from pathlib import Path
Path(sys.argv[sys.argv.index("--iidfile") + 1]).write_text("sha256:" + "3" * 64)
"""
SHAPES = [
    {},
    {"replicas": 1, "most": 1},
    {"replicas": 3, "most": 3, "secrets": ("keys",), "settings": ("conf",)},
]
KUBECTL = """\
import json, sys
from pathlib import Path
log = Path({log!r})
with log.open("a") as out:
    out.write(json.dumps(sys.argv[1:]) + "\\n")
if sys.argv[1] == "apply":
    Path({log!r} + ".applied").write_text(Path(sys.argv[3], "deployment.json").read_text())
if sys.argv[1] == "get":
    print(Path({items!r}).read_text())
sys.exit(3 if sys.argv[1] == {fails!r} else 0)
"""


def settings(kind: type[Cluster] = KubernetesTarget, **more: Any) -> Cluster:
    return kind(base=BASE, image="images.example.org/churn", **more)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_deployment_is_limited_probed_rolled_and_scaled(shape: dict[str, Any]) -> None:
    chosen = settings(**shape)
    made = {one["kind"]: one for one in objects(chosen, "staging", VERSION)}
    (server,) = made["Deployment"]["spec"]["template"]["spec"]["containers"]
    assert server["resources"]["limits"] == {"cpu": "1", "memory": "1Gi"}
    assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(server)
    assert server["securityContext"]["runAsNonRoot"] is True
    assert len(server["envFrom"]) == len(chosen.secrets) + len(chosen.settings)
    assert made["Deployment"]["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert ("HorizontalPodAutoscaler" in made) is (chosen.most > chosen.replicas)
    assert ("replicas" in made["Deployment"]["spec"]) is (chosen.most == chosen.replicas)
    assert made["Deployment"]["metadata"]["annotations"]["mlgit/version"] == "v1.2.0"


def test_names_are_those_that_a_cluster_takes_and_no_two_models_share_one() -> None:
    names = [
        name_of(one)
        for one in ("churn", "Churn", "a/b=churn", "a-b=churn", "a-b-churn", "x" * 200, "x" * 201)
    ]
    assert len(set(names)) == len(names)
    assert all(len(one) <= 63 and one.strip("-") == one and one == one.lower() for one in names)


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_the_objects_are_valid_by_the_schemas_of_kubernetes(shape: dict[str, Any], tmp_path: Path) -> None:
    validate = pytest.importorskip("kubernetes_validate", reason="the group long of pyproject.toml brings it")
    made = Kubernetes(real_context(SilentConsole()), "staging", settings(**shape), tmp_path)
    folder = made._written(VERSION)
    for one in objects(settings(**shape), "staging", VERSION):
        validate.validate(one, "1.31", strict=True)
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    done = subprocess.run(("kubectl", "kustomize", str(folder)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\nkind: ") == len(objects(settings(**shape), "staging", VERSION))


@pytest.mark.slow
def test_an_overlay_of_the_users_changes_the_base(tmp_path: Path) -> None:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    overlay = tmp_path / "deploy" / "production"
    overlay.mkdir(parents=True)
    (overlay / "kustomization.yaml").write_text(
        "resources: [base]\npatches:\n  - target: {kind: Deployment}\n"
        '    patch: \'[{"op": "add", "path": "/spec/template/spec/nodeSelector", "value": {"disk": "fast"}}]\'\n'
    )
    target = settings(overlay="deploy/production")
    folder = Kubernetes(real_context(SilentConsole()), "production", target, tmp_path)._written(VERSION)
    done = subprocess.run(("kubectl", "kustomize", str(folder)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "disk: fast" in done.stdout


class StubCluster:
    """A cluster that does as it is told, and notes it."""

    def __init__(self, folder: Path, fails: str = "") -> None:
        self.log, self.items = folder / "log", folder / "items.json"
        self.items.write_text('{"items": []}')
        program = folder / "kubectl.py"
        program.write_text(KUBECTL.format(log=str(self.log), items=str(self.items), fails=fails))
        words = (sys.executable, str(program))
        build = (sys.executable, "-c", BUILDER)
        push = (sys.executable, "-c", f"print('v: digest: sha256:{'2' * 64} size: 1')")
        chosen = settings(kubectl=words, push=push, builder=build, seconds=20)
        self.target = Kubernetes(real_context(SilentConsole()), "staging", chosen, folder)
        self.release = Release(folder=folder / "release", model=folder / "release" / "model.onnx")
        self.release.folder.mkdir()

    def verbs(self) -> list[str]:
        return [json.loads(line)[0] for line in self.log.read_text().splitlines()]


def test_a_version_is_applied_waited_for_seen_and_taken_away(tmp_path: Path) -> None:
    cluster = StubCluster(tmp_path)
    assert cluster.target.live([]) == {}
    assert cluster.target.apply(replace(VERSION, image=""), cluster.release) == IMAGE
    assert cluster.verbs() == ["get", "apply", "rollout"]
    made = json.loads(Path(f"{cluster.log}.applied").read_text())
    made["metadata"]["generation"] = 2
    for status, healthy in (({}, False), ({"observedGeneration": 2, "availableReplicas": 1}, True)):
        cluster.items.write_text(json.dumps({"items": [{**made, "status": status}]}))
        running = cluster.target.live([])["churn"]
        assert (running.version, running.digest, running.healthy) == ("v1.2.0", VERSION.digest, healthy)
        assert running.image == IMAGE
    cluster.target.stop("churn")
    (told,) = [json.loads(line) for line in cluster.log.read_text().splitlines() if "delete" in line]
    assert "mlgit/environment=staging,app.kubernetes.io/name=churn" in told[3]


@pytest.mark.parametrize("verb", ["apply", "rollout"])
def test_a_cluster_that_refuses_is_an_error_with_its_words(tmp_path: Path, verb: str) -> None:
    cluster = StubCluster(tmp_path, fails=verb)
    with pytest.raises(ExternalError) as error:
        cluster.target.apply(VERSION, cluster.release)
    assert error.value.code == "target-apply"


def test_an_image_that_was_never_pushed_is_no_image_of_a_cluster(tmp_path: Path) -> None:
    cluster = StubCluster(tmp_path)
    with pytest.raises(ExternalError, match="never pushed"):
        cluster.target.apply(replace(VERSION, image="sha256:" + "3" * 64), cluster.release)
    assert not cluster.log.exists()


def test_a_push_that_names_no_digest_is_an_error(tmp_path: Path) -> None:
    cluster = StubCluster(tmp_path)
    silent = replace(cluster.target._settings, push=(sys.executable, "-c", "pass"))
    target = Kubernetes(real_context(SilentConsole()), "staging", silent, tmp_path)
    with pytest.raises(ExternalError, match="by which digest"):
        target.apply(replace(VERSION, image=""), cluster.release)


@pytest.mark.parametrize("items", ["no JSON", "{}", '{"items": [{}]}'])
def test_a_cluster_that_says_nothing_clear_is_an_error(tmp_path: Path, items: str) -> None:
    cluster = StubCluster(tmp_path)
    cluster.items.write_text(items)
    with pytest.raises(ExternalError) as error:
        cluster.target.live([])
    assert error.value.code == "target-unreachable"


def test_kserve_is_told_one_object() -> None:
    (one,) = objects(settings(KServeTarget), "staging", VERSION)
    assert (one["apiVersion"], one["kind"]) == ("serving.kserve.io/v1beta1", "InferenceService")
    assert one["spec"]["predictor"]["containers"][0]["image"] == IMAGE


def closed(schema: Any) -> Any:
    """A schema of a cluster that refuses what a cluster would drop in silence, and takes a number or a text where it says both."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    open_ended = schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema
    made = {key: closed(one) for key, one in schema.items()}
    return made if open_ended or "properties" not in made else {**made, "additionalProperties": False}


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_an_inference_service_is_valid_by_the_schema_that_kserve_publishes(shape: dict[str, Any]) -> None:
    """`MLGIT_TEST_KSERVE` names a copy of config/crd/full/serving.kserve.io_inferenceservices.yaml of KServe."""
    import yaml
    from jsonschema import Draft7Validator

    if "MLGIT_TEST_KSERVE" not in os.environ:
        pytest.skip("MLGIT_TEST_KSERVE names no definition of KServe's resources")
    told = yaml.load(Path(os.environ["MLGIT_TEST_KSERVE"]).read_text(), Loader=yaml.CSafeLoader)
    (schema,) = (
        one["schema"]["openAPIV3Schema"] for one in told["spec"]["versions"] if one["name"] == "v1beta1"
    )
    schema["properties"]["metadata"] = {"type": "object"}
    judge = Draft7Validator(closed(schema))
    (made,) = objects(settings(KServeTarget, **shape), "staging", VERSION)
    assert not [one.message for one in judge.iter_errors(made)]
    made["spec"]["predictor"]["minReplica"] = 1
    made["spec"]["predictor"]["containers"][0]["envFrom"] = {}
    assert len(list(judge.iter_errors(made))) == 2
