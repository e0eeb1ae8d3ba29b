"""`dbaas:topologies`: what the stack adds to what is written, and what it refuses."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from dbaas_components.cli.project import engine_config, find_project
from dbaas_components.databases.engines import ENGINES
from dbaas_components.dr.failover.document import parse_document
from dbaas_components.dr.topology.handover import plain_outputs
from dbaas_components.errors import SpecError
from dbaas_components.evaluate import Graph, evaluate
from dbaas_components.labels import COST_CENTRE, ENVIRONMENT, OWNER, TENANT
from stacks.settings import Settings, parse

pytestmark = pytest.mark.slow

PROJECT = find_project(Path(__file__).resolve().parents[2])
REGIONS = ("eu-west-1", "eu-central-1")
NAMES = {"orders": "pg", "catalog": "psmdb", "billing": "pxc", "ledger": "ps"}


def settings_of(**changed: Any) -> Settings:
    found = {**PROJECT.config("prod"), **{f"dbaas:{key}": value for key, value in changed.items()}}
    return parse("prod", {key: value for key, value in found.items() if value is not None})


def refused(**changed: Any) -> dict[str, str]:
    with pytest.raises(SpecError) as caught:
        settings_of(**changed)
    return {problem.path: problem.message for problem in caught.value.problems}


def topologies() -> list[dict[str, Any]]:
    return copy.deepcopy(PROJECT.config("prod")["dbaas:topologies"])


def graph_of(crds_folder: Path, **changed: Any) -> Graph:
    config = {**PROJECT.config("prod"), **{f"dbaas:{key}": value for key, value in changed.items()}}
    config["dbaas:custom_resource_definitions"] = {"software": ["cert-manager"], "folder": str(crds_folder)}
    given, secret = engine_config(config)
    return evaluate(PROJECT.program, project=PROJECT.name, stack="prod", config=given, secret_config=secret)


@pytest.fixture(scope="module")
def definitions(crds_folder: Path | None) -> Path:
    if crds_folder is None:
        pytest.skip("the official CRDs are not here: set DBAAS_CRDS to their folder")
    return crds_folder


@pytest.fixture(scope="module")
def prod(definitions: Path) -> Graph:
    return graph_of(definitions)


@pytest.fixture(scope="module")
def survivor(definitions: Path) -> Graph:
    return graph_of(definitions, regions_present=["eu-central-1"])


def test_prod_has_each_engine_in_both_regions_with_the_regions_own_provider(prod: Graph) -> None:
    for name, engine in NAMES.items():
        for region in REGIONS:
            database = prod.one(ENGINES[engine].kind, f"{name}-{region}-database")
            assert f"::{region}::" in f"{database.provider}::"


def test_sites_wait_for_what_their_own_region_provides(prod: Graph) -> None:
    urns = {one.urn: one for one in prod}
    for region, other in (REGIONS, REGIONS[::-1]):
        database = prod.one("PerconaServerMySQL", f"ledger-{region}-database")
        managed = urns[database.parent or ""]
        awaited = {urns[urn].name for urn in (*database.dependencies, *managed.dependencies) if urn in urns}
        assert {f"{region}-namespace-issuers-finance", f"{region}-finance"} <= awaited
        # The standby waits for the primary's Secrets, and the primary for nothing of the standby's region.
        if region == "eu-west-1":
            assert not [name for name in awaited if other in name]


def test_sites_with_one_archive_wait_for_its_bucket_wherever_that_is(prod: Graph) -> None:
    urns = {one.urn: one for one in prod}
    (bucket,) = [one for one in prod if one.type.endswith(":BackupBucket") and one.name == "eu-central-1-backups"]
    closed = [one for one in prod if one.type == "aws:s3/bucketPolicy:BucketPolicy" and one.parent == bucket.urn]
    assert closed
    for region in REGIONS:
        database = prod.one("PerconaPGCluster", f"orders-{region}-database")
        managed = urns[database.parent or ""]
        awaited = {*database.dependencies, *managed.dependencies}
        assert {one.urn for one in closed} <= awaited
    # The others' buckets are their own region's.
    ledger = prod.one("PerconaServerMySQL", "ledger-eu-west-1-database")
    managed = urns[ledger.parent or ""]
    assert not {one.urn for one in closed} & {*ledger.dependencies, *managed.dependencies}


def test_the_export_is_the_document_that_the_verbs_read(prod: Graph) -> None:
    exported = prod.exports["topologies"]
    assert set(exported) == set(NAMES)
    for name, engine in NAMES.items():
        document = parse_document(json.loads(json.dumps(exported[name])))
        assert (document.topology, document.engine, document.primary_region) == (name, engine, "eu-west-1")
        assert {region: one.context for region, one in document.clusters.items()} == {
            region: f"dbaas-prod-{region}" for region in REGIONS
        }
        assert document.witness
        assert document.witness.context == "dbaas-prod-witness"
        assert document.may_override("override-fencing") is False
        # The names are those of the objects that the program registers.
        outputs = prod.one("DatabaseTopology", name).outputs
        assert outputs["roles"] == exported[name]["roles"]
        for region, place in document.traffic.items():
            (service,) = [one for one in prod if one.name == f"{name}-{region}-traffic"]
            assert service.inputs["metadata"]["name"] == place["name"]


def test_no_two_sites_write_to_one_path_of_one_bucket() -> None:
    found = settings_of()
    places = [
        (storage.type, storage.bucket, storage.endpoint, storage.prefix)
        for one in found.databases
        for storage in one.spec.backup.storages.values()
    ]
    assert len(places) == 1 + 4 * 2
    assert len(set(places)) == len(places)
    assert {bucket for _, bucket, _, _ in places} == {f"example-production-backups-{region}" for region in REGIONS}
    # What is archived goes where the epoch says, of which one site is the holder.
    (orders,) = [one for one in found.topologies if one.design.topology.name == "orders"]
    for region in REGIONS:
        fields = plain_outputs(orders.design)["roles"][region]["roles"][region]
        assert any(one["value"] == "/production/pg/shop/orders/1/epoch-{epoch}" for one in fields)


def test_a_new_life_of_a_topology_has_a_path_of_its_own() -> None:
    given = topologies()
    for one in given:
        one["database"]["incarnation"] = 2
    old, new = (
        {storage.prefix for one in found.databases for storage in one.spec.backup.storages.values()}
        for found in (settings_of(databases=None), settings_of(databases=None, topologies=given))
    )
    assert not old & new


def test_a_standby_with_a_seed_reads_the_other_regions_bucket() -> None:
    given = topologies()
    given[2]["regions"]["eu-central-1"]["seed"] = {"backup": "first"}
    (billing,) = [one for one in settings_of(topologies=given).topologies if one.design.topology.name == "billing"]
    own, source = (billing.design.sites[region] for region in ("eu-central-1", "eu-west-1"))
    seed = own.arguments["data_source"]
    storages = own.spec.backup.storages
    assert seed == {"storage": "seed", "path": "production/pxc/finance/billing-eu-west-1/1", "backup": "first"}
    assert storages["seed"].bucket == source.spec.backup.storages["bucket"].bucket
    assert storages["bucket"].bucket != storages["seed"].bucket
    assert next(iter(storages)) == "bucket"


def test_the_platforms_issuer_signs_in_all_regions_unless_two_make_a_root() -> None:
    trusted = {one.design.topology.name: one.design.topology.trust.issuer for one in settings_of().topologies}
    assert {name: (one.kind, one.name) for name, one in trusted.items() if one} == {
        "orders": ("ClusterIssuer", "dbaas-ca"),
        "catalog": ("ClusterIssuer", "dbaas-ca"),
        "billing": ("ClusterIssuer", "dbaas-ca"),
        "ledger": ("Issuer", "dbaas-ca-ns"),
    }
    regions = copy.deepcopy(PROJECT.config("prod")["dbaas:regions"])
    del regions[1]["platform"]["certificate_authority"]
    assert refused(regions=regions) == {
        "dbaas:topologies[0].trust": (
            "a standby that streams logs in with a certificate, so all sites need one authority; "
            "write issuer, or authority_secret with root.crt and root.key"
        )
    }


def test_load_balancers_of_the_sites_are_reached_from_the_clouds_own_network(prod: Graph) -> None:
    billing = prod.one("PerconaXtraDBCluster", "billing-eu-west-1-database")
    expose = billing.inputs["spec"]["pxc"]["expose"]
    assert expose["annotations"]["service.beta.kubernetes.io/aws-load-balancer-scheme"] == "internal"
    assert expose["loadBalancerSourceRanges"] == ["10.1.0.0/16"]


# What one region's stack leaves to the other's.


def test_the_stack_of_one_region_asks_the_other_ones_cluster_nothing(survivor: Graph) -> None:
    assert {one.name for one in survivor.all("ManagedDatabase")} == {f"{name}-eu-central-1" for name in NAMES}
    kubernetes = [one for one in survivor if one.type.startswith("kubernetes:") or one.type.startswith("pulumi:prov")]
    assert kubernetes
    assert not [one.urn for one in kubernetes if "eu-west-1" in f"{one.provider} {one.name}"]
    assert [one.name for one in survivor.all("BackupBucket")] == ["eu-central-1-backups"]


def test_the_stack_of_one_region_registers_the_same_objects_as_the_stack_of_all(prod: Graph, survivor: Graph) -> None:
    whole = {one.urn: one.inputs for one in prod if one.custom}
    assert {one.urn: one.inputs for one in survivor if one.custom} == {
        urn: inputs for urn, inputs in whole.items() if any(one.urn == urn for one in survivor)
    }
    mine = {one.name for one in survivor if one.custom}
    assert {one.name for one in prod if one.custom and "eu-central-1" in one.name} == {
        name for name in mine if "eu-central-1" in name
    }
    assert survivor.exports["topologies"] == prod.exports["topologies"]
    assert set(survivor.exports["topology_sites"]["orders"]) == {"eu-central-1"}


def test_another_primary_region_changes_no_object_of_a_database(definitions: Path, prod: Graph) -> None:
    given = topologies()
    for one in given:
        one["primary_region"] = "eu-central-1"
        one["epoch"] = 2
    moved = graph_of(definitions, topologies=given)
    kinds = {ENGINES[engine].kind for engine in NAMES.values()}
    before, after = ({one.urn: one for one in graph if one.kind in kinds} for graph in (prod, moved))
    assert set(before) == set(after)
    for urn, one in before.items():
        ignored = set(one.ignore_changes)
        assert ignored == set(after[urn].ignore_changes)
        assert without(one.inputs, ignored) == without(after[urn].inputs, ignored)


def without(inputs: Any, paths: set[str], at: str = "") -> Any:
    """A copy without what an update leaves alone."""
    if not isinstance(inputs, dict):
        return inputs
    found: dict[str, Any] = {}
    for key, value in inputs.items():
        plain, quoted = (f"{at}.{key}" if at else key), f'{at}["{key}"]'
        if not {plain, quoted} & paths:
            found[key] = without(value, paths, plain)
    return found


# What is refused, all of it at once.


def test_everything_wrong_with_topologies_and_databases_is_told_in_one_round() -> None:
    given = topologies()
    given[0]["mode"] = "channels"
    given[1]["regions"]["eu-west-2"] = {"hosts": ["a"]}
    given[2]["lag_limit"] = {"bytes": "1Mi", "measure": "operator"}
    given[1]["database"]["size"] = "enormous"
    given[1]["trafic"] = {}
    del given[2]["regions"]["eu-central-1"]
    given[3]["regions_present"] = ["eu-west-1"]
    given[3]["regions"]["eu-west-1"]["provider"] = "eu"
    databases = [{"name": "billing", "namespace": "finance", "engine": "nosuch"}]
    assert set(refused(topologies=given, databases=databases, regions_present=["mars"])) == {
        "dbaas:topologies[0].mode",
        "dbaas:topologies[1].regions.eu-west-2",
        "dbaas:topologies[2].regions",
        "dbaas:topologies[1].database.size",
        "dbaas:topologies[1].trafic",
        "dbaas:topologies[3].regions_present",
        "dbaas:topologies[3].regions.eu-west-1.provider",
        "dbaas:topologies",
        "dbaas:databases[0].engine",
        "dbaas:regions_present[0]",
    }


def test_one_name_for_two_is_refused_over_databases_and_topologies() -> None:
    databases = [{"name": "orders", "namespace": "other", "engine": "pg"}]
    assert refused(databases=databases) == {
        "dbaas:topologies": 'databases[0] and topologies[0] are both named "orders"; rename one'
    }


def test_two_that_are_one_object_in_a_region_are_refused() -> None:
    databases = [{"name": "ledger-eu-west-1", "namespace": "finance", "engine": "ps"}]
    told = refused(databases=databases)
    assert told["dbaas:topologies[3]"].startswith('is ps "ledger-eu-west-1" in namespace finance of eu-west-1')
    given = [*topologies(), {**topologies()[0], "name": "again"}]
    given[4]["database"] = {**given[4]["database"], "name": "orders"}
    assert set(refused(topologies=given)) == {"dbaas:topologies[4]"}
    told = refused(databases=[{"name": "ledger-eu-west-1", "namespace": "finance", "engine": "pg"}])
    assert set(told) == {"dbaas:topologies[3]"}
    assert "both would write Services and Secrets of that name" in told["dbaas:topologies[3]"]


def test_two_regions_that_are_one_cluster_are_refused() -> None:
    regions = copy.deepcopy(PROJECT.config("prod")["dbaas:regions"])
    regions[1]["context"] = regions[0]["context"]
    told = refused(regions=regions)
    assert set(told) == {"dbaas:regions"}
    assert "two regions that are one are no topology" in told["dbaas:regions"]


def test_a_topology_needs_a_lease_in_a_third_place() -> None:
    assert refused(failover=None) == {
        "dbaas:failover": "says neither witness nor lease, and a topology's lease has to be in a third place; write one"
    }
    assert "third place" in refused(failover={"witness": {"context": "dbaas-prod-eu-west-1"}})["dbaas:failover"]
    assert set(refused(failover={"witnes": {}, "witness": {"context": "x"}})) == {"dbaas:failover.witnes"}


def test_each_topology_has_its_own_lease_object_and_may_say_its_own_times() -> None:
    lease = {"bucket": "leases", "region": "eu-north-1"}
    told = refused(failover={"lease": {**lease, "key": "lease"}})
    assert set(told) == {"dbaas:failover.lease.key"}
    given = topologies()
    given[0]["failover"] = {"automatic": True, "promote_seconds": 5}
    found = settings_of(failover={"lease": {**lease, "key": "leases/{topology}"}}, topologies=given).documents
    assert [one["lease"]["key"] for one in found.values()] == [f"leases/{name}" for name in NAMES]
    assert [one["automatic"] for one in found.values()] == [True, False, False, False]
    unsafe = refused(topologies=[{**given[0], "failover": {"timing": {"challenger_wait": 61, "fence_seconds": 40}}}])
    assert any("two sites could take writes" in message for message in unsafe.values())
    assert all(path.startswith("dbaas:topologies[0].failover.timing") for path in unsafe)


def test_regions_without_a_store_or_networks_are_told_where_to_write_them() -> None:
    regions = copy.deepcopy(PROJECT.config("prod")["dbaas:regions"])
    del regions[1]["platform"]["secret_store"]
    told = refused(regions=regions)
    assert set(told) == {f"dbaas:topologies[{index}].regions.eu-central-1.store" for index in range(4)}
    assert all("secret_store" in message for message in told.values())


GUIDE = (PROJECT.folder / "docs" / "settings.md").read_text()


def test_the_guides_topology_is_one() -> None:
    (block,) = [one.partition("```")[0] for one in GUIDE.split("```yaml\n") if one.startswith("dbaas:failover")]
    given = yaml.safe_load(block)
    found = settings_of(databases=None, **{key.partition(":")[2]: value for key, value in given.items()})
    assert [one.design.topology.mode for one in found.topologies] == ["channels"]


# The agents of `dbaas:failover.agents`.


def test_prod_has_an_agent_for_each_topology_and_region_with_owner_image_and_witness(prod: Graph) -> None:
    agents = {one.name: one for one in prod.all("FailoverAgent")}
    assert set(agents) == {f"{name}-{region}-agent" for name in NAMES for region in REGIONS}
    for name, region in ((name, region) for name in NAMES for region in REGIONS):
        (pod,) = [one for one in prod.all("StatefulSet") if one.name == f"{name}-{region}-agent-statefulset"]
        assert f"::{region}::" in f"{pod.provider}::"
        spec = pod.inputs["spec"]["template"]["spec"]
        assert spec["containers"][0]["image"] == "registry.example.com/dbaas-dr-agent:0.1.0"
        assert {"name": "witness", "secret": {"secretName": f"dbaas-dr-{name}-witness"}} in spec["volumes"]
        labels = pod.inputs["metadata"]["labels"]
        assert labels[OWNER] == "database-platform"
        assert labels[COST_CENTRE] == "4711"
        assert labels[ENVIRONMENT] == "production"
        assert labels[TENANT] == pod.inputs["metadata"]["namespace"]
        # Its namespace comes first.
        agent = agents[f"{name}-{region}-agent"]
        assert f"{region}-{labels[TENANT]}" in {one.name for one in prod.dependency_closure(agent)}


def test_the_program_of_an_agent_is_the_same_from_every_machine(prod: Graph) -> None:
    (program,) = [one for one in prod.all("ConfigMap") if one.name == "orders-eu-west-1-agent-configmap"]
    told = json.loads(program.inputs["data"]["agent.json"])
    assert told["region"] == "eu-west-1"
    assert "endpoints" not in told or told["endpoints"] == {}
    assert "dbaas-prod" not in program.inputs["data"]["agent.json"]


def test_the_stack_of_one_region_has_that_regions_agents_alone(survivor: Graph) -> None:
    assert {one.name for one in survivor.all("FailoverAgent")} == {f"{name}-eu-central-1-agent" for name in NAMES}


def test_without_settings_of_agents_there_are_none_and_a_topology_may_leave_its_own_out() -> None:
    witness = {"context": "dbaas-prod-witness"}
    assert settings_of(failover={"witness": witness}).agents == {}
    given = topologies()
    given[0]["failover"] = {"agents": None}
    assert set(settings_of(topologies=given).agents) == {"catalog", "billing", "ledger"}


def test_agents_that_promote_by_themselves_are_told_where_every_site_answers() -> None:
    given = topologies()
    given[2]["failover"] = {"automatic": True}
    agents = settings_of(topologies=given).agents["billing"]
    assert agents["eu-west-1"]["endpoints"] == {
        "eu-west-1": "billing.eu-west-1.db.example.com:3306",
        "eu-central-1": "billing.eu-central-1.db.example.com:3306",
    }


def test_agents_measure_the_lag_where_the_settings_ask_for_it_and_their_operator_does_not() -> None:
    assert all("lag" not in one for one in settings_of().agents["billing"].values())
    failover = {"witness": {"context": "dbaas-prod-witness"}, "agents": {"image": "x", "measure_lag": True}}
    agents = settings_of(failover=failover).agents
    assert {name for name, found in agents.items() if "lag" in found["eu-west-1"]} == {"billing", "catalog", "ledger"}
    assert agents["billing"]["eu-west-1"]["lag"] == {
        "hosts": [f"billing-pxc-{index}.billing-pxc.finance.svc" for index in range(3)],
        "secret": "billing-secrets",
        "authority_secret": "billing-ssl",
    }
    assert agents["ledger"]["eu-west-1"]["lag"]["hosts"][0] == (
        "ledger-eu-west-1-mysql-0.ledger-eu-west-1-mysql.finance.svc"
    )
    members = agents["catalog"]["eu-west-1"]["lag"]
    assert members["replica_sets"]["rs0"][2] == "catalog-rs0-2.catalog-rs0.shop.svc.cluster.local"
    assert (members["secret"], members["verify_hosts"]) == ("catalog-secrets", True)


def test_what_is_wrong_with_agents_is_told_under_the_key_that_says_it() -> None:
    witness = {"context": "dbaas-prod-witness"}
    assert set(refused(failover={"witness": witness, "agents": {"imag": "x"}})) == {
        "dbaas:failover.agents.imag",
        "dbaas:failover.agents.image",
    }
    assert refused(failover={"witness": witness, "agents": "x"}) == {
        "dbaas:failover.agents": '"x" is not a mapping; write image, or null for no agents'
    }
    given = topologies()
    given[0]["failover"] = {"agents": {"image": ["x"]}}
    assert set(refused(topologies=given)) == {"dbaas:topologies[0].failover.agents.image"}
    lease = {"bucket": "leases", "key": "leases/{topology}"}
    told = refused(failover={"lease": lease, "automatic": True, "agents": {"image": "x"}})
    assert set(told) == {"dbaas:failover.agents.endpoints"}
