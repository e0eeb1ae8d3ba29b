"""What a specification becomes: every field where the PG operator reads it."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import yaml

from dbaas_components.databases.composition import compose, connections
from dbaas_components.databases.pg import ENGINE
from dbaas_components.databases.spec import DatabaseSpec, parse_database
from tests.strategies.coverage import Coverage
from tests.unit.pg.examples import FULL


def database(**args: Any) -> DatabaseSpec:
    return parse_database("orders", {"engine": "pg", "namespace": "shop", **args})


def rendered(**args: Any) -> dict[str, Any]:
    return ENGINE.render(database(**args))["spec"]


def full(name: str) -> dict[str, Any]:
    return ENGINE.render(parse_database("orders", FULL[name]))["spec"]


def test_the_examples_say_every_field_that_the_engine_takes_and_write_every_field_of_its_models():
    coverage = Coverage("pg")
    for arguments in FULL.values():
        named = {"name": "orders", **arguments}
        coverage.count(named, compose(parse_database("orders", named)).manifests())
    # Whether a running database is taken over is nothing that is rendered, and recovery is nothing to switch off here.
    assert {*coverage.left} <= {"adopt", "automatic_recovery"}
    assert coverage.unwritten == []


def test_instances_of_every_set_have_their_own_volumes_and_settings():
    first, reports, spare = full("pooled")["instances"]
    assert [one["name"] for one in (first, reports, spare)] == ["primaries", "reports", "spare"]
    assert [one["replicas"] for one in (first, reports, spare)] == [3, 2, 1]
    assert [one["minAvailable"] for one in (first, reports, spare)] == [1, 0, 0]
    assert first["dataVolumeClaimSpec"]["storageClassName"] == "fast-ssd"
    assert first["walVolumeClaimSpec"]["resources"] == {"requests": {"storage": "20Gi"}}
    assert reports["dataVolumeClaimSpec"]["resources"] == {"requests": {"storage": "300Gi"}}
    assert reports["walVolumeClaimSpec"]["storageClassName"] == "cold-hdd"
    assert first["resources"] == {
        "requests": {"cpu": "3", "memory": "12Gi"},
        "limits": {"cpu": "4", "memory": "13Gi"},
    }
    # Of its own only the memory; the CPU is the database's.
    assert reports["resources"]["requests"] == {"cpu": "3", "memory": "16Gi"}
    assert reports["resources"]["limits"] == {"cpu": "4", "memory": "20Gi"}
    assert spare["dataVolumeClaimSpec"]["storageClassName"] == "cold-hdd"
    assert spare["resources"] == first["resources"]
    assert "tolerations" not in spare


def test_pods_run_where_and_as_they_are_told():
    first = full("pooled")["instances"][0]
    (term,) = first["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    assert term["matchExpressions"] == [
        {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["eu-1a", "eu-1b", "eu-1c"]},
        {"key": "pool", "operator": "In", "values": ["databases"]},
        {"key": "disk", "operator": "In", "values": ["nvme"]},
    ]
    (apart,) = first["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert apart["topologyKey"] == "kubernetes.io/hostname"
    # No set in it: instances of two sets stand in for each other too.
    assert apart["labelSelector"]["matchLabels"] == {
        "postgres-operator.crunchydata.com/cluster": "orders",
        "postgres-operator.crunchydata.com/data": "postgres",
    }
    assert [one["whenUnsatisfiable"] for one in first["topologySpreadConstraints"]] == ["ScheduleAnyway"]
    assert first["tolerations"] == [
        {"key": "dedicated", "operator": "Equal", "value": "databases", "effect": "NoSchedule"},
        {"key": "maintenance", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
        {"operator": "Exists"},
    ]
    assert first["priorityClassName"] == "databases"
    assert first["envFrom"] == [{"secretRef": {"name": "server-environment"}}]
    assert first["metadata"] == {
        "labels": {"example.com/tier": "data"},
        "annotations": {"example.com/scrape": "true"},
    }


def test_a_set_of_which_nothing_is_said_is_as_large_as_the_first():
    first, other = rendered(instance_sets=[{"name": "other"}], storage={"size": "30Gi", "log_size": "5Gi"})["instances"]
    assert {key: value for key, value in first.items() if key not in ("name", "replicas", "minAvailable")} == {
        key: value for key, value in other.items() if key not in ("name", "replicas", "minAvailable")
    }


def test_node_labels_alone_do_not_keep_pods_apart():
    (instances,) = rendered(profile="dev", pods={"node_labels": {"pool": "db"}})["instances"]
    assert list(instances["affinity"]) == ["nodeAffinity"]


def test_the_pooler_has_its_settings_as_text():
    pooler = full("pooled")["proxy"]["pgBouncer"]
    assert pooler["config"]["global"] == {
        "pool_mode": "transaction",
        "default_pool_size": "40",
        "max_client_conn": "2000",
        "server_idle_timeout": "300",
        "query_wait_timeout": "60",
        "tcp_keepalive": "1",
    }
    assert pooler["exposeSuperusers"] is True
    assert pooler["replicas"] == 4
    assert pooler["minAvailable"] == 2
    assert pooler["envFrom"] == [{"secretRef": {"name": "pooler-environment"}}]
    assert pooler["expose"] == {
        "type": "LoadBalancer",
        "annotations": {"external-dns.alpha.kubernetes.io/hostname": "orders.example.com"},
        "labels": {"example.com/edge": "internal"},
        "loadBalancerClass": "eks.amazonaws.com/nlb",
        "loadBalancerSourceRanges": ["10.0.0.0/8", "192.168.0.0/16"],
    }


def test_with_a_pooler_the_primary_is_exposed_apart_and_without_one_it_is_the_write_endpoint():
    pooled, direct = full("pooled"), full("direct")
    assert pooled["expose"]["loadBalancerSourceRanges"] == ["10.1.0.0/16"]
    assert pooled["exposeReplicas"]["loadBalancerSourceRanges"] == ["10.3.0.0/16"]
    assert full("sourced")["exposeReplicas"] == {"type": "NodePort"}
    assert direct["expose"] == {"type": "ClusterIP", "annotations": {"example.com/primary": "yes"}}
    assert "proxy" not in direct


def test_parameters_go_through_patroni_because_the_operator_reads_no_other_place():
    spec = full("pooled")
    assert spec["patroni"] == {
        "leaderLeaseDurationSeconds": 60,
        "syncPeriodSeconds": 15,
        "dynamicConfiguration": {
            "synchronous_mode": True,
            "maximum_lag_on_failover": 1048576,
            "postgresql": {
                "parameters": {
                    "pgaudit.log": "ddl,role,write",
                    "log_connections": "on",
                    "log_disconnections": "on",
                    "archive_timeout": "30s",
                    "max_connections": 500,
                    "shared_buffers": "2GB",
                    "random_page_cost": "1.1",
                    "jit": "off",
                    "autovacuum": "on",
                    "wal_level": "logical",
                }
            },
        },
    }
    assert "config" not in spec


def test_a_parameter_that_is_given_goes_before_what_the_audit_log_would_set():
    spec = rendered(audit=True, parameters={"pgaudit.log": "all"})
    assert spec["patroni"]["dynamicConfiguration"]["postgresql"]["parameters"]["pgaudit.log"] == "all"
    assert spec["extensions"] == {"builtin": {"pg_audit": True}}


@pytest.mark.parametrize(("rpo", "expected"), [("30s", "30s"), ("1m", None), ("1h", None)])
def test_logs_are_shipped_as_often_as_the_objective_wants_where_the_operators_minute_is_too_long(rpo, expected):
    patroni = rendered(slo={"rpo": rpo, "rto": "1h"}).get("patroni", {})
    parameters = patroni.get("dynamicConfiguration", {}).get("postgresql", {}).get("parameters", {})
    assert parameters.get("archive_timeout") == expected


def test_what_is_not_given_keeps_the_operators_own_value():
    spec = rendered(profile="standard")
    assert {
        "patroni",
        "extensions",
        "expose",
        "exposeReplicas",
        "tls",
        "secrets",
        "pmm",
        "pause",
        "metadata",
    }.isdisjoint(spec)
    assert set(spec["proxy"]["pgBouncer"]).isdisjoint({"config", "expose", "exposeSuperusers", "customTLSSecret"})


def test_extensions_that_are_not_asked_for_are_left_to_the_operator():
    assert full("pooled")["extensions"]["builtin"] == {
        "pg_stat_monitor": True,
        "pg_audit": True,
        "pgvector": True,
        "pg_repack": True,
    }


def test_users_have_databases_options_and_secrets():
    app, reader, superuser = full("pooled")["users"]
    assert app == {
        "name": "orders-app",
        "databases": ["orders", "invoices"],
        "options": "CREATEDB CONNECTION LIMIT 50",
        "password": {"type": "AlphaNumeric"},
        "secretName": "orders-app-login",
        "grantPublicSchemaAccess": True,
    }
    assert reader == {"name": "reader", "databases": ["orders"]}
    assert superuser == {"name": "postgres"}


def test_without_users_one_of_the_databases_own_name_has_every_database():
    assert rendered()["users"] == [{"name": "orders", "databases": ["orders"], "grantPublicSchemaAccess": True}]
    assert rendered(databases=["a", "b"])["users"] == [
        {"name": "orders", "databases": ["a", "b"], "grantPublicSchemaAccess": True}
    ]


def test_an_issuer_signs_certificates_that_the_operator_and_the_pooler_show():
    spec = parse_database("orders", FULL["pooled"])
    found = {one.role: one.manifest for one in compose(spec).before}
    server, replication = found["server-certificate"], found["replication-certificate"]
    assert server["spec"]["secretName"] == "orders-server-tls"
    assert server["spec"]["issuerRef"] == {"name": "dbaas-ca", "kind": "ClusterIssuer", "group": "cert-manager.io"}
    assert server["spec"]["duration"] == "720h"
    names = server["spec"]["dnsNames"]
    # The pooler calls the primary by its bare name and checks it; clients use the names of the outputs.
    assert "orders-primary" in names
    assert {*connections(spec).hosts.values()} <= {*names}
    assert "*.orders-pods.shop.svc" in names
    assert names[-2:] == ["orders.example.com", "orders-read.example.com"]
    assert replication["spec"]["commonName"] == "_crunchyrepl"
    assert replication["metadata"]["namespace"] == "shop"
    rendered = ENGINE.render(spec)["spec"]
    assert rendered["secrets"] == {
        "customTLSSecret": {"name": "orders-server-tls"},
        "customReplicationTLSSecret": {"name": "orders-replication-tls"},
    }
    assert rendered["proxy"]["pgBouncer"]["customTLSSecret"] == {"name": "orders-server-tls"}
    assert rendered["tls"] == {"certValidityDuration": "720h", "caValidityDuration": "8760h"}


def test_ready_made_certificates_make_no_others():
    spec = parse_database("orders", FULL["direct"])
    assert [one.role for one in compose(spec).before] == []
    assert ENGINE.render(spec)["spec"]["secrets"] == {
        "customTLSSecret": {"name": "own-server"},
        "customReplicationTLSSecret": {"name": "own-replication"},
    }
    assert ENGINE.render(spec)["spec"]["tls"] == {"certValidityDuration": "1h30m"}
    assert full("single")["secrets"] == {"customRootCATLSSecret": {"name": "company-root"}}


def test_connections_without_tls_are_refused_where_it_is_required():
    assert rendered(tls={"required": True})["tlsOnly"] is True
    assert "tlsOnly" not in rendered(tls={"required": False})


def test_pmm_reads_its_token_from_a_secret_of_its_own():
    assert full("pooled")["pmm"] == {
        "enabled": True,
        "image": "mirror.example.com:5000/docker-hub/percona/pmm-client:3.7.1",
        "imagePullPolicy": "IfNotPresent",
        "secret": "pmm-token",
        "serverHost": "monitoring-service.pmm",
        "querySource": "pgstatmonitor",
        "customClusterName": "shop-orders",
        "postgresParams": "--environment=production",
        "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"cpu": "200m", "memory": "512Mi"}},
    }
    assert full("direct")["pmm"]["secret"] == "orders-pmm-secret"
    assert full("direct")["pmm"]["enabled"] is False


def test_finalizers_that_delete_are_there_only_when_they_were_asked_for():
    metadata = ENGINE.render(parse_database("orders", FULL["pooled"]))["metadata"]
    assert metadata["finalizers"] == ["percona.com/delete-pvc", "percona.com/delete-ssl", "percona.com/delete-backups"]
    for profile in ("dev", "standard", "critical"):
        assert "finalizers" not in ENGINE.render(database(profile=profile))["metadata"]


def test_pause_images_and_pull_secrets_arrive():
    spec = full("pooled")
    assert spec["pause"] is True
    assert spec["image"] == "mirror.example.com/postgresql:17.10-custom"
    assert spec["backups"]["pgbackrest"]["image"].startswith("mirror.example.com:5000/docker-hub/percona/")
    assert spec["imagePullSecrets"] == [{"name": "registry-login"}]


def test_no_object_holds_a_secret_value():
    """Names of Secrets and keys only: nothing that could be decoded into one, and no Secret object at all."""
    for name, args in FULL.items():
        manifests = compose(parse_database("orders", args)).manifests()
        assert "Secret" not in {manifest["kind"] for manifest in manifests}, name
        text = yaml.safe_dump_all(manifests)
        for word in (
            "stringData",
            "s3-key:",
            "s3-key-secret",
            "azure-key:",
            "cipher-pass",
            base64.b64encode(b"pass").decode(),
        ):
            assert word not in text
