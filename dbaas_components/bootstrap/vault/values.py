"""Values of the charts vault 0.34.1 and openbao 0.29.2, the same but for what is said here. Pure functions."""

from __future__ import annotations

from typing import Any, Final

from dbaas_components.bootstrap.vault.server_configuration import (
    CERTIFICATE_FOLDER,
    TRANSIT_CA_FOLDER,
    places_of,
    server_configuration,
)
from dbaas_components.bootstrap.vault.spec import VaultSpec, Volume
from dbaas_components.bootstrap.workloads import ZONE, resources_of, tolerations_of
from dbaas_components.databases.spec.sizing import Resources
from dbaas_components.versions.charts import CHARTS

CERTIFICATE_SECRET: Final = "certificate"  # noqa: S105 - the end of a Secret's name
RESOURCES: Final = Resources(cpu="250m", memory="512Mi")
_IMAGES: Final = {"vault": "docker.io/hashicorp/vault", "openbao": "quay.io/openbao/openbao"}


def vault_values(spec: VaultSpec) -> dict[str, Any]:
    """What the chart is given."""
    return {
        "global": {
            "tlsDisable": False,
            "imagePullSecrets": [{"name": name} for name in spec.pull_secrets],
            "serverTelemetry": {"prometheusOperator": False},
        },
        # Secrets come through External Secrets; a webhook before every pod's start is one more that can be down.
        "injector": {"enabled": False},
        "csi": {"enabled": False},
        "ui": {"enabled": False},
        "server": _server(spec),
        "serverTelemetry": {"serviceMonitor": {"enabled": spec.service_monitor}},
    }


def image(spec: VaultSpec) -> str:
    """The server's image, with its tag."""
    return spec.sources.image(f"{_IMAGES[spec.software]}:{CHARTS[spec.software].software}")


def certificate_secret(spec: VaultSpec) -> str:
    """The Secret with the server's certificate."""
    return f"{spec.release}-{CERTIFICATE_SECRET}"


def _server(spec: VaultSpec) -> dict[str, Any]:
    labels = spec.ownership.owner_labels()
    volumes, mounts = _files(spec)
    found: dict[str, Any] = {
        "image": _image(spec),
        # A new image or configuration is taken by a pod when it is deleted, standbys first: a step of its own.
        "updateStrategyType": "OnDelete",
        # Sealed or not, a pod is not ready before it is initialised, which waits for this release.
        "statefulSet": {"annotations": {"pulumi.com/skipAwait": "true"}},
        "extraLabels": labels,
        "volumes": volumes,
        "volumeMounts": mounts,
        "extraEnvironmentVars": {f"{_prefix(spec)}_CACERT": f"{CERTIFICATE_FOLDER}/ca.crt"},
        "dataStorage": _volume(spec.data, labels),
        "auditStorage": _volume(spec.audit, labels),
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
        "resources": resources_of(spec.resources, RESOURCES),
        # It asks the API server who a service account's token belongs to.
        "authDelegator": {"enabled": True},
        "serviceAccount": {"annotations": dict(spec.service_account_annotations)},
        "standalone": {"enabled": False},
        "ha": {
            "enabled": True,
            "replicas": spec.replicas,
            "disruptionBudget": {"enabled": spec.replicas > 1},
            "raft": {
                "enabled": True,
                "setNodeId": True,
                "config": server_configuration(spec, places_of(spec)),
            },
        },
    }
    if spec.software == "openbao":
        # In order, the second would wait until the first is initialised, and cannot be changed later.
        found["podManagementPolicy"] = "Parallel"
    if spec.zones and spec.replicas > 1:
        found["topologySpreadConstraints"] = [_spread(spec)]
    if spec.replicas == 1:
        found["affinity"] = ""
    if spec.node_labels:
        found["nodeSelector"] = dict(spec.node_labels)
    if spec.tolerations:
        found["tolerations"] = tolerations_of(spec.tolerations)
    if spec.priority_class:
        found["priorityClassName"] = spec.priority_class
    if transit := spec.seal.transit:
        secret = {
            "envName": f"{_prefix(spec)}_TOKEN",
            "secretName": transit.token_secret,
            "secretKey": transit.token_key,
        }
        found["extraSecretEnvironmentVars"] = [secret]
    return found


def _prefix(spec: VaultSpec) -> str:
    return {"vault": "VAULT", "openbao": "BAO"}[spec.software]


def _image(spec: VaultSpec) -> dict[str, str]:
    repository, _, tag = image(spec).rpartition(":")
    if spec.software == "vault":
        return {"repository": repository, "tag": tag}
    registry, _, official = _IMAGES["openbao"].partition("/")
    return {"registry": spec.sources.registry(registry), "repository": official, "tag": tag}


def _volume(volume: Volume, labels: dict[str, str]) -> dict[str, Any]:
    storage_class = {"storageClass": volume.storage_class} if volume.storage_class else {}
    return {"enabled": True, "size": volume.size, "labels": labels, **storage_class}


def _spread(spec: VaultSpec) -> dict[str, Any]:
    return {
        "maxSkew": 1,
        "topologyKey": ZONE,
        # Two pods in one zone are better than one that waits for a zone to come back.
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {"app.kubernetes.io/instance": spec.release, "component": "server"}},
    }


def _files(spec: VaultSpec) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    # 288 is 0440: for the group that the pod's fsGroup gives the files to.
    volumes = [{"name": "certificate", "secret": {"secretName": certificate_secret(spec), "defaultMode": 288}}]
    mounts = [{"name": "certificate", "mountPath": CERTIFICATE_FOLDER, "readOnly": True}]
    if spec.seal.transit and spec.seal.transit.ca_secret:
        volumes.append(
            {"name": "transit-ca", "secret": {"secretName": spec.seal.transit.ca_secret, "defaultMode": 288}}
        )
        mounts.append({"name": "transit-ca", "mountPath": TRANSIT_CA_FOLDER, "readOnly": True})
    return volumes, mounts
