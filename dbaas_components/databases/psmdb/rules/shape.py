"""Rules on names, members, shards, mongos and volumes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from dbaas_components.databases.engine import replica_problems
from dbaas_components.databases.psmdb.names import CONFIG_SERVERS, MONGOS, has_arbiter, replica_sets
from dbaas_components.databases.psmdb.row import ENGINE
from dbaas_components.databases.sizes import PROFILES
from dbaas_components.errors import Problem, shown

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.databases.spec.sizing import Storage

_NAMES_TOGETHER: Final = 50
# Kubernetes labels the pods of a StatefulSet with its name and a hash of ten characters and a hyphen before it.
_STATEFUL_SET: Final = 52
_MOST_MEMBERS: Final = 50
_WITH_ARBITER: Final = (4, 6)
_CONFIG_SERVERS: Final = (3, 5, 7)


def shape_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    """Problems of names, counts and volumes."""
    yield from _name_problems(spec)
    yield from _member_problems(spec)
    yield from _sharding_problems(spec)
    yield from _storage_problems(spec)


def _name_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    for name in replica_sets(spec):
        if name in (CONFIG_SERVERS, MONGOS):
            yield Problem("replica_set", f"{shown(name)} is what the operator calls another part; choose another name")
    longest = max(replica_sets(spec), key=len)
    together = len(spec.name) + len(longest)
    if together > _NAMES_TOGETHER:
        message = (
            f"{shown(longest)} and the database's name have {together} characters; PSMDB operator 1.22.0 allows "
            f"{_NAMES_TOGETHER} together: shorten one of them"
        )
        yield Problem("replica_set", message)
        return
    for path, there, suffix in (
        ("arbiter", has_arbiter(spec), f"{longest}-arbiter"),
        ("hidden", spec.hidden is not None and spec.hidden.enabled, f"{longest}-hidden"),
        ("nonvoting", spec.nonvoting is not None and spec.nonvoting.enabled, f"{longest}-nv"),
        ("sharding", spec.sharding is not None, MONGOS),
    ):
        length = len(spec.name) + 1 + len(suffix)
        if there and length > _STATEFUL_SET:
            message = (
                f'makes a StatefulSet "{spec.name}-{suffix}" of {length} characters; with the hash that Kubernetes '
                f"labels its pods with, {_STATEFUL_SET} are possible: shorten the database's name"
            )
            yield Problem(path, message)


def _member_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    if has_arbiter(spec):
        # The operator itself knows one unsafe size with an arbiter: two.
        allowed = (2, *_WITH_ARBITER) if PROFILES[spec.profile].single_replica else _WITH_ARBITER
        if spec.replicas not in allowed:
            *first, last = map(str, allowed)
            message = (
                f"{spec.replicas} replicas and an arbiter are no majority that is worth its cost; with an arbiter "
                f"write {', '.join(first)} or {last}, or leave the arbiter out"
            )
            yield Problem("replicas", message)
    else:
        yield from replica_problems(spec, ENGINE.replicas)
    parts = (spec.arbiter, spec.hidden, spec.nonvoting)
    members = spec.replicas + sum(part.replicas for part in parts if part and part.enabled)
    if members > _MOST_MEMBERS:
        path = "nonvoting.replicas" if spec.nonvoting else "hidden.replicas"
        message = f"makes {shown(members)} members; MongoDB allows {_MOST_MEMBERS} in a replica set: write less"
        yield Problem(path, message)


def _sharding_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    if spec.sharding is None:
        if spec.proxy.type == "mongos":
            message = '"mongos" is for shards; add sharding, or write none'
            yield Problem("proxy.type", message)
        if spec.expose.write:
            message = "is mongos's way in, and there is none without sharding; use expose.pods, or add sharding"
            yield Problem("expose.write", message)
        return
    if spec.proxy.type == "none":
        yield Problem("proxy.type", '"none" leaves no way to the shards; write mongos')
    if spec.proxy.type == "mongos" and spec.proxy.replicas < 1:
        yield Problem("proxy.replicas", "0 leaves no way to the shards; write 1 or more")
    count = spec.sharding.config_replicas
    single = PROFILES[spec.profile].single_replica
    if count not in _CONFIG_SERVERS and not (single and count == 1):
        message = f"{count} is no safe majority of config servers; write 3, 5 or 7"
        yield Problem("sharding.config_replicas", f"{message} (1 is for profile dev)" if count == 1 else message)


def _storage_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    others: list[tuple[str, Storage]] = []
    if spec.sharding:
        others.append(("sharding.config_storage", spec.sharding.config_storage))
    for path, members in (("hidden", spec.hidden), ("nonvoting", spec.nonvoting)):
        if members and members.storage:
            others.append((f"{path}.storage", members.storage))
    for path, storage in others:
        if storage.log_size:
            yield Problem(f"{path}.log_size", f"{storage.log_size} is for PostgreSQL's log; leave it out")
        if storage.autoscale and storage.autoscale != spec.storage.autoscale:
            message = "differs from storage.autoscale, and the operator has one setting for all volumes; leave it out"
            yield Problem(f"{path}.autoscale", message)
