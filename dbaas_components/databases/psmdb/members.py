"""Groups of pods: members of replica sets, config servers and mongos."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dbaas_components.databases.custom_resources.common import LocalReference
from dbaas_components.databases.custom_resources.psmdb import members as cr
from dbaas_components.databases.psmdb.backup import sidecar_volumes
from dbaas_components.databases.psmdb.configuration import router_file, server_file
from dbaas_components.databases.psmdb.names import CONFIG_SERVERS, MONGOS, pod_labels
from dbaas_components.databases.rendering import pods, shared

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.databases.spec.placement import Pods
    from dbaas_components.databases.spec.proxy import Exposure
    from dbaas_components.databases.spec.sizing import Storage
    from dbaas_components.databases.spec.topology import Members


def replica_set(spec: DatabaseSpec, name: str) -> cr.ReplicaSet:
    """A replica set with data and its special members. They are the same in all shards."""
    arbiter, file = spec.arbiter, server_file(spec, name, spec.parameters)
    return cr.ReplicaSet(
        name=name,
        size=spec.replicas,
        **_settings(spec, spec.pods, pod_labels(spec, "mongod", name)),
        **_probes(spec.pods),
        env_from=_environment(spec.pods),
        expose=_pod_exposure(spec),
        configuration=file,
        volume_spec=data_volume(spec),
        sidecar_volumes=sidecar_volumes(spec),
        arbiter=cr.Arbiter(
            enabled=arbiter.enabled,
            size=arbiter.replicas,
            **_settings(spec, arbiter.pods, pod_labels(spec, "arbiter", name)),
        )
        if arbiter
        else None,
        hidden=_members(spec, spec.hidden, pod_labels(spec, "hidden", name), file),
        nonvoting=_members(spec, spec.nonvoting, pod_labels(spec, "nonVoting", name), file),
    )


def sharding(spec: DatabaseSpec) -> cr.Sharding:
    """Config servers and mongos, or that there are none."""
    if spec.sharding is None:
        return cr.Sharding(enabled=False)
    config = spec.sharding
    return cr.Sharding(
        enabled=True,
        balancer=None if config.balancer else cr.Balancer(enabled=False),
        configsvr_repl_set=cr.ConfigServers(
            size=config.config_replicas,
            **_settings(spec, config.config_pods, pod_labels(spec, CONFIG_SERVERS, CONFIG_SERVERS)),
            **_probes(config.config_pods),
            env_from=_environment(config.config_pods),
            expose=_pod_exposure(spec),
            configuration=server_file(spec, CONFIG_SERVERS, config.config_parameters),
            volume_spec=data_volume(spec, config.config_storage),
            sidecar_volumes=sidecar_volumes(spec),
        ),
        mongos=cr.Mongos(
            size=spec.proxy.replicas,
            **_settings(spec, spec.proxy.pods, pod_labels(spec, MONGOS)),
            **_probes(spec.proxy.pods),
            env_from=_environment(spec.proxy.pods),
            expose=cr.Exposure(**_exposure(spec.expose.write)) if spec.expose.write else None,
            configuration=router_file(spec),
        ),
    )


def _members(
    spec: DatabaseSpec, members: Members | None, labels: dict[str, str], file: str | None
) -> cr.Members | None:
    if members is None:
        return None
    settings = _settings(spec, members.pods, labels)
    return cr.Members(
        enabled=members.enabled,
        size=members.replicas,
        # They hold the same data and serve the same queries.
        **{**settings, "resources": pods.resources(members.pods.resources, spec.pods.resources)},
        **_probes(members.pods),
        configuration=file,
        # Left out they follow the others' volumes, also where those grow by themselves.
        volume_spec=data_volume(spec, members.storage) if members.storage else None,
        sidecar_volumes=sidecar_volumes(spec),
    )


def data_volume(spec: DatabaseSpec, storage: Storage | None = None) -> cr.VolumeSpec:
    """A data volume. The operator itself puts the labels on its claims, so that a change of them is no change of the
    StatefulSet's template, which Kubernetes would refuse."""
    claim = shared.volume_claim(spec, storage).as_given()
    labels = shared.owner_labels(spec) or None
    return cr.VolumeSpec(persistent_volume_claim=cr.LabelledVolumeClaim(**claim, labels=labels))


def _settings(spec: DatabaseSpec, given: Pods, labels: dict[str, str]) -> dict[str, Any]:
    return {
        "affinity": pods.anti_affinity(spec, labels),
        "topology_spread_constraints": pods.zone_spread(spec, labels),
        "node_selector": given.node_labels or None,
        "tolerations": pods.tolerations(given),
        "priority_class_name": given.priority,
        "service_account_name": given.service_account,
        "runtime_class_name": given.runtime,
        "annotations": given.annotations or None,
        "labels": shared.labels_of_pods(spec, given),
        "termination_grace_period_seconds": given.grace_period_seconds,
        "pod_disruption_budget": pods.disruption_budget(given),
        "resources": pods.resources(given.resources),
    }


def _probes(given: Pods) -> dict[str, Any]:
    return {"readiness_probe": pods.probe(given.readiness), "liveness_probe": pods.probe(given.liveness)}


def _environment(given: Pods) -> list[cr.EnvironmentSource] | None:
    if given.environment_secret is None:
        return None
    return [cr.EnvironmentSource(secret_ref=LocalReference(name=given.environment_secret))]


def _pod_exposure(spec: DatabaseSpec) -> cr.PodExposure | None:
    pods = spec.expose.pods
    return cr.PodExposure(enabled=pods.enabled, **_exposure(pods)) if pods else None


def _exposure(given: Exposure) -> dict[str, Any]:
    return {
        "type": shared.SERVICE_TYPES[given.type],
        "load_balancer_source_ranges": list(given.source_ranges) or None,
        "load_balancer_class": given.load_balancer_class,
        "annotations": given.annotations or None,
        "labels": given.labels or None,
        "external_traffic_policy": given.external_traffic_policy,
        "internal_traffic_policy": given.internal_traffic_policy,
    }
