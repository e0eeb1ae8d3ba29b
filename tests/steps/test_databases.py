"""A stack's first version, then its second, on the real engine: what is updated in place and what is refused."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pulumi
import pytest

from dbaas_components import CustomResourceDefinitions, ManagedDatabase, ManagedDatabaseArgs
from dbaas_components.databases.custom_resources.definitions import write_definitions
from dbaas_components.kubernetes_objects import KubernetesObject
from embedded.control_plane import ControlPlane
from tests.engine.provider_stack import ProviderStack

pytestmark = pytest.mark.steps

ENGINES = ("pg", "psmdb", "ps", "pxc")
Database = tuple[str, dict[str, Any]]


@pytest.fixture(scope="module")
def kubeconfig(
    tmp_path_factory: pytest.TempPathFactory, engine: Path, need_control_plane: None, crds_folder: Path | None
) -> Iterator[Path]:
    """A control plane of this module's own that holds the definitions, official or ours: they outlive their stack."""
    if crds_folder is None:
        crds_folder = tmp_path_factory.mktemp("stand-ins")
        write_definitions(crds_folder)
    plane = ControlPlane("steps", tmp_path_factory.mktemp("steps") / "control-plane")
    try:
        kubeconfig = plane.start().kubeconfig
        stack = ProviderStack(tmp_path_factory.mktemp("definitions"), engine, kubeconfig)
        stack.up(lambda: _define(str(crds_folder)))
        yield kubeconfig
    finally:
        plane.forget()


def _define(folder: str) -> None:
    CustomResourceDefinitions("operators", {"folder": folder})


@pytest.fixture
def stack(tmp_path: Path, engine: Path, kubeconfig: Path) -> Iterator[ProviderStack]:
    stack = ProviderStack(tmp_path, engine, kubeconfig)
    yield stack
    stack.destroy()


@pytest.fixture
def namespace() -> str:
    return f"steps-{uuid.uuid4().hex[:8]}"


def program(namespace: str, *databases: Database) -> Callable[[], None]:
    def body() -> None:
        metadata = {"name": namespace, "annotations": {"pulumi.com/skipAwait": "true"}}
        place = KubernetesObject("namespace", {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        for name, args in databases:
            complete = cast("ManagedDatabaseArgs", {"namespace": namespace, "profile": "dev", **args})
            ManagedDatabase(name, complete, pulumi.ResourceOptions(depends_on=[place]))

    return body


@pytest.mark.parametrize("engine_name", ENGINES)
@pytest.mark.parametrize(
    "change",
    [{"storage": "40Gi"}, {"size": "medium"}, {"profile": "standard", "deletion_protection": False}],
    ids=["more storage", "a larger size", "three replicas"],
)
def test_growing_is_an_update_of_the_one_object_in_place(
    stack: ProviderStack, namespace: str, engine_name: str, change: dict[str, Any]
) -> None:
    first, second = {"engine": engine_name}, {"engine": engine_name, **change}
    stack.up(program(namespace, ("orders", first)))
    told, result = stack.up(program(namespace, ("orders", second)))
    assert told.order("orders-database") == ["update"]
    assert "replace" not in (result.summary.resource_changes or {})


def test_a_new_database_leaves_the_others_alone(stack: ProviderStack, namespace: str) -> None:
    stack.up(program(namespace, ("orders", {"engine": "pg"})))
    told, _ = stack.up(program(namespace, ("orders", {"engine": "pg"}), ("ledger", {"engine": "ps"})))
    assert told.order("orders-database") == ["same"]
    assert told.order("ledger-database") == ["create"]


def test_protection_is_switched_on_and_off_without_touching_the_database(stack: ProviderStack, namespace: str) -> None:
    stack.up(program(namespace, ("orders", {"engine": "pg"})))
    told, _ = stack.up(program(namespace, ("orders", {"engine": "pg", "deletion_protection": True})))
    assert told.order("orders-database") == ["same"]
    assert stack.resources()["orders-database"]["protect"] is True
    stack.up(program(namespace, ("orders", {"engine": "pg"})))


def test_removing_a_protected_database_is_refused_and_keeps_it(stack: ProviderStack, namespace: str) -> None:
    protected = ("orders", {"engine": "pg", "deletion_protection": True})
    stack.up(program(namespace, protected))
    _, said = stack.failure("preview", program(namespace))
    assert "orders-database" in said
    assert "protected" in said
    _, said = stack.failure("up", program(namespace))
    assert "protected" in said
    told, _ = stack.up(program(namespace, protected))
    assert told.order("orders-database") == ["same"]
    stack.up(program(namespace, ("orders", {"engine": "pg"})))
