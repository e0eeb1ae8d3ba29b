"""From a running PerconaXtraDBCluster to the arguments that say the same: the way back from `render`.

Never raises, whatever stands in the custom resource: what it cannot say in the specification's words it leaves out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dbaas_components.databases.adoption_reading import (
    SERVICE_TYPES,
    Fields,
    autoscale,
    flag,
    given,
    images,
    issuer,
    items,
    mapping,
    number,
    part,
    probe,
    pull_secrets,
    series_of,
    service,
    text,
    texts,
    unless,
    without,
)
from dbaas_components.databases.pxc import adopt_backup, adopt_pods
from dbaas_components.databases.pxc.parameters import read_configuration
from dbaas_components.databases.pxc.reading import spec_duration
from dbaas_components.databases.pxc.render import FINALIZERS, PMM_OVER_TLS
from dbaas_components.databases.pxc.row import ENGINE
from dbaas_components.labels import DOMAIN
from dbaas_components.quantities import Quantity

_COMPONENTS: Final = {"server": "pxc", "haproxy": "haproxy", "proxysql": "proxysql", "backup": "backup"} | {
    "logcollector": "logcollector",
    "pmm": "pmm",
}
# Labels that a specification cannot give, and annotations that tools and the operator keep notes in.
_OURS: Final = ("app.kubernetes.io/", f"{DOMAIN}/")
_NOTES: Final = ("kubectl.kubernetes.io/last-applied-configuration", "percona.com/pvc-resize-in-progress")


def adopt(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a database that `manifest` would be rendered for, as far as there are words for it."""
    metadata, spec = part(manifest, "metadata"), part(manifest, "spec")
    server = part(spec, "pxc")
    name = text(metadata, "name") or ""
    found = {role: image for role, place in _COMPONENTS.items() if (image := text(part(spec, place), "image"))}
    version = series_of(found.get("server", ""), ENGINE.versions.series, ENGINE.versions.default)
    proxysql = flag(part(spec, "proxysql"), "enabled") is True
    proxy = part(spec, "proxysql" if proxysql else "haproxy")
    parameters, required = read_configuration(text(server, "configuration") or "") or ({}, False)
    return given(
        name=name or None,
        namespace=text(metadata, "namespace"),
        engine=ENGINE.name,
        profile="dev",
        platform_labels=False,
        labels=without(mapping(metadata, "labels"), _OURS),
        annotations={key: value for key, value in mapping(metadata, "annotations").items() if key not in _NOTES},
        version=version,
        **images(found, ENGINE.versions.series[version]),
        replicas=_replicas(server),
        storage=_storage(spec, server),
        pods=adopt_pods.pods(server),
        **adopt_pods.placement(server, name),
        parameters=parameters,
        tls={**_tls(spec, name, text(metadata, "namespace")), "required": required},
        allocator=text(server, "mysqlAllocator"),
        automatic_recovery=flag(server, "autoRecovery"),
        proxy=_proxy(proxy, proxysql=proxysql),
        spare_proxy=_spare(part(spec, "haproxy" if proxysql else "proxysql"), proxysql=not proxysql),
        expose=_expose(server, proxy, proxysql=proxysql),
        users=[_user(user) for user in items(spec, "users")],
        credentials=given(secret=unless(text(spec, "secretsName"), f"{name}-secrets")),
        backup=adopt_backup.backup(part(spec, "backup")),
        observability=_observability(spec, required=required),
        paused=flag(spec, "pause") or None,
        deletion=_deletion(metadata),
        maintenance=given(
            version_service=text(part(spec, "upgradeOptions"), "versionServiceEndpoint"),
            upgrade_check=text(part(spec, "upgradeOptions"), "schedule"),
        ),
        image_pull_policy=text(server, "imagePullPolicy"),
        image_pull_secrets=pull_secrets(server),
    )


def _replicas(server: Fields) -> int | None:
    """A count that this library takes; another one, which runs with the operator's checks off, becomes an override."""
    size = number(server, "size")
    if size is None:
        return None
    return size if size in (1, *ENGINE.replicas.allowed) else ENGINE.replicas.allowed[0]


def _storage(spec: Fields, server: Fields) -> Fields:
    claim = part(server, "volumeSpec", "persistentVolumeClaim")
    size = text(part(claim, "resources", "requests"), "storage")
    return given(
        size=size if size and _at_least(size, ENGINE.minimum_storage) else None,
        storage_class=text(claim, "storageClassName"),
        autoscale=autoscale(spec),
    )


