"""From a running PerconaPGCluster to the arguments that say the same: `render` the other way round.

What has no word is left out, and becomes an override elsewhere; nothing is invented.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dbaas_components.databases.adoption_reading import (
    SERVICE_TYPES,
    Fields,
    first,
    given,
    images,
    items,
    mapping,
    number,
    part,
    text,
    texts,
    without,
)
from dbaas_components.databases.pg.adopt_backup import backup, data_source
from dbaas_components.databases.pg.adopt_pods import placement, pods, resources, wishes_apart
from dbaas_components.databases.pg.owned import parameter_problem, pooler_problem
from dbaas_components.databases.pg.row import ENGINE
from dbaas_components.databases.pg.server import AUDIT
from dbaas_components.labels import DOMAIN
from dbaas_components.naming import dns_label_problem, object_name
from dbaas_components.quantities import Quantity

# What kubectl and the operator write there themselves.
_NOT_OWN_ANNOTATIONS: Final = ("kubectl.kubernetes.io/", "pgv2.percona.com/", "postgres-operator.crunchydata.com/")
_NOT_OWN_LABELS: Final = ("app.kubernetes.io/", f"{DOMAIN}/")
_DELETED_WITH: Final = {
    "percona.com/delete-pvc": "volumes",
    "percona.com/delete-ssl": "certificates",
    "percona.com/delete-backups": "backups",
}
_POOL: Final = {"default_pool_size": "size", "max_client_conn": "max_client_connections"}
_POOL_MODES: Final = ("session", "transaction", "statement")
_EXTENSIONS: Final = {
    "pg_stat_statements": "pg_stat_statements",
    "pg_stat_monitor": "pg_stat_monitor",
    "pg_audit": "pgaudit",
    "pgvector": "pgvector",
    "pg_repack": "pg_repack",
}


def adopt(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that re-create the custom resource, as far as there are words for it. Never raises."""
    metadata, spec = part(manifest, "metadata"), part(manifest, "spec")
    name = text(metadata, "name") or ""
    version = text(spec, "postgresVersion")
    version = version if version in ENGINE.versions.series else None
    pooler = part(spec, "proxy", "pgBouncer")
    parameters, audit = _parameters(spec)
    return given(
        engine=ENGINE.name,
        name=name,
        namespace=text(metadata, "namespace"),
        version=version,
        profile="dev",
        **_instances(spec, name),
        replication={"mode": "streaming", "synchronous": True}
        if _dynamic(spec).get("synchronous_mode") is True
        else {},
        patroni=_patroni(spec),
        parameters=parameters,
        extensions=_extensions(spec, audit),
        audit=audit or None,
        proxy=_proxy(pooler),
        expose=_expose(spec, pooler),
        users=_users(spec),
        tls=_tls(spec),
        backup=backup(spec),
        data_source=data_source(spec),
        deletion={
            fate: "delete" for finalizer, fate in _DELETED_WITH.items() if finalizer in texts(metadata, "finalizers")
        },
        paused=True if spec.get("pause") is True else None,
        observability=given(pmm=_pmm(spec, name)),
        labels=without(mapping(metadata, "labels"), _NOT_OWN_LABELS),
        annotations=without(mapping(metadata, "annotations"), _NOT_OWN_ANNOTATIONS),
        **_images(spec, version or ENGINE.versions.default),
        image_pull_policy=text(spec, "imagePullPolicy"),
        image_pull_secrets=[found for one in items(spec, "imagePullSecrets") if (found := text(one, "name"))],
    ) | {"platform_labels": False}


def _instances(spec: Fields, name: str) -> dict[str, Any]:
    sets = items(spec, "instances")
    leading = first(sets)
    return {
        "instance_set": _set_name(leading),
        "replicas": _replicas(leading),
        "storage": _storage(leading),
        "pods": pods(leading, _replicas(leading)),
        **placement(leading, name, wished=all(map(wishes_apart, _spread_pods(spec)))),
        "instance_sets": [
            given(
                name=_set_name(one),
                replicas=_replicas(one),
                storage=_storage(one),
                pods=pods(one, _replicas(one)),
            )
            for one in sets[1:]
            if _set_name(one)
        ],
    }


def _spread_pods(spec: Fields) -> list[Fields]:
    """All that one word for the spread of a database speaks of."""
    pooler = part(spec, "proxy", "pgBouncer")
    return [*items(spec, "instances"), *([pooler] if pooler else []), part(spec, "backups", "pgbackrest", "repoHost")]


def _set_name(instances: Fields) -> str | None:
    found = text(instances, "name")
    return found if found and not dns_label_problem(found) else None


def _replicas(instances: Fields) -> int:
    found = number(instances, "replicas")
    return 1 if found is None else found


def _storage(instances: Fields) -> dict[str, Any]:
    data, log = part(instances, "dataVolumeClaimSpec"), part(instances, "walVolumeClaimSpec")
    size = text(part(data, "resources", "requests"), "storage")
    return given(
        size=size if _is_enough(size) else None,
        storage_class=text(data, "storageClassName"),
        log_size=text(part(log, "resources", "requests"), "storage"),
    )


def _is_enough(size: str | None) -> bool:
    """Whether a specification takes it: a volume may run for years on less than this library gives one."""
    try:
        return size is not None and Quantity.parse(size) >= Quantity.parse(ENGINE.minimum_storage)
    except ValueError:
        return False


