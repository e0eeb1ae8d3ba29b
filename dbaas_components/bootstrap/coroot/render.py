"""Values of Coroot's operator chart 0.9.4 and the custom resource `coroot.com/v1` of operator 1.9.3. Pure functions."""

from __future__ import annotations

from typing import Any, Final, Literal

from dbaas_components.bootstrap.coroot.spec import CorootSpec, Storage
from dbaas_components.bootstrap.first_passwords import FirstPassword
from dbaas_components.bootstrap.gates import GateJob, Workload
from dbaas_components.bootstrap.workloads import CONTAINER_SECURITY, POD_SECURITY, resources_of, tolerations_of
from dbaas_components.databases.spec.part import SecretKey
from dbaas_components.databases.spec.sizing import Resources
from dbaas_components.versions.tools import COROOT_IMAGES, COROOT_REGISTRY

NAME: Final = "coroot"
PASSWORD_KEY: Final = "password"  # noqa: S105 - the name of a key
RESOURCES: Final = Resources(cpu="500m", memory="1Gi", memory_limit="4Gi")
_OPERATOR: Final = Resources(cpu="50m", memory="128Mi", memory_limit="512Mi")
_KEEPERS: Final = 3


def operator_values(spec: CorootSpec) -> dict[str, Any]:
    """Values of the chart coroot-operator 0.9.4: it may read and write Secrets of its own namespace and no others."""
    registry: dict[str, Any] = {"url": f"https://{spec.sources.registry(COROOT_REGISTRY)}"}
    if spec.pull_secret:
        registry["pullSecret"] = spec.pull_secret
    values: dict[str, Any] = {
        "rbac": {"denyGlobalSecrets": True},
        "image": {"repository": spec.sources.image(f"{COROOT_REGISTRY}/coroot-operator")},
        "registry": registry,
        "resources": resources_of(Resources(), _OPERATOR),
        "podSecurityContext": dict(POD_SECURITY),
        "containerSecurityContext": dict(CONTAINER_SECURITY),
    }
    if spec.node_labels:
        values["nodeSelector"] = dict(spec.node_labels)
    if spec.tolerations:
        values["tolerations"] = tolerations_of(spec.tolerations)
    if spec.pull_secret:
        values["imagePullSecrets"] = [{"name": spec.pull_secret}]
    return values


def custom_resource(spec: CorootSpec) -> dict[str, Any]:
    """The custom resource: every image named, every volume kept.

    The operator passes no labels on, so that whose pods and volumes are stands in their annotations.
    """
    content: dict[str, Any] = {
        "metricsRefreshInterval": "15s",
        "cacheTTL": spec.retention.metrics,
        "logsTTL": spec.retention.logs,
        "tracesTTL": spec.retention.traces,
        "profilesTTL": spec.retention.profiles,
        "authBootstrapAdminPasswordSecret": {"name": spec.admin_secret, "key": PASSWORD_KEY},
        "communityEdition": {"image": _image(spec, "coroot")},
        "replicas": spec.replicas,
        "service": {"type": "ClusterIP"},
        "storage": _storage(spec, spec.storage),
        "resources": resources_of(spec.resources, RESOURCES),
        "podAnnotations": _owner(spec),
        "clickhouse": _clickhouse(spec),
        "nodeAgent": _node_agent(spec),
        "clusterAgent": {
            "image": _image(spec, "cluster_agent"),
            # It listens on loopback and talks to the agent beside it alone: no other Prometheus sees a second one.
            "kubeStateMetrics": {"image": _image(spec, "kube_state_metrics")},
            "podAnnotations": _owner(spec),
            **_placement(spec),
        },
        **_placement(spec),
        **_metrics(spec),
    }
    if spec.postgres:
        given = spec.postgres
        content["postgres"] = {
            "host": given.host,
            "port": given.port,
            "user": given.user,
            "database": given.database,
            "passwordSecret": _reference(given.password),
            "params": {"sslmode": given.ssl_mode},
        }
    if spec.api_key:
        content["apiKeySecret"] = _reference(spec.api_key)
    labels = spec.ownership.labels(component="coroot", instance=NAME)
    metadata = {"name": NAME, "namespace": spec.namespace, "labels": labels}
    return {"apiVersion": "coroot.com/v1", "kind": "Coroot", "metadata": metadata, "spec": content}


