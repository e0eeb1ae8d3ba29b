"""A custom resource becomes arguments, and those the custom resource again."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dbaas_components.databases.pg import ENGINE
from dbaas_components.databases.spec import parse_database
from tests.unit.pg.examples import FULL

# Written by hand in the style of the operator's own sample: the shape that people run.
BY_HAND = yaml.safe_load("""
apiVersion: pgv2.percona.com/v2
kind: PerconaPGCluster
metadata:
  name: billing
  namespace: finance
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: '{}'
    team: finance
  labels:
    app: billing
    app.kubernetes.io/managed-by: somebody
  finalizers:
  - percona.com/delete-ssl
  - internal.percona.com/stop-watchers
spec:
  crVersion: 3.0.0
  image: docker.io/percona/percona-distribution-postgresql:16.14-1
  imagePullPolicy: Always
  imagePullSecrets:
  - name: private-registry
  postgresVersion: 16
  tlsOnly: true
  tls:
    certValidityDuration: 2160h
    caValidityDuration: 26280h
  users:
  - name: billing-app
    databases: [billing, ledger]
    options: "NOSUPERUSER"
    password:
      type: AlphaNumeric
    secretName: billing-app-login
    grantPublicSchemaAccess: true
  expose:
    type: LoadBalancer
    loadBalancerSourceRanges: [10.0.0.0/8]
  exposeReplicas:
    type: ClusterIP
    annotations:
      note: replicas
  instances:
  - name: main
    replicas: 3
    minAvailable: 2
    resources:
      requests: {cpu: "1", memory: 4Gi}
      limits: {cpu: "2", memory: 8Gi}
    affinity:
      podAntiAffinity:
        preferredDuringSchedulingIgnoredDuringExecution:
        - weight: 1
          podAffinityTerm:
            labelSelector:
              matchLabels:
                postgres-operator.crunchydata.com/data: postgres
            topologyKey: kubernetes.io/hostname
    tolerations:
    - {key: dedicated, operator: Equal, value: postgres, effect: NoSchedule}
    priorityClassName: high
    walVolumeClaimSpec:
      storageClassName: fast
      accessModes: [ReadWriteOnce]
      resources:
        requests: {storage: 5Gi}
    dataVolumeClaimSpec:
      storageClassName: fast
      accessModes: [ReadWriteOnce]
      resources:
        requests: {storage: 80Gi}
  - name: reports
    replicas: 1
    minAvailable: 0
    dataVolumeClaimSpec:
      accessModes: [ReadWriteOnce]
      resources:
        requests: {storage: 100Gi}
  proxy:
    pgBouncer:
      replicas: 2
      minAvailable: 1
      image: docker.io/percona/percona-pgbouncer:1.25.2-1
      exposeSuperusers: true
      config:
        global:
          pool_mode: transaction
          default_pool_size: "30"
          server_lifetime: "600"
      resources:
        requests: {cpu: 200m, memory: 256Mi}
        limits: {memory: 256Mi}
  patroni:
    syncPeriodSeconds: 10
    leaderLeaseDurationSeconds: 40
    dynamicConfiguration:
      synchronous_mode: true
      postgresql:
        parameters:
          max_connections: 300
          shared_buffers: 2GB
          restore_command: /bin/true
  extensions:
    builtin:
      pg_audit: true
      pg_stat_monitor: false
  backups:
    enabled: true
    pgbackrest:
      image: docker.io/percona/percona-pgbackrest:2.58.0-2
      configuration:
      - secret:
          name: billing-pgbackrest-secrets
      global:
        repo1-path: /backups/billing
        repo1-retention-full: "14"
        repo1-retention-full-type: time
        repo1-s3-uri-style: path
        repo2-path: /backups/billing
        repo2-gcs-key: /etc/pgbackrest/conf.d/gcs-key.json
      jobs:
        backoffLimit: 2
      manual:
        repoName: repo1
        options: [--type=full]
      repos:
      - name: repo1
        schedules:
          full: 0 0 * * 6
          incremental: 0 1 * * 1-5
        s3:
          bucket: finance-backups
          endpoint: minio.finance.svc:9000
          region: us-east-1
      - name: repo2
        gcs:
          bucket: finance-copies
  pmm:
    enabled: true
    image: docker.io/percona/pmm-client:3.7.1
    secret: billing-pmm-secret
    serverHost: monitoring-service
    querySource: pgstatstatements
