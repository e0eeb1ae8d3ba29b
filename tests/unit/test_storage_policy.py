"""What a storage policy says once holds for many databases, and only where their tier can do it."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.cloud_profiles import CloudProfile
from dbaas_components.bootstrap.storage_policy import StoragePolicy, storage_arguments
from dbaas_components.databases.composition import compose
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.spec import parse_database
from dbaas_components.errors import SpecError

EKS = {"kubernetes": "eks"}


def arguments(policy: dict[str, Any], cloud: dict[str, Any] | None = None, **args: Any) -> dict[str, Any]:
    return storage_arguments(
        parse_arguments(StoragePolicy, "policy", policy), parse_arguments(CloudProfile, "cloud", cloud or EKS), args
    )


def refused(policy: dict[str, Any], cloud: dict[str, Any] | None = None, **args: Any) -> dict[str, str]:
    with pytest.raises(SpecError) as caught:
        arguments(policy, cloud, **args)
    return {problem.path: problem.message for problem in caught.value.problems}


def on_premises(**tier: Any) -> dict[str, Any]:
    return {"kubernetes": "on_premises", "tiers": {"high": tier}}


@pytest.mark.parametrize("engine", ENGINES)
def test_one_policy_gives_databases_of_every_engine_their_class_and_size(engine: str) -> None:
    found = arguments({"tier": "high", "smallest": "50Gi"}, engine=engine, namespace="shop")
    spec = parse_database("orders", found)
    assert (spec.storage.size, spec.deletion.volumes) == ("50Gi", "retain")
    assert "dbaas-high" in str(compose(spec).database)


def test_what_a_database_says_itself_stays() -> None:
    found = arguments({"tier": "high", "smallest": "50Gi"}, storage="80Gi", deletion={"certificates": "delete"})
    assert found["storage"] == {"tier": "high", "size": "80Gi"}
    assert found["deletion"] == {"volumes": "retain", "certificates": "delete"}


def test_volumes_go_with_a_database_only_where_the_policy_says_so() -> None:
    assert arguments({"tier": "low", "retention": "delete"})["deletion"] == {"volumes": "delete"}


@pytest.mark.parametrize(
    ("policy", "cloud", "path", "said"),
    [
        ({"tier": "low"}, on_premises(portworx={}), "tier", '"low" has no StorageClass on on_premises (mapped: high)'),
        ({"tier": "high"}, on_premises(portworx={}, encrypted=False), "encrypted", "says encrypted: false"),
        ({"tier": "high"}, on_premises(storage_class="nvme"), "encrypted", "of which nobody here can tell"),
        ({"tier": "high"}, on_premises(portworx={}, reclaim="Delete"), "retention", "takes the data along"),
        (
            {"tier": "high", "snapshot_schedule": "nightly"},
            on_premises(portworx={}),
            "snapshot_schedule",
            '"nightly" is none of tiers.high.portworx.snapshots',
        ),
    ],
)
def test_a_tier_that_cannot_do_it_is_refused(
    policy: dict[str, Any], cloud: dict[str, Any], path: str, said: str
) -> None:
    told = refused(policy, cloud)
    assert list(told) == [path]
    assert said in told[path]


def test_storage_of_ones_own_is_taken_at_its_word() -> None:
    cloud = on_premises(storage_class="px-csi-db-encrypted", encrypted=True)
    assert arguments({"tier": "high"}, cloud)["storage_tiers"] == {"high": "px-csi-db-encrypted"}
    cloud = on_premises(portworx={"snapshots": ["nightly"]})
    assert arguments({"tier": "high", "snapshot_schedule": "nightly"}, cloud)["storage"] == {"tier": "high"}


def test_a_database_does_not_go_past_its_policy() -> None:
    told = refused({"tier": "high"}, storage={"tier": "low", "storage_class": "mine"}, deletion={"volumes": "delete"})
    assert set(told) == {"storage.tier", "storage.storage_class", "deletion.volumes"}
