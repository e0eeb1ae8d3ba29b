"""What a topology means at each site: roles, paths, Secrets, exposure. Pure."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.databases.composition import compose
from dbaas_components.databases.spec import parse_database
from dbaas_components.dr.topology.design import nested
from dbaas_components.dr.topology.engines import TOPOLOGIES
from dbaas_components.dr.topology.parsing import parse_topology
from dbaas_components.dr.topology.plan import ignored, plan, role_table, site_roles
from tests.unit.topology.examples import EXAMPLES, example, hosts


def custom_resource(name: str, region: str, **changes: Any) -> dict[str, Any]:
    design = parse_topology("orders", example(name, **changes))
    planned = plan(design, region)
    return compose(parse_database("orders", planned.arguments)).database


def at(value: Any, path: str) -> Any:
    for step in nested_steps(path):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def nested_steps(path: str) -> list[str]:
    steps, here = [], nested(path, None)
    while isinstance(here, dict):
        (step, here), *_ = here.items()
        steps.append(step)
    return steps


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_role_field_has_its_value_in_the_custom_resource_of_each_site(name):
    design = parse_topology("orders", example(name))
    for region, site in design.sites.items():
        found = custom_resource(name, region)
        for one in site_roles(design, site, design.primary):
            if one.object == "database":
                assert at(found, one.path) == one.at_epoch(1).value, one.path


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_custom_resource_differs_between_primaries_in_role_fields_alone(name):
    design = parse_topology("orders", example(name))
    for region, site in design.sites.items():
        one, other = (custom_resource(name, region, primary_region=primary) for primary in ("eu", "us"))
        assert one != other
        for path in ignored(design, site)["database"]:
            for manifest in (one, other):
                parent = at(manifest, path.rpartition(".")[0]) if not path.endswith('"]') else None
                last = nested_steps(path)[-1]
                holder = parent if parent is not None else at(manifest, path.partition("[")[0])
                holder.pop(last, None)
        assert one == other


@pytest.mark.parametrize("name", EXAMPLES)
def test_two_sites_of_one_epoch_never_write_to_one_path(name):
    paths = {}
    for region in ("eu", "us"):
        found = custom_resource(name, region)
        paths[region] = bucket_paths(found)
        assert paths[region]
    shared = set(paths["eu"]) & set(paths["us"])
    if name in {"pg-repository", "pg-both"}:
        # The standby reads there; it writes only as the holder of the next epoch, with another number.
        assert shared == {"/shop/orders/1/epoch-1"}
        assert custom_resource(name, "us")["spec"]["standby"]["enabled"] is True
        later = custom_resource(name, "us", primary_region="us", epoch=2)
        assert bucket_paths(later) == ["/shop/orders/1/epoch-2"]
    else:
        assert not shared


def bucket_paths(manifest: dict[str, Any]) -> list[str]:
    backup = manifest["spec"].get("backup") or manifest["spec"]["backups"]["pgbackrest"]
    if "global" in backup:
        return [value for key, value in backup["global"].items() if key.endswith("-path")]
    places = [storage.get("s3", {}) for storage in backup["storages"].values()]
    return [str(place.get("prefix") or place["bucket"].partition("/")[2]) for place in places]


def test_a_new_life_has_paths_of_its_own():
    before = bucket_paths(custom_resource("pg-both", "eu"))
    after = bucket_paths(custom_resource("pg-both", "eu", database={"incarnation": 2}))
    assert (before, after) == (["/shop/orders/1/epoch-1"], ["/shop/orders/2/epoch-1"])


def test_a_pxc_standby_follows_every_pod_of_the_primary_in_order():
    source = custom_resource("pxc-channels", "eu")["spec"]["pxc"]
    replica = custom_resource("pxc-channels", "us")["spec"]["pxc"]
    assert source["replicationChannels"] == [{"name": "orders", "isSource": True}]
    (channel,) = replica["replicationChannels"]
    assert channel["isSource"] is False
    assert [one["host"] for one in channel["sourcesList"]] == hosts("eu", 3)
    weights = [one["weight"] for one in channel["sourcesList"]]
    assert weights == sorted(weights, reverse=True)
    assert channel["configuration"] == {"ssl": True, "sslSkipVerify": False, "ca": "/etc/mysql/ssl/ca.crt"}
    for manifest, other in ((source, "10.1.0.0/16"), (replica, "10.0.0.0/16")):
        assert manifest["expose"]["enabled"] is True
        assert manifest["expose"]["loadBalancerSourceRanges"] == [other]


def test_a_source_that_is_an_address_is_not_verified_and_the_limits_say_so():
    changes = {"regions": {"eu": {"hosts": ["192.0.2.10"]}}}
    (channel,) = custom_resource("pxc-channels", "us", **changes)["spec"]["pxc"]["replicationChannels"]
    assert channel["configuration"]["sslSkipVerify"] is True
    design = parse_topology("orders", example("pxc-channels", **changes))
    assert any("not verified" in limit for limit in TOPOLOGIES["pxc"].limits(design))


def test_a_seeded_standby_restores_the_other_sites_backup():
    design = parse_topology("orders", example("pxc-channels", regions={"us": {"seed": {"backup": "first"}}}))
    arguments = plan(design, "us").arguments
    assert arguments["data_source"] == {"storage": "main", "path": "shop/orders/1/eu", "backup": "first"}
    assert "data_source" not in plan(design, "eu").arguments
    assert not any("No seed" in limit for limit in TOPOLOGIES["pxc"].limits(design))
    kinds = [one["kind"] for one in compose(parse_database("orders", arguments)).manifests()]
    assert "PerconaXtraDBClusterRestore" in kinds


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("pxc-channels", {"seed": {"backup": "first"}}),
        ("ps-cluster_set", {"seed": {"backup": "first"}}),
        ("pg-both", {"database": {"data_source": {"storage": "main", "path": "shop/old/1"}}}),
    ],
)
def test_what_a_site_started_from_does_not_follow_from_the_role(name, settings):
    def manifests(primary: str, region: str) -> list[dict[str, Any]]:
        design = parse_topology("orders", example(name, primary_region=primary, regions={"us": settings}))
        return compose(parse_database("orders", plan(design, region).arguments)).manifests()

    def started_from(found: list[dict[str, Any]]) -> list[Any]:
        restores = [one for one in found if one["kind"].endswith("Restore")]
        return [*restores, *(one["spec"]["dataSource"] for one in found if "dataSource" in one["spec"])]

    assert started_from(manifests("eu", "us"))
    assert started_from(manifests("eu", "us")) == started_from(manifests("us", "us"))
    assert started_from(manifests("eu", "eu")) == started_from(manifests("us", "eu")) == []


def test_a_cluster_set_names_its_members_as_mysql_shell_does():
    design = parse_topology("orders", example("ps-cluster_set"))
    assert [site.spec.name for site in design.sites.values()] == ["orders-eu", "orders-us"]
    assert not [one for one in plan(design, "eu").after if one.role == "cluster-set"]
    (manifest,) = [one.manifest for one in plan(design, "us").after if one.role == "cluster-set"]
    spec = manifest["spec"]
    assert spec["primaryCluster"] == "orderseu"
    assert {one["innodbClusterName"]: one["endpoints"][0]["host"] for one in spec["clusters"]} == {
        "orderseu": "eu-0.db.example.com",
        "ordersus": "us-0.db.example.com",
    }
    # The Secret lies beside the object and holds what the primary's holds.
    assert spec["credentialsSecret"] == {"name": "orders-us-secrets", "key": "clusterset"}
    assert "finalizers" not in manifest["metadata"]


def test_only_one_mongodb_site_is_managed_and_each_lists_the_other():
    main, standby = (custom_resource("psmdb-replica_set", region)["spec"] for region in ("eu", "us"))
    assert (main["unmanaged"], main["updateStrategy"]) == (False, "SmartUpdate")
    assert (standby["unmanaged"], standby["updateStrategy"]) == (True, "RollingUpdate")
    for spec, own, other in ((main, "eu", "us"), (standby, "us", "eu")):
        (replica_set,) = spec["replsets"]
        assert [one["host"] for one in replica_set["externalNodes"]] == hosts(other, 3)
        assert {(one["votes"], one["priority"]) for one in replica_set["externalNodes"]} == {(0, 0)}
        overrides = replica_set["replsetOverrides"]
        assert [one["host"] for one in overrides.values()] == [f"{host}:27017" for host in hosts(own, 3)]
        assert list(overrides) == [f"orders-rs0-{index}" for index in range(3)]
        assert replica_set["expose"]["enabled"] is True


def test_a_sharded_mongodb_has_external_members_in_every_replica_set():
    spec = custom_resource("psmdb-sharded", "eu")["spec"]
    by_name = {one["name"]: one for one in spec["replsets"]} | {"cfg": spec["sharding"]["configsvrReplSet"]}
    for name, one in by_name.items():
        assert [node["host"] for node in one["externalNodes"]] == hosts(f"us-{name}", 3)


def test_shared_services_find_members_without_hosts():
    spec = custom_resource("psmdb-shared-services", "eu")["spec"]
    assert spec["multiCluster"] == {"enabled": True, "DNSSuffix": "svc.clusterset.local"}
    (replica_set,) = spec["replsets"]
    assert replica_set["externalNodes"][0]["host"] == "orders-us-rs0-0.shop.svc.clusterset.local"


def test_a_postgresql_standby_streams_from_the_primary_and_measures_its_lag():
    spec = custom_resource("pg-streaming", "us")["spec"]
    assert spec["standby"] == {
        "enabled": True,
        "host": "eu-0.db.example.com",
        "port": 5432,
        "maxAcceptableLag": "64Mi",
    }
    assert spec["secrets"]["customRootCATLSSecret"] == {"name": "common-root"}
    primary = custom_resource("pg-streaming", "eu")["spec"]
    assert primary["standby"]["enabled"] is False
    assert primary["expose"] == {"type": "LoadBalancer", "loadBalancerSourceRanges": ["10.1.0.0/16"]}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("pxc-channels", ["orders-secrets", "orders-ssl", "orders-ssl-internal"]),
        ("ps-cluster_set", ["orders-eu-secrets"]),
        (
            "psmdb-replica_set",
            [
                "orders-secrets",
                "orders-mongodb-keyfile",
                "orders-ssl",
                "orders-ssl-internal",
                "orders-mongodb-encryption-key",
            ],
        ),
        ("pg-repository", ["orders-pguser-orders"]),
        ("pg-both", ["orders-pguser-orders", "common-root"]),
    ],
)
def test_the_primarys_secrets_are_pushed_and_the_standby_takes_each_from_the_same_place(name, expected):
    design = parse_topology("orders", example(name))
    pushes = [one.manifest for one in plan(design, "eu").after if one.manifest["kind"] == "PushSecret"]
    takes = [one.manifest for one in plan(design, "us").before]
    assert [one["spec"]["selector"]["secret"]["name"] for one in pushes] == expected
    pushed = [one["spec"]["data"][0]["match"]["remoteRef"]["remoteKey"] for one in pushes]
    assert pushed == [one["spec"]["dataFrom"][0]["extract"]["key"] for one in takes]
    assert len(set(pushed)) == len(pushed)
    assert not plan(design, "eu").before
    assert {one["spec"]["target"]["creationPolicy"] for one in takes} == {"Orphan"}


def test_an_issuer_for_all_makes_sharing_certificates_needless():
    issuer = {"issuer": {"name": "common", "kind": "ClusterIssuer"}}
    design = parse_topology("orders", example("pxc-channels", trust=issuer))
    roles = [one.role for one in plan(design, "us").before]
    assert roles == ["users"]
    for site in design.sites.values():
        assert site.spec.tls.issuer is not None
        assert set(hosts("eu", 3)) | set(hosts("us", 3)) <= set(site.spec.tls.names)


def test_secrets_are_pushed_to_every_store_that_is_named():
    store = {"name": "eu-store", "push_to": ["eu-store", "us-store"]}
    design = parse_topology("orders", example("pg-repository", regions={"eu": {"store": store}}))
    (push,) = [one.manifest for one in plan(design, "eu").after if one.manifest["kind"] == "PushSecret"]
    assert [one["name"] for one in push["spec"]["secretStoreRefs"]] == ["eu-store", "us-store"]


def test_the_other_sites_networks_are_let_in_where_the_database_keeps_others_out():
    design = parse_topology("orders", example("pxc-channels", database={"network": {"peers": ["192.0.2.0/24"]}}))
    networks = [site.spec.network for site in design.sites.values()]
    assert [one.peers for one in networks if one] == [
        ("192.0.2.0/24", "10.1.0.0/16"),
        ("192.0.2.0/24", "10.0.0.0/16"),
    ]
    assert parse_topology("orders", example("pxc-channels")).sites["eu"].spec.network is None


def test_the_lag_limit_follows_from_the_slo():
    changes = {"database": {"slo": {"rpo": "5m", "rto": "1h"}}}
    by_agent = parse_topology("orders", example("pxc-channels", **changes)).topology.lag_limit
    assert by_agent
    assert (by_agent.time, by_agent.bytes, by_agent.measure) == ("5m", None, "agent")
    rate = {**changes, "lag_limit": {"write_rate": "1Mi"}}
    by_operator = parse_topology("orders", example("pg-both", **rate)).topology.lag_limit
    assert by_operator
    assert (by_operator.bytes, by_operator.measure) == (str(300 * 1024**2), "operator")
    assert custom_resource("pg-both", "us", **rate)["spec"]["standby"]["maxAcceptableLag"] == str(300 * 1024**2)
    assert parse_topology("orders", example("pxc-channels")).topology.lag_limit is None


def test_the_role_table_is_plain_and_has_a_row_for_each_primary():
    for name in EXAMPLES:
        table = role_table(parse_topology("orders", example(name)))
        assert set(table) == {"eu", "us"}
        for row in table.values():
            assert set(row["roles"]) == {"eu", "us"}
            assert row["roles"]["eu"] != row["roles"]["us"]
            assert row["fence"] == [{"object": "database", "path": "spec.pause", "value": True}]


def test_overrides_of_ones_own_are_kept_beside_the_topologys():
    own = {"spec": {"replsets": [{"name": "rs0", "labels": {"a": "b"}}], "pause": False}}
    del own["spec"]["pause"]
    spec = custom_resource("psmdb-replica_set", "eu", database={"overrides": own})["spec"]
    (replica_set,) = spec["replsets"]
    assert replica_set["labels"] == {"a": "b"}
    assert replica_set["externalNodes"]
    assert replica_set["size"] == 3


def test_three_sites_all_follow_the_primary():
    third = {"regions": {"ap": {"hosts": hosts("ap", 3), "networks": ["10.2.0.0/16"]}}}
    for region in ("us", "ap"):
        (channel,) = custom_resource("pxc-channels", region, **third)["spec"]["pxc"]["replicationChannels"]
        assert channel["sourcesList"][0]["host"] == "eu-0.db.example.com"
    main = custom_resource("psmdb-replica_set", "eu", **third)["spec"]["replsets"][0]
    assert len(main["externalNodes"]) == 6
