"""From a specification to the PerconaPGCluster."""

from __future__ import annotations

from typing import Any

from dbaas_components.databases.custom_resources import pg as cr
from dbaas_components.databases.custom_resources.common import LocalReference
from dbaas_components.databases.pg import names
from dbaas_components.databases.pg.backup import backups, data_source
from dbaas_components.databases.pg.pods import affinity, environment, metadata
from dbaas_components.databases.pg.row import ENGINE
from dbaas_components.databases.pg.server import extensions, patroni
from dbaas_components.databases.rendering import pods, shared
from dbaas_components.databases.spec import DatabaseSpec
from dbaas_components.databases.spec.access import User
from dbaas_components.databases.spec.part import go_duration
from dbaas_components.databases.spec.placement import Pods
from dbaas_components.databases.spec.proxy import Exposure
from dbaas_components.databases.spec.sizing import Storage
from dbaas_components.naming import object_name


def render(spec: DatabaseSpec) -> dict[str, Any]:
    """The PerconaPGCluster for a specification."""
    pooler = names.has_pooler(spec)
    return cr.PerconaPGCluster(
        metadata=shared.metadata_of(spec, ENGINE, _finalizers(spec)),
        spec=cr.Spec(
            cr_version=ENGINE.versions.operator,
            metadata=_metadata(spec),
            postgres_version=int(spec.version),
            image=shared.image_of(spec, "server"),
            image_pull_secrets=shared.pull_secrets(spec),
            image_pull_policy=spec.image_pull_policy,
            pause=spec.paused or None,
            tls_only=spec.tls.required or None,
            tls=_tls(spec),
            secrets=_secrets(spec),
            users=_users(spec),
            # Without a pooler it is the primary itself that takes writes.
            expose=_expose(spec.expose.primary if pooler else spec.expose.write),
            expose_replicas=_expose(spec.expose.read),
            patroni=patroni(spec),
            extensions=extensions(spec),
            data_source=data_source(spec),
            instances=_instances(spec),
            proxy=cr.Proxy(pg_bouncer=_pgbouncer(spec)) if pooler else None,
            backups=backups(spec),
            pmm=_pmm(spec),
        ),
    ).manifest()


def _finalizers(spec: DatabaseSpec) -> list[str]:
    asked = {
        "percona.com/delete-pvc": spec.deletion.volumes,
        "percona.com/delete-ssl": spec.deletion.certificates,
        "percona.com/delete-backups": spec.deletion.backups,
    }
    return [finalizer for finalizer, fate in asked.items() if fate == "delete"]


def _metadata(spec: DatabaseSpec) -> cr.Metadata | None:
    """Of all that the operator makes: pods, claims, service accounts. It applies claims itself, from no template."""
    labels, annotations = shared.owner_labels(spec), dict(spec.backup.service_account_annotations)
    return cr.Metadata(labels=labels or None, annotations=annotations or None) if labels or annotations else None


def _instances(spec: DatabaseSpec) -> list[cr.InstanceSet]:
    first = _instance_set(spec, spec.instance_set, spec.replicas, spec.storage, spec.pods)
    others = [
        _instance_set(spec, one.name, one.replicas, one.storage or spec.storage, one.pods) for one in spec.instance_sets
    ]
    return [first, *others]


def _instance_set(spec: DatabaseSpec, name: str, replicas: int, storage: Storage, own: Pods) -> cr.InstanceSet:
    # All sets: they stand in for each other, so no two of their instances belong on one node either.
    labels = {f"{names.LABELS}/cluster": spec.name, f"{names.LABELS}/data": "postgres"}
    return cr.InstanceSet(
        name=name,
        replicas=replicas,
        metadata=metadata(own),
        affinity=affinity(spec, own, labels),
        topology_spread_constraints=pods.zone_spread(spec, labels),
        tolerations=pods.tolerations(own),
        priority_class_name=own.priority,
        min_available=max(replicas - own.max_unavailable, 0),
        env_from=environment(own),
        resources=pods.resources(own.resources, spec.pods.resources),
        data_volume_claim_spec=shared.volume_claim(spec, storage),
        wal_volume_claim_spec=shared.volume_claim(spec, storage, storage.log_size) if storage.log_size else None,
    )