def _dynamic(spec: Fields) -> Fields:
    return part(spec, "patroni", "dynamicConfiguration")


def _patroni(spec: Fields) -> dict[str, Any]:
    patroni = part(spec, "patroni")
    return given(
        leader_lease_seconds=number(patroni, "leaderLeaseDurationSeconds"),
        sync_period_seconds=number(patroni, "syncPeriodSeconds"),
        maximum_lag_bytes=number(_dynamic(spec), "maximum_lag_on_failover"),
    )


def _parameters(spec: Fields) -> tuple[dict[str, Any], bool]:
    """Parameters that are an owner's to choose, and whether they are those of the audit log too."""
    found = {
        name: value
        for name, value in part(_dynamic(spec), "postgresql", "parameters").items()
        # Other kinds of values are written otherwise here, and would be a change.
        if isinstance(value, str | int) and not isinstance(value, bool) and not parameter_problem(name, value)
    }
    switched_on = part(spec, "extensions", "builtin").get("pg_audit") is True
    audit = switched_on and all(found.get(name) == value for name, value in AUDIT.items())
    return {name: value for name, value in found.items() if not audit or name not in AUDIT}, audit


def _extensions(spec: Fields, audit: bool) -> list[str]:
    builtin = part(spec, "extensions", "builtin")
    wanted = [extension for field, extension in _EXTENSIONS.items() if builtin.get(field) is True]
    return [extension for extension in wanted if not (audit and extension == "pgaudit")]


def _proxy(pooler: Fields) -> dict[str, Any]:
    if not pooler:
        return {"type": "none"}
    settings = mapping(part(pooler, "config"), "global")
    mode = settings.get("pool_mode")
    sizes = {ours: int(settings[theirs]) for theirs, ours in _POOL.items() if settings.get(theirs, "").isdecimal()}
    return given(
        type="pgbouncer",
        replicas=_replicas(pooler),
        pods=pods(pooler, _replicas(pooler)),
        pool=given(mode=mode if mode in _POOL_MODES else None, **sizes),
        parameters={key: value for key, value in settings.items() if value and not pooler_problem(key)},
        superusers=pooler.get("exposeSuperusers") is True or None,
    )


def _expose(spec: Fields, pooler: Fields) -> dict[str, Any]:
    return given(
        write=_exposure(part(pooler if pooler else spec, "expose")),
        read=_exposure(part(spec, "exposeReplicas")),
        primary=_exposure(part(spec, "expose")) if pooler else None,
    )


def _exposure(service: Fields) -> dict[str, Any]:
    if not service:
        return {}
    kind, ranges = SERVICE_TYPES.get(text(service, "type") or "ClusterIP"), texts(service, "loadBalancerSourceRanges")
    # Without source ranges it is open to everyone, which is off the paved road.
    if kind is None or (kind == "load_balancer") is not bool(ranges):
        return {}
    return given(
        type=kind,
        source_ranges=ranges,
        annotations=mapping(service, "annotations"),
        labels=mapping(service, "labels"),
        load_balancer_class=text(service, "loadBalancerClass"),
    )


def _users(spec: Fields) -> list[dict[str, Any]]:
    return [
        given(
            name=text(user, "name"),
            databases=texts(user, "databases"),
            options=text(user, "options"),
            secret=text(user, "secretName"),
            password_characters=text(part(user, "password"), "type"),
            public_schema=user.get("grantPublicSchemaAccess") is True or None,
        )
        for user in items(spec, "users")
        if text(user, "name")
    ]


def _tls(spec: Fields) -> dict[str, Any]:
    secrets, lifetimes = part(spec, "secrets"), part(spec, "tls")
    server, replication = _secret(secrets, "customTLSSecret"), _secret(secrets, "customReplicationTLSSecret")
    both = bool(server and replication)
    return given(
        required=spec.get("tlsOnly") is True or None,
        certificate_lifetime=text(lifetimes, "certValidityDuration"),
        authority_lifetime=text(lifetimes, "caValidityDuration"),
        secret=server if both else None,
        internal_secret=replication if both else None,
        authority_secret=_secret(secrets, "customRootCATLSSecret"),
    )


def _secret(secrets: Fields, role: str) -> str | None:
    projection = part(secrets, role)
    return None if projection.get("items") else text(projection, "name")


def _pmm(spec: Fields, name: str) -> dict[str, Any]:
    pmm = part(spec, "pmm")
    if text(pmm, "serverHost") is None:
        return {}
    secret = text(pmm, "secret")
    return given(
        enabled=None if pmm.get("enabled") is True else False,
        server=text(pmm, "serverHost"),
        secret=secret if secret != object_name(name, "pmm-secret") else None,
        cluster_name=text(pmm, "customClusterName"),
        query_source=text(pmm, "querySource"),
        parameters=text(pmm, "postgresParams"),
        resources=resources(pmm),
    )


def _images(spec: Fields, version: str) -> dict[str, Any]:
    """The registry that the pinned images come from, and the images that are not the pinned ones."""
    found = {
        "server": text(spec, "image"),
        "pgbouncer": text(part(spec, "proxy", "pgBouncer"), "image"),
        "backup": text(part(spec, "backups", "pgbackrest"), "image"),
        "pmm": text(part(spec, "pmm"), "image"),
    }
    # Without a tag it is not an image that a specification takes.
    tagged = {role: image for role, image in found.items() if image and ":" in image.rpartition("/")[2]}
    return images(tagged, ENGINE.versions.series[version])
