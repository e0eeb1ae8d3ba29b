"""Percona Server for MongoDB: one replica set.

Field names, names of Services and Secrets, and limits are those of the PSMDB operator 1.22.0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from dbaas_components.databases.engine import (
    Engine,
    NetworkRules,
    Placed,
    ReplicaRule,
    SecretKeys,
    ServicePort,
    replica_problems,
)
from dbaas_components.databases.layers import Layer
from dbaas_components.naming import NameLimit, object_name

if TYPE_CHECKING:
    from dbaas_components.databases.custom_resources.psmdb import PerconaServerMongoDB
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.errors import Problem

# Part of the volumes' names: another name would be a new, empty replica set.
REPLICA_SET: Final = "rs0"
_NAMES_TOGETHER: Final = 50


def _model() -> type[PerconaServerMongoDB]:
    from dbaas_components.databases.custom_resources.psmdb import PerconaServerMongoDB

    return PerconaServerMongoDB


def render(spec: DatabaseSpec) -> dict[str, Any]:
    """The PerconaServerMongoDB for a specification."""
    # Here and not above: the models of an engine that a stack does not use would cost it import time.
    from dbaas_components.databases.custom_resources import psmdb as cr
    from dbaas_components.databases.rendering import pods, shared

    return cr.PerconaServerMongoDB(
        metadata=shared.metadata_of(spec, ENGINE),
        spec=cr.Spec(
            cr_version=ENGINE.versions.operator,
            image=shared.image_of(spec, "server"),
            # The operator's default name for the users' Secret is the same for every database of a namespace.
            secrets=cr.Secrets(users=_credentials(spec)[0], ssl=_ca(spec)[0]),
            update_strategy="SmartUpdate",
            upgrade_options=cr.MongoUpgradeOptions(apply=shared.NO_OWN_UPGRADES.apply, set_fcv=False),
            unsafe_flags=cr.UnsafeFlags(replset_size=spec.replicas == 1),
            tls=cr.Tls(mode="requireTLS" if spec.tls.required else "preferTLS"),
            storage_scaling=shared.storage_scaling(spec),
            replsets=[
                cr.ReplicaSet(
                    name=REPLICA_SET,
                    size=spec.replicas,
                    affinity=pods.anti_affinity(spec, _pod_labels(spec)),
                    topology_spread_constraints=pods.zone_spread(spec, _pod_labels(spec)),
                    pod_disruption_budget=pods.disruption_budget(spec.pods),
                    resources=pods.resources(spec.pods.resources),
                    volume_spec=shared.data_volume(spec),
                )
            ],
            sharding=cr.Sharding(enabled=False),
            backup=cr.Backup(enabled=False, image=shared.image_of(spec, "backup")),
        ),
    ).manifest()


def _pod_labels(spec: DatabaseSpec) -> dict[str, str]:
    return {
        "app.kubernetes.io/name": "percona-server-mongodb",
        "app.kubernetes.io/instance": spec.name,
        "app.kubernetes.io/replset": REPLICA_SET,
        "app.kubernetes.io/component": "mongod",
    }


def _endpoints(spec: DatabaseSpec) -> dict[str, ServicePort]:
    # One list of members: the driver finds the primary, and reads elsewhere if its read preference says so.
    members = ServicePort(object_name(spec.name, REPLICA_SET), 27017)
    return {"write": members, "read": members}


def _credentials(spec: DatabaseSpec) -> tuple[str, str]:
    return object_name(spec.name, "secrets"), "MONGODB_DATABASE_ADMIN_PASSWORD"


def _ca(spec: DatabaseSpec) -> tuple[str, str]:
    return object_name(spec.name, "ssl"), "ca.crt"


def _defaults(given: Mapping[str, Any]) -> list[Layer]:
    values: dict[str, Any] = {
        "version": ENGINE.versions.default,
        "replication": {"mode": "replica_set"},
        "proxy": {"type": "mongos" if given.get("sharding") is not None else "none"},
    }
    return [Layer("engine psmdb", values)]


def _check(spec: DatabaseSpec) -> Iterator[Problem]:
    yield from replica_problems(spec, ENGINE.replicas)


def _uri(spec: DatabaseSpec, purpose: str, address: str) -> str:
    return f"mongodb://databaseAdmin@{address}/"


def _system_users(spec: DatabaseSpec) -> SecretKeys:
    return SecretKeys(_credentials(spec)[0], ("MONGODB_DATABASE_ADMIN_PASSWORD",))


def _objects(spec: DatabaseSpec) -> list[Placed]:
    return []


def _features(spec: DatabaseSpec) -> list[str]:
    return ["storage_autoscaling"] if spec.storage.autoscale else []


def _adopt(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {}


ENGINE: Final = Engine(
    name="psmdb",
    software="percona-server-mongodb",
    also_called=("mongo", "mongodb", "percona-server-mongodb"),
    api_version="psmdb.percona.com/v1",
    kind="PerconaServerMongoDB",
    plural="perconaservermongodbs",
    short_names=("psmdb",),
    port=27017,
    # The operator's own check counts the replica set's name with it.
    name_limit=NameLimit(
        _NAMES_TOGETHER - len(REPLICA_SET),
        f'PSMDB operator 1.22.0 allows {_NAMES_TOGETHER} with the replica set\'s name "{REPLICA_SET}"',
    ),
    # MongoDB lets seven members vote.
    defaults=_defaults,
    check=_check,
    replicas=ReplicaRule("a replica set", (3, 5, 7), odd=True),
    # The operation log takes at least 990 MB, the journal and the system collections the rest.
    minimum_storage="3Gi",
    host_suffix=".svc.cluster.local",
    endpoints=_endpoints,
    uri=_uri,
    credentials=_credentials,
    system_users=_system_users,
    ca=_ca,
    network=NetworkRules(
        pods=MappingProxyType({"app.kubernetes.io/instance": "{name}"}),
        client_ports=(27017,),
        operator_namespace="psmdb-operator",
    ),
    render=render,
    objects=_objects,
    features=_features,
    adopt=_adopt,
    model=_model,
)