def _pgbouncer(spec: DatabaseSpec) -> cr.PgBouncer:
    proxy = spec.proxy
    labels = {f"{names.LABELS}/cluster": spec.name, f"{names.LABELS}/role": "pgbouncer"}
    pool = {
        "pool_mode": proxy.pool.mode,
        "default_pool_size": proxy.pool.size,
        "max_client_conn": proxy.pool.max_client_connections,
    }
    settings = {key: str(value) for key, value in pool.items() if value is not None}
    settings |= {key: _setting(value) for key, value in proxy.parameters.items()}
    secret = names.server_secret(spec)
    return cr.PgBouncer(
        replicas=proxy.replicas,
        image=shared.image_of(spec, "pgbouncer"),
        metadata=metadata(proxy.pods),
        config=cr.PgBouncerConfig(settings=settings) if settings else None,
        expose=_expose(spec.expose.write),
        expose_superusers=proxy.superusers or None,
        # Otherwise the pooler would show clients a certificate of the operator's own authority.
        custom_tls_secret=LocalReference(name=secret) if secret else None,
        affinity=affinity(spec, proxy.pods, labels),
        topology_spread_constraints=pods.zone_spread(spec, labels),
        tolerations=pods.tolerations(proxy.pods),
        priority_class_name=proxy.pods.priority,
        min_available=max(proxy.replicas - proxy.pods.max_unavailable, 0),
        env_from=environment(proxy.pods),
        resources=pods.resources(proxy.pods.resources),
    )


def _setting(value: str | int | float | bool) -> str:
    """A value as PgBouncer's file has it."""
    return str(int(value)) if isinstance(value, bool) else str(value)


def _expose(exposure: Exposure | None) -> cr.Expose | None:
    if exposure is None:
        return None
    return cr.Expose(
        type=shared.SERVICE_TYPES[exposure.type],
        annotations=exposure.annotations or None,
        labels=exposure.labels or None,
        load_balancer_class=exposure.load_balancer_class,
        load_balancer_source_ranges=list(exposure.source_ranges) or None,
    )


def _users(spec: DatabaseSpec) -> list[cr.User]:
    if spec.users:
        return [_user(user) for user in spec.users]
    return [
        cr.User(
            name=spec.name,
            databases=list(spec.databases) or [spec.name],
            # Refused on older versions, which need no such grant.
            grant_public_schema_access=int(spec.version) >= names.FIRST_CLOSED_PUBLIC_SCHEMA,
        )
    ]


def _user(user: User) -> cr.User:
    return cr.User(
        name=user.name,
        databases=list(user.databases) or None,
        options=user.options,
        password=cr.Password(type=user.password_characters) if user.password_characters else None,
        secret_name=user.secret,
        grant_public_schema_access=user.public_schema or None,
    )


def _tls(spec: DatabaseSpec) -> cr.Tls | None:
    certificate, authority = spec.tls.certificate_lifetime, spec.tls.authority_lifetime
    if not certificate and not authority:
        return None
    return cr.Tls(
        cert_validity_duration=go_duration(certificate) if certificate else None,
        ca_validity_duration=go_duration(authority) if authority else None,
    )


def _secrets(spec: DatabaseSpec) -> cr.Secrets | None:
    found = {
        "server": names.server_secret(spec),
        "replication": names.replication_secret(spec),
        "authority": spec.tls.authority_secret,
    }
    given = {role: LocalReference(name=name) for role, name in found.items() if name}
    return cr.Secrets(**given) if given else None


def _pmm(spec: DatabaseSpec) -> cr.Pmm | None:
    pmm = spec.observability.pmm
    if pmm is None:
        return None
    return cr.Pmm(
        enabled=pmm.enabled,
        image=shared.image_of(spec, "pmm"),
        image_pull_policy=spec.image_pull_policy,
        secret=pmm.secret or object_name(spec.name, "pmm-secret"),
        server_host=pmm.server,
        query_source=pmm.query_source or "pgstatstatements",
        custom_cluster_name=pmm.cluster_name,
        postgres_params=pmm.parameters,
        resources=pods.resources(pmm.resources),
    )
