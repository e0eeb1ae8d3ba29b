"""Percona Distribution for PostgreSQL: one primary with streaming replicas, behind PgBouncer.

Field names, names of Services and Secrets, and limits are those of the PG operator 3.0.0.
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
from dbaas_components.quantities import Quantity

if TYPE_CHECKING:
    from dbaas_components.databases.custom_resources import pg as cr
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.errors import Problem

# Part of the volumes' names: another name would be new, empty instances.
INSTANCE_SET: Final = "instance1"
REPOSITORY: Final = "repo1"
# The operator kept this prefix when its API group became pgv2.percona.com.
_LABELS: Final = "postgres-operator.crunchydata.com"
# From this version on, only its owner may create tables in a database's `public` schema unless that is granted.
_FIRST_CLOSED_PUBLIC_SCHEMA: Final = 15


# The database and the role that owns it bear the name of the custom resource (PG operator 3.0.0).
_RESERVED_NAMES: Final = MappingProxyType(
    {
        "postgres": "it is PostgreSQL's superuser, who would own the database",
        "monitor": "it is the superuser with which the PG operator's monitoring logs in",
        "pgbouncer": "it is PgBouncer's administration console",
        "template0": "PostgreSQL makes new databases from it",
        "template1": "PostgreSQL makes new databases from it",
        "public": "PostgreSQL lets no role be called so",
        "none": "PostgreSQL lets no role be called so",
    }
)


def _model() -> type[cr.PerconaPGCluster]:
    from dbaas_components.databases.custom_resources.pg import PerconaPGCluster

    return PerconaPGCluster


def render(spec: DatabaseSpec) -> dict[str, Any]:
    """The PerconaPGCluster for a specification."""
    # Here and not above: the models of an engine that a stack does not use would cost it import time.
    from dbaas_components.databases.custom_resources import pg as cr
    from dbaas_components.databases.rendering import pods, shared

    version = int(spec.version)
    instances = {f"{_LABELS}/cluster": spec.name, f"{_LABELS}/data": "postgres"}
    poolers = {f"{_LABELS}/cluster": spec.name, f"{_LABELS}/role": "pgbouncer"}
    return cr.PerconaPGCluster(
        metadata=shared.metadata_of(spec, ENGINE),
        spec=cr.Spec(
            cr_version=ENGINE.versions.operator,
            postgres_version=version,
            image=shared.image_of(spec, "server"),
            users=[
                cr.User(
                    name=spec.name,
                    databases=[spec.name],
                    # Refused on older versions, which need no such grant.
                    grant_public_schema_access=version >= _FIRST_CLOSED_PUBLIC_SCHEMA,
                )
            ],
            instances=[
                cr.InstanceSet(
                    name=INSTANCE_SET,
                    replicas=spec.replicas,
                    affinity=pods.affinity(spec, instances),
                    topology_spread_constraints=pods.zone_spread(spec, instances),
                    min_available=spec.replicas - 1,
                    resources=pods.resources(spec.pods.resources),
                    data_volume_claim_spec=shared.volume_claim(spec),
                )
            ],
            proxy=cr.Proxy(
                pg_bouncer=cr.PgBouncer(
                    replicas=spec.proxy.replicas,
                    image=shared.image_of(spec, "pgbouncer"),
                    affinity=pods.affinity(spec, poolers),
                    topology_spread_constraints=pods.zone_spread(spec, poolers),
                    min_available=spec.proxy.replicas - 1,
                    resources=pods.resources(spec.proxy.pods.resources),
                )
            ),
            backups=cr.Backups(enabled=True, pgbackrest=_pgbackrest(spec)),
        ),
    ).manifest()


def _pgbackrest(spec: DatabaseSpec) -> cr.PgBackRest:
    from dbaas_components.databases.custom_resources import pg as cr
    from dbaas_components.databases.rendering import shared

    # Two full backups, each at most as large as the data, and the logs between them. Without a schedule and a
    # retention the archive only grows, and a full repository stops the database.
    repository = str(Quantity.parse(spec.storage.size) * 3)
    return cr.PgBackRest(
        image=shared.image_of(spec, "backup"),
        options={f"{REPOSITORY}-retention-full": "2", f"{REPOSITORY}-retention-full-type": "count"},
        repos=[
            cr.Repository(
                name=REPOSITORY,
                schedules=cr.Schedules(full="0 1 * * 0", differential="0 1 * * 1-6"),
                volume=cr.RepositoryVolume(volume_claim_spec=shared.volume_claim(spec, size=repository)),
            )
        ],
    )


def _endpoints(spec: DatabaseSpec) -> dict[str, ServicePort]:
    return {
        "write": ServicePort(object_name(spec.name, "pgbouncer"), 5432),
        "read": ServicePort(object_name(spec.name, "replicas"), 5432),
        # Past the pooler, for what needs a session of its own: migrations, LISTEN, advisory locks.
        "direct": ServicePort(object_name(spec.name, "primary"), 5432),
    }


def _credentials(spec: DatabaseSpec) -> tuple[str, str]:
    return object_name(spec.name, f"pguser-{spec.name}"), "password"


def _ca(spec: DatabaseSpec) -> tuple[str, str]:
    return object_name(spec.name, "cluster-cert"), "ca.crt"


def _defaults(given: Mapping[str, Any]) -> list[Layer]:
    values: dict[str, Any] = {
        "version": ENGINE.versions.default,
        "replication": {"mode": "streaming"},
        "proxy": {"type": "pgbouncer"},
    }
    return [Layer("engine pg", values)]


def _check(spec: DatabaseSpec) -> Iterator[Problem]:
    yield from replica_problems(spec, ENGINE.replicas)


def _uri(spec: DatabaseSpec, purpose: str, address: str) -> str:
    return f"postgresql://{spec.name}@{address}/"


def _system_users(spec: DatabaseSpec) -> SecretKeys:
    return SecretKeys(_credentials(spec)[0], ())


def _objects(spec: DatabaseSpec) -> list[Placed]:
    return []


def _features(spec: DatabaseSpec) -> list[str]:
    return ["storage_autoscaling"] if spec.storage.autoscale else []


def _adopt(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {}


ENGINE: Final = Engine(
    name="pg",
    software="percona-postgresql",
    also_called=("postgres", "postgresql", "percona-postgresql"),
    api_version="pgv2.percona.com/v2",
    kind="PerconaPGCluster",
    plural="perconapgclusters",
    short_names=("pg",),
    port=5432,
    # A StatefulSet is `<name>-instance1-<4 characters>`; Kubernetes labels its pods with that and a hash of 10 more.
    # Below that, some room for the operator's other suffixes.
    name_limit=NameLimit(30, "its pods' labels, with the PG operator's suffixes, would pass Kubernetes' 63"),
    # PostgreSQL's default of 10 senders of write-ahead logs also serves base backups.
    defaults=_defaults,
    check=_check,
    replicas=ReplicaRule("streaming replication", tuple(range(2, 10)), odd=False),
    # Up to 1 GB of write-ahead log between checkpoints, and as much again while a replica catches up.
    minimum_storage="2Gi",
    host_suffix=".svc",
    endpoints=_endpoints,
    uri=_uri,
    credentials=_credentials,
    system_users=_system_users,
    ca=_ca,
    network=NetworkRules(
        pods=MappingProxyType({"postgres-operator.crunchydata.com/cluster": "{name}"}),
        client_ports=(5432,),
        operator_namespace="pg-operator",
    ),
    render=render,
    objects=_objects,
    features=_features,
    adopt=_adopt,
    reserved_names=_RESERVED_NAMES,
    model=_model,
)
