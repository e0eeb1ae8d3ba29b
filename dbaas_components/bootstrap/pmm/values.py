"""Values of the chart pmm 1.8.1. Pure functions."""

from __future__ import annotations

from typing import Any, Final

from dbaas_components.bootstrap.pmm.objects import CERTIFICATE_SECRET, SETTINGS
from dbaas_components.bootstrap.pmm.spec import SERVICE, PmmSpec
from dbaas_components.bootstrap.workloads import resources_of, tolerations_of
from dbaas_components.databases.spec.sizing import Resources
from dbaas_components.versions.charts import CHARTS

RELEASE: Final = "pmm"
VOLUME: Final = "pmm-storage"
CLAIM: Final = f"{VOLUME}-{RELEASE}-0"
"""The claim that the chart's StatefulSet looks for."""
RESOURCES: Final = Resources(cpu="1", memory="4Gi")
"""PMM's own advice for up to some thirty databases."""
_USER: Final = 1_000


def pmm_values(spec: PmmSpec) -> dict[str, Any]:
    """What the chart is given. Its labels choose the pods and can never be changed, so that none are added there."""
    image = spec.sources.image(f"docker.io/percona/pmm-server:{CHARTS['pmm'].software}")
    repository, _, tag = image.rpartition(":")
    values: dict[str, Any] = {
        "image": {"repository": repository, "tag": tag, "pullPolicy": "IfNotPresent"},
        # The chart would make it with a password of its own, and drop it with the first upgrade.
        "secret": {"create": False, "name": spec.admin_secret},
        "pmmEnv": environment(spec),
        "pmmResources": resources_of(spec.resources, RESOURCES),
        "service": {"name": SERVICE, "type": "ClusterIP" if spec.service == "internal" else "LoadBalancer"},
        # The claim is made beforehand; a StatefulSet's own idea of it cannot be changed, so it stays the chart's.
        "storage": {"name": VOLUME, "size": "10Gi"},
        "serviceAccount": {"create": False},
        "podSecurityContext": {
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "runAsNonRoot": True,
            "fsGroup": _USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "securityContext": {"capabilities": {"drop": ["ALL"]}, "allowPrivilegeEscalation": False},
        **_volumes(spec),
    }
    if spec.service_annotations:
        values["service"]["annotations"] = dict(spec.service_annotations)
    if spec.node_labels:
        values["nodeSelector"] = dict(spec.node_labels)
    if spec.tolerations:
        values["tolerations"] = tolerations_of(spec.tolerations)
    if spec.pull_secrets:
        values["image"]["imagePullSecrets"] = [{"name": name} for name in spec.pull_secrets]
    return values


def environment(spec: PmmSpec) -> dict[str, str]:
    """PMM's settings: nothing is told to its makers, and it is updated by this library alone."""
    return {
        "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
        "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
        "GF_ANALYTICS_REPORTING_ENABLED": "false",
        **spec.environment,
        "PMM_DATA_RETENTION": spec.retention_hours,
        "PMM_ENABLE_TELEMETRY": "0",
        "PMM_ENABLE_UPDATES": "0",
    }


def _volumes(spec: PmmSpec) -> dict[str, Any]:
    # What is given here replaces the chart's own list, which holds this one.
    volumes: list[dict[str, Any]] = [{"name": "pmm-config", "emptyDir": {}}]
    mounts: list[dict[str, Any]] = [{"name": "pmm-config", "mountPath": "/usr/local/percona/pmm/config"}]
    if spec.certificate == "cert_manager":
        names = {"tls.crt": "certificate.crt", "tls.key": "certificate.key", "ca.crt": "ca-certs.pem"}
        items = [{"key": key, "path": path} for key, path in names.items()]
        sources = [{"secret": {"name": CERTIFICATE_SECRET, "items": items}}, {"configMap": {"name": SETTINGS}}]
        # 288 is 0440: for the group that the pod's fsGroup gives the files to.
        volumes.append({"name": "certificate", "projected": {"defaultMode": 288, "sources": sources}})
        mounts.append({"name": "certificate", "mountPath": "/srv/nginx", "readOnly": True})
    return {"extraVolumes": volumes, "extraVolumeMounts": mounts}
