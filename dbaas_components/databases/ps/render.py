"""The custom resource of a specification, and the objects beside it. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dbaas_components.databases.custom_resources import ps as cr
from dbaas_components.databases.custom_resources.common import IssuerReference, LocalReference
from dbaas_components.databases.ps import backup, names
from dbaas_components.databases.ps.parameters import parameter_text
from dbaas_components.databases.rendering import pods, shared
from dbaas_components.databases.rendering.external_secrets import external_secret

if TYPE_CHECKING:
    from dbaas_components.databases.engine import Engine, Placed
    from dbaas_components.databases.spec import DatabaseSpec, placement
    from dbaas_components.databases.spec.proxy import Exposure, Proxy, SpareProxy


def render(spec: DatabaseSpec, engine: Engine) -> dict[str, Any]:
    """The PerconaServerMySQL for a specification."""
    return cr.PerconaServerMySQL(
        metadata=shared.metadata_of(spec, engine, _finalizers(spec)),
        spec=cr.Spec(
            cr_version=engine.versions.operator,
            metadata=cr.Metadata(labels=owners) if (owners := shared.owner_labels(spec)) else None,
            pause=True if spec.paused else None,
            secrets_name=names.credentials_secret(spec),
            ssl_secret_name=names.certificate_secret(spec),
            tls=_tls(spec),
            update_strategy="SmartUpdate",
            upgrade_options=shared.upgrade_options(spec),
            unsafe_flags=_unsafe_flags(spec),
            storage_scaling=shared.storage_scaling(spec),
            mysql=_server(spec),
            proxy=_proxies(spec),
            orchestrator=_orchestrator(spec),
            pmm=_pmm(spec),
            toolkit=cr.Toolkit(
                image=shared.image_of(spec, "toolkit"),
                image_pull_secrets=shared.pull_secrets(spec),
                image_pull_policy=spec.image_pull_policy,
            ),
            backup=backup.backup_part(spec),
        ),
    ).manifest()


def _finalizers(spec: DatabaseSpec) -> list[str]:
    asked = {
        "percona.com/delete-mysql-pods-in-order": spec.deletion.ordered,
        "percona.com/delete-mysql-pvc": spec.deletion.volumes == "delete",
        "percona.com/delete-ssl": spec.deletion.certificates == "delete",
    }
    return [finalizer for finalizer, wanted in asked.items() if wanted]


def _tls(spec: DatabaseSpec) -> cr.Tls | None:
    issuer = spec.tls.issuer
    if issuer is None and not spec.tls.names:
        return None
    return cr.Tls(
        sans=list(spec.tls.names) or None,
        issuer_conf=IssuerReference(name=issuer.name, kind=issuer.kind, group=issuer.group) if issuer else None,
    )


def _unsafe_flags(spec: DatabaseSpec) -> cr.UnsafeFlags:
    """Only what one replica without failover needs, which is for profiles that accept it."""
    return cr.UnsafeFlags(
        mysql_size=spec.replicas == 1,
        proxy=False,
        proxy_size=spec.proxy.replicas == 1,
        orchestrator=False,
        orchestrator_size=spec.orchestrator is not None
        and spec.orchestrator.enabled
        and spec.orchestrator.replicas == 1,
    )


def _pods(spec: DatabaseSpec, application: str, settings: placement.Pods) -> dict[str, Any]:
    """The fields that all kinds of pods have."""
    labels = names.pod_labels(spec, application)
    secret = settings.environment_secret
    return {
        "image_pull_secrets": shared.pull_secrets(spec),
        "image_pull_policy": spec.image_pull_policy,
        "resources": pods.resources(settings.resources),
        "affinity": pods.anti_affinity(spec, labels),
        "topology_spread_constraints": pods.zone_spread(spec, labels),
        "pod_disruption_budget": pods.disruption_budget(settings),
        "priority_class_name": settings.priority,
        "node_selector": settings.node_labels or None,
        "tolerations": pods.tolerations(settings),
        "annotations": settings.annotations or None,
        "grace_period": settings.grace_period_seconds,
        "service_account_name": settings.service_account,
        "env_from": [cr.EnvironmentSource(secret_ref=LocalReference(name=secret))] if secret else None,
        "runtime_class_name": settings.runtime,
        "scheduler_name": settings.scheduler,
    }


def _probed(settings: placement.Pods) -> dict[str, Any]:
    """What servers and HAProxy have besides."""
    return {
        "labels": settings.labels or None,
        "readiness_probe": pods.probe(settings.readiness),
        "liveness_probe": pods.probe(settings.liveness),
    }


def _server(spec: DatabaseSpec) -> cr.Server:
    # Always there: the server that ships binary logs reads from it, and it is the only way past the proxy.
    primary = cr.SwitchedExpose(enabled=True, **_exposed(spec.expose.primary) if spec.expose.primary else {})
    return cr.Server(
        **_pods(spec, names.SERVER, spec.pods),
        **_probed(spec.pods),
        cluster_type="async" if spec.replication.mode == "async" else "group-replication",
        size=spec.replicas,
        image=shared.image_of(spec, "server"),
        auto_recovery=spec.automatic_recovery,
        vault_secret_name=names.vault_secret(spec),
        expose_primary=primary,
        expose=cr.SwitchedExpose(enabled=spec.expose.pods.enabled, **_exposed(spec.expose.pods))
        if spec.expose.pods
        else None,
        volume_spec=shared.data_volume(spec),
        configuration=parameter_text(spec.parameters),
    )


def _exposed(exposure: Exposure) -> dict[str, Any]:
    return {
        "type": shared.SERVICE_TYPES[exposure.type],
        "annotations": exposure.annotations or None,
        "labels": exposure.labels or None,
        "external_traffic_policy": exposure.external_traffic_policy,
        "internal_traffic_policy": exposure.internal_traffic_policy,
        "load_balancer_source_ranges": list(exposure.source_ranges) or None,
    }


def _proxies(spec: DatabaseSpec) -> cr.Proxy:
    """The proxy in use, and the other one: off, with its settings where it has any."""
    given = {one.type: one for one in (spec.spare_proxy, spec.proxy) if one is not None}
    return cr.Proxy(haproxy=_haproxy(spec, given.get(names.HAPROXY)), router=_router(spec, given.get(names.ROUTER)))


def _haproxy(spec: DatabaseSpec, proxy: Proxy | SpareProxy | None) -> cr.HAProxy:
    if proxy is None:
        return cr.HAProxy(enabled=False)
    return cr.HAProxy(**_proxy(spec, proxy), **_probed(proxy.pods), enabled=proxy is spec.proxy)


def _router(spec: DatabaseSpec, proxy: Proxy | SpareProxy | None) -> cr.Router:
    if proxy is None:
        return cr.Router(enabled=False)
    readiness = pods.probe(proxy.pods.readiness)
    return cr.Router(**_proxy(spec, proxy), readiness_probe=readiness, enabled=proxy is spec.proxy)


def _proxy(spec: DatabaseSpec, proxy: Proxy | SpareProxy) -> dict[str, Any]:
    """What both proxies have."""
    write = spec.expose.write if proxy is spec.proxy else None
    return {
        **_pods(spec, proxy.type, proxy.pods),
        "size": proxy.replicas,
        "image": shared.image_of(spec, proxy.type),
        "configuration": proxy.configuration,
        "expose": cr.Expose(**_exposed(write)) if write else None,
    }


def _orchestrator(spec: DatabaseSpec) -> cr.Orchestrator:
    if spec.orchestrator is None:
        return cr.Orchestrator(enabled=False)
    settings = spec.orchestrator.pods
    return cr.Orchestrator(
        **_pods(spec, names.ORCHESTRATOR, settings),
        labels=settings.labels or None,
        enabled=spec.orchestrator.enabled,
        size=spec.orchestrator.replicas,
        image=shared.image_of(spec, "orchestrator"),
    )


def _pmm(spec: DatabaseSpec) -> cr.Pmm | None:
    pmm = spec.observability.pmm
    if pmm is None:
        return None
    return cr.Pmm(
        enabled=pmm.enabled,
        image=shared.image_of(spec, "pmm"),
        image_pull_policy=spec.image_pull_policy,
        server_host=pmm.server,
        custom_cluster_name=pmm.cluster_name,
        mysql_params=pmm.parameters,
        resources=pods.resources(pmm.resources),
        readiness_probe=pods.probe(pmm.readiness),
        liveness_probe=pods.probe(pmm.liveness),
    )


def objects(spec: DatabaseSpec, engine: Engine) -> list[Placed]:
    """The Secret for Vault, where a store delivers it, and the restore that a new database starts with."""
    return [*_vault_secret(spec, engine), *backup.restore(spec, engine)]


def _vault_secret(spec: DatabaseSpec, engine: Engine) -> list[Placed]:
    vault = spec.encryption.vault if spec.encryption else None
    secret = names.vault_secret(spec)
    if vault is None or secret is None or vault.store is None or vault.store_path is None:
        return []
    settings = {
        "token": "{{ .token }}",
        "vault_url": vault.address.rstrip("/"),
        "secret_mount_point": vault.mount,
        **({"vault_ca": "/etc/mysql/vault-keyring-secret/ca.cert"} if vault.authority else {}),
    }
    # MySQL 8.0 reads the file of its keyring plugin, 8.4 that of the component which took its place.
    lines = [f"{key} = {value}" for key, value in settings.items()]
    text = "\n".join(lines) if spec.version == "8.0" else json.dumps(settings, indent=2)
    template = {"keyring_vault.cnf": text, **({"ca.cert": "{{ .ca }}"} if vault.authority else {})}
    entries = {key: (vault.store_path, key) for key in ("token", *(("ca",) if vault.authority else ()))}
    return [external_secret(spec, engine, "vault", secret, vault.store, entries, template)]
