"""What Coroot's operator is given, and the custom resource."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.charts import value_problems
from dbaas_components.bootstrap.coroot.render import custom_resource, operator_values
from dbaas_components.bootstrap.coroot.spec import CorootSpec
from dbaas_components.errors import SpecError

OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "test"}
POSTGRES = {
    "host": "coroot-primary.coroot.svc",
    "user": "coroot",
    "database": "coroot",
    "password": {"secret": "coroot-pguser-coroot", "key": "password"},
}


def parsed(**args: Any) -> CorootSpec:
    return parse_arguments(CorootSpec, 'Coroot "main"', {"ownership": OWNERSHIP, **args})


def rendered(**args: Any) -> dict[str, Any]:
    return custom_resource(parsed(**args))["spec"]


def found(value: Any, name: str) -> Iterator[Any]:
    """Every value under a key of this name, at any depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == name:
                yield inner
            yield from found(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from found(inner, name)


@pytest.mark.parametrize(
    "args", [{}, {"pull_secret": "registry", "node_labels": {"a": "b"}, "tolerations": [{"key": "platform"}]}]
)
def test_the_chart_knows_every_value(args):
    assert value_problems("coroot-operator", operator_values(parsed(**args))) == []


def test_the_operator_reads_secrets_of_its_own_namespace_alone():
    assert operator_values(parsed())["rbac"] == {"denyGlobalSecrets": True}


def test_every_volume_stays_unless_it_is_not_wanted():
    policies = list(found(rendered(clickhouse_replicas=2), "reclaimPolicy"))
    assert policies == ["Retain"] * 4
    assert set(found(rendered(deletion_protection=False), "reclaimPolicy")) == {"Delete"}


def test_nothing_takes_the_newest_image_there_is():
    images = [image["name"] for image in found(rendered(), "image")]
    assert len(images) == 7
    assert all(image.startswith("ghcr.io/coroot/") and ":" in image for image in images)
    assert not any(image.endswith(":latest") for image in images)


def test_a_prometheus_that_is_there_takes_the_place_of_its_own():
    spec = rendered(external_prometheus={"url": "http://mimir:9009/prometheus", "headers": {"X-Scope-OrgID": "coroot"}})
    assert spec["externalPrometheus"] == {
        "url": "http://mimir:9009/prometheus",
        "customHeaders": {"X-Scope-OrgID": "coroot"},
    }
    assert "prometheus" not in spec


def test_replicas_share_a_database():
    spec = rendered(replicas=2, postgres=POSTGRES)
    assert spec["replicas"] == 2
    assert spec["postgres"]["passwordSecret"] == {"name": "coroot-pguser-coroot", "key": "password"}
    assert spec["postgres"]["params"] == {"sslmode": "require"}
    assert "password" not in spec["postgres"]


def test_nobody_enters_without_a_password():
    spec = rendered()
    assert spec["authBootstrapAdminPasswordSecret"] == {"name": "coroot-admin", "key": "password"}
    assert "authAnonymousRole" not in spec


def test_what_can_carry_no_label_says_in_annotations_whose_it_is():
    for one in (*found(rendered(), "podAnnotations"), *found(rendered(), "annotations")):
        assert one["dbaas-components.io/owner"] == "dba"
    assert len(list(found(rendered(), "podAnnotations"))) == 6


def test_logs_of_others_can_be_left_alone():
    agent = rendered(logs=False, profiles=False)["nodeAgent"]
    assert agent["logCollector"] == {"collectLogBasedMetrics": False, "collectLogEntries": False}
    assert agent["ebpfProfiler"] == {"enabled": False}
    assert agent["ebpfTracer"] == {"enabled": True}


def test_a_secret_in_place_of_its_place_is_refused_and_not_repeated():
    for args in ({"api_key": "correct-horse"}, {"postgres": {**POSTGRES, "password": "correct-horse"}}):
        with pytest.raises(SpecError, match="a secret is never written here; name where it is") as caught:
            parsed(**args)
        assert "correct-horse" not in str(caught.value)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"replicas": 2}, "replicas: 2 share their settings in PostgreSQL"),
        (
            {"external_prometheus": {"url": "http://p:9090"}, "prometheus_storage": {"size": "1Gi"}},
            "prometheus_storage: has no effect with external_prometheus",
        ),
        ({"external_prometheus": {"url": "prometheus:9090"}}, "is not an address; write such as http://"),
        ({"external_prometheus": {"url": "http://user:secret@p:9090"}}, "is not an address"),
        ({"retention": {"logs": "1 week"}}, 'retention.logs: "1 week" is not a time that Coroot reads'),
        ({"replica": 2}, "replica: is not a known key"),
    ],
)
def test_wrong_arguments_are_refused_with_the_fix(args, message):
    with pytest.raises(SpecError) as caught:
        parsed(**args)
    assert message in str(caught.value)
