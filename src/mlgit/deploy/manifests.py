"""What a cluster is told of a version: objects of Kubernetes as values. Pure.

Source: https://kubernetes.io/docs/reference/kubernetes-api/, https://kserve.github.io/website/docs/reference/crd-api.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from mlgit.config.images import Cluster, KServeTarget
from mlgit.deploy.container import PORT
from mlgit.deploy.target import Version

NOT_OF_A_NAME = re.compile(r"[^a-z0-9]+")
LONGEST = 50
BUSY = 70
"""Percent of the processor at which the autoscaler starts another server."""
Object = dict[str, Any]


def name_of(artifact: str) -> str:
    """Return what the objects of a model are called; models that differ in other signs alone are told apart by a digest.

    >>> name_of("churn")
    'churn'
    >>> name_of("teams/a=Churn_2")
    'teams-a-churn-2-94a1ef4a'
    """
    plain = NOT_OF_A_NAME.sub("-", artifact.lower()).strip("-")[:LONGEST].strip("-")
    return plain if plain == artifact else f"{plain}-{sha256(artifact.encode()).hexdigest()[:8]}"


def objects(settings: Cluster, environment: str, version: Version) -> list[Object]:
    """Return the objects that make a version run."""
    if isinstance(settings, KServeTarget):
        return [inference_service(settings, environment, version)]
    made = [deployment(settings, environment, version), service(environment, version)]
    if settings.most > settings.replicas:
        made.append(autoscaler(settings, environment, version))
    if settings.replicas > 1:
        made.append(budget(environment, version))
    return made


def labels(environment: str, artifact: str) -> dict[str, str]:
    """Return the labels by which the objects of a model are found."""
    return {"app.kubernetes.io/managed-by": "mlgit", "mlgit/environment": environment, **chosen(artifact)}


def chosen(artifact: str) -> dict[str, str]:
    """Return the label that the servers of a model have, whatever their version."""
    return {"app.kubernetes.io/name": name_of(artifact)}


def about(environment: str, version: Version) -> Object:
    """Return the metadata of an object; the annotations say what it is that runs, of one without a version the model alone."""
    return {
        "name": name_of(version.artifact),
        "labels": labels(environment, version.artifact),
        "annotations": told(version) if version.version else {"mlgit/artifact": version.artifact},
    }


def told(version: Version) -> dict[str, str]:
    """Return the annotations of a version."""
    return {
        "mlgit/artifact": version.artifact,
        "mlgit/version": version.version,
        "mlgit/digest": version.digest,
        "mlgit/commit": version.commit,
        "mlgit/image": version.image,
    }


def container(settings: Cluster, image: str) -> Object:
    """Return the server: limits, probes, and no right that it does not need."""
    probe = {"httpGet": {"path": "/health", "port": PORT}}
    amount = {"cpu": settings.cpu, "memory": settings.memory}
    return {
        "name": "model",
        "image": image,
        "ports": [{"containerPort": PORT, "protocol": "TCP"}],
        "envFrom": list(sources(settings)),
        "resources": {"requests": amount, "limits": amount},
        "startupProbe": {**probe, "periodSeconds": 2, "failureThreshold": 60},
        "readinessProbe": {**probe, "periodSeconds": 5, "failureThreshold": 2},
        "livenessProbe": {**probe, "periodSeconds": 10, "failureThreshold": 3},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }


def sources(settings: Cluster) -> Iterator[Object]:
    """Yield where the variables of a server come from; values of secrets are never written here."""
    yield from ({"configMapRef": {"name": one}} for one in settings.settings)
    yield from ({"secretRef": {"name": one}} for one in settings.secrets)


def deployment(settings: Cluster, environment: str, version: Version) -> Object:
    """Return the deployment: the next version takes the place of the last server by server, none missing meanwhile."""
    pod = {"automountServiceAccountToken": False, "containers": [container(settings, version.image)]}
    scaled = settings.most > settings.replicas
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": about(environment, version),
        "spec": {
            **({} if scaled else {"replicas": settings.replicas}),
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "selector": {"matchLabels": chosen(version.artifact)},
            "template": {
                "metadata": {
                    "labels": labels(environment, version.artifact),
                    "annotations": about(environment, version)["annotations"],
                },
                "spec": pod,
            },
        },
    }


def service(environment: str, version: Version) -> Object:
    """Return the service: one address inside the cluster for all servers of a model."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": about(environment, version),
        "spec": {
            "selector": chosen(version.artifact),
            "ports": [{"port": 80, "targetPort": PORT, "protocol": "TCP"}],
        },
    }


def autoscaler(settings: Cluster, environment: str, version: Version) -> Object:
    """Return what starts more servers when they are busy."""
    target = {"type": "Utilization", "averageUtilization": BUSY}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": about(environment, version),
        "spec": {
            "scaleTargetRef": {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "name": name_of(version.artifact),
            },
            "minReplicas": settings.replicas,
            "maxReplicas": settings.most,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        },
    }


def budget(environment: str, version: Version) -> Object:
    """Return what keeps all but one server up while a machine of the cluster is emptied."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": about(environment, version),
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": chosen(version.artifact)}},
    }


def inference_service(settings: Cluster, environment: str, version: Version) -> Object:
    """Return the inference service of KServe that runs the image."""
    predictor = {
        "minReplicas": settings.replicas,
        "maxReplicas": max(settings.replicas, settings.most),
        "containers": [{**container(settings, version.image), "name": "kserve-container"}],
    }
    return {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": about(environment, version),
        "spec": {"predictor": predictor},
    }
