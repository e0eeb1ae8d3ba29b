"""Values of the operators' charts. Pure functions."""

from __future__ import annotations

from typing import Any, Final

from dbaas_components.bootstrap.operators.spec import Installation, OperatorsSpec
from dbaas_components.bootstrap.workloads import (
    CONTAINER_SECURITY,
    POD_SECURITY,
    kept_apart,
    resources_of,
    tolerations_of,
)
from dbaas_components.databases.spec.sizing import Resources

RESOURCES: Final = Resources(cpu="100m", memory="256Mi", memory_limit="1Gi")
"""Of each operator: twice the charts' limit, which an operator of some fifty databases reaches. No limit of CPU: a
throttled operator is late when a primary fails."""


def pxc_values(spec: OperatorsSpec, installation: Installation, name: str, image: str) -> dict[str, Any]:
    """Values of chart pxc-operator 1.20.0."""
    return {
        **_common(spec, installation),
        "fullnameOverride": name,
        "image": image,
        "affinity": kept_apart(_labels("pxc-operator", name)),
        "serviceAccount": {"create": False},
        "leaderElectionEnabled": True,
        "logStructured": True,
        "logLevel": spec.log_level,
        "maxConcurrentReconciles": spec.concurrency,
        # The chart has a place for the container's own and none for the pod's.
        "containerSecurityContext": {**CONTAINER_SECURITY, **POD_SECURITY},
    }


def psmdb_values(spec: OperatorsSpec, installation: Installation, name: str, image: str) -> dict[str, Any]:
    """Values of chart psmdb-operator 1.22.0."""
    repository, _, tag = image.rpartition(":")
    return {
        **_common(spec, installation),
        "fullnameOverride": name,
        "image": {"repository": repository, "tag": tag},
        "affinity": kept_apart(_labels("psmdb-operator", name)),
        "serviceAccount": {"create": False},
        "labels": spec.ownership.owner_labels(),
        "podLabels": spec.ownership.owner_labels(),
        "logStructured": True,
        "logLevel": spec.log_level,
        "maxConcurrentReconciles": str(spec.concurrency),
        "podSecurityContext": dict(POD_SECURITY),
        "securityContext": dict(CONTAINER_SECURITY),
    }


def pg_values(spec: OperatorsSpec, installation: Installation, name: str, image: str) -> dict[str, Any]:
    """Values of chart pg-operator 3.0.0, whose operator decides itself how many databases it works on at a time."""
    return {
        **_common(spec, installation),
        "fullnameOverride": name,
        "image": image,
        # The default is to fetch the image at every start, which fails when the registry is away.
        "imagePullPolicy": "IfNotPresent",
        "affinity": kept_apart(_labels("pg-operator", name)),
        "leaderElectionEnabled": True,
        "logStructured": True,
        "logLevel": spec.log_level,
    }


def _common(spec: OperatorsSpec, installation: Installation) -> dict[str, Any]:
    values: dict[str, Any] = {
        "replicaCount": spec.replicas,
        "disableTelemetry": True,
        "resources": resources_of(spec.resources, RESOURCES),
        **_scope(installation),
    }
    if spec.node_labels:
        values["nodeSelector"] = dict(spec.node_labels)
    if spec.tolerations:
        values["tolerations"] = tolerations_of(spec.tolerations)
    if spec.pull_secrets:
        values["imagePullSecrets"] = [{"name": name} for name in spec.pull_secrets]
    return values


def _scope(installation: Installation) -> dict[str, Any]:
    if installation.watched is None:
        return {"watchAllNamespaces": True}
    if installation.stays_home:
        # Nothing said: the charts then give rights in this namespace alone.
        return {}
    return {"watchNamespace": ",".join(sorted(installation.watched))}


def _labels(chart: str, name: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": chart, "app.kubernetes.io/instance": name}
