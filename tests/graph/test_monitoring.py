"""`MonitoringStack`, `DatabaseAlerts`, `FleetAlerts` and `Dashboards` as they are registered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dbaas_components import SpecError
from dbaas_components.bootstrap.monitoring import MonitoringStack
from dbaas_components.evaluate import Graph, evaluate
from dbaas_components.observability.dashboards.component import Dashboards
from dbaas_components.observability.database_alerts import DatabaseAlerts
from dbaas_components.observability.fleet_alerts import FleetAlerts

OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "test"}
OWNER_LABELS = {"dbaas-components.io/owner", "dbaas-components.io/cost-centre", "dbaas-components.io/environment"}
RELEASE = "kubernetes:helm.sh/v3:Release"
RULE = "kubernetes:monitoring.coreos.com/v1:PrometheusRule"
DATABASE = {
    "namespace": "shop",
    "engine": "pg",
    "profile": "standard",
    "storage": "10Gi",
    "owner": "shop-team",
    "cost_centre": "12",
    "backup": {
        "storages": {
            "main": {
                "type": "s3",
                "bucket": "b",
                "region": "r",
                "endpoint": "https://s3.example.com",
                "credentials": "c",
            }
        },
        "schedules": [{"name": "daily", "cron": "0 1 * * *"}],
    },
    "slo": {"rpo": "20m", "rto": "2h"},
}


def stack(**args: Any) -> Graph:
    given: Any = {"ownership": OWNERSHIP, **args}
    return evaluate(lambda: MonitoringStack("monitoring", given))


def releases(graph: Graph) -> dict[str, Any]:
    return {one.inputs["chart"]: one for one in graph.all(RELEASE)}


def test_definitions_come_first_and_kube_state_metrics_last():
    graph = stack()
    found = releases(graph)
    assert set(found) == {"prometheus-operator-crds", "kube-prometheus-stack", "kube-state-metrics"}
    before = graph.dependency_closure(found["kube-state-metrics"])
    assert {found["prometheus-operator-crds"], found["kube-prometheus-stack"]} <= set(before)
    assert found["prometheus-operator-crds"] in set(graph.dependency_closure(found["kube-prometheus-stack"]))
    assert all(one.inputs["skipCrds"] for one in found.values())


def test_kube_state_metrics_runs_once_and_with_our_configuration():
    found = releases(stack())
    assert found["kube-prometheus-stack"].inputs["values"]["kubeStateMetrics"] == {"enabled": False}
    values = found["kube-state-metrics"].inputs["values"]
    assert len(values["customResourceState"]["config"]["spec"]["resources"]) == 12
    assert not {"secrets", "configmaps"} & set(values["collectors"])
    assert values["prometheus"]["monitor"]["http"]["honorLabels"] is True


def test_deleting_it_leaves_the_definitions_and_is_refused_for_the_namespace():
    graph = stack()
    values = releases(graph)["prometheus-operator-crds"].inputs["values"]
    assert values["crds"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    assert graph.one("Namespace").protect
    assert not stack(create_namespace=False).all("Namespace")


def test_beside_an_existing_prometheus_only_the_databases_are_read():
    graph = stack(existing=True, select_labels={"release": "prometheus"})
    (only,) = graph.all(RELEASE)
    assert (only.inputs["chart"], only.inputs["name"]) == ("kube-state-metrics", "dbaas-kube-state-metrics")
    values = only.inputs["values"]
    assert values["extraArgs"] == ["--custom-resource-state-only"]
    assert values["collectors"] == []
    assert values["prometheus"]["monitor"]["additionalLabels"] == {"release": "prometheus"}
    assert graph.one("dbaas:index:MonitoringStack").outputs["select_labels"] == {"release": "prometheus"}


def test_sizes_and_retention_are_what_was_asked_for():
    values = releases(stack(storage="100Gi", retention="30d", replicas=3, storage_class="fast"))
    spec = values["kube-prometheus-stack"].inputs["values"]["prometheus"]["prometheusSpec"]
    assert (spec["retention"], spec["retentionSize"], spec["replicas"]) == ("30d", "81920MiB", 3)
    claim = spec["storageSpec"]["volumeClaimTemplate"]
    assert claim["spec"]["resources"]["requests"]["storage"] == "100Gi"
    assert claim["spec"]["storageClassName"] == "fast"
    assert set(claim["metadata"]["labels"]) >= OWNER_LABELS


def test_grafana_is_off_unless_its_password_is_there():
    assert releases(stack())["kube-prometheus-stack"].inputs["values"]["grafana"] == {"enabled": False}
    graph = stack(grafana={"admin_secret": "grafana-admin"})
    grafana = releases(graph)["kube-prometheus-stack"].inputs["values"]["grafana"]
    assert grafana["admin"] == {"existingSecret": "grafana-admin"}
    assert graph.secret_values() == []


def test_an_isolated_namespace_lets_the_api_server_ask_the_webhook():
    names = {one.inputs["metadata"]["name"] for one in stack(isolated=True).all("NetworkPolicy")}
    assert names == {"own-namespace-only", "operator-webhook"}
    assert not stack().all("NetworkPolicy")


def test_nodes_are_measured_only_where_the_namespace_may_be_privileged():
    def level(graph: Graph) -> str:
        return graph.one("Namespace").inputs["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]

    assert level(stack()) == "baseline"
    assert level(stack(node_exporter=True)) == "privileged"


def test_wrong_arguments_are_refused_before_anything_is_registered():
    with pytest.raises(SpecError, match=r'^monitoring stack "monitoring": 3 problems') as caught:
        stack(retention="long", grafana={"admin_password": "hunter2"})
    assert "hunter2" not in str(caught.value)


def alerts(database: Any = DATABASE, **args: Any) -> Graph:
    given: Any = {"database": database, **args}
    return evaluate(lambda: DatabaseAlerts("orders", given))


def rules(graph: Graph) -> dict[str, Any]:
    return {rule["alert"]: rule for group in graph.one(RULE).inputs["spec"]["groups"] for rule in group["rules"]}


def test_alerts_of_a_database_follow_from_its_objectives():
    graph = alerts(runbooks="https://runbooks.example.com/", select_labels={"release": "prometheus"})
    found = rules(graph)
    assert found["DatabaseRecoveryPointTooOld"]["expr"].split(" > ")[1].split(" ")[0] == "1200"
    assert "> 7200 " in found["DatabaseRestoreStuck"]["expr"]
    assert found["DatabaseDown"]["annotations"]["runbook_url"] == "https://runbooks.example.com/DatabaseDown.md"
    labels = found["DatabaseDown"]["labels"]
    assert (labels["owner"], labels["cost_centre"], labels["database"]) == ("shop-team", "12", "orders")
    metadata = graph.one(RULE).inputs["metadata"]
    assert (metadata["name"], metadata["namespace"]) == ("dbaas-pg-orders", "shop")
    assert metadata["labels"]["release"] == "prometheus"
    assert metadata["labels"]["dbaas-components.io/owner"] == "shop-team"


def test_what_is_not_watched_is_told_with_the_reason():
    outputs = alerts().one("dbaas:index:DatabaseAlerts").outputs
    assert outputs["not_told"] == ["errors: the operator of pg has no such state; such a database stays initializing"]
    bare = {key: value for key, value in DATABASE.items() if key not in {"backup", "slo"}} | {"engine": "ps"}
    graph = alerts(bare)
    assert "DatabaseBackupTooOld" not in rules(graph)
    told = graph.one("dbaas:index:DatabaseAlerts").outputs["not_told"]
    assert [one.split(":")[0] for one in told] == ["age of backups", "replication lag"]


def test_thresholds_of_ones_own_take_the_place_of_those_that_follow():
    found = rules(alerts(thresholds={"backup_age": "48h", "pause": "2d"}))
    assert "> 172800 " in found["DatabaseBackupTooOld"]["expr"]
    assert "[2d]" in found["DatabasePausedTooLong"]["expr"]


def test_a_database_that_cannot_be_is_refused_with_its_path():
    with pytest.raises(SpecError, match=r"database\.replicas"):
        alerts({**DATABASE, "replicas": 0})
    with pytest.raises(SpecError, match=r"thresholds\.pauze"):
        alerts(thresholds={"pauze": "2d"})


def test_a_namespace_that_is_known_too_late_is_refused():
    def program() -> None:
        import pulumi

        given: Any = {"database": {"engine": "pg", "storage": "10Gi", "namespace": pulumi.Output.from_input("shop")}}
        DatabaseAlerts("orders", given)

    with pytest.raises(SpecError, match=r"database\.namespace: is an output of another resource"):
        evaluate(program)


def test_alerts_of_a_fleet_name_its_operators():
    given: Any = {"ownership": OWNERSHIP, "operators": [{"engine": "pxc", "namespace": "percona-operators"}]}
    graph = evaluate(lambda: FleetAlerts("main", given))
    found = rules(graph)
    assert set(found) == {"DatabaseOperatorDown", "DatabaseMetricsSourceDown"}
    assert 'deployment="pxc-operator"' in found["DatabaseOperatorDown"]["expr"]
    assert found["DatabaseOperatorDown"]["labels"]["owner"] == "dba"
    with pytest.raises(SpecError, match="operators: is empty"):
        evaluate(lambda: FleetAlerts("main", {"ownership": OWNERSHIP, "operators": []}))


def test_dashboards_are_placed_where_the_sidecar_finds_them():
    given: Any = {"ownership": OWNERSHIP, "folder": "Databases"}
    made = evaluate(lambda: Dashboards("dashboards", given)).all("ConfigMap")
    assert len(made) == 4
    for one in made:
        metadata = one.inputs["metadata"]
        assert metadata["labels"]["grafana_dashboard"] == "1"
        assert set(metadata["labels"]) >= OWNER_LABELS
        assert metadata["annotations"] == {"grafana_folder": "Databases"}
        (content,) = one.inputs["data"].values()
        assert json.loads(content)["panels"]
        assert len(content) < 1_000_000


def registries(values: Any) -> list[str]:
    """Every registry that is named anywhere in a chart's values."""
    if isinstance(values, dict):
        own = [values["registry"]] if isinstance(values.get("registry"), str) else []
        return own + [one for value in values.values() for one in registries(value)]
    return []


def test_with_a_mirror_every_image_is_the_mirrors():
    graph = stack(sources={"mirror": "mirror.example.com/dbaas"}, node_exporter=True, grafana={"admin_secret": "g"})
    for chart, one in releases(graph).items():
        assert one.inputs["chart"].startswith("oci://mirror.example.com/dbaas/charts/"), chart
        assert all(name.startswith("mirror.example.com/dbaas/") for name in registries(one.inputs["values"]))
    stack_values = releases(graph)["oci://mirror.example.com/dbaas/charts/kube-prometheus-stack"].inputs["values"]
    # Prometheus' operator, its reloader, Thanos' name, Prometheus, Alertmanager, nodes, Grafana, its sidecar.
    assert len(registries(stack_values)) == 8
