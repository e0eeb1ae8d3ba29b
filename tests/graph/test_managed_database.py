"""`ManagedDatabase` as it is registered: children, options, outputs, and what it refuses."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pulumi
import pulumi_kubernetes as k8s
import pytest
from pulumi.provider.experimental.analyzer import Analyzer

from dbaas_components import CustomResourceDefinitions, KubernetesObject, ManagedDatabase, SpecError
from dbaas_components.databases import managed
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.operator_owned import owned_paths
from dbaas_components.databases.spec import parse_database
from dbaas_components.evaluate import Graph, evaluate

OUTPUTS = [
    "endpoints",
    "ports",
    "uris",
    "write_endpoint",
    "host",
    "port",
    "credentials",
    "ca",
    "name",
    "namespace",
    "api_version",
    "kind",
]


def database(engine: str = "pg", name: str = "orders", **args: Any) -> Graph:
    given: Any = {"engine": engine, "namespace": "shop", **args}
    return evaluate(lambda: ManagedDatabase(name, given))


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_a_database_is_one_component_with_one_custom_resource(engine):
    graph = database(engine.name)
    component, leaf = graph.one("ManagedDatabase"), graph.one(engine.kind)
    assert [component.urn, leaf.urn] == sorted((resource.urn for resource in graph), key=len)
    assert component.type == "dbaas:index:ManagedDatabase"
    assert leaf.parent == component.urn
    assert leaf.name == "orders-database"
    spec = parse_database("orders", {"engine": engine.name, "namespace": "shop"})
    assert leaf.inputs == engine.render(spec)


@pytest.mark.parametrize(("profile", "protected"), [("dev", False), ("standard", True), ("critical", True)])
def test_deletion_protection_is_on_the_custom_resource_and_follows_the_profile(profile, protected):
    for engine in ENGINES.values():
        graph = database(engine.name, profile=profile)
        assert graph.one(engine.kind).protect is protected
        assert graph.one("ManagedDatabase").protect is False


def test_deletion_protection_can_be_set_against_the_profile():
    assert database(profile="dev", deletion_protection=True).one("PerconaPGCluster").protect is True
    assert database(deletion_protection=False).one("PerconaPGCluster").protect is False


def test_no_field_is_ignored_while_no_feature_hands_one_to_the_operator():
    for engine in ENGINES.values():
        assert database(engine.name).one(engine.kind).ignore_changes == ()


def test_a_field_is_ignored_once_a_feature_hands_it_to_the_operator():
    growing: Any = {"storage": {"size": "20Gi", "autoscale": {"max_size": "1Ti"}}}
    for engine in ("pxc", "ps", "psmdb"):
        ignored = database(engine, **growing).one(ENGINES[engine].kind).ignore_changes
        assert ignored == tuple(owned_paths(engine, ["storage_autoscaling"]))
        assert ignored
    handed_over: Any = {"maintenance": {"handed_over": ["automatic_upgrade"]}}
    assert "spec.image" in database("psmdb", **handed_over).one("PerconaServerMongoDB").ignore_changes


def test_the_database_may_have_another_name_than_the_component():
    graph = evaluate(lambda: ManagedDatabase("team/Orders", {"engine": "pg", "namespace": "shop", "name": "orders"}))
    assert graph.one("PerconaPGCluster").inputs["metadata"]["name"] == "orders"
    assert graph.one("ManagedDatabase").outputs["credentials"] == "shop/orders-pguser-orders/password"


def test_two_databases_live_side_by_side():
    def program() -> None:
        for name in ("orders", "billing"):
            for engine in ENGINES:
                ManagedDatabase(f"{name}-{engine}", {"engine": engine, "namespace": "shop"})

    assert len(evaluate(program)) == 2 * 2 * len(ENGINES)


@pytest.mark.parametrize("engine", ["pg", "pxc"], ids=["of one engine", "of two engines"])
def test_two_databases_of_one_name_in_one_namespace_are_refused(engine):
    def program() -> None:
        ManagedDatabase("orders", {"engine": "pg", "namespace": "shop"})
        message = (
            'database "orders": name: "orders" is the name of another database in namespace shop, that of component '
            '"orders", and both would write the same objects; give one of them another name or namespace'
        )
        with pytest.raises(SpecError, match=f"^{message}$"):
            ManagedDatabase("more-orders", {"engine": engine, "namespace": "shop", "name": "orders"})
        ManagedDatabase("other-orders", {"engine": engine, "namespace": "other", "name": "orders"})

    for _ in range(2):
        graph = evaluate(program)
        assert [one.name for one in graph if one.type.startswith("kubernetes:")] == [
            "orders-database",
            "other-orders-database",
        ]


def test_databases_of_one_name_in_two_kubernetes_clusters_live_side_by_side():
    def program() -> None:
        for region in ("east", "west"):
            provider = k8s.Provider(region, context=region)
            options = pulumi.ResourceOptions(providers=[provider])
            ManagedDatabase(f"orders-{region}", {"engine": "pg", "namespace": "shop", "name": "orders"}, options)
        region = k8s.Provider("north", context="north")
        parent = pulumi.ComponentResource("test:Region", "north", None, pulumi.ResourceOptions(providers=[region]))
        options = pulumi.ResourceOptions(parent=parent)
        ManagedDatabase("orders-north", {"engine": "pg", "namespace": "shop", "name": "orders"}, options)

    databases = [one for one in evaluate(program) if one.kind == "PerconaPGCluster"]
    assert len(databases) == 3
    assert len({one.provider for one in databases}) == 3


BUCKET: dict[str, Any] = {"type": "s3", "bucket": "backups", "region": "eu-west-1", "credentials": "s3"}


@pytest.mark.parametrize("engine", ENGINES)
def test_two_databases_in_one_path_of_a_bucket_are_refused_also_in_two_kubernetes_clusters(engine):
    place = {**BUCKET, "endpoint": "https://s3.example.com"}

    def made(component: str, region: k8s.Provider, **storage: Any) -> None:
        storages = {"main": {**place, **storage}}
        args: Any = {"engine": engine, "namespace": "shop", "name": "orders", "backup": {"storages": storages}}
        ManagedDatabase(component, args, pulumi.ResourceOptions(providers=[region]))

    def program() -> None:
        made("orders-east", k8s.Provider("east", context="east"))
        west = k8s.Provider("west", context="west")
        message = (
            'database "orders": backup.storages.main.prefix: "shop/orders/1" in bucket backups is where component '
            '"orders-east" keeps its backups, and neither could read its own any more; give one of them another prefix'
        )
        with pytest.raises(SpecError, match=f"^{message}$"):
            made("orders-west", west)
        made("orders-north", k8s.Provider("north", context="north"), prefix="north/shop/orders/1")
        made("orders-south", k8s.Provider("south", context="south"), bucket="others")

    assert len([one for one in evaluate(program) if one.kind == ENGINES[engine].kind]) == 3


def test_a_component_of_another_name_may_have_the_database_in_the_next_run():
    for component in ("orders", "shop-orders"):
        graph = evaluate(
            lambda component=component: ManagedDatabase(
                component, {"engine": "pg", "namespace": "shop", "name": "orders"}
            )
        )
        assert graph.one("ManagedDatabase").name == component


@pytest.mark.parametrize(
    ("engine", "expected"),
    [
        (
            "pxc",
            {
                "endpoints": {
                    "write": "orders-haproxy.shop:3306",
                    "read": "orders-haproxy-replicas.shop:3306",
                    "admin": "orders-haproxy.shop:33062",
                    "internal": "orders-pxc.shop:3306",
                },
                "write_endpoint": "orders-haproxy.shop:3306",
                "host": "orders-haproxy.shop",
                "port": 3306,
                "credentials": "shop/orders-secrets/root",
                "ca": "shop/orders-ssl/ca.crt",
                "api_version": "pxc.percona.com/v1",
                "kind": "PerconaXtraDBCluster",
            },
        ),
        (
            "ps",
            {
                "endpoints": {
                    "write": "orders-haproxy.shop:3306",
                    "read": "orders-haproxy.shop:3307",
                    "admin": "orders-mysql-primary.shop:33062",
                    "internal": "orders-mysql.shop:3306",
                },
                "write_endpoint": "orders-haproxy.shop:3306",
                "host": "orders-haproxy.shop",
                "port": 3306,
                "credentials": "shop/orders-secrets/root",
                "ca": "shop/orders-ssl/ca.crt",
                "api_version": "ps.percona.com/v1",
                "kind": "PerconaServerMySQL",
            },
        ),
        (
            "psmdb",
            {
                "endpoints": dict.fromkeys(
                    ("write", "read", "admin", "internal"), "orders-rs0.shop.svc.cluster.local:27017"
                ),
                "write_endpoint": "orders-rs0.shop.svc.cluster.local:27017",
                "host": "orders-rs0.shop.svc.cluster.local",
                "port": 27017,
                "credentials": "shop/orders-secrets/MONGODB_DATABASE_ADMIN_PASSWORD",
                "ca": "shop/orders-ssl/ca.crt",
                "api_version": "psmdb.percona.com/v1",
                "kind": "PerconaServerMongoDB",
            },
        ),
        (
            "pg",
            {
                "endpoints": {
                    "write": "orders-pgbouncer.shop.svc:5432",
                    "read": "orders-replicas.shop.svc:5432",
                    "admin": "orders-primary.shop.svc:5432",
                    "internal": "orders-pods.shop.svc:5432",
                },
                "write_endpoint": "orders-pgbouncer.shop.svc:5432",
                "host": "orders-pgbouncer.shop.svc",
                "port": 5432,
                "credentials": "shop/orders-pguser-orders/password",
                "ca": "shop/orders-cluster-cert/ca.crt",
                "api_version": "pgv2.percona.com/v2",
                "kind": "PerconaPGCluster",
            },
        ),
    ],
)
def test_outputs_say_where_to_connect_and_where_the_secrets_are(engine, expected):
    outputs = database(engine).one("ManagedDatabase").outputs
    assert sorted(outputs) == sorted(OUTPUTS)
    complete = {**expected, "name": "orders", "namespace": "shop"}
    assert {name: outputs[name] for name in complete} == complete


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("profile", ["dev", "standard"])
def test_every_engine_has_the_four_ways_in_each_with_port_and_uri(engine, profile):
    outputs = database(engine, profile=profile).one("ManagedDatabase").outputs
    assert {"write", "read", "admin", "internal"} <= set(outputs["endpoints"])
    assert set(outputs["uris"]) == set(outputs["ports"]) == set(outputs["endpoints"])
    for purpose, endpoint in outputs["endpoints"].items():
        assert endpoint.endswith(f":{outputs['ports'][purpose]}")
        assert endpoint in outputs["uris"][purpose]
        parsed = urlsplit(outputs["uris"][purpose])
        assert parsed.username
        assert parsed.password is None


@pytest.mark.parametrize("engine", ENGINES)
def test_a_single_replica_is_read_from_where_it_is_written(engine):
    endpoints = database(engine, profile="dev").one("ManagedDatabase").outputs["endpoints"]
    assert endpoints["read"] == endpoints["write"]


def test_attributes_are_what_was_registered():
    def program() -> None:
        orders = ManagedDatabase("orders", {"engine": "pg", "namespace": "shop"})
        pulumi.export("attributes", {name: getattr(orders, name) for name in OUTPUTS})

    graph = evaluate(program)
    assert graph.exports["attributes"] == graph.one("ManagedDatabase").outputs
    assert sorted(managed.DatabaseOutputs.__annotations__) == sorted(OUTPUTS)


@pytest.mark.parametrize("dry_run", [False, True])
def test_outputs_are_known_in_a_preview_and_whoever_uses_one_waits_for_the_database(dry_run):
    def program() -> None:
        orders = ManagedDatabase("orders", {"engine": "pg", "namespace": "shop"})
        KubernetesObject(
            "app",
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "app", "namespace": "shop"},
                "data": {"database": orders.write_endpoint},
            },
        )

    graph = evaluate(program, dry_run=dry_run)
    app = graph.one("ConfigMap")
    assert app.inputs["data"]["database"] == "orders-pgbouncer.shop.svc:5432"
    assert graph.one("PerconaPGCluster").urn in app.dependencies


def test_errors_point_to_the_users_own_line():
    place = database().one("ManagedDatabase").place
    assert "test_managed_database.py" in place


def test_other_languages_see_every_argument_and_output_with_its_description():
    described = Analyzer("dbaas").analyze([ManagedDatabase, CustomResourceDefinitions])["component_definitions"]
    database = described["ManagedDatabase"]
    optional = {name for name, property_ in database.inputs.items() if property_.optional}
    assert set(database.inputs) - optional == {"engine", "namespace"}
    assert all(property_.description for property_ in database.inputs.values())
    assert sorted(database.outputs_mapping.values()) == sorted(OUTPUTS)
    assert set(described["CustomResourceDefinitions"].outputs) == {"ready"}


def test_an_attribute_that_was_never_published_does_not_exist():
    def program() -> None:
        orders = ManagedDatabase("orders", {"engine": "pg", "namespace": "shop"})
        with pytest.raises(AttributeError, match="ManagedDatabase has no attribute 'pasword'"):
            _ = orders.pasword  # type: ignore[attr-defined]

    evaluate(program)


def test_the_namespace_may_come_from_another_resource():
    def program() -> None:
        namespace = k8s.core.v1.Namespace("shop", metadata={"name": "shop"})
        orders = ManagedDatabase("orders", {"engine": "pxc", "namespace": namespace.metadata.name})
        pulumi.export("write", orders.write_endpoint)

    graph = evaluate(program)
    leaf = graph.one("PerconaXtraDBCluster")
    assert leaf.inputs["metadata"]["namespace"] == "shop"
    assert graph.one("Namespace").urn in leaf.dependencies
    assert graph.one("ManagedDatabase").outputs["credentials"] == "shop/orders-secrets/root"
    assert graph.exports["write"] == "orders-haproxy.shop:3306"


def test_no_secret_value_passes_through_the_program():
    for engine in ENGINES:
        graph = database(engine)
        assert graph.secret_values() == []
        assert "password:" not in graph.text().lower()


def test_a_refused_database_registers_nothing():
    def program() -> None:
        with pytest.raises(SpecError, match="replicas 4 is even; Galera needs an odd count of 3 or 5"):
            ManagedDatabase("orders", {"engine": "pxc", "namespace": "shop", "replicas": 4})

    assert len(evaluate(program)) == 0


def test_the_callers_options_stay_on_the_component():
    def program() -> None:
        before = k8s.core.v1.ConfigMap("before", metadata={"name": "before"})
        ManagedDatabase(
            "orders",
            {"engine": "pg", "namespace": "shop", "profile": "dev"},
            pulumi.ResourceOptions(depends_on=[before], aliases=[pulumi.Alias(name="old")], protect=True),
        )

    graph = evaluate(program)
    component, leaf = graph.one("ManagedDatabase"), graph.one("PerconaPGCluster")
    assert component.protect
    assert graph.one("ConfigMap").urn in component.dependencies
    assert leaf.aliases == ()


def test_the_provider_of_the_component_serves_the_custom_resource():
    def program() -> None:
        provider = k8s.Provider("east", context="east")
        ManagedDatabase("orders", {"engine": "pg", "namespace": "shop"}, pulumi.ResourceOptions(providers=[provider]))

    graph = evaluate(program)
    assert "::east" in (graph.one("PerconaPGCluster").provider or "")
