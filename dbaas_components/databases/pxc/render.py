"""From a specification to the PerconaXtraDBCluster. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dbaas_components.databases.custom_resources import pxc as cr
from dbaas_components.databases.custom_resources.common import (
    IssuerReference,
    ObjectMeta,
    ScheduledUpgradeOptions,
    SecretKeySelector,
)
from dbaas_components.databases.pxc import names
from dbaas_components.databases.pxc.backup import backup
from dbaas_components.databases.pxc.parameters import configuration
from dbaas_components.databases.pxc.row import ENGINE
from dbaas_components.databases.rendering import pods, shared
from dbaas_components.databases.spec.part import go_duration

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.databases.spec.access import User
    from dbaas_components.databases.spec.placement import Pods
    from dbaas_components.databases.spec.proxy import Exposure, Proxy, SpareProxy

FINALIZERS: Final = {
    "ordered": "percona.com/delete-pxc-pods-in-order",
    "volumes": "percona.com/delete-pxc-pvc",
    "proxy": "percona.com/delete-proxysql-pvc",
    "certificates": "percona.com/delete-ssl",
}
_WAIT: Final = {"pulumi.com/waitFor": "jsonpath={.status.state}=ready", "pulumi.com/timeoutSeconds": "1800"}
"""Annotations by which the Kubernetes provider (4.18 and newer) waits for an object, half an hour at most."""
PMM_OVER_TLS: Final = "--tls --tls-skip-verify"
"""Options of the monitoring client, which a server that requires TLS would refuse otherwise. It connects within the
pod, under a name that no certificate bears."""


def render(spec: DatabaseSpec) -> dict[str, Any]:
    """The PerconaXtraDBCluster for a specification."""
    proxysql = names.behind_proxysql(spec)
    return cr.PerconaXtraDBCluster(
        metadata=_metadata(spec),
        spec=cr.Spec(
            cr_version=ENGINE.versions.operator,
            pause=spec.paused or None,
            secrets_name=names.users_secret(spec),
            ssl_secret_name=names.certificate_secret(spec),
            ssl_internal_secret_name=spec.tls.internal_secret,
            vault_secret_name=names.vault_secret(spec),
            update_strategy="SmartUpdate",
            upgrade_options=ScheduledUpgradeOptions(
                **shared.upgrade_options(spec).as_given(), schedule=spec.maintenance.upgrade_check
            ),
            unsafe_flags=cr.UnsafeFlags(pxc_size=spec.replicas == 1, proxy_size=spec.proxy.replicas == 1),
            tls=_tls(spec),
            storage_scaling=shared.storage_scaling(spec),
            pxc=_server(spec),
            haproxy=_haproxy(spec, spec.spare_proxy if proxysql else spec.proxy),
            proxysql=_proxysql(spec, spec.proxy if proxysql else spec.spare_proxy),
            logcollector=_log_collector(spec),
            pmm=_pmm(spec),
            users=[_user(user) for user in spec.users] or None,
            backup=backup(spec),
        ),
    ).manifest()


def _metadata(spec: DatabaseSpec) -> ObjectMeta:
    deletion = spec.deletion
    asked = {
        "ordered": deletion.ordered,
        "volumes": deletion.volumes == "delete",
        "proxy": deletion.volumes == "delete" and names.behind_proxysql(spec),
        "certificates": deletion.certificates == "delete",
    }
    metadata = shared.metadata_of(spec, ENGINE, [FINALIZERS[what] for what, wanted in asked.items() if wanted])
    if spec.data_source is None or spec.paused:
        return metadata
    # The restore that follows stops the database and writes into its first volume, which is there only once it ran.
    return metadata.changed(annotations={**_WAIT, **(metadata.annotations or {})})


def _tls(spec: DatabaseSpec) -> cr.Tls:
    tls = spec.tls
    issuer = tls.issuer
    return cr.Tls(
        enabled=True,
        sans=names.certificate_names(spec) or None,
        issuer_conf=IssuerReference(name=issuer.name, kind=issuer.kind, group=issuer.group) if issuer else None,
        cert_validity_duration=go_duration(tls.certificate_lifetime) if tls.certificate_lifetime else None,
        ca_validity_duration=go_duration(tls.authority_lifetime) if tls.authority_lifetime else None,
    )


def _component(spec: DatabaseSpec, settings: Pods, component: str) -> dict[str, Any]:
    """The settings that servers and proxies have in common."""
    labels = names.pod_labels(spec, component)
    return {
        "image_pull_secrets": shared.pull_secrets(spec),
        "image_pull_policy": spec.image_pull_policy,
        "resources": pods.resources(settings.resources),
        "affinity": pods.anti_affinity(spec, labels),
        "topology_spread_constraints": pods.zone_spread(spec, labels),
        "node_selector": dict(settings.node_labels) or None,
        "tolerations": pods.tolerations(settings),
        "priority_class_name": settings.priority,
        "scheduler_name": settings.scheduler,
        "runtime_class_name": settings.runtime,
        "annotations": dict(settings.annotations) or None,
        "labels": shared.labels_of_pods(spec, settings),
        "pod_disruption_budget": pods.disruption_budget(settings),
        "grace_period": settings.grace_period_seconds,
        "service_account_name": settings.service_account,
        "env_vars_secret": settings.environment_secret,
    }


def _server(spec: DatabaseSpec) -> cr.Server:
    members = spec.expose.pods
    return cr.Server(
        size=spec.replicas,
        image=shared.image_of(spec, "server"),
        auto_recovery=spec.automatic_recovery,
        mysql_allocator=spec.allocator,
        configuration=configuration(spec),
        expose=cr.ServiceExpose(enabled=members.enabled, **_address(members))
        if (members := spec.expose.pods)
        else None,
        volume_spec=shared.data_volume(spec),
        **_probes(spec.pods),
        **_component(spec, spec.pods, "pxc"),
    )


def _haproxy(spec: DatabaseSpec, proxy: Proxy | SpareProxy | None) -> cr.HAProxy:
    """The proxy in use, the spare one with its settings, or none at all."""
    if proxy is None:
        return cr.HAProxy(enabled=False)
    used = proxy is spec.proxy
    return cr.HAProxy(
        enabled=used,
        size=proxy.replicas,
        image=shared.image_of(spec, "haproxy"),
        configuration=proxy.configuration,
        expose_primary=cr.ServiceAddress(**_address(spec.expose.write)) if used and spec.expose.write else None,
        expose_replicas=_expose(spec.expose.read) if used else None,
        **_probes(proxy.pods),
        **_component(spec, proxy.pods, "haproxy"),
    )


def _proxysql(spec: DatabaseSpec, proxy: Proxy | SpareProxy | None) -> cr.ProxySQL:
    """As for HAProxy."""
    if proxy is None:
        return cr.ProxySQL(enabled=False)
    used = proxy is spec.proxy
    return cr.ProxySQL(
        enabled=used,
        size=proxy.replicas,
        image=shared.image_of(spec, "proxysql"),
        configuration=proxy.configuration,
        expose=_expose(spec.expose.write) if used else None,
        # The operator reads the volume of a proxy that is on.
        volume_spec=shared.data_volume(spec, size=proxy.storage_size) if used or proxy.storage_size else None,
        **_component(spec, proxy.pods, "proxysql"),
    )


def _probes(settings: Pods) -> dict[str, Any]:
    return {
        "readiness_probes": pods.probe(settings.readiness),
        "liveness_probes": pods.probe(settings.liveness),
    }


def _expose(exposure: Exposure | None) -> cr.ServiceExpose | None:
    return cr.ServiceExpose(enabled=True, **_address(exposure)) if exposure else None


def _address(exposure: Exposure) -> dict[str, Any]:
    return {
        "type": shared.SERVICE_TYPES[exposure.type],
        "load_balancer_class": exposure.load_balancer_class,
        "load_balancer_source_ranges": list(exposure.source_ranges) or None,
        "annotations": dict(exposure.annotations) or None,
        "labels": dict(exposure.labels) or None,
        "external_traffic_policy": exposure.external_traffic_policy,
        "internal_traffic_policy": exposure.internal_traffic_policy,
    }


def _log_collector(spec: DatabaseSpec) -> cr.LogCollector | None:
    logs = spec.observability.logs
    if logs is None:
        return None
    return cr.LogCollector(
        enabled=logs.enabled,
        image=shared.image_of(spec, "logcollector"),
        image_pull_policy=spec.image_pull_policy,
        configuration=logs.configuration,
        resources=pods.resources(logs.resources),
        log_rotate=cr.LogRotation(schedule=logs.rotation) if logs.rotation else None,
    )


def _pmm(spec: DatabaseSpec) -> cr.Pmm | None:
    pmm = spec.observability.pmm
    if pmm is None:
        return None
    parameters = pmm.parameters or ""
    if pmm.enabled and spec.tls.required and "--tls" not in parameters:
        parameters = f"{PMM_OVER_TLS} {parameters}".strip()
    return cr.Pmm(
        enabled=pmm.enabled,
        image=shared.image_of(spec, "pmm"),
        image_pull_policy=spec.image_pull_policy,
        server_host=pmm.server,
        custom_cluster_name=pmm.cluster_name,
        pxc_params=parameters or None,
        resources=pods.resources(pmm.resources),
        readiness_probes=pods.probe(pmm.readiness),
        liveness_probes=pods.probe(pmm.liveness),
    )


def _user(user: User) -> cr.User:
    password = user.password
    return cr.User(
        name=user.name,
        dbs=list(user.databases) or None,
        hosts=list(user.hosts) or None,
        grants=list(user.grants) or None,
        with_grant_option=user.grant_option or None,
        password_secret_ref=SecretKeySelector(name=password.secret, key=password.key) if password else None,
    )
