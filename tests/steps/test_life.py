"""The life of a database after its creation, on the real engine: each change updates the one object in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pytest

from dbaas_components import ManagedDatabase
from dbaas_components.databases.layers import Layer, merged
from dbaas_components.kubernetes_objects import KubernetesObject
from tests.engine.provider_stack import ProviderStack
from tests.steps.test_databases import kubeconfig, namespace, stack

__all__ = ["kubeconfig", "namespace", "stack"]

pytestmark = pytest.mark.steps


@dataclass(frozen=True)
class Step:
    """A change of a database's arguments, and the beginnings of the paths in its custom resource that it may touch."""

    words: str
    change: Mapping[str, Any]
    touches: tuple[str, ...]


def _bucket(**fields: Any) -> dict[str, Any]:
    place = {"type": "s3", "bucket": "backups", "region": "eu-west-1", "credentials": "s3", **fields}
    return {"storages": {"main": place}, "schedules": [{"name": "daily", "cron": "0 1 * * *", "keep": 7}]}


def _more_schedules(backup: Mapping[str, Any]) -> dict[str, Any]:
    return {"backup": {"schedules": [*backup["schedules"], {"name": "weekly", "cron": "0 3 * * 0", "keep": 4}]}}


BACKUP = {engine: _bucket() for engine in ("pxc", "ps", "psmdb")} | {
    "pg": _bucket(endpoint="https://s3.eu-west-1.amazonaws.com")
}

# Base arguments of each engine, and what is then changed, one after another.
BASE: dict[str, dict[str, Any]] = {
    engine: {"engine": engine, "replicas": 3, "storage": {"size": "20Gi"}, "backup": backup}
    for engine, backup in BACKUP.items()
}
LIVES: dict[str, tuple[Step, ...]] = {
    "pxc": (
        Step("scale out", {"replicas": 5}, ("spec.pxc.size",)),
        Step("scale in", {"replicas": 3}, ("spec.pxc.size",)),
        Step("resources", {"pods": {"resources": {"memory": "4Gi"}}}, ("spec.pxc.resources",)),
        Step("volume growth", {"storage": {"size": "40Gi"}}, ("spec.pxc.volumeSpec",)),
        Step("a parameter", {"parameters": {"max_connections": 300}}, ("spec.pxc.configuration",)),
        Step(
            "a minor version",
            {"images": {"server": "docker.io/percona/percona-xtradb-cluster:8.4.9-9.1"}},
            ("spec.pxc.image",),
        ),
        Step("a backup schedule", _more_schedules(BACKUP["pxc"]), ("spec.backup.schedule",)),
        Step("a user", {"users": [{"name": "app", "databases": ["shop"], "grants": ["SELECT"]}]}, ("spec.users",)),
        Step("a user removed", {"users": []}, ("spec.users",)),
        Step("pause", {"paused": True}, ("spec.pause",)),
        Step("resume", {"paused": False}, ("spec.pause",)),
    ),
    "ps": (
        Step("scale out", {"replicas": 5}, ("spec.mysql.size",)),
        Step("scale in", {"replicas": 3}, ("spec.mysql.size",)),
        Step("resources", {"pods": {"resources": {"memory": "4Gi"}}}, ("spec.mysql.resources",)),
        Step("volume growth", {"storage": {"size": "40Gi"}}, ("spec.mysql.volumeSpec",)),
        Step("a parameter", {"parameters": {"max_connections": 300}}, ("spec.mysql.configuration",)),
        Step(
            "a minor version",
            {"images": {"server": "docker.io/percona/percona-server:8.4.11-11.1"}},
            ("spec.mysql.image",),
        ),
        Step("a backup schedule", _more_schedules(BACKUP["ps"]), ("spec.backup.schedule",)),
        Step("pause", {"paused": True}, ("spec.pause",)),
        Step("resume", {"paused": False}, ("spec.pause",)),
    ),
    "psmdb": (
        Step("scale out", {"replicas": 5}, ("spec.replsets",)),
        Step("scale in", {"replicas": 3}, ("spec.replsets",)),
        Step("resources", {"pods": {"resources": {"memory": "4Gi"}}}, ("spec.replsets",)),
        Step("volume growth", {"storage": {"size": "40Gi"}}, ("spec.replsets",)),
        Step("a parameter", {"parameters": {"operationProfiling.slowOpThresholdMs": 300}}, ("spec.replsets",)),
        Step(
            "a minor version",
            {"images": {"server": "docker.io/percona/percona-server-mongodb:8.0.20-8"}},
            ("spec.image",),
        ),
        Step("a backup schedule", _more_schedules(BACKUP["psmdb"]), ("spec.backup.tasks",)),
        Step(
            "a user",
            {"users": [{"name": "app", "roles": [{"name": "readWrite", "database": "shop"}]}]},
            ("spec.users",),
        ),
        Step("a user removed", {"users": []}, ("spec.users",)),
        Step("pause", {"paused": True}, ("spec.pause",)),
        Step("resume", {"paused": False}, ("spec.pause",)),
    ),
    "pg": (
        Step("scale out", {"replicas": 5}, ("spec.instances",)),
        Step("scale in", {"replicas": 3}, ("spec.instances",)),
        Step("resources", {"pods": {"resources": {"memory": "4Gi"}}}, ("spec.instances",)),
        Step("volume growth", {"storage": {"size": "40Gi"}}, ("spec.instances",)),
        Step("a parameter", {"parameters": {"work_mem": "64MB"}}, ("spec.patroni",)),
        Step(
            "a minor version",
            {"images": {"server": "docker.io/percona/percona-distribution-postgresql:18.5-1"}},
            ("spec.image",),
        ),
        Step(
            "a backup schedule",
            {
                "backup": {
                    "schedules": [
                        *BACKUP["pg"]["schedules"],
                        {"name": "d", "cron": "0 3 * * *", "type": "differential"},
                    ]
                }
            },
            ("spec.backups.pgbackrest.repos",),
        ),
        Step("a user", {"users": [{"name": "app", "databases": ["shop"]}]}, ("spec.users",)),
        Step("a user removed", {"users": []}, ("spec.users",)),
        Step("pause", {"paused": True}, ("spec.pause",)),
        Step("resume", {"paused": False}, ("spec.pause",)),
    ),
}


