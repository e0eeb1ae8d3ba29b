"""From a running PerconaServerMongoDB to the arguments that say the same: the way back from `render`.

Never raises, whatever stands in the custom resource: what it cannot say in the specification's words it leaves out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dbaas_components.databases.adoption_reading import (
    Fields,
    autoscale,
    first,
    flag,
    given,
    images,
    items,
    mapping,
    number,
    part,
    pull_secrets,
    series_of,
    text,
    texts,
    unless,
    without,
)
from dbaas_components.databases.psmdb.adopt_backup import backup, incarnation
from dbaas_components.databases.psmdb.adopt_pods import exposure, members, placement, pods, storage
from dbaas_components.databases.psmdb.adopt_server import server
from dbaas_components.databases.psmdb.render import FINALIZERS
from dbaas_components.databases.psmdb.row import ENGINE
from dbaas_components.labels import DOMAIN

# What Kubernetes' tools and the operator keep in an object, and labels that this library keeps for itself.
_NOT_THE_OWNERS: Final = (
    "app.kubernetes.io/",
    "kubectl.kubernetes.io/",
    "percona.com/",
    f"{DOMAIN}/",
)


def adopt(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a database that would be rendered as `manifest`, as far as there are words for it."""
    metadata, spec = part(manifest, "metadata"), part(manifest, "spec")
    name = text(metadata, "name") or ""
    replica_set = first(items(spec, "replsets"))
    sharding = part(spec, "sharding")
    sharded = flag(sharding, "enabled")
    arguments = given(
        name=name,
        namespace=text(metadata, "namespace"),
        engine=ENGINE.name,
        profile="dev",
        platform_labels=False,
        incarnation=incarnation(spec, name),
        labels=without(mapping(metadata, "labels"), _NOT_THE_OWNERS),
        annotations=without(mapping(metadata, "annotations"), _NOT_THE_OWNERS),
        **_images(spec),
        replicas=number(replica_set, "size"),
        storage={**storage(replica_set), **given(autoscale=autoscale(spec))},
        pods={**pods(replica_set), **given(scheduler=text(spec, "schedulerName"))},
        **placement(replica_set),
        replica_set=text(replica_set, "name"),
        sharding=_sharding(spec, sharding) if sharded else None,
        **{kind: members(part(replica_set, kind)) for kind in ("arbiter", "hidden", "nonvoting")},
        expose=given(
            write=exposure(part(sharding, "mongos", "expose")) if sharded else None,
            pods=_pods_exposure(part(replica_set, "expose")),
        ),
        users=[_user(user) for user in items(spec, "users")],
        roles=[_role(role) for role in items(spec, "roles")],
        credentials=given(secret=unless(text(part(spec, "secrets"), "users"), f"{name}-secrets")),
        tls=_tls(spec, name),
        backup=backup(spec, name),
        deletion=_deletion(metadata),
        paused=True if flag(spec, "pause") else None,
        observability=_observability(spec),
        maintenance=given(
            version_service=text(part(spec, "upgradeOptions"), "versionServiceEndpoint"),
            upgrade_check=text(part(spec, "upgradeOptions"), "schedule"),
        ),
        image_pull_policy=text(spec, "imagePullPolicy"),
        image_pull_secrets=pull_secrets(spec),
    )
    proxy = _proxy(part(sharding, "mongos")) if sharded else {}
    return server(arguments, proxy, spec, name)


def _pods_exposure(service: Fields) -> dict[str, Any] | None:
    """The Services of the members, also while they are off, if there is more to them than that."""
    if not set(service) - {"enabled"} and not flag(service, "enabled"):
        return None
    found = exposure({key: value for key, value in service.items() if key != "enabled"})
    return found if found is None or flag(service, "enabled") else {**found, "enabled": False}


def _images(spec: Fields) -> dict[str, Any]:
    """Version, registry and images; of a pinned image only the registry is told."""
    places = {"server": spec, "backup": part(spec, "backup")}
    if flag(part(spec, "logcollector"), "enabled"):
        places["logcollector"] = part(spec, "logcollector")
    places["pmm"] = part(spec, "pmm")
    found = {role: image for role, place in places.items() if (image := text(place, "image"))}
    version = series_of(found.get("server", ""), ENGINE.versions.series, ENGINE.versions.default)
    return {"version": version, **images(found, ENGINE.versions.series[version])}


def _sharding(spec: Fields, sharding: Fields) -> dict[str, Any]:
    config_servers = part(sharding, "configsvrReplSet")
    found = given(
        shards=len(items(spec, "replsets")) or None,
        config_replicas=number(config_servers, "size"),
        config_storage=storage(config_servers),
        config_pods=pods(config_servers),
    )
    return {**found, "balancer": False} if part(sharding, "balancer").get("enabled") is False else found


def _proxy(mongos: Fields) -> dict[str, Any]:
    # A port of its own is beyond the words here; what it stands in is left to the overrides.
    return given(type="mongos", replicas=number(mongos, "size"), pods=pods(mongos))


def _user(user: Fields) -> dict[str, Any]:
    reference = part(user, "passwordSecretRef")
    # The operator's own name of the key where none is given.
    password = given(secret=text(reference, "name"), key=text(reference, "key") or "password")
    return given(
        name=text(user, "name"),
        database=text(user, "db"),
        password=password if reference else None,
        roles=[given(name=text(role, "name"), database=text(role, "db")) for role in items(user, "roles")],
    )


def _role(role: Fields) -> dict[str, Any]:
    return given(
        name=text(role, "role"),
        database=text(role, "db"),
        privileges=[_privilege(one) for one in items(role, "privileges")],
        roles=[given(name=text(one, "role"), database=text(one, "db")) for one in items(role, "roles")],
    )


def _privilege(privilege: Fields) -> dict[str, Any]:
    resource = part(privilege, "resource")
    return given(
        actions=texts(privilege, "actions"),
        database=text(resource, "db"),
        collection=text(resource, "collection"),
        cluster=True if flag(resource, "cluster") else None,
    )


def _tls(spec: Fields, name: str) -> dict[str, Any]:
    """Certificates as far as they are not of an issuer: the operator's own way to one is not this library's."""
    tls, secrets = part(spec, "tls"), part(spec, "secrets")
    secret = unless(text(secrets, "ssl"), f"{name}-ssl")
    return given(
        required=text(tls, "mode") == "requireTLS",
        secret=secret,
        internal_secret=text(secrets, "sslInternal"),
        certificate_lifetime=None if secret else text(tls, "certValidityDuration"),
    )


def _deletion(metadata: Fields) -> dict[str, Any]:
    there = texts(metadata, "finalizers")
    return {field: on for field, on, finalizer in FINALIZERS if finalizer in there}


def _observability(spec: Fields) -> dict[str, Any]:
    pmm, logs = part(spec, "pmm"), part(spec, "logcollector")
    collected = given(
        resources=pods(logs).get("resources"),
        configuration=text(logs, "configuration"),
        rotation=text(part(logs, "logrotate"), "schedule"),
    )
    return given(
        pmm=given(
            enabled=None if flag(pmm, "enabled") else False,
            server=text(pmm, "serverHost"),
            cluster_name=text(pmm, "customClusterName"),
            parameters=text(pmm, "mongodParams"),
            resources=pods(pmm).get("resources"),
        )
        if text(pmm, "serverHost")
        else None,
        logs={"enabled": True, **collected} if flag(logs, "enabled") else ({"enabled": False} if logs else None),
    )
