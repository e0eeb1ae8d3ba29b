"""The custom resources that specifications become: what must hold for every engine, and what each engine needs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from dbaas_components.databases.engine import Engine
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.operator_owned import ALWAYS, owned_paths
from dbaas_components.databases.sizes import PROFILES, SIZES
from dbaas_components.databases.spec import parse_database
from dbaas_components.quantities import Quantity
from dbaas_components.versions import VERSIONS
from tests.unit.ps.examples import FULL as PS
from tests.unit.psmdb.examples import FULL as PSMDB
from tests.unit.pxc.examples import FULL as PXC

EVERY = [
    (engine, version, profile, size)
    for engine in ENGINES
    for version, profile, size in itertools.product(ENGINES[engine].versions.series, PROFILES, SIZES[engine])
]


def rendered(engine: str, **args: Any) -> dict[str, Any]:
    spec = parse_database("orders", {"engine": engine, "namespace": "shop", **args})
    return ENGINES[engine].render(spec)


def values_at(document: Any, path: str) -> list[Any]:
    """The values at a path such as `spec.replsets[*].volumeSpec`."""
    found = [document]
    for part in path.replace("[*]", ".*").split("."):
        if part == "*":
            found = [item for value in found for item in value]
        else:
            found = [value[part] for value in found if part in value]
    return found


def walk(document: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(document, dict):
        for key, value in document.items():
            yield key, value
            yield from walk(value)
    elif isinstance(document, list):
        for value in document:
            yield from walk(value)


# Where each engine keeps what all of them have.
SERVERS = {"pxc": "spec.pxc", "ps": "spec.mysql", "psmdb": "spec.replsets[*]", "pg": "spec.instances[*]"}
PROXIES = {"pxc": "spec.haproxy", "ps": "spec.proxy.haproxy", "pg": "spec.proxy.pgBouncer"}
COUNT = {"pxc": "size", "ps": "size", "psmdb": "size", "pg": "replicas"}
CLAIM = dict.fromkeys(ENGINES, "volumeSpec.persistentVolumeClaim") | {"pg": "dataVolumeClaimSpec"}
SERVER_IMAGE = {"pxc": "spec.pxc.image", "ps": "spec.mysql.image", "psmdb": "spec.image", "pg": "spec.image"}


@pytest.mark.parametrize(("engine", "version", "profile", "size"), EVERY)
def test_every_custom_resource_is_whole_and_pinned_and_deletes_nothing(engine, version, profile, size):
    row = ENGINES[engine]
    document = rendered(engine, version=version, profile=profile, size=size)
    assert (document["apiVersion"], document["kind"]) == (row.api_version, row.kind)
    assert document["metadata"]["name"] == "orders"
    assert document["metadata"]["namespace"] == "shop"
    assert "finalizers" not in document["metadata"]
    assert document["spec"]["crVersion"] == VERSIONS[engine].operator
    images = [value for key, value in walk(document) if key == "image"]
    assert images
    assert all(image.startswith("docker.io/percona/") and ":" in image for image in images)
    assert values_at(document, SERVER_IMAGE[engine]) == [f"docker.io/{VERSIONS[engine].series[version]['server']}"]
    assert None not in [value for _, value in walk(document)]


@pytest.mark.parametrize("engine", ENGINES)
def test_replicas_storage_and_resources_arrive_where_the_operator_reads_them(engine):
    document = rendered(engine, replicas=5, storage={"size": "70Gi", "storage_class": "fast"}, size="medium")
    (server,) = values_at(document, SERVERS[engine])
    assert server[COUNT[engine]] == 5
    (claim,) = values_at(server, CLAIM[engine])
    assert claim["resources"]["requests"]["storage"] == "70Gi"
    assert claim["storageClassName"] == "fast"
    size = SIZES[engine]["medium"]
    assert server["resources"] == {
        "requests": {"cpu": size.cpu, "memory": size.memory},
        "limits": {"memory": size.memory},
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_without_a_storage_class_none_is_named(engine):
    assert "storageClassName" not in dict(walk(rendered(engine)))


@pytest.mark.parametrize("engine", PROXIES)
def test_the_proxy_grows_with_the_profile(engine):
    for name, profile in PROFILES.items():
        (proxy,) = values_at(rendered(engine, profile=name), PROXIES[engine])
        assert proxy[COUNT[engine]] == profile.proxies
        assert proxy["resources"]["requests"] == {"cpu": profile.proxy.cpu, "memory": profile.proxy.memory}
    assert [profile.proxies for profile in PROFILES.values()] == [1, 2, 3]


@pytest.mark.parametrize("engine", ["pxc", "ps", "psmdb"])
def test_no_two_replicas_share_a_node_except_where_one_node_must_do(engine):
    for profile, key in {"dev": "none", "standard": "kubernetes.io/hostname"}.items():
        (server,) = values_at(rendered(engine, profile=profile), SERVERS[engine])
        assert server["affinity"] == {"antiAffinityTopologyKey": key}


def test_postgresql_keeps_its_replicas_apart_by_their_labels():
    assert values_at(rendered("pg", profile="dev"), "spec.instances[*].affinity") == []
    (affinity,) = values_at(rendered("pg"), "spec.instances[*].affinity")
    (term,) = affinity["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert term["topologyKey"] == "kubernetes.io/hostname"
    assert term["labelSelector"]["matchLabels"]["postgres-operator.crunchydata.com/cluster"] == "orders"


@pytest.mark.parametrize("engine", ENGINES)
def test_only_critical_databases_are_spread_over_zones(engine):
    for profile in PROFILES:
        document = rendered(engine, profile=profile)
        groups = [*values_at(document, SERVERS[engine])]
        if engine in PROXIES:
            groups += values_at(document, PROXIES[engine])
        for group in groups:
            spread = group.get("topologySpreadConstraints")
            assert (spread is not None) == (profile == "critical")
            if spread:
                assert spread[0]["topologyKey"] == "topology.kubernetes.io/zone"
                assert "orders" in spread[0]["labelSelector"]["matchLabels"].values()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_node_drain_takes_one_replica_at_most(engine):
    for profile in PROFILES:
        (server,) = values_at(rendered(engine, profile=profile), SERVERS[engine])
        if engine == "pg":
            assert server["minAvailable"] == server["replicas"] - 1
        else:
            assert server["podDisruptionBudget"] == {"maxUnavailable": 1}


@pytest.mark.parametrize(
    ("engine", "flags"),
    [("pxc", ("pxcSize", "proxySize")), ("ps", ("mysqlSize", "proxySize")), ("psmdb", ("replsetSize",))],
)
def test_only_a_single_replica_switches_the_operators_size_checks_off(engine, flags):
    for profile, expected in {"dev": True, "standard": False, "critical": False}.items():
        unsafe = rendered(engine, profile=profile)["spec"]["unsafeFlags"]
        assert {flag: unsafe[flag] for flag in flags} == dict.fromkeys(flags, expected)
    three = rendered(engine, profile="dev", replicas=3)["spec"]["unsafeFlags"]
    assert three[flags[0]] is False
    assert not any(value for flag, value in three.items() if flag not in flags)


@pytest.mark.parametrize("engine", ["pxc", "ps", "psmdb"])
def test_operators_neither_upgrade_by_themselves_nor_refuse_to_grow_a_volume(engine):
    spec = rendered(engine)["spec"]
    assert spec["upgradeOptions"]["apply"] == "disabled"
    assert spec["updateStrategy"] == "SmartUpdate"
    assert spec["storageScaling"] == {"enableVolumeScaling": True}


def test_tls_is_on_and_required_of_mongodb_clients_except_in_dev():
    assert rendered("pxc")["spec"]["tls"]["enabled"] is True
    modes = {profile: rendered("psmdb", profile=profile)["spec"]["tls"]["mode"] for profile in PROFILES}
    assert modes == {"dev": "preferTLS", "standard": "requireTLS", "critical": "requireTLS"}


def test_mysql_has_one_proxy_and_says_so_of_the_other():
    pxc, ps = rendered("pxc")["spec"], rendered("ps")["spec"]
    assert (pxc["haproxy"]["enabled"], pxc["proxysql"]["enabled"]) == (True, False)
    assert (ps["proxy"]["haproxy"]["enabled"], ps["proxy"]["router"]["enabled"]) == (True, False)
    assert ps["orchestrator"] == {"enabled": False}
    assert ps["toolkit"]["image"].startswith("docker.io/percona/percona-toolkit:")


def test_mongodb_users_get_a_secret_of_their_own_database():
    assert rendered("psmdb")["spec"]["secrets"]["users"] == "orders-secrets"
    assert rendered("psmdb")["spec"]["replsets"][0]["name"] == "rs0"
    assert rendered("psmdb")["spec"]["backup"]["enabled"] is False


def test_postgresql_archives_into_a_repository_that_is_pruned_and_larger_than_the_data():
    pgbackrest = rendered("pg", storage="100Gi")["spec"]["backups"]["pgbackrest"]
    (repository,) = pgbackrest["repos"]
    assert repository["name"] == "repo1"
    assert set(repository["schedules"]) == {"full", "differential"}
    assert pgbackrest["global"]["repo1-retention-full"] == "2"
    size = repository["volume"]["volumeClaimSpec"]["resources"]["requests"]["storage"]
    assert Quantity.parse(size) > Quantity.parse("200Gi")


def test_postgresql_users_may_create_tables_on_every_version():
    for version in VERSIONS["pg"].series:
        spec = rendered("pg", version=version)["spec"]
        assert spec["postgresVersion"] == int(version)
        granted = {"name": "orders", "databases": ["orders"], "grantPublicSchemaAccess": int(version) >= 15}
        assert spec["users"] == [granted]


def test_a_mirror_is_used_for_every_image():
    for engine in ENGINES:
        document = rendered(engine, image_registry="mirror.example.com/hub")
        images = [value for key, value in walk(document) if key == "image"]
        assert all(image.startswith("mirror.example.com/hub/percona/") for image in images)


def test_rendering_is_pure_and_leaves_out_a_namespace_that_is_not_known():
    for engine in ENGINES.values():
        spec = parse_database("orders", {"engine": engine.name, "namespace": "shop"})
        assert engine.render(spec) == engine.render(spec)
        late = spec.model_copy(update={"namespace": ""})
        assert "namespace" not in engine.render(late)["metadata"]


def test_the_secret_that_credentials_point_to_is_the_one_that_the_custom_resource_names():
    named = {
        "pxc": ("spec.secretsName", "spec.sslSecretName"),
        "ps": ("spec.secretsName", "spec.sslSecretName"),
        "psmdb": ("spec.secrets.users", "spec.secrets.ssl"),
    }
    for engine, (users, ca) in named.items():
        spec = parse_database("orders", {"engine": engine, "namespace": "shop"})
        assert values_at(ENGINES[engine].render(spec), users) == [ENGINES[engine].credentials(spec)[0]]
        assert values_at(ENGINES[engine].render(spec), ca) == [ENGINES[engine].ca(spec)[0]]
    spec = parse_database("orders", {"engine": "pg", "namespace": "shop"})
    user = ENGINES["pg"].render(spec)["spec"]["users"][0]["name"]
    assert ENGINES["pg"].credentials(spec)[0] == f"orders-pguser-{user}"


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_every_service_name_fits_kubernetes_at_the_longest_database_name(engine: Engine):
    longest = "a" * engine.name_limit.characters
    spec = parse_database(longest, {"engine": engine.name, "namespace": "shop"})
    for service in engine.endpoints(spec).values():
        assert len(service.service) <= 63


def test_fields_are_left_to_an_operator_only_while_it_writes_them():
    for engine in ENGINES:
        assert owned_paths(engine, ()) == []
        assert owned_paths(engine, [ALWAYS]) == []
    assert owned_paths("pxc", ["storage_autoscaling"]) == [
        "spec.pxc.volumeSpec.persistentVolumeClaim.resources.requests.storage"
    ]
    assert owned_paths("pg", ["storage_autoscaling"]) == []
    assert {"spec.image", "spec.backup.image"} <= set(owned_paths("psmdb", ["automatic_upgrade"]))


# What the operators' upgrade code of these versions does not write.
NEVER_UPGRADED = {"spec.backup.pitr.binlogServer.image", "spec.logcollector.image"}


@pytest.mark.parametrize("engine", ["pxc", "ps", "psmdb"])
def test_an_automatic_upgrade_owns_every_image_that_its_operator_writes(engine):
    example = {"pxc": PXC, "ps": PS, "psmdb": PSMDB}[engine]
    for name, args in example.items():
        document = rendered(engine, **{key: value for key, value in args.items() if key not in ("engine", "namespace")})
        images = {path for path in paths(document) if path.endswith(".image")}
        assert images <= {*owned_paths(engine, ["automatic_upgrade"]), *NEVER_UPGRADED}, name


def paths(document: Any, path: str = "") -> Iterator[str]:
    """The path of every single value, with `[*]` for each item of a list."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from paths(value, f"{path}.{key}" if path else key)
    elif isinstance(document, list):
        for value in document:
            yield from paths(value, f"{path}[*]")
    else:
        yield path