def _at_least(size: str, least: str) -> bool:
    try:
        return Quantity.parse(size) >= Quantity.parse(least)
    except ValueError:
        return False


def _tls(spec: Fields, name: str, namespace: str | None) -> Fields:
    tls = part(spec, "tls")
    authority = issuer(tls)
    endpoints = [f"{name}-{service}.{namespace}" for service in ("pxc", "proxysql")]
    secret = unless(text(spec, "sslSecretName"), f"{name}-ssl")
    return given(
        issuer=authority,
        names=[one for one in texts(tls, "SANs") if one not in endpoints],
        certificate_lifetime=spec_duration(text(tls, "certValidityDuration")),
        authority_lifetime=spec_duration(text(tls, "caValidityDuration")),
        # An issuer fills a Secret of any name, which a specification has no word for.
        secret=None if authority else secret,
        internal_secret=None if authority or not secret else text(spec, "sslInternalSecretName"),
    )


def _proxy(proxy: Fields, *, proxysql: bool) -> Fields:
    claim = part(proxy, "volumeSpec", "persistentVolumeClaim", "resources", "requests")
    return given(
        type="proxysql" if proxysql else "haproxy",
        replicas=number(proxy, "size"),
        pods=adopt_pods.pods(proxy, probed=not proxysql),
        configuration=text(proxy, "configuration"),
        storage_size=text(claim, "storage") if proxysql else None,
    )


def _spare(proxy: Fields, *, proxysql: bool) -> Fields | None:
    """The proxy that is off, where there is more to it than that."""
    return _proxy(proxy, proxysql=proxysql) if set(proxy) - {"enabled"} else None


def _expose(server: Fields, proxy: Fields, *, proxysql: bool) -> Fields:
    return given(
        write=_exposure(part(proxy, "expose" if proxysql else "exposePrimary"), always=not proxysql),
        read=None if proxysql else _exposure(part(proxy, "exposeReplicas")),
        pods=_pods_exposure(part(server, "expose")),
    )


def _pods_exposure(found: Fields) -> dict[str, Any] | None:
    """The Services of the pods, also while they are off, if there is more to them than that."""
    if not set(found) - {"enabled"} and not flag(found, "enabled"):
        return None
    exposed = _exposure(found, always=True)
    return exposed if exposed is None or flag(found, "enabled") else {**exposed, "enabled": False}


def _exposure(found: Fields, *, always: bool = False) -> dict[str, Any] | None:
    kind = SERVICE_TYPES.get(text(found, "type") or "ClusterIP")
    if not found or kind is None or not (always or flag(found, "enabled")):
        return None
    return given(type=kind, **service(found), load_balancer_class=text(found, "loadBalancerClass"))


def _user(user: Fields) -> Fields:
    password = part(user, "passwordSecretRef")
    return given(
        name=text(user, "name"),
        databases=texts(user, "dbs"),
        grants=texts(user, "grants"),
        hosts=texts(user, "hosts"),
        grant_option=flag(user, "withGrantOption") or None,
        # The operator's own default for the key.
        password=given(secret=text(password, "name"), key=text(password, "key") or "password") if password else None,
    )


def _observability(spec: Fields, *, required: bool) -> Fields:
    pmm, logs = part(spec, "pmm"), part(spec, "logcollector")
    parameters = text(pmm, "pxcParams")
    if required and parameters:
        parameters = parameters.removeprefix(PMM_OVER_TLS).strip()
    return given(
        pmm=given(
            enabled=None if flag(pmm, "enabled") else False,
            server=text(pmm, "serverHost"),
            cluster_name=text(pmm, "customClusterName"),
            parameters=parameters or None,
            resources=adopt_pods.resources(part(pmm, "resources")),
            readiness=probe(part(pmm, "readinessProbes")),
            liveness=probe(part(pmm, "livenessProbes")),
        )
        if text(pmm, "serverHost")
        else None,
        logs=given(
            enabled=flag(logs, "enabled") or False,
            configuration=text(logs, "configuration"),
            rotation=text(part(logs, "logRotate"), "schedule"),
            resources=adopt_pods.resources(part(logs, "resources")),
        )
        if logs
        else None,
    )


def _deletion(metadata: Fields) -> Fields:
    finalizers = texts(metadata, "finalizers")
    return given(
        volumes="delete" if FINALIZERS["volumes"] in finalizers else None,
        certificates="delete" if FINALIZERS["certificates"] in finalizers else None,
        ordered=True if FINALIZERS["ordered"] in finalizers else None,
    )
