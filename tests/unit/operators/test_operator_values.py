"""What the operators' charts and objects are given."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.charts import value_problems
from dbaas_components.bootstrap.operators.extras import disruption_budget, metrics_service, service_account
from dbaas_components.bootstrap.operators.ps import operator_objects
from dbaas_components.bootstrap.operators.rows import OPERATORS
from dbaas_components.bootstrap.operators.spec import Installation, OperatorsSpec
from dbaas_components.databases.engines import ENGINES
from dbaas_components.errors import SpecError
from dbaas_components.versions.charts import CHARTS

OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "test"}
OWNER_LABELS = {"dbaas-components.io/owner", "dbaas-components.io/cost-centre", "dbaas-components.io/environment"}
CHARTED = [engine for engine, row in OPERATORS.items() if row.values]


def parsed(**args: Any) -> OperatorsSpec:
    return parse_arguments(OperatorsSpec, 'operators "main"', {"ownership": OWNERSHIP, **args})


def values(engine: str, **args: Any) -> dict[str, Any]:
    spec = parsed(**args)
    row = OPERATORS[engine]
    assert row.values is not None
    name = row.name(spec.installations[0])
    return row.values(spec, spec.installations[0], name, spec.sources.image(row.image))


def deployment(**args: Any) -> dict[str, Any]:
    spec = parsed(**args)
    row = OPERATORS["ps"]
    *_, found = operator_objects(spec, spec.installations[0], row.name(spec.installations[0]), row.image)
    return found


def environment(found: dict[str, Any]) -> dict[str, Any]:
    (container,) = found["spec"]["template"]["spec"]["containers"]
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in container["env"]}


def refusal(**args: Any) -> str:
    with pytest.raises(SpecError) as caught:
        parsed(**args)
    return str(caught.value)


def test_every_engine_has_a_row_and_every_chart_is_pinned_to_the_same_operator():
    assert set(OPERATORS) == set(ENGINES)
    for engine in CHARTED:
        row = OPERATORS[engine]
        assert CHARTS[row.chart].software == row.version == row.image.rpartition(":")[2]


@pytest.mark.parametrize("engine", CHARTED)
@pytest.mark.parametrize(
    "installation",
    [{}, {"namespace": "shop", "watch_namespaces": ["shop"]}, {"watch_namespaces": ["shop", "billing"]}],
    ids=["cluster-wide", "own-namespace", "namespaces"],
)
def test_the_chart_knows_every_value(engine, installation):
    found = values(
        engine,
        installations=[installation],
        node_labels={"pool": "platform"},
        tolerations=[{"key": "platform", "effect": "NoSchedule", "seconds": 30}],
        pull_secrets=["registry"],
    )
    assert value_problems(OPERATORS[engine].chart, found) == []


@pytest.mark.parametrize("engine", CHARTED)
def test_telemetry_is_off_leaders_are_elected_and_the_limit_of_memory_is_raised(engine):
    found = values(engine)
    assert found["disableTelemetry"] is True
    assert found["replicaCount"] == 2
    # psmdb's chart has no switch: its operator always elects.
    assert engine == "psmdb" or found["leaderElectionEnabled"] is True
    assert found["resources"] == {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "1Gi"}}


def test_ps_has_telemetry_off_elects_leaders_and_its_operators_own_image():
    found = deployment()
    (container,) = found["spec"]["template"]["spec"]["containers"]
    assert environment(found)["DISABLE_TELEMETRY"] == "true"
    assert container["args"] == ["--leader-elect"]
    assert container["image"] == "docker.io/percona/percona-server-mysql-operator:1.2.0"
    assert environment(found)["POD_NAMESPACE"] == {"fieldRef": {"fieldPath": "metadata.namespace"}}


@pytest.mark.parametrize(
    ("installation", "scope", "watched"),
    [
        ({}, {"watchAllNamespaces": True}, ""),
        ({"namespace": "shop", "watch_namespaces": ["shop"]}, {}, "shop"),
        (
            {"namespace": "ops", "watch_namespaces": ["shop", "billing"]},
            {"watchNamespace": "billing,ops,shop"},
            "billing,ops,shop",
        ),
    ],
)
def test_what_is_watched_is_told_to_each_operator(installation, scope, watched):
    for engine in CHARTED:
        found = values(engine, installations=[installation])
        assert {key: found[key] for key in found if key.startswith("watch")} == scope
    assert environment(deployment(installations=[installation]))["WATCH_NAMESPACE"] == watched


def test_an_operator_of_its_own_namespace_has_rights_there_alone():
    spec = parsed(installations=[{"namespace": "shop", "watch_namespaces": ["shop"]}])
    role, binding, _ = operator_objects(spec, spec.installations[0], "ps-operator", "image:1")
    assert (role["kind"], binding["kind"]) == ("Role", "RoleBinding")
    assert {role["metadata"]["namespace"], binding["metadata"]["namespace"]} == {"shop"}
    assert "validatingwebhookconfigurations" not in str(role["rules"])


def test_a_cluster_wide_ps_operator_may_run_cluster_sets():
    spec = parsed()
    role, binding, _ = operator_objects(spec, spec.installations[0], "ps-operator", "image:1")
    assert role["kind"] == "ClusterRole"
    assert "namespace" not in role["metadata"]
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "ps-operator", "namespace": "percona-operators"}]
    (rule,) = [rule for rule in role["rules"] if rule["apiGroups"] == ["ps.percona.com"]]
    assert {"perconaservermysqlclustersets", "perconaservermysqlclustersets/status"} <= set(rule["resources"])


def test_operators_of_several_namespaces_have_names_of_their_own_and_short_enough_for_helm():
    row = OPERATORS["psmdb"]
    assert row.name(Installation()) == "psmdb-operator"
    assert row.name(Installation(namespace="shop", watch_namespaces=("shop",))) == "psmdb-operator"
    assert row.name(Installation(namespace="ops", watch_namespaces=("shop",))) == "psmdb-operator-ops"
    long = {row.name(Installation(namespace=f"{'n' * 60}{end}", watch_namespaces=("shop",))) for end in "ab"}
    assert len(long) == 2
    assert all(len(name) <= 53 for name in long)


def test_the_operators_pods_are_what_budget_and_metrics_choose():
    spec = parsed()
    for row in OPERATORS.values():
        budget = disruption_budget(spec, spec.installations[0], row)
        service = metrics_service(spec, spec.installations[0], row)
        assert budget["spec"]["selector"]["matchLabels"] == service["spec"]["selector"]
        assert budget["spec"]["selector"]["matchLabels"] == {
            "app.kubernetes.io/name": row.chart,
            "app.kubernetes.io/instance": row.chart,
        }
    chosen = deployment()["spec"]["selector"]["matchLabels"]
    assert chosen.items() <= deployment()["spec"]["template"]["metadata"]["labels"].items()
    assert chosen == OPERATORS["ps"].selector("ps-operator")


def test_an_operator_that_deletes_backups_can_be_somebody_in_the_cloud():
    role = {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/backups"}
    spec = parsed(identities={"pxc": role})
    account = service_account(spec, spec.installations[0], OPERATORS["pxc"])
    assert account["metadata"]["annotations"] == role
    assert "annotations" not in service_account(spec, spec.installations[0], OPERATORS["psmdb"])["metadata"]
    assert values("pxc")["serviceAccount"] == {"create": False}


def test_priority_and_spread_are_set_where_the_objects_are_ours():
    pod = deployment(priority_class="dbaas-platform")["spec"]["template"]["spec"]
    assert pod["priorityClassName"] == "dbaas-platform"
    assert {one["topologyKey"] for one in pod["topologySpreadConstraints"]} == {
        "topology.kubernetes.io/zone",
        "kubernetes.io/hostname",
    }


def test_everything_says_whose_it_is():
    spec = parsed()
    installation = spec.installations[0]
    made = [
        *operator_objects(spec, installation, "ps-operator", "image:1"),
        *(
            render(spec, installation, row)
            for row in OPERATORS.values()
            for render in (service_account, disruption_budget, metrics_service)
        ),
    ]
    for manifest in made:
        assert set(manifest["metadata"]["labels"]) >= OWNER_LABELS
    assert set(deployment()["spec"]["template"]["metadata"]["labels"]) >= OWNER_LABELS
    assert set(values("psmdb")["podLabels"]) >= OWNER_LABELS


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"engines": ["pxc", "oracle"]}, 'engines[1]: "oracle" is not an engine; choose pg, ps, psmdb or pxc'),
        ({"engines": [{"name": "pxc"}]}, "engines[0]: a mapping is not an engine"),
        ({"engines": []}, "engines: is empty; write at least one"),
        ({"installations": [{"engines": []}]}, "installations[0].engines: is empty; write at least one"),
        ({"replicas": 0}, "replicas: 0 is too little; write at least 1"),
        ({"installations": [{"watch_namespaces": []}]}, "installations[0].watch_namespaces: is empty"),
        (
            {"identities": {"pg": {"iam.gke.io/gcp-service-account": "a@b"}}},
            "identities.pg: its operator touches no bucket, the database's own pods do",
        ),
        (
            {"identities": {"ps": {"eks.amazonaws.com/role-arn": "arn"}}},
            "identities.ps: its operator reads keys from a Secret and nothing else",
        ),
        (
            {"engines": ["pg"], "identities": {"pxc": {"eks.amazonaws.com/role-arn": "arn"}}},
            "identities.pxc: no operator of pxc is installed here; leave it out",
        ),
        ({"service_monitor_labels": {"release": "prometheus"}}, "add service_monitor: true"),
        ({"replica": 2}, "replica: is not a known key; "),
        ({"sources": {"mirror": "https://mirror.example.com"}}, "without https://"),
    ],
)
def test_wrong_arguments_are_refused_with_the_fix(args, message):
    assert message in refusal(**args)


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ({}, {"namespace": "ops"}, "every namespace"),
        ({}, {"namespace": "shop", "watch_namespaces": ["shop"]}, "shop"),
        ({"watch_namespaces": ["shop"]}, {"namespace": "ops", "watch_namespaces": ["shop", "billing"]}, "shop"),
        ({"namespace": "a", "watch_namespaces": ["b"]}, {"namespace": "b", "watch_namespaces": ["c"]}, "b"),
        ({"namespace": "a", "watch_namespaces": ["b"]}, {"namespace": "a", "watch_namespaces": ["c"]}, "a"),
    ],
)
def test_two_operators_of_one_engine_that_watch_the_same_namespace_are_refused(one, other, both):
    told = refusal(installations=[one, other], engines=["pxc"])
    assert f"installations[1]: its operator of pxc and that of installations[0] would both watch {both}" in told


def test_operators_that_share_no_namespace_or_no_engine_are_fine():
    parsed(
        installations=[
            {"namespace": "shop", "watch_namespaces": ["shop"]},
            {"namespace": "billing", "watch_namespaces": ["billing"]},
        ]
    )
    parsed(installations=[{"engines": ["pxc"]}, {"namespace": "shop", "engines": ["pg"]}])
