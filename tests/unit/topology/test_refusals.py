"""What a topology refuses, each in one sentence, and all of them at once."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components import SpecError
from dbaas_components.dr.topology.parsing import parse_topology
from tests.unit.topology.examples import EXAMPLES, example, hosts

CASES: list[tuple[str, dict[str, Any], str, str]] = [
    ("pg-both", {"primary_region": "eus"}, "primary_region", '"eus" is not one of the regions; choose eu or us'),
    ("pg-both", {"mode": "channels"}, "mode", '"channels" is not a mode of pg; choose both, repository or streaming'),
    ("pxc-channels", {"mode": "streaming"}, "mode", '"streaming" is not a mode of pxc; choose channels'),
    ("pxc-channels", {"regions_present": ["ap"]}, "regions_present[0]", '"ap" is not one of the regions'),
    (
        "pg-both",
        {"regions": {"us": {"hosts": ["https://a.b"]}}},
        "regions.us.hosts[0]",
        '"https://a.b" is no host; write',
    ),
    ("pg-both", {"regions": {"us": {"hosts": ["a.b:5432"]}}}, "regions.us.hosts[0]", "without scheme and port"),
    ("pg-both", {"regions": {"us": {"hosts": [f"{'a' * 64}.b"]}}}, "regions.us.hosts[0]", "is no host"),
    ("pg-both", {"regions": {"us": {"hosts": ["10.0.0.300"]}}}, "regions.us.hosts[0]", "is no IPv4 address"),
    ("pg-both", {"regions": {"us": {"networks": ["10.0.0.0"]}}}, "regions.us.networks[0]", "write 10.0.0.0/32"),
    (
        "pg-both",
        {"regions": {"us": {"networks": ["10.0.0.0/255.0.0.0"]}}},
        "regions.us.networks[0]",
        "write 10.0.0.0/8",
    ),
    ("pxc-channels", {"channel": "Orders-1"}, "channel", '"Orders-1" is no name of a channel; write at most 64'),
    (
        "pg-both",
        {"traffic": {"external_dns": {"name": "UPPER.example.com"}}},
        "traffic.external_dns.name",
        "is no domain name; write it in lower case",
    ),
    ("pxc-channels", {"regions_present": ["eu", "eu"]}, "regions_present[1]", '"eu" is there twice'),
    ("pg-both", {"databse": {}}, "databse", 'did you mean "database"?'),
    ("pg-both", {"provider": {}}, "provider", "is not a known key"),
    ("pg-both", {"regions": {"us": {"databse": {}}}}, "regions.us.databse", 'did you mean "database"?'),
    ("pg-both", {"regions": {"us": {"traffic_provider": {}}}}, "regions.us.traffic_provider", 'mean "provider"?'),
    ("pxc-channels", {"lag_limit": {"bytes": "1Mi"}}, "lag_limit.bytes", "no measure for pxc"),
    ("ps-cluster_set", {"lag_limit": {"time": "1m", "measure": "operator"}}, "lag_limit.measure", "tells no lag"),
    ("psmdb-replica_set", {"lag_limit": {"measure": "agent"}}, "lag_limit", "says no limit"),
    ("pg-repository", {"lag_limit": {"bytes": "1Mi"}}, "lag_limit.bytes", "follows the archive alone"),
    ("pg-both", {"lag_limit": {"time": "1m", "measure": "operator"}}, "lag_limit.measure", "measures bytes alone"),
    ("pg-both", {"regions": {"us": {"hosts": hosts("eu", 1)}}}, "regions.us.hosts", "is also of region eu"),
    ("psmdb-replica_set", {"regions": {"us": {"hosts": hosts("eu", 3)}}}, "regions.us.hosts", "is also of region eu"),
    ("ps-cluster_set", {"regions": {"us": {"hosts": hosts("eu", 3)}}}, "regions.us.hosts", "is also of region eu"),
    ("pxc-channels", {"regions": {"us": {"hosts": hosts("us", 2)}}}, "regions.us.hosts", "2 were given; write one for"),
    ("psmdb-replica_set", {"regions": {"us": {"hosts": []}}}, "regions.us.hosts", "0 were given"),
    ("pg-streaming", {"regions": {"us": {"port": 543}}}, "regions.us.port", "543 is refused"),
    ("pg-repository", {"database": {"backup": {"storages": {"main": {"type": "volume"}}}}}, "", "volume"),
    (
        "pg-repository",
        {"regions": {"us": {"database": {"backup": {"storages": {"main": {"bucket": "other"}}}}}}},
        "regions.us.database.backup.storages",
        "needs one archive for all sites",
    ),
    ("ps-cluster_set", {"cluster_set": {"region": "ap"}}, "cluster_set.region", '"ap" is not one of the regions'),
    (
        "ps-cluster_set",
        {"database": {"name": "orders"}},
        "regions.us.database.name",
        '"orders" is "orders" to MySQL Shell, as the database of region eu is',
    ),
    ("psmdb-replica_set", {"external_members": {"priority": 2}}, "external_members.priority", "without a vote"),
    (
        "psmdb-replica_set",
        {"external_members": {"votes": 1}, "database": {"replicas": 5}, "regions": {}},
        "external_members.votes",
        "10 voters",
    ),
    ("pg-both", {"channel": "x"}, "channel", "is for pxc and does nothing for pg"),
    ("pxc-channels", {"cluster_set": {"region": "us"}}, "cluster_set", "is for ps"),
    ("pg-both", {"regions": {"us": {"seed": {"backup": "b"}}}}, "regions.us.seed", "copies the primary by itself"),
    ("pxc-channels", {"regions": {"us": {"seed": {"backup": "b", "region": "us"}}}}, "regions.us.seed.region", '"us"'),
    ("pg-both", {"database": {"paused": True}}, "database.paused", "fences a site"),
    (
        "pg-both",
        {"database": {"data_source": {"storage": "main", "path": "shop/old/1"}}},
        "database.data_source",
        "is of the one region that starts from it",
    ),
    (
        "pxc-channels",
        {"regions": {"us": {"seed": {"backup": "b"}, "database": {"data_source": {"storage": "main", "path": "p"}}}}},
        "regions.us.database.data_source",
        "beside seed",
    ),
    ("pg-both", {"database": {"engine": "pg"}}, "database.engine", "is the topology's"),
    ("pg-both", {"database": {"replicas": "many"}}, "database.replicas", '"many" is not a whole number'),
    (
        "pxc-channels",
        {"database": {"name": "a-name-that-is-longer-than-pxc-takes"}},
        "database.name",
        "PXC operator 1.20.0 allows no more",
    ),
    (
        "pg-both",
        {"database": {"overrides": {"spec": {"standby": {"enabled": True}}}}},
        "database.overrides.spec.standby.enabled",
        "belongs to the failover tool",
    ),
    (
        "psmdb-replica_set",
        {"regions": {"us": {"database": {"overrides": {"spec": {"pause": True}}}}}},
        "regions.us.database.overrides.spec.pause",
        "spec.pause fences a site and belongs to the failover tool",
    ),
    ("pg-both", {"traffic": {}}, "traffic", "none was given; write exactly one of"),
    (
        "pg-both",
        {"traffic": {"service": {}, "external_dns": {"name": "a.example.com"}}},
        "traffic",
        "external_dns and service were given",
    ),
    ("pg-repository", {"traffic": {"service": {}}}, "regions.eu.write_host", "is required for traffic"),
    (
        "pxc-channels",
        {"traffic": {"service": {}}, "regions": {"us": {"write_host": "192.0.2.1"}}},
        "regions.us.write_host",
        "stands for names",
    ),
    ("pxc-channels", {"trust": {"authority_secret": "ca"}}, "trust.authority_secret", "is for pg"),
    (
        "pxc-channels",
        {"regions": {"eu": {"networks": []}, "us": {"networks": []}}},
        "regions.us.exposure",
        "open to everyone",
    ),
    (
        "pxc-channels",
        {"database": {"network": {}}, "regions": {"us": {"networks": []}, "eu": {"exposure": {"type": "internal"}}}},
        "regions.us.networks",
        "lets in only who is named",
    ),
]


@pytest.mark.parametrize(
    ("name", "changes", "path", "words"), CASES, ids=[f"{c[0]}-{c[2]}-{n}" for n, c in enumerate(CASES)]
)
def test_a_wrong_topology_is_told_where_and_why(name, changes, path, words):
    if name == "psmdb-replica_set" and changes.get("database"):
        changes = {**changes, "regions": {region: {"hosts": hosts(region, 5)} for region in ("eu", "us")}}
    with pytest.raises(SpecError) as caught:
        parse_topology("orders", example(name, **changes))
    told = [problem for problem in caught.value.problems if problem.path == path or not path]
    assert any(words in problem.message for problem in told), str(caught.value)
    assert str(caught.value).startswith('topology "orders":')


def test_all_problems_are_told_at_once():
    with pytest.raises(SpecError) as caught:
        parse_topology(
            "orders", example("pg-both", primary_region="x", mode="channels", channel="c", database={"paused": True})
        )
    assert {problem.path for problem in caught.value.problems} >= {
        "primary_region",
        "mode",
        "channel",
        "database.paused",
    }


def test_what_all_regions_have_in_common_is_told_once():
    with pytest.raises(SpecError) as caught:
        parse_topology("orders", example("pg-both", database={"sharding": {"shards": 2}}))
    assert [problem.path.partition(".")[0] for problem in caught.value.problems] == ["database"]


def test_one_region_is_no_topology():
    given = example("pxc-channels")
    given["regions"] = {"eu": given["regions"]["eu"]}
    with pytest.raises(SpecError, match="needs at least two regions"):
        parse_topology("orders", given)


def test_a_cluster_set_needs_a_place():
    given = example("ps-cluster_set")
    del given["cluster_set"]
    with pytest.raises(SpecError, match="cluster_set: is required"):
        parse_topology("orders", given)


def test_streaming_needs_one_authority():
    given = example("pg-streaming")
    given["trust"] = {"store": {"name": "shared"}}
    with pytest.raises(SpecError, match="trust: a standby that streams logs in with a certificate"):
        parse_topology("orders", given)


@pytest.mark.parametrize("given", [None, "orders", 3, [], {}, {"engine": "pg"}, {"engine": "pg", "regions": "eu"}])
def test_whatever_is_given_is_refused_in_words(given):
    with pytest.raises(SpecError):
        parse_topology("orders", given)


def test_every_example_is_accepted():
    for name in EXAMPLES:
        assert set(parse_topology("orders", example(name)).sites) == {"eu", "us"}


@pytest.mark.parametrize("name", ["pg-both", "psmdb-replica_set"])
def test_a_seed_that_an_engine_has_no_use_for_is_one_problem(name):
    with pytest.raises(SpecError) as caught:
        parse_topology("orders", example(name, regions={"us": {"seed": {"backup": "b", "region": "ap"}}}))
    assert [problem.path for problem in caught.value.problems] == ["regions.us.seed"]


def test_without_an_engine_the_mode_is_not_asked_for():
    given = example("pg-both")
    del given["engine"], given["mode"]
    with pytest.raises(SpecError) as caught:
        parse_topology("orders", given)
    assert [problem.path for problem in caught.value.problems] == ["engine"]


@pytest.mark.parametrize("name", ["pxc-channels", "ps-cluster_set", "psmdb-replica_set", "pg-both"])
def test_a_way_in_that_is_open_to_everyone_is_told_once_for_each_region(name):
    regions = {region: {"networks": []} for region in ("eu", "us")}
    with pytest.raises(SpecError) as caught:
        parse_topology("orders", example(name, regions=regions))
    assert [problem.path for problem in caught.value.problems] == ["regions.eu.exposure", "regions.us.exposure"]
