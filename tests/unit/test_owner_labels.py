"""Who answers and who pays stands where the costs are: on pods and on volume claims, as far as each engine lets it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.spec import parse_database
from dbaas_components.labels import COST_CENTRE, ENVIRONMENT, OWNER, TENANT

OWNERS = {TENANT: "shop", OWNER: "team-red", ENVIRONMENT: "production", COST_CENTRE: "cc-7"}
ASKED = {"tenant": "shop", "owner": "team-red", "environment": "production", "cost_centre": "cc-7"}
FULL: dict[str, dict[str, Any]] = {
    "pxc": {"proxy": {"type": "proxysql"}},
    "ps": {"replication": {"mode": "async"}, "orchestrator": {}},
    "psmdb": {"sharding": {}, "hidden": {}, "nonvoting": {}},
    "pg": {"instance_sets": [{"name": "reports", "replicas": 1}]},
}


def rendered(engine: str, **more: Any) -> dict[str, Any]:
    spec = parse_database("orders", {"engine": engine, "namespace": "shop", **ASKED, **FULL[engine], **more})
    return ENGINES[engine].render(spec)


def parts(found: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every mapping within a custom resource, with its path."""
    if isinstance(found, dict):
        yield path, found
        for key, value in found.items():
            yield from parts(value, f"{path}.{key}")
    elif isinstance(found, list):
        for item in found:
            yield from parts(item, f"{path}[]")


@pytest.mark.parametrize("engine", ["pxc", "psmdb"])
def test_every_group_of_pods_bears_them_where_each_says_its_own(engine: str) -> None:
    groups = {path: part.get("labels") for path, part in parts(rendered(engine)) if "podDisruptionBudget" in part}
    assert len(groups) >= 2
    assert set(map(str, groups.values())) == {str(OWNERS)}


@pytest.mark.parametrize("engine", ["ps", "pg"])
def test_all_that_the_operator_makes_bears_them_where_it_is_said_once(engine: str) -> None:
    assert rendered(engine)["spec"]["metadata"]["labels"] == OWNERS


def test_every_claim_of_mongodb_bears_them() -> None:
    claims = {
        path: part["labels"] for path, part in parts(rendered("psmdb")) if path.endswith(".persistentVolumeClaim")
    }
    assert set(claims) >= {
        ".spec.replsets[].volumeSpec.persistentVolumeClaim",
        ".spec.sharding.configsvrReplSet.volumeSpec.persistentVolumeClaim",
    }
    assert set(map(str, claims.values())) == {str(OWNERS)}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_database_that_is_taken_over_as_it_is_gets_none(engine: str) -> None:
    assert OWNER not in str(rendered(engine, platform_labels=False))


@pytest.mark.parametrize("engine", ["pxc", "psmdb"])
def test_labels_of_the_pods_themselves_go_before_the_owners(engine: str) -> None:
    found = rendered(engine, pods={"labels": {OWNER: "team-blue", "shift": "night"}})
    pods = found["spec"]["pxc"] if engine == "pxc" else found["spec"]["replsets"][0]
    assert pods["labels"] == {**OWNERS, OWNER: "team-blue", "shift": "night"}


def test_the_pods_that_take_a_backup_bear_them_too() -> None:
    storage = {"type": "s3", "bucket": "b", "region": "r", "credentials": "c"}
    found = rendered("pxc", backup={"storages": {"main": storage}})
    assert found["spec"]["backup"]["storages"]["main"]["labels"] == OWNERS


@pytest.mark.parametrize("engine", ENGINES)
def test_a_database_without_an_owner_has_no_empty_labels(engine: str) -> None:
    spec = parse_database("orders", {"engine": engine, "namespace": "shop", **FULL[engine]})
    assert not any(part == {} and path.endswith(".labels") for path, part in parts(ENGINES[engine].render(spec)))
