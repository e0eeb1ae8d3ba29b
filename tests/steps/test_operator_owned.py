"""What an operator writes into its custom resource is no change to the engine, with and without a refresh.

Every row of the registry is written through the API as an operator does it: by an update of the whole object, under a
name of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.operator_owned import ALWAYS, OPERATOR_OWNED, REASONS, OwnedField
from dbaas_components.databases.spec import parse_database
from tests.api.objects import ApiServer
from tests.engine.provider_stack import ProviderStack
from tests.steps.test_databases import kubeconfig, namespace, stack
from tests.steps.test_life import program

__all__ = ["kubeconfig", "namespace", "stack"]

pytestmark = pytest.mark.steps

AUTOSCALE = {"size": "20Gi", "autoscale": {"max_size": "1Ti"}}
PMM = {"pmm": {"server": "pmm.example.com"}}

# Specifications that together use every feature and have every field of the registry.
USES: dict[str, list[dict[str, Any]]] = {
    "pxc": [
        {
            "storage": AUTOSCALE,
            "proxy": {"type": "proxysql"},
            "observability": {"logs": {}, **PMM},
            "maintenance": {"handed_over": ["automatic_upgrade"]},
        },
        {"maintenance": {"handed_over": ["automatic_upgrade"]}},
    ],
    "ps": [
        {
            "storage": AUTOSCALE,
            "proxy": {"type": "router"},
            "credentials": {"secret": "passwords"},
            "observability": PMM,
            "maintenance": {"handed_over": ["automatic_upgrade", "cluster_set"]},
        },
        {
            "replication": {"mode": "async"},
            "orchestrator": {},
            "maintenance": {"handed_over": ["automatic_upgrade"]},
        },
    ],
    "psmdb": [
        {
            "storage": AUTOSCALE,
            "hidden": {},
            "nonvoting": {},
            "sharding": {"config_storage": {"size": "5Gi", "autoscale": {"max_size": "1Ti"}}},
            "observability": PMM,
            "maintenance": {"handed_over": ["automatic_upgrade"]},
        },
    ],
    "pg": [
        {
            "observability": {"pmm": {**PMM["pmm"], "secret": "pmm"}},
            "maintenance": {"handed_over": ["major_upgrade"]},
        }
    ],
}
CASES = [(engine, args) for engine, uses in USES.items() for args in uses]


def places(value: Any, parts: list[str]) -> Iterator[tuple[Any, Any]]:
    """The containers and keys at a path, in which `[*]` stands for each item of a list."""
    head, rest = parts[0], parts[1:]
    if head == "[*]":
        for index, item in enumerate(value):
            if rest:
                yield from places(item, rest)
            else:
                yield value, index
    elif not rest:
        yield value, head
    elif head in value or rest == ["mode"]:
        # The one field that an operator writes into a block that nobody else has written.
        yield from places(value.setdefault(head, {}), rest)


def parts_of(path: str) -> list[str]:
    return [quoted or plain for quoted, plain in re.findall(r'\["([^"]+)"\]|(\[\*\]|[^.\[\]]+)', path)]


def written_by_an_operator(owned: OwnedField, before: Any) -> Any:
    if owned.path.endswith(".storage"):
        return "999Gi"
    if owned.path.endswith(".mode"):
        return "auto"
    if owned.path == "metadata.finalizers":
        return [*(before or ()), "internal.percona.com/stop-watchers"]
    if isinstance(before, bool) or owned.path.endswith(".pause"):
        return True
    if isinstance(before, int):
        return before + 1 if before < 18 else before - 1
    return "registry.example.com/written:by-the-operator"


@pytest.fixture(scope="module")
def seen() -> set[str]:
    return set()


@pytest.mark.parametrize(("engine_name", "args"), CASES, ids=[f"{engine}-{n}" for n, (engine, _) in enumerate(CASES)])
def test_what_an_operator_wrote_is_no_change(
    stack: ProviderStack, namespace: str, kubeconfig: Path, seen: set[str], engine_name: str, args: dict[str, Any]
) -> None:
    server, row = ApiServer(kubeconfig), ENGINES[engine_name]
    spec = parse_database("orders", {"engine": engine_name, "namespace": namespace, **args})
    features = {*row.features(spec), *spec.maintenance.handed_over, ALWAYS}
    body = program(namespace, "orders", {"engine": engine_name, **args})
    stack.up(body)
    path = f"/apis/{row.api_version}/namespaces/{namespace}/{row.plural}/orders"
    live = server.call("GET", path)
    for owned in OPERATOR_OWNED:
        if owned.engine != engine_name or owned.feature not in features:
            continue
        for container, key in list(places(live, parts_of(owned.path))):
            before = container[key] if isinstance(container, list) else container.get(key)
            container[key] = written_by_an_operator(owned, before)
            seen.add(f"{engine_name} {owned.path}")
    server.call("PUT", path, body=live, fieldManager="operator")
    assert_unchanged(stack, body)
    live = server.call("GET", path)
    live["metadata"].pop("finalizers", None)
    server.call("PUT", path, body=live, fieldManager="operator")


def assert_unchanged(stack: ProviderStack, body: Callable[[], None]) -> None:
    assert stack.preview(body).order("orders-database") == ["same"]
    told, result = stack.up(body, refresh=True)
    assert told.order("orders-database")[-1] == "same"
    assert not {"update", "replace", "create", "delete"} & set(result.summary.resource_changes or {})


def test_every_field_of_the_registry_says_why_and_was_written(seen: set[str]) -> None:
    assert all(row.reason == REASONS[row.feature] for row in OPERATOR_OWNED)
    assert {f"{row.engine} {row.path}" for row in OPERATOR_OWNED} <= seen
