"""Percona Server for MongoDB: one replica set.

Field names, names of Services and Secrets, and limits are those of the PSMDB operator 1.22.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dbaas_components.databases.engine import Engine, ReplicaRule, ServicePort
from dbaas_components.naming import NameLimit, object_name

if TYPE_CHECKING:
    from dbaas_components.databases.custom_resources.psmdb import PerconaServerMongoDB
    from dbaas_components.databases.spec import DatabaseSpec

# Part of the volumes' names: another name would be a new, empty replica set.
REPLICA_SET: Final = "rs0"
_NAMES_TOGETHER: Final = 50


def _model() -> type[PerconaServerMongoDB]:
    from dbaas_components.databases.custom_resources.psmdb import PerconaServerMongoDB

    return PerconaServerMongoDB


def render(spec: DatabaseSpec) -> dict[str, Any]:
    """The PerconaServerMongoDB for a specification."""
    # Here and not above: the models of an engine that a stack does not use would cost it import time.
    from dbaas_components.databases import rendering
    from dbaas_components.databases.custom_resources import psmdb as cr

    return cr.PerconaServerMongoDB(
        metadata=rendering.metadata_of(spec, ENGINE),
        spec=cr.Spec(
            cr_version=ENGINE.versions.operator,
            image=rendering.image_of(spec, "server"),
            # The operator's default name for the users' Secret is the same for every database of a namespace.
            secrets=cr.Secrets(users=_credentials(spec.name)[0], ssl=_ca(spec.name)[0]),
            update_strategy="SmartUpdate",
            upgrade_options=cr.MongoUpgradeOptions(apply=rendering.NO_OWN_UPGRADES.apply, set_fcv=False),
            unsafe_flags=cr.UnsafeFlags(replset_size=spec.replicas == 1),
            tls=cr.Tls(mode="requireTLS" if rendering.profile_of(spec).require_tls else "preferTLS"),
            storage_scaling=rendering.GROWING_STORAGE,
            replsets=[
                cr.ReplicaSet(
                    name=REPLICA_SET,
                    size=spec.replicas,
                    affinity=rendering.anti_affinity(spec),
                    topology_spread_constraints=rendering.zone_spread(spec, _pod_labels(spec)),
                    pod_disruption_budget=rendering.ONE_AT_A_TIME,
                    resources=rendering.server_resources(spec),
                    volume_spec=rendering.data_volume(spec),
                )
            ],
            sharding=cr.Sharding(enabled=False),
            backup=cr.Backup(enabled=False, image=rendering.image_of(spec, "backup")),
        ),
    ).manifest()


def _pod_labels(spec: DatabaseSpec) -> dict[str, str]:
    return {
        "app.kubernetes.io/name": "percona-server-mongodb",
        "app.kubernetes.io/instance": spec.name,
        "app.kubernetes.io/replset": REPLICA_SET,
        "app.kubernetes.io/component": "mongod",
    }


def _endpoints(name: str) -> dict[str, ServicePort]:
    # One list of members: the driver finds the primary, and reads elsewhere if its read preference says so.
    members = ServicePort(object_name(name, REPLICA_SET), 27017)
    return {"write": members, "read": members}


def _credentials(name: str) -> tuple[str, str]:
    return object_name(name, "secrets"), "MONGODB_DATABASE_ADMIN_PASSWORD"


def _ca(name: str) -> tuple[str, str]:
    return object_name(name, "ssl"), "ca.crt"


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
    replicas=ReplicaRule("a replica set", (3, 5, 7), odd=True),
    # The operation log takes at least 990 MB, the journal and the system collections the rest.
    minimum_storage="3Gi",
    host_suffix=".svc.cluster.local",
    endpoints=_endpoints,
    credentials=_credentials,
    ca=_ca,
    render=render,
    model=_model,
)
