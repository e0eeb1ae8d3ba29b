"""From a running PerconaServerMySQL to the arguments that say the same: the way back from `render`.

Never raises, whatever stands in the custom resource: what it cannot say in the specification's words it leaves out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from dbaas_components.databases.adoption_reading import (
    PREFERRED,
    REQUIRED,
    SERVICE_TYPES,
    WHEN_UNEVEN,
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
    toleration,
    without,
)
from dbaas_components.databases.ps import names
from dbaas_components.databases.ps.adopt_backup import adopt_backup
from dbaas_components.databases.ps.parameters import parameters_of
from dbaas_components.databases.ps.reading import resources
from dbaas_components.databases.rendering.pods import HOSTNAME, ZONE
from dbaas_components.labels import DOMAIN

if TYPE_CHECKING:
    from dbaas_components.databases.engine import Engine

_IMAGES: Final = {
    "server": ("mysql",),
    "haproxy": ("proxy", "haproxy"),
    "router": ("proxy", "router"),
    "orchestrator": ("orchestrator",),
    "toolkit": ("toolkit",),
    "backup": ("backup",),
    "binlog_server": ("backup", "pitr", "binlogServer"),
    "pmm": ("pmm",),
}
# What Kubernetes' tools keep in an object, and labels that this library keeps for itself.
_NOT_THE_OWNERS: Final = ("kubectl.kubernetes.io/", "percona.com/", "app.kubernetes.io/", f"{DOMAIN}/", "pulumi.com/")


def adopt(manifest: Mapping[str, Any], engine: Engine) -> dict[str, Any]:
    """The arguments of a database that would be rendered as `manifest`, as far as there are words for it."""
    metadata, spec = part(manifest, "metadata"), part(manifest, "spec")
    server, orchestrator = part(spec, "mysql"), part(spec, "orchestrator")
    asynchronous = text(server, "clusterType") == "async"
    router = flag(part(spec, "proxy", "router"), "enabled") is True
    proxy = part(spec, "proxy", names.ROUTER if router else names.HAPROXY)
    configuration = text(server, "configuration")
    found = {role: image for role, path in _IMAGES.items() if (image := text(part(spec, *path), "image"))}
    version = series_of(found.get("server", ""), engine.versions.series, engine.versions.default)
    return given(
        name=text(metadata, "name"),
        namespace=text(metadata, "namespace"),
        engine=engine.name,
        profile="dev",
        platform_labels=False,
        labels=without(mapping(metadata, "labels"), _NOT_THE_OWNERS),
        annotations=without(mapping(metadata, "annotations"), _NOT_THE_OWNERS),
        version=version,
        **images(found, engine.versions.series[version]),
        replicas=number(server, "size"),
        storage=_storage(spec, server),
        pods=_pods(server),
        **_placement(server),
        replication={"mode": "async" if asynchronous else "group"},
        orchestrator=_orchestrator(orchestrator),
        parameters=parameters_of(configuration) if configuration else None,
        automatic_recovery=flag(server, "autoRecovery") is True,
        proxy=_proxy(proxy, names.ROUTER if router else names.HAPROXY),
        spare_proxy=_spare(spec, names.HAPROXY if router else names.ROUTER),
        expose=given(
            write=_exposure(part(proxy, "expose")),
            primary=_switched(part(server, "exposePrimary")),
            pods=_pods_exposure(part(server, "expose")),
        ),
        credentials=given(secret=text(spec, "secretsName")),
        tls=_tls(spec, text(metadata, "name")),
        backup=adopt_backup(part(spec, "backup")),
        observability=_observability(part(spec, "pmm")),
        paused=flag(spec, "pause") or None,
        deletion=_deletion(texts(metadata, "finalizers")),
        maintenance=given(version_service=text(part(spec, "upgradeOptions"), "versionServiceEndpoint")),
        image_pull_policy=text(server, "imagePullPolicy"),
        image_pull_secrets=pull_secrets(server),
    )


def _proxy(proxy: Fields, kind: str) -> dict[str, Any]:
    return given(
        type=kind,
        replicas=number(proxy, "size"),
        pods=_pods(proxy),
        configuration=text(proxy, "configuration"),
    )


def _spare(spec: Fields, kind: str) -> dict[str, Any] | None:
    """The proxy that is off, where there is more to it than that."""
    proxy = part(spec, "proxy", kind)
    return _proxy(proxy, kind) if set(proxy) - {"enabled"} else None


def _orchestrator(found: Fields) -> dict[str, Any] | None:
    if not set(found) - {"enabled"}:
        return None
    return given(
        enabled=None if flag(found, "enabled") else False,
        replicas=number(found, "size"),
        pods=_pods(found),
    )


def _storage(spec: Fields, server: Fields) -> dict[str, Any]:
    claim = part(server, "volumeSpec", "persistentVolumeClaim")
    return given(
        size=text(part(claim, "resources", "requests"), "storage"),
        storage_class=text(claim, "storageClassName"),
        autoscale=autoscale(spec),
    )


def _pods(component: Fields) -> dict[str, Any]:
    environment = items(component, "envFrom")
    return given(
        resources=resources(component),
        priority=text(component, "priorityClassName"),
        node_labels=mapping(component, "nodeSelector"),
        tolerations=[toleration(one) for one in items(component, "tolerations")],
        annotations=mapping(component, "annotations"),
        labels=mapping(component, "labels"),
        max_unavailable=number(part(component, "podDisruptionBudget"), "maxUnavailable"),
        grace_period_seconds=number(component, "gracePeriod"),
        readiness=probe(part(component, "readinessProbe")),
        liveness=probe(part(component, "livenessProbe")),
        service_account=text(component, "serviceAccountName"),
        environment_secret=text(part(environment[0], "secretRef"), "name") if len(environment) == 1 else None,
        runtime=text(component, "runtimeClassName"),
        scheduler=text(component, "schedulerName"),
    )


def _placement(server: Fields) -> dict[str, Any]:
    """Spread and zones, as the servers have them; a proxy that is placed in another way becomes an override."""
    affinity = part(server, "affinity")
    advanced = part(affinity, "advanced")
    requirements = [
        requirement
        for term in items(part(advanced, "nodeAffinity", REQUIRED), "nodeSelectorTerms")
        for requirement in items(term, "matchExpressions")
    ]
    zones = [zone for one in requirements if text(one, "key") == ZONE for zone in texts(one, "values")]
    if advanced:
        apart = part(advanced, "podAntiAffinity")
        nodes: bool | str = any(text(one, "topologyKey") == HOSTNAME for one in items(apart, REQUIRED))
        if not nodes and items(apart, PREFERRED):
            nodes = "preferred"
    else:
        nodes = text(affinity, "antiAffinityTopologyKey") != "none"
    spread = next(
        (
            WHEN_UNEVEN.get(text(one, "whenUnsatisfiable") or "")
            for one in items(server, "topologySpreadConstraints")
            if text(one, "topologyKey") == ZONE
        ),
        None,
    )
    return given(zones=zones, spread=given(nodes=nodes, zones=spread))


def _exposure(found: Fields) -> dict[str, Any] | None:
    if not found:
        return None
    return given(
        type=SERVICE_TYPES.get(text(found, "type") or "ClusterIP"),
        **service(found),
    )


def _switched(found: Fields) -> dict[str, Any] | None:
    """A Service that is there only where it is switched on; without a word of its own it is as it would be anyway."""
    more = {key: value for key, value in found.items() if key != "enabled"}
    if flag(found, "enabled") is not True:
        return None
    return _exposure(more) if more else None


def _pods_exposure(found: Fields) -> dict[str, Any] | None:
    exposed = _exposure({key: value for key, value in found.items() if key != "enabled"}) if found else None
    return exposed if exposed is None or flag(found, "enabled") else {**exposed, "enabled": False}


def _tls(spec: Fields, name: str | None) -> dict[str, Any]:
    tls, secret = part(spec, "tls"), text(spec, "sslSecretName")
    return given(
        issuer=issuer(tls),
        names=texts(tls, "SANs"),
        # The operator's own name of it is where the operator itself puts the certificate.
        secret=None if secret == f"{name}-ssl" else secret,
    )


def _observability(pmm: Fields) -> dict[str, Any] | None:
    if text(pmm, "serverHost") is None:
        return None
    return {
        "pmm": given(
            enabled=None if flag(pmm, "enabled") else False,
            server=text(pmm, "serverHost"),
            cluster_name=text(pmm, "customClusterName"),
            resources=resources(pmm),
            parameters=text(pmm, "mysqlParams"),
            readiness=probe(part(pmm, "readinessProbe")),
            liveness=probe(part(pmm, "livenessProbe")),
        )
    }


def _deletion(finalizers: list[str]) -> dict[str, Any]:
    return given(
        volumes="delete" if "percona.com/delete-mysql-pvc" in finalizers else None,
        certificates="delete" if "percona.com/delete-ssl" in finalizers else None,
        ordered="percona.com/delete-mysql-pods-in-order" in finalizers or None,
    )
