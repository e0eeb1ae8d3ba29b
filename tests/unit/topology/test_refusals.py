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
    ("pg-both", {"traffic": {}}, "traffic", "write exactly one of"),
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