def first_password(spec: CorootSpec) -> FirstPassword:
    """The admin's password; without one, whoever comes first would choose it."""
    return FirstPassword(
        namespace=spec.namespace,
        secret=spec.admin_secret,
        key=PASSWORD_KEY,
        component="coroot",
        ownership=spec.ownership,
        sources=spec.sources,
        pull_secrets=(spec.pull_secret,) if spec.pull_secret else (),
    )


def gate_job(spec: CorootSpec) -> GateJob:
    """Waits for the pods of all that the operator makes of the custom resource, under the names that it gives."""
    made: list[tuple[Literal["Deployment", "StatefulSet", "DaemonSet"], str]] = [
        ("StatefulSet", "coroot"),
        ("StatefulSet", "clickhouse-keeper"),
        ("StatefulSet", "clickhouse-shard-0"),
        ("Deployment", "cluster-agent"),
        ("DaemonSet", "node-agent"),
    ]
    if spec.external_prometheus is None:
        made.append(("Deployment", "prometheus"))
    return GateJob(
        name=f"{NAME}-gate",
        namespace=spec.namespace,
        shows="Coroot's own pods, those of what it keeps its data in, and its agents are ready",
        ownership=spec.ownership,
        sources=spec.sources,
        workloads=[Workload(kind, spec.namespace, f"{NAME}-{name}") for kind, name in made],
        # Volumes are made and large images fetched meanwhile.
        wait_seconds=1_800,
        pull_secrets=(spec.pull_secret,) if spec.pull_secret else (),
    )


def _metrics(spec: CorootSpec) -> dict[str, Any]:
    given = spec.external_prometheus
    if given is None:
        return {
            "prometheus": {
                "image": _image(spec, "prometheus"),
                "storage": _storage(spec, spec.prometheus_storage),
                "podAnnotations": _owner(spec),
                **_placement(spec),
            }
        }
    external: dict[str, Any] = {"url": given.url}
    if given.remote_write_url:
        external["remoteWriteURL"] = given.remote_write_url
    if given.headers:
        external["customHeaders"] = dict(given.headers)
    return {"externalPrometheus": external}


def _clickhouse(spec: CorootSpec) -> dict[str, Any]:
    keepers = _KEEPERS if spec.clickhouse_replicas > 1 else 1
    return {
        "shards": 1,
        "replicas": spec.clickhouse_replicas,
        "image": _image(spec, "clickhouse"),
        "storage": _storage(spec, spec.clickhouse_storage),
        "podAnnotations": _owner(spec),
        "keeper": {
            "replicas": keepers,
            "image": _image(spec, "clickhouse"),
            "storage": _storage(spec, Storage(size="10Gi", storage_class=spec.clickhouse_storage.storage_class)),
            "podAnnotations": _owner(spec),
            **_placement(spec),
        },
        **_placement(spec),
    }


def _node_agent(spec: CorootSpec) -> dict[str, Any]:
    agent: dict[str, Any] = {
        "image": _image(spec, "node_agent"),
        "podAnnotations": _owner(spec),
        "logCollector": {"collectLogBasedMetrics": spec.logs, "collectLogEntries": spec.logs},
        "ebpfTracer": {"enabled": spec.traces},
        "ebpfProfiler": {"enabled": spec.profiles},
    }
    if spec.node_agent_priority_class:
        agent["priorityClassName"] = spec.node_agent_priority_class
    return agent


def _image(spec: CorootSpec, role: str) -> dict[str, Any]:
    image: dict[str, Any] = {"name": spec.sources.image(f"{COROOT_REGISTRY}/{COROOT_IMAGES[role]}")}
    if spec.pull_secret:
        image["pullSecrets"] = [{"name": spec.pull_secret}]
    return image


def _storage(spec: CorootSpec, given: Storage) -> dict[str, Any]:
    storage: dict[str, Any] = {
        "size": given.size,
        # The operator's own choice is to delete the volume with the custom resource.
        "reclaimPolicy": "Retain" if spec.deletion_protection else "Delete",
        "annotations": _owner(spec),
    }
    if given.storage_class:
        storage["className"] = given.storage_class
    return storage


def _owner(spec: CorootSpec) -> dict[str, str]:
    return spec.ownership.owner_labels()


def _placement(spec: CorootSpec) -> dict[str, Any]:
    placement: dict[str, Any] = {}
    if spec.node_labels:
        placement["nodeSelector"] = dict(spec.node_labels)
    if spec.tolerations:
        placement["tolerations"] = tolerations_of(spec.tolerations)
    return placement


def _reference(key: SecretKey) -> dict[str, str]:
    return {"name": key.secret, "key": key.key}
