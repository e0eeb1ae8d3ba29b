"""Percona Distribution for PostgreSQL: one primary with streaming replicas, behind PgBouncer.

Field names, names of Services and Secrets, and limits are those of the PG operator 3.0.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dbaas_components.databases.engine import Engine, ReplicaRule, ServicePort
from dbaas_components.naming import NameLimit, object_name
from dbaas_components.quantities import Quantity

if TYPE_CHECKING:
    from dbaas_components.databases.custom_resources import pg as cr
    from dbaas_components.databases.spec import DatabaseSpec

# Part of the volumes' names: another name would be new, empty instances.
INSTANCE_SET: Final = "instance1"
REPOSITORY: Final = "repo1"
# The operator kept this prefix when its API group became pgv2.percona.com.
_LABELS: Final = "postgres-operator.crunchydata.com"
# From this version on, only its owner may create tables in a database's `public` schema unless that is granted.
_FIRST_CLOSED_PUBLIC_SCHEMA: Final = 15


def _model() -> type[cr.PerconaPGCluster]:
    from dbaas_components.databases.custom_resources.pg import PerconaPGCluster

    return PerconaPGCluster


def render(spec: DatabaseSpec) -> dict[str, Any]:
    """The PerconaPGCluster for a specification."""
    # Here and not above: the models of an engine that a stack does not use would cost it import time.
    from dbaas_components.databases import rendering
    from dbaas_components.databases.custom_resources import pg as cr

    profile = rendering.profile_of(spec)
    version = int(spec.version)
    instances = {f"{_LABELS}/cluster": spec.name, f"{_LABELS}/data": "postgres"}
    poolers = {f"{_LABELS}/cluster": spec.name, f"{_LABELS}/role": "pgbouncer"}
    return cr.PerconaPGCluster(
        metadata=rendering.metadata_of(spec, ENGINE),
        spec=cr.Spec(
            cr_version=ENGINE.versions.operator,
            postgres_version=version,
            image=rendering.image_of(spec, "server"),
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
                    affinity=_affinity(spec, instances),
                    topology_spread_constraints=rendering.zone_spread(spec, instances),
                    min_available=spec.replicas - 1,
                    resources=rendering.server_resources(spec),
                    data_volume_claim_spec=rendering.volume_claim(spec),
                )
            ],
            proxy=cr.Proxy(
                pg_bouncer=cr.PgBouncer(
                    replicas=profile.proxies,
                    image=rendering.image_of(spec, "pgbouncer"),
                    affinity=_affinity(spec, poolers),
                    topology_spread_constraints=rendering.zone_spread(spec, poolers),
                    min_available=profile.proxies - 1,
                    resources=rendering.proxy_resources(spec),
                )
            ),
            backups=cr.Backups(enabled=True, pgbackrest=_pgbackrest(spec)),
        ),
    ).manifest()


def _pgbackrest(spec: DatabaseSpec) -> cr.PgBackRest:
    from dbaas_components.databases import rendering
    from dbaas_components.databases.custom_resources import pg as cr

    # Two full backups, each at most as large as the data, and the logs between them. Without a schedule and a
    # retention the archive only grows, and a full repository stops the database.
    repository = str(Quantity.parse(spec.storage) * 3)
    return cr.PgBackRest(
        image=rendering.image_of(spec, "backup"),
        options={f"{REPOSITORY}-retention-full": "2", f"{REPOSITORY}-retention-full-type": "count"},
        repos=[
            cr.Repository(
                name=REPOSITORY,
                schedules=cr.Schedules(full="0 1 * * 0", differential="0 1 * * 1-6"),
                volume=cr.RepositoryVolume(volume_claim_spec=rendering.volume_claim(spec, repository)),
            )
        ],
    )


def _affinity(spec: DatabaseSpec, pod_labels: dict[str, str]) -> cr.Affinity | None:
    from dbaas_components.databases import rendering
    from dbaas_components.databases.custom_resources import pg as cr
    from dbaas_components.databases.custom_resources.common import LabelSelector

    if not rendering.profile_of(spec).spread_nodes:
        return None
    term = cr.PodAffinityTerm(label_selector=LabelSelector(match_labels=pod_labels), topology_key=rendering.HOSTNAME)
    return cr.Affinity(pod_anti_affinity=cr.PodAntiAffinity(required_during_scheduling_ignored_during_execution=[term]))


def _endpoints(name: str) -> dict[str, ServicePort]:
    return {
        "write": ServicePort(object_name(name, "pgbouncer"), 5432),
        "read": ServicePort(object_name(name, "replicas"), 5432),
        # Past the pooler, for what needs a session of its own: migrations, LISTEN, advisory locks.
        "direct": ServicePort(object_name(name, "primary"), 5432),
    }


def _credentials(name: str) -> tuple[str, str]:
    return object_name(name, f"pguser-{name}"), "password"


def _ca(name: str) -> tuple[str, str]:
    return object_name(name, "cluster-cert"), "ca.crt"


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
    replicas=ReplicaRule("streaming replication", tuple(range(2, 10)), odd=False),
    # Up to 1 GB of write-ahead log between checkpoints, and as much again while a replica catches up.
    minimum_storage="2Gi",
    host_suffix=".svc",
    endpoints=_endpoints,
    credentials=_credentials,
    ca=_ca,
    render=render,
    model=_model,
)
