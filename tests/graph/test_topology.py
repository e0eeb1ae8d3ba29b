"""`DatabaseTopology` as it is registered: providers, parents, order, what is left to the failover tool."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pytest

from dbaas_components import ManagedDatabase, SpecError
from dbaas_components.databases.engines import ENGINES
from dbaas_components.dr.topology.component import DatabaseTopology
from dbaas_components.dr.topology.parsing import parse_topology
from dbaas_components.dr.topology.plan import ignored
from dbaas_components.errors import RefusedInput
from dbaas_components.evaluate import Graph, Resource, evaluate
from dbaas_components.evaluate.values import Secret
from tests.unit.topology.examples import EXAMPLES, example

OUTPUTS = {
    "sites",
    "engine",
    "mode",
    "primary_region",
    "epoch",
    "roles",
    "lag_limit",
    "limits",
    "traffic_ttl",
    "traffic",
    "record",
}


def register(given: dict[str, Any], name: str = "orders", /, **providers: Any) -> DatabaseTopology:
    regions = {
        region: {**settings, **({"provider": providers[region]} if region in providers else {})}
        for region, settings in given["regions"].items()
    }
    arguments: Any = {**given, "regions": regions}
    return DatabaseTopology(name, arguments)


def topology(name: str, **changes: Any) -> Graph:
    def program() -> None:
        providers = {region: k8s.Provider(region, context=region) for region in ("eu", "us")}
        register(example(name, **changes), **providers)

    return evaluate(program)


def holds_secret(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(holds_secret, value.values()))
    if isinstance(value, list):
        return any(map(holds_secret, value))
    return isinstance(value, Secret)


def databases(graph: Graph, engine: str) -> dict[str, Resource]:
    found = [one for one in graph if one.kind == ENGINES[engine].kind]
    return {one.name.removeprefix("orders-").removesuffix("-database"): one for one in found}


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_region_has_one_database_with_its_own_provider(name):
    graph = topology(name)
    engine = EXAMPLES[name]["engine"]
    found = databases(graph, engine)
    assert set(found) == {"eu", "us"}
    component = graph.one("DatabaseTopology")
    for region, database in found.items():
        assert f"::{region}" in (database.provider or "")
        assert database.protect is True
        managed = next(one for one in graph if one.urn == database.parent)
        assert managed.type == "dbaas:index:ManagedDatabase"
        assert managed.parent == component.urn
    # What is None is no output to the engine.
    assert OUTPUTS - set(component.outputs) <= {"lag_limit", "traffic_ttl", "traffic", "record"}
    assert set(component.outputs) <= OUTPUTS


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_object_of_a_region_goes_to_that_regions_cluster(name):
    for one in topology(name):
        if one.type.startswith("kubernetes:"):
            region = "eu" if one.name.startswith("orders-eu") else "us"
            assert f"pulumi:providers:kubernetes::{region}" in (one.provider or ""), one.name


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_fields_of_the_role_are_left_to_the_failover_tool(name):
    graph = topology(name)
    design = parse_topology("orders", example(name))
    for region, database in databases(graph, EXAMPLES[name]["engine"]).items():
        paths = ignored(design, design.sites[region])["database"]
        assert set(paths) <= set(database.ignore_changes)
        assert "spec.pause" in database.ignore_changes
    if name == "ps-cluster_set":
        (cluster_set,) = [one for one in graph if one.kind == "PerconaServerMySQLClusterSet"]
        assert set(cluster_set.ignore_changes) == {"spec.primaryCluster", "spec.unsafeFlags.forcedFailover"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_standby_waits_for_the_secrets_that_the_primary_pushes(name):
    graph = topology(name)
    found = databases(graph, EXAMPLES[name]["engine"])
    urns = {one.urn: one for one in graph}

    def behind(resource: Resource) -> set[str]:
        seen: set[str] = set()
        waiting = [resource.urn]
        while waiting:
            one = urns.get(waiting.pop())
            if one is None or one.urn in seen:
                continue
            seen.add(one.urn)
            waiting += [*one.dependencies, *([one.parent] if one.parent else [])]
        return seen - {resource.urn}

    pushes = {one.urn for one in graph if one.kind == "PushSecret"}
    takes = {one.urn for one in graph if one.kind == "ExternalSecret"}
    assert pushes
    assert len(pushes) == len(takes)
    assert pushes | takes | {found["eu"].urn} <= behind(found["us"])
    assert found["us"].urn not in behind(found["eu"])


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_secret_value_passes_through_the_program(name):
    graph = topology(name)
    assert not [one for one in graph if one.type == "kubernetes:core/v1:Secret"]
    assert not [one.name for one in graph if holds_secret(one.inputs) or holds_secret(one.outputs)]


def test_a_region_that_is_not_present_is_not_touched_and_needs_no_provider():
    def program() -> None:
        register(example("pg-both", regions_present=["us"]), us=k8s.Provider("us", context="us"))

    graph = evaluate(program)
    assert set(databases(graph, "pg")) == {"us"}
    assert not [one for one in graph if "eu" in (one.provider or "").rpartition("::")[2]]
    outputs = graph.one("DatabaseTopology").outputs
    assert set(outputs["sites"]) == {"us"}
    assert set(outputs["roles"]) == {"eu", "us"}


def test_the_outputs_say_what_the_failover_tool_needs():
    outputs = topology("pg-streaming", traffic={"service": {"ttl": 5}}).one("DatabaseTopology").outputs
    assert outputs["traffic_ttl"] == 5
    assert outputs["traffic"]["us"] == {"kind": "service", "name": "orders-primary-site"}
    assert outputs["lag_limit"] == {"bytes": "64Mi", "seconds": None, "measure": "operator"}
    assert outputs["roles"]["us"]["roles"]["us"][0] == {
        "object": "database",
        "path": "spec.standby.enabled",
        "value": False,
    }
    assert outputs["sites"]["us"]["kind"] == "PerconaPGCluster"
    assert all(sentence.endswith(".") for sentence in outputs["limits"])


@pytest.mark.parametrize(
    ("traffic", "token", "ignored_path", "value"),
    [
        (
            {"route53": {"zone_id": "Z1", "name": "orders.example.com"}},
            "aws:route53/record:Record",
            "records",
            {"records": ["eu-0.db.example.com"], "ttl": 30, "type": "CNAME", "name": "orders.example.com"},
        ),
        (
            {"cloud_dns": {"managed_zone": "zone", "name": "orders.example.com", "ttl": 60}},
            "gcp:dns/recordSet:RecordSet",
            "rrdatas",
            {"rrdatas": ["eu-0.db.example.com."], "ttl": 60, "name": "orders.example.com."},
        ),
    ],
)
def test_a_record_of_a_cloud_points_to_the_primary_and_is_then_left_alone(traffic, token, ignored_path, value):
    (record,) = [one for one in topology("pxc-channels", traffic=traffic) if one.type == token]
    assert record.ignore_changes == (ignored_path,)
    assert value.items() <= record.inputs.items()


def test_a_record_is_registered_by_one_stack_of_several():
    traffic = {"route53": {"zone_id": "Z1", "name": "orders.example.com"}}

    def program(region: str) -> Any:
        given = example("pxc-channels", traffic=traffic, regions_present=[region])
        return lambda: register(given, **{region: k8s.Provider(region, context=region)})

    counts = [len([one for one in evaluate(program(region)) if one.type.startswith("aws:")]) for region in ("eu", "us")]
    assert counts == [1, 0]


def test_services_of_both_regions_point_to_the_primary():
    graph = topology("pxc-channels", traffic={"service": {}})
    services = [one for one in graph if one.type == "kubernetes:core/v1:Service"]
    assert len(services) == 2
    assert {one.inputs["spec"]["externalName"] for one in services} == {"eu-0.db.example.com"}
    assert {one.ignore_changes for one in services} == {("spec.externalName",)}


def test_only_the_primarys_service_bears_the_name_for_external_dns():
    graph = topology("pxc-channels", traffic={"external_dns": {"name": "orders.example.com"}})
    services = {one.name: one for one in graph if one.type == "kubernetes:core/v1:Service"}
    hostname = "external-dns.alpha.kubernetes.io/hostname"
    named = {name for name, one in services.items() if hostname in one.inputs["metadata"]["annotations"]}
    assert named == {"orders-eu-traffic"}
    assert {one.ignore_changes for one in services.values()} == {(f'metadata.annotations["{hostname}"]',)}


def test_two_topologies_over_one_database_are_refused():
    def program() -> None:
        providers = {region: k8s.Provider(region, context=region) for region in ("eu", "us")}
        register(example("pxc-channels"), **providers)
        register({**example("pxc-channels"), "name": "orders"}, "again", **providers)

    with pytest.raises(SpecError, match='database "orders" in namespace shop is of topology "orders" already'):
        evaluate(program)


@pytest.mark.parametrize("engine", ["pxc", "pg"], ids=["of one engine", "of two engines"])
@pytest.mark.parametrize("name", ["other", "orders-eu"], ids=["of another name", "of the site's own name"])
def test_a_site_and_a_database_of_one_name_in_one_namespace_of_one_cluster_are_refused(engine, name):
    message = '"orders" is the name of another database in namespace shop, that of component'
    given: Any = {"engine": engine, "namespace": "shop", "name": "orders"}

    def database_last() -> None:
        providers = {region: k8s.Provider(region, context=region) for region in ("eu", "us")}
        register(example("pxc-channels"), **providers)
        with pytest.raises(SpecError, match=message):
            ManagedDatabase(name, given, pulumi.ResourceOptions(providers=[providers["us"]]))

    def topology_last() -> None:
        providers = {region: k8s.Provider(region, context=region) for region in ("eu", "us")}
        ManagedDatabase(name, given, pulumi.ResourceOptions(providers=[providers["eu"]]))
        with pytest.raises(SpecError, match=rf"regions\.eu\.database\.name: {message}"):
            register(example("pxc-channels"), **providers)

    assert len(databases(evaluate(database_last), "pxc")) == 2
    # Nothing of the topology was registered.
    assert not evaluate(topology_last).all("DatabaseTopology")


def test_a_database_of_a_sites_name_in_another_cluster_or_namespace_lives_beside_it():
    def program() -> None:
        providers = {region: k8s.Provider(region, context=region) for region in ("eu", "us", "asia")}
        register(example("pxc-channels"), **{region: providers[region] for region in ("eu", "us")})
        for place, namespace in (("asia", "shop"), ("eu", "other")):
            given: Any = {"engine": "pxc", "namespace": namespace, "name": "orders"}
            ManagedDatabase(place, given, pulumi.ResourceOptions(providers=[providers[place]]))

    assert len(evaluate(program).all("ManagedDatabase")) == 4


def test_two_topologies_over_one_database_are_refused_by_whatever_name_they_call_its_region():
    def program() -> None:
        providers = {region: k8s.Provider(region, context=region) for region in ("eu", "us")}
        register(example("pxc-channels"), **providers)
        given = example("pxc-channels")
        given["regions"] = {f"{region}-1": found for region, found in given["regions"].items()}
        renamed = {f"{region}-1": provider for region, provider in providers.items()}
        register({**given, "primary_region": "eu-1", "name": "orders"}, "again", **renamed)

    message = r'regions\.eu-1\.database\.name: "orders" is the name of another database in namespace shop'
    with pytest.raises(SpecError, match=message):
        evaluate(program)


def test_one_program_after_another_may_have_the_same_database():
    assert len(topology("pxc-channels")) == len(topology("pxc-channels"))


def test_one_provider_for_two_regions_is_refused():
    def program() -> None:
        provider = k8s.Provider("eu", context="eu")
        register(example("pxc-channels"), eu=provider, us=provider)

    with pytest.raises(SpecError, match="two regions that are one are no topology"):
        evaluate(program)


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("ways", [{"context": "eu"}, {"kubeconfig": "clusters: []"}, {"context": "eu", "cluster": "a"}])
def test_two_providers_of_one_cluster_are_refused(ways, dry_run):
    def program() -> None:
        register(example("pxc-channels"), eu=k8s.Provider("eu", **ways), us=k8s.Provider("us", **ways))

    with pytest.raises(RefusedInput, match="two regions that are one are no topology") as refused:
        evaluate(program, dry_run=dry_run)
    (problem,) = refused.value.problems
    assert problem.path == "regions.us.provider"
    assert "clusters: []" not in str(refused.value)


@pytest.mark.slow
def test_providers_that_may_lead_to_two_clusters_are_taken():
    def two_contexts() -> None:
        providers = {one: k8s.Provider(one, kubeconfig="clusters: []", context=one) for one in ("eu", "us")}
        register(example("pxc-channels"), **providers)

    def of_clusters_that_are_not_there_yet() -> None:
        made = {one: k8s.core.v1.ConfigMap(one, metadata={"name": one}) for one in ("eu", "us")}
        # Only an update knows their identifiers, and the context of each is called the same.
        providers = {one: k8s.Provider(one, kubeconfig=made[one].id, context="main") for one in made}
        register(example("pxc-channels"), **providers)

    for program, dry_run in ((two_contexts, False), (of_clusters_that_are_not_there_yet, True)):
        assert set(databases(evaluate(program, dry_run=dry_run), "pxc")) == {"eu", "us"}


def test_a_region_that_is_present_needs_a_kubernetes_provider():
    with pytest.raises(SpecError, match=r"regions\.us\.provider: is required"):
        evaluate(lambda: register(example("pxc-channels"), eu=k8s.Provider("eu", context="eu")))
    with pytest.raises(SpecError, match=r'regions\.us\.provider: "us" is no Kubernetes provider'):
        evaluate(lambda: register(example("pxc-channels"), eu=k8s.Provider("eu", context="eu"), us="us"))


def test_gates_of_a_region_hold_back_only_that_region():
    def program() -> None:
        providers = {region: k8s.Provider(region, context=region) for region in ("eu", "us")}
        options = pulumi.ResourceOptions(provider=providers["us"])
        gate = k8s.core.v1.Namespace("gate", metadata={"name": "shop"}, opts=options)
        given = example("pxc-channels")
        given["regions"]["us"]["depends_on"] = [gate]
        register(given, **providers)

    graph = evaluate(program)
    gate = graph.one("Namespace").urn
    waiting = {one.name for one in graph if gate in one.dependencies}
    assert waiting
    assert all(name.startswith("orders-us") for name in waiting)