""")


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict) and value:
        return {key: found for name, below in value.items() for key, found in leaves(below, f"{path}.{name}").items()}
    if isinstance(value, list) and value:
        return {
            key: found for index, below in enumerate(value) for key, found in leaves(below, f"{path}[{index}]").items()
        }
    return {path: value}


def again(manifest: dict[str, Any]) -> dict[str, Any]:
    return ENGINE.render(parse_database("unused", ENGINE.adopt(manifest)))


@pytest.mark.parametrize("name", FULL)
def test_what_was_rendered_is_rendered_again(name):
    # Without this library's own labels, which adoption leaves out at first, and without the one field of PostgreSQL 14
    # that has no word.
    args = {**FULL[name], "platform_labels": False, "version": "16"}
    manifest = ENGINE.render(parse_database("orders", args))
    assert again(manifest) == manifest


@pytest.mark.parametrize("name", FULL)
def test_arguments_are_the_same_when_they_are_adopted_again(name):
    adopted = ENGINE.adopt(ENGINE.render(parse_database("orders", {**FULL[name], "platform_labels": False})))
    assert ENGINE.adopt(ENGINE.render(parse_database("unused", adopted))) == adopted


@pytest.mark.parametrize("profile", ["dev", "standard", "critical"])
@pytest.mark.parametrize("version", ENGINE.versions.series)
def test_every_profile_and_version_is_rendered_again(profile, version):
    args = {"engine": "pg", "namespace": "shop", "profile": profile, "version": version, "platform_labels": False}
    manifest = ENGINE.render(parse_database("orders", args))
    lost = leaves(manifest).items() - leaves(again(manifest)).items()
    # The default user of a version that knows no such grant is told not to have it; users have no word for that.
    assert {path for path, _ in lost} <= {".spec.users[0].grantPublicSchemaAccess"}
    assert not lost or int(version) < 15


def test_a_custom_resource_by_hand_lands_nearly_whole():
    theirs, ours = leaves(BY_HAND["spec"]), leaves(again(BY_HAND)["spec"])
    off_the_road = {path for path, value in theirs.items() if ours.get(path) != value}
    affinity = ".instances[0].affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0]"
    assert off_the_road == {
        f"{affinity}.weight",
        f"{affinity}.podAffinityTerm.labelSelector.matchLabels.postgres-operator.crunchydata.com/data",
        f"{affinity}.podAffinityTerm.topologyKey",
        ".patroni.dynamicConfiguration.postgresql.parameters.restore_command",
        ".extensions.builtin.pg_stat_monitor",
        ".backups.pgbackrest.manual.repoName",
        ".backups.pgbackrest.manual.options[0]",
    }
    assert len(off_the_road) < len(theirs) / 10
    # What this library would add of its own accord: the reports set has no word for "no resources".
    added = {path.partition(".requests")[0].partition(".limits")[0] for path in ours.keys() - theirs.keys()}
    # One policy holds for all images, the client of PMM's too.
    assert added == {".instances[1].resources", ".pmm.imagePullPolicy"}


def test_the_words_of_a_custom_resource_by_hand():
    found = ENGINE.adopt(BY_HAND)
    assert (found["name"], found["namespace"], found["version"]) == ("billing", "finance", "16")
    assert found["image_registry"] == "docker.io"
    assert found["annotations"] == {"team": "finance"}
    assert found["labels"] == {"app": "billing"}
    assert found["deletion"] == {"certificates": "delete"}
    assert found["expose"]["primary"] == {"type": "load_balancer", "source_ranges": ["10.0.0.0/8"]}
    assert found["backup"]["schedules"] == [
        {"name": "repo1-full", "storage": "repo1", "type": "full", "cron": "0 0 * * 6", "retention": "14d"},
        {"name": "repo1-incremental", "storage": "repo1", "type": "incremental", "cron": "0 1 * * 1-5"},
    ]
    assert found["backup"]["storages"]["repo1"] == {
        "type": "s3",
        "bucket": "finance-backups",
        "region": "us-east-1",
        "endpoint": "https://minio.finance.svc:9000",
        "prefix": "backups/billing",
        "path_style": True,
        "credentials": "billing-pgbackrest-secrets",
    }


def test_what_is_open_to_everyone_has_no_word():
    manifest = copy.deepcopy(BY_HAND)
    del manifest["spec"]["expose"]["loadBalancerSourceRanges"]
    assert "primary" not in ENGINE.adopt(manifest)["expose"]


def test_audit_is_told_from_parameters_that_somebody_chose():
    critical = {"engine": "pg", "namespace": "shop", "profile": "critical"}
    adopted = ENGINE.adopt(ENGINE.render(parse_database("orders", critical)))
    assert adopted["audit"] is True
    assert "parameters" not in adopted
    other = ENGINE.adopt(ENGINE.render(parse_database("orders", {**critical, "parameters": {"pgaudit.log": "all"}})))
    assert "audit" not in other
    assert other["parameters"]["pgaudit.log"] == "all"
    assert other["extensions"] == ["pgaudit"]


def test_backups_that_are_off_have_no_words():
    manifest = copy.deepcopy(BY_HAND)
    manifest["spec"]["backups"] = {"enabled": False}
    assert "backup" not in ENGINE.adopt(manifest)


STRANGE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return found + [deeper for key, inner in below for deeper in paths(inner, (*path, key))]


FULL_MANIFESTS = [ENGINE.render(parse_database("orders", args)) for args in FULL.values()] + [BY_HAND]


@pytest.mark.slow
@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.data())
def test_no_custom_resource_is_too_strange(data):
    manifest = copy.deepcopy(data.draw(st.sampled_from(FULL_MANIFESTS)))
    for path in data.draw(st.lists(st.sampled_from(paths(manifest)), max_size=4)):
        here: Any = manifest
        try:
            for part in path[:-1]:
                here = here[part]
            here[path[-1]] = data.draw(STRANGE)
        except (KeyError, IndexError, TypeError):
            continue  # An earlier change took that part away.
    assert isinstance(ENGINE.adopt(manifest), dict)


@pytest.mark.parametrize(
    "manifest", [{}, {"metadata": None, "spec": []}, {"spec": {"instances": [1], "users": [None]}}]
)
def test_hardly_anything_is_still_something(manifest):
    assert ENGINE.adopt(manifest)["engine"] == "pg"
