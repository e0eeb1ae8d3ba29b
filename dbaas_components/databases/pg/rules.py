"""What the PG operator would refuse late, or never: rules of its definition (CEL) and of its controllers.

Source: PG operator 3.0.0, pgBackRest 2.58, Patroni's dynamic configuration.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dbaas_components.databases.pg import names
from dbaas_components.databases.pg.backup_rules import backup_problems
from dbaas_components.databases.pg.owned import parameter_problem, pooler_problem
from dbaas_components.databases.pg.row import ENGINE
from dbaas_components.databases.pg.server import parameters
from dbaas_components.databases.pg.user_rules import user_problems
from dbaas_components.databases.sizes import PROFILES
from dbaas_components.databases.spec import DatabaseSpec
from dbaas_components.errors import Problem

# A StatefulSet's pods bear a label of its name, a dash and a hash of ten; the set's name ends in a dash and four.
_LONGEST_SET_NAME: Final = 46
_MOST_PARAMETERS: Final = 50
# Patroni takes less than 20 seconds for 20, and wants time for two tries of at least 3 seconds each.
_SHORTEST_LEASE, _TWO_TRIES = 20, 6
_DEFAULT_LEASE, _DEFAULT_SYNC = 30, 10


def problems(spec: DatabaseSpec) -> Iterator[Problem]:
    """Everything that is wrong with a specification for this engine alone."""
    yield from _instance_problems(spec)
    yield from _patroni_problems(spec)
    yield from _parameter_problems(spec)
    yield from _extension_problems(spec)
    yield from _proxy_problems(spec)
    yield from user_problems(spec)
    yield from _tls_problems(spec)
    yield from backup_problems(spec)


def _instance_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    total, rule = names.instances(spec), ENGINE.replicas
    if spec.replicas < 1 or not spec.instance_sets:
        if reason := rule.problem(spec.replicas, PROFILES[spec.profile]):
            yield Problem("replicas", reason)
    elif total > rule.allowed[-1]:
        message = f"{total} instances with all sets together are too many; write at most {rule.allowed[-1]}"
        yield Problem("instance_sets", message)
    every = [("instance_set", spec.instance_set)]
    every += [(f"instance_sets[{index}].name", one.name) for index, one in enumerate(spec.instance_sets)]
    for path, name in every:
        if len(spec.name) + len(name) > _LONGEST_SET_NAME:
            message = (
                f'"{name}" has {len(name)} characters; with those of the database\'s name they pass '
                f"{_LONGEST_SET_NAME}, which is all that the labels of its pods can hold; shorten it to at most "
                f"{_LONGEST_SET_NAME - len(spec.name)}"
            )
            yield Problem(path, message)
        if path != "instance_set" and name == spec.instance_set:
            yield Problem(path, f'"{name}" is the name of the first set too; choose another name')


def _patroni_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    if spec.replication.synchronous and names.instances(spec) < 2:
        message = (
            "true needs a replica to wait for, and there is one instance; write replicas 2 or more, or leave it out"
        )
        yield Problem("replication.synchronous", message)
    lease, sync = spec.patroni.leader_lease_seconds, spec.patroni.sync_period_seconds
    if lease is not None and lease < _SHORTEST_LEASE:
        message = f"{lease} is too little; Patroni takes less than {_SHORTEST_LEASE} for {_SHORTEST_LEASE}: write that"
        yield Problem("patroni.leader_lease_seconds", message)
        return
    if (sync or _DEFAULT_SYNC) + _TWO_TRIES > (lease or _DEFAULT_LEASE):
        message = (
            f"{sync or _DEFAULT_SYNC} is too much for a lease of {lease or _DEFAULT_LEASE} seconds; Patroni wants "
            f"{_TWO_TRIES} seconds between them: write at most {(lease or _DEFAULT_LEASE) - _TWO_TRIES}, or a longer "
            "leader_lease_seconds"
        )
        yield Problem("patroni.sync_period_seconds", message)


def _parameter_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    for name, value in spec.parameters.items():
        if reason := parameter_problem(name, value):
            yield Problem(f"parameters.{name}", reason)
    if spec.backup.pitr and spec.backup.pitr.interval and "archive_timeout" in spec.parameters:
        message = "says the same as backup.pitr.interval; leave one of them out"
        yield Problem("parameters.archive_timeout", message)
    if len(parameters(spec)) > _MOST_PARAMETERS:
        # The limit of the operator's own field, which a later version will read.
        message = f"{len(parameters(spec))} are more than the PG operator takes; write at most {_MOST_PARAMETERS}"
        yield Problem("parameters", message)


def _extension_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    if {"pg_stat_monitor", "pg_stat_statements"} <= {*spec.extensions}:
        message = '"pg_stat_monitor" and "pg_stat_statements" exclude each other in the PG operator; keep one'
        yield Problem("extensions", message)
    pmm = spec.observability.pmm
    if pmm is None or not pmm.enabled:
        return
    # PMM's source is switched on by the operator, and so is as if it stood among the extensions.
    for source, other in (("pgstatmonitor", "pg_stat_statements"), ("pgstatstatements", "pg_stat_monitor")):
        if pmm.query_source == source and other in spec.extensions:
            message = (
                f'"{source}" excludes the extension {other} in the PG operator; write '
                f"{other.replace('_', '')}, or leave the extension out"
            )
            yield Problem("observability.pmm.query_source", message)


def _proxy_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    proxy = spec.proxy
    if not names.has_pooler(spec):
        given = {
            "pool": proxy.pool.model_dump(exclude_none=True),
            "parameters": proxy.parameters,
            "superusers": proxy.superusers,
        }
        for field, value in given.items():
            if value:
                yield Problem(f"proxy.{field}", "is PgBouncer's, and proxy.type is none; write type pgbouncer")
        if spec.expose.primary:
            message = (
                "is the way past the pooler, and proxy.type is none; use expose.write, which is the primary's then"
            )
            yield Problem("expose.primary", message)
        return
    if proxy.replicas == 0:
        yield Problem(
            "proxy.replicas", "0 leaves nobody behind the write endpoint; write 1 or more, or proxy.type none"
        )
    for name in proxy.parameters:
        if reason := pooler_problem(name):
            yield Problem(f"proxy.parameters.{name}", reason)


def _tls_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    tls = spec.tls
    if (tls.secret is None) != (tls.internal_secret is None) and not tls.issuer:
        missing, there = ("internal_secret", "secret") if tls.secret else ("secret", "internal_secret")
        message = f"is required with tls.{there}: the PG operator takes both or none, of one authority; add it"
        yield Problem(f"tls.{missing}", message)
    if tls.issuer and tls.internal_secret:
        message = "is a ready-made certificate and tls.issuer would make one; leave one of them out"
        yield Problem("tls.internal_secret", message)
    if tls.issuer and tls.authority_secret:
        message = "is an authority to sign with and tls.issuer signs; leave one of them out"
        yield Problem("tls.authority_secret", message)
    if tls.issuer and not spec.namespace:
        message = (
            "needs a namespace that is known beforehand, because the certificate bears it; write namespace as text"
        )
        yield Problem("tls.issuer", message)
    if tls.names and not tls.issuer:
        message = "cannot be put into the operator's own certificate; name who signs as tls.issuer, or give tls.secret"
        yield Problem("tls.names", message)
