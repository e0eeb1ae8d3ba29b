"""Where the sites keep their backups, where each region has a bucket of its own."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.dr.topology.parsing import parse_topology
from dbaas_components.dr.topology.plan import plan
from dbaas_components.errors import SpecError
from tests.unit.topology.examples import example


def own(region: str, prefix: str | None = None) -> dict[str, Any]:
    storage = {"bucket": f"backups-{region}", **({"prefix": prefix} if prefix else {})}
    return {"database": {"backup": {"storages": {"main": storage}}}}


def prefixes(name: str, **changes: Any) -> dict[str, str | None]:
    design = parse_topology("orders", example(name, **changes))
    return {region: site.spec.backup.storages["main"].prefix for region, site in design.sites.items()}


@pytest.mark.parametrize("name", ["pxc-channels", "ps-cluster_set", "psmdb-replica_set", "pg-streaming"])
def test_a_prefix_of_one_region_is_its_path_and_a_common_one_is_where_the_regions_begin(name: str) -> None:
    regions = {"eu": own("eu", "a/b"), "us": own("us")}
    assert prefixes(name, regions=regions) == {"eu": "a/b", "us": "shop/orders/1/us"}
    common = {"backup": {"storages": {"main": {"prefix": "c"}}}}
    assert prefixes(name, database=common) == {"eu": "c/eu", "us": "c/us"}


def test_an_archive_that_sites_share_has_one_root() -> None:
    shared = {"backup": {"storages": {"main": {"prefix": "root"}}}}
    regions = {"eu": {"database": shared}, "us": {"database": shared}}
    design = parse_topology("orders", example("pg-both", regions=regions))
    for region in ("eu", "us"):
        overrides = plan(design, region).arguments["overrides"]["spec"]
        assert overrides["backups"]["pgbackrest"]["global"]["repo1-path"] == "/root/epoch-1"
    regions["us"]["database"] = {"backup": {"storages": {"main": {"prefix": "elsewhere"}}}}
    with pytest.raises(SpecError, match="needs one archive for all sites"):
        parse_topology("orders", example("pg-both", regions=regions))


def test_a_seed_lies_where_the_other_site_writes() -> None:
    seed: dict[str, Any] = {"seed": {"backup": "first"}}
    regions: dict[str, Any] = {"eu": own("eu", "a/b"), "us": {**own("us"), **seed}}
    design = parse_topology("orders", example("pxc-channels", regions=regions))
    assert design.sites["us"].arguments["data_source"]["path"] == "a/b"
    regions["us"]["seed"]["path"] = "given/by/hand"
    design = parse_topology("orders", example("pxc-channels", regions=regions))
    assert design.sites["us"].arguments["data_source"]["path"] == "given/by/hand"


def problems(given: dict[str, Any]) -> set[str]:
    with pytest.raises(SpecError) as caught:
        parse_topology("orders", given)
    return {problem.path for problem in caught.value.problems}


def test_form_and_databases_are_told_in_one_round() -> None:
    given = example("pxc-channels", trafic={}, database={"size": "enormous"}, regions={"us": {"port": 0}})
    assert problems(given) == {"trafic", "regions.us.port", "database.size"}


def test_rules_and_what_the_engine_cannot_are_told_in_one_round() -> None:
    given = example(
        "pxc-channels", lag_limit={"bytes": "1Mi"}, regions={"us": {"hosts": ["a", "b"], "seed": {"backup": "x"}}}
    )
    given["channel"] = "group_replication_applier"
    given["trust"] = {"store": {"name": "shared"}, "authority_secret": "root"}
    assert problems(given) == {"trust.authority_secret", "regions.us.hosts", "channel", "lag_limit.bytes"}


def test_one_region_is_told_without_what_follows_from_it() -> None:
    given = example("pxc-channels")
    del given["regions"]["us"]
    assert problems(given) == {"regions"}
