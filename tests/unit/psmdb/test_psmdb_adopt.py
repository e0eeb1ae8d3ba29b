"""Running PerconaServerMongoDBs taken over: what was rendered comes back, and what others wrote is never lost."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dbaas_components.databases.adoption import adopt as adoption
from dbaas_components.databases.psmdb import ENGINE
from dbaas_components.databases.spec import parse_database
from tests.unit.psmdb.examples import FULL

# As somebody would write it by hand: other order, notes of tools, what the operator's own sample has.
BY_HAND = yaml.safe_load(
    """
    apiVersion: psmdb.percona.com/v1
    kind: PerconaServerMongoDB
    metadata:
      name: legacy
      namespace: shop
      labels: {team: payments, app.kubernetes.io/name: x}
      annotations:
        kubectl.kubernetes.io/last-applied-configuration: "{}"
        contact: payments@example.com
      finalizers: [percona.com/delete-psmdb-pods-in-order]
    spec:
      crVersion: 1.22.0
      image: percona/percona-server-mongodb:7.0.30-16
      imagePullPolicy: Always
      secrets: {users: legacy-users, encryptionKey: legacy-key}
      tls: {mode: requireTLS, certValidityDuration: 1440h}
      upgradeOptions: {apply: disabled, schedule: 0 2 * * *}
      replsets:
      - name: data
        size: 3
        configuration: |
          operationProfiling:
            mode: slowOp
          systemLog:
            verbosity: 1
        affinity: {antiAffinityTopologyKey: topology.kubernetes.io/zone}
        resources: {limits: {cpu: 600m, memory: 1Gi}, requests: {cpu: 300m, memory: 1Gi}}
        livenessProbe: {periodSeconds: 45, startupDelaySeconds: 60}
        sidecars: [{name: exporter, image: "example.com/exporter:1"}]
        expose: {enabled: true, type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8]}
        volumeSpec: {persistentVolumeClaim: {resources: {requests: {storage: 20Gi}}}}
        hidden: {enabled: true, size: 2, podDisruptionBudget: {maxUnavailable: 1}}
      backup:
        enabled: true
        image: percona/percona-backup-mongodb:2.12.0
        storages:
          second: {type: azure, azure: {container: c, credentialsSecret: azure}}
          first:
            main: true
            type: s3
            s3: {bucket: b, credentialsSecret: s, region: eu-1, prefix: legacy, uploadPartSize: 10485760}
          plain: {type: minio, minio: {bucket: b, endpointUrl: "minio:9000", credentialsSecret: s}}
        pitr: {enabled: true, oplogSpanMin: 2}
        tasks:
        - {name: daily, enabled: true, schedule: 0 1 * * *, storageName: first, compressionType: gzip, keep: 5}
        - {name: base, enabled: true, schedule: 0 2 * * 0, storageName: second, type: incremental-base}
        - {name: hourly, enabled: false, schedule: 0 * * * *, storageName: second, type: incremental}
      users:
      - {name: app, db: admin, passwordSecretRef: {name: app}, roles: [{name: readWrite, db: orders}]}
      roles:
      - role: reader
        db: admin
        privileges: [{actions: [find], resource: {db: orders, collection: ""}}]
        authenticationRestrictions: [{clientSource: [10.0.0.0/8]}]
    """
)


def taken_over(manifest: dict[str, Any]) -> dict[str, Any]:
    return ENGINE.adopt(manifest)


@pytest.mark.parametrize("shape", FULL)
def test_what_was_rendered_is_rendered_again(shape):
    arguments = {key: value for key, value in FULL[shape].items() if key != "overrides"}
    first = ENGINE.render(parse_database("orders", {**arguments, "platform_labels": False}))
    again = ENGINE.render(parse_database("orders", taken_over(first)))
    # Ownership is a label of ours, which an adopted database does not bear at first.
    assert again == first


@pytest.mark.parametrize("shape", FULL)
def test_nothing_of_what_was_rendered_has_to_be_overridden(shape):
    arguments = {key: value for key, value in FULL[shape].items() if key not in ("overrides", "deletion")}
    found = adoption(ENGINE.render(parse_database("orders", {**arguments, "platform_labels": False})))
    assert "overrides" not in found.arguments
    assert found.refused == ()
    assert found.share == 1


def test_a_custom_resource_that_was_written_by_hand_lands_in_the_specifications_words():
    found = taken_over(BY_HAND)
    assert found["version"] == "7.0"
    assert found["images"]["server"] == "percona/percona-server-mongodb:7.0.30-16"
    assert found["replicas"] == 3
    assert found["replica_set"] == "data"
    assert found["labels"] == {"team": "payments"}
    assert found["annotations"] == {"contact": "payments@example.com"}
    assert found["credentials"] == {"secret": "legacy-users"}
    assert found["encryption"] == {"provider": "secret", "secret": "legacy-key"}
    assert found["tls"] == {"required": True, "certificate_lifetime": "1440h"}
    assert found["deletion"] == {"ordered": True}
    assert found["parameters"] == {"operationProfiling.mode": "slowOp", "systemLog.verbosity": 1}
    assert found["pods"]["resources"] == {"cpu": "300m", "memory": "1Gi", "cpu_limit": "600m"}
    assert found["pods"]["liveness"] == {"period_seconds": 45}
    assert found["expose"]["pods"] == {"type": "load_balancer", "source_ranges": ["10.0.0.0/8"]}
    assert found["hidden"] == {"replicas": 2, "pods": {"max_unavailable": 1}}
    # Apart by zone is none of the words here: by node would be more than was asked for.
    assert found["spread"] == {"nodes": False}
    assert found["users"][0]["password"] == {"secret": "app", "key": "password"}


def test_the_main_storage_comes_first_and_schedules_keep_their_kind():
    backup = taken_over(BY_HAND)["backup"]
    assert list(backup["storages"]) == ["first", "second"]
    assert backup["pitr"] == {"enabled": True, "interval": "2m"}
    kinds = {one["name"]: (one.get("type"), one.get("method"), one.get("keep")) for one in backup["schedules"]}
    assert kinds == {
        "daily": (None, None, 5),
        "base": (None, "physical", None),
        "hourly": ("incremental", None, None),
    }


def test_what_there_are_no_words_for_is_overridden_and_nothing_is_lost():
    found = adoption(BY_HAND)
    assert parse_database("legacy", found.arguments).name == "legacy"
    outside = set(found.outside)
    assert "spec.replsets[data].sidecars[exporter].image" in outside
    assert "spec.backup.storages.plain.minio.endpointUrl" in outside
    assert found.share > 0.7


def with_configuration(text: str, **more: Any) -> dict[str, Any]:
    manifest = copy.deepcopy(BY_HAND)
    manifest["spec"]["replsets"][0]["configuration"] = text
    manifest["spec"].update(more)
    return manifest


@pytest.mark.parametrize(
    "text",
    [
        "# with a note\nsystemLog:\n  verbosity: 1\n",
        "systemLog:\n    verbosity: 1\n",
        "systemLog: {verbosity: 1}",
        "net:\n  port: 27018\n",
        "setParameter:\n  list:\n  - 1\n",
        "systemLog: [",
        "text",
    ],
)
def test_a_file_that_would_not_come_out_the_same_stays_whole(text):
    found = adoption(with_configuration(text))
    assert "parameters" not in found.arguments
    (replica_set,) = found.arguments["overrides"]["spec"]["replsets"]
    assert replica_set["configuration"] == text


def test_encryption_in_vault_is_recognised_and_its_default_path_too():
    vault = {"address": "https://vault.example.com:8200", "mount": "kv"}
    for path in (None, "elsewhere/key"):
        arguments: dict[str, Any] = {
            "engine": "psmdb",
            "namespace": "shop",
            "encryption": {"provider": "vault", "vault": {**vault, **({"path": path} if path else {})}},
        }
        found = taken_over(ENGINE.render(parse_database("orders", arguments)))["encryption"]["vault"]
        assert found.get("path") == path
        assert found["address"] == vault["address"]
        assert "secret" not in found


def test_an_issuer_of_the_operators_own_kind_is_left_to_the_overrides():
    issued = {"mode": "preferTLS", "issuerConf": {"name": "x", "kind": "Issuer"}}
    found = adoption(with_configuration("systemLog:\n  verbosity: 1\n", tls=issued))
    assert found.arguments["overrides"]["spec"]["tls"]["issuerConf"] == {"name": "x", "kind": "Issuer"}
    assert found.others == ()


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        return found + [one for key, item in value.items() for one in places(item, (*path, key))]
    if isinstance(value, list):
        return found + [one for index, item in enumerate(value) for one in places(item, (*path, index))]
    return found


RENDERED = ENGINE.render(parse_database("orders", FULL["sharded"]))


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(base=st.sampled_from([BY_HAND, RENDERED]), data=st.data())
def test_whatever_stands_in_a_custom_resource_nothing_breaks(base, data):
    manifest = copy.deepcopy(base)
    *parents, last = data.draw(st.sampled_from(places(manifest)))
    here: Any = manifest
    for step in parents:
        here = here[step]
    here[last] = data.draw(ANYTHING)
    assert taken_over(manifest)["engine"] == "psmdb"


@pytest.mark.parametrize("minutes", [0, -1, 1e300, float("inf"), True, "10", None, [1], 0.0001])
def test_a_span_that_is_no_time_is_left_to_the_overrides(minutes):
    manifest = copy.deepcopy(BY_HAND)
    manifest["spec"]["backup"]["pitr"]["oplogSpanMin"] = minutes
    assert "interval" not in taken_over(manifest)["backup"]["pitr"]


def test_nothing_at_all_is_taken_too():
    assert taken_over({})["engine"] == "psmdb"
    assert taken_over({"metadata": 1, "spec": []})["engine"] == "psmdb"