def program(namespace: str, name: str, args: Mapping[str, Any], aliases: tuple[str, ...] = ()) -> Callable[[], None]:
    def body() -> None:
        metadata = {"name": namespace, "annotations": {"pulumi.com/skipAwait": "true"}}
        place = KubernetesObject("namespace", {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        given: Any = {"namespace": namespace, "deletion_protection": False, **args}
        names = [pulumi.Alias(name=alias) for alias in aliases]
        ManagedDatabase(name, given, pulumi.ResourceOptions(depends_on=[place], aliases=names))

    return body


@pytest.mark.parametrize("engine_name", LIVES)
def test_every_change_is_an_update_of_the_one_object_and_touches_nothing_else(
    stack: ProviderStack, namespace: str, engine_name: str
) -> None:
    args = BASE[engine_name]
    stack.up(program(namespace, "orders", args))
    unique = stack.resources()["orders-database"]["outputs"]["metadata"]["uid"]
    for step in LIVES[engine_name]:
        args = merged([Layer("before", args), Layer("change", step.change)])
        told, _ = stack.up(program(namespace, "orders", args))
        assert told.order("orders-database") == ["update"], step.words
        changed = told.changed_paths("orders-database")
        assert changed, step.words
        assert [path for path in changed if not path.startswith(step.touches)] == [], step.words
    assert stack.resources()["orders-database"]["outputs"]["metadata"]["uid"] == unique
    told = stack.preview(program(namespace, "orders", args))
    assert told.order("orders-database") == ["same"]


@pytest.mark.parametrize("engine_name", LIVES)
def test_a_rename_with_its_alias_changes_nothing_in_the_kubernetes_cluster(
    stack: ProviderStack, namespace: str, engine_name: str
) -> None:
    args = {**BASE[engine_name], "deletion_protection": True, "network": {}}
    stack.up(program(namespace, "orders", args))
    renamed = program(namespace, "shop-orders", {**args, "name": "orders"}, aliases=("orders",))
    told, result = stack.up(renamed)
    assert told.order("shop-orders-database") == ["same"]
    assert set(result.summary.resource_changes or {}) == {"same"}
    stack.up(program(namespace, "shop-orders", {**args, "name": "orders", "deletion_protection": False}, ("orders",)))
