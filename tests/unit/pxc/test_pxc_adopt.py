"""The way back: from a running PerconaXtraDBCluster to the arguments that make it again."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from dbaas_components.databases.pxc import ENGINE
from dbaas_components.databases.spec import parse_database
from tests.unit.pxc.examples import FULL

# In the style of the operator's sample, with what people change most, and no word of ours in it.
BY_HAND = """
apiVersion: pxc.percona.com/v1
kind: PerconaXtraDBCluster
metadata:
  name: cluster1
  namespace: legacy
  labels: {team: payments, app.kubernetes.io/managed-by: Helm}
  annotations: {kubectl.kubernetes.io/last-applied-configuration: "{}", example.com/owner: ada}
  finalizers: [percona.com/delete-pxc-pods-in-order, percona.com/delete-ssl]
spec:
  crVersion: 1.20.0
  secretsName: my-passwords
  vaultSecretName: keyring-secret-vault
  sslSecretName: cluster1-ssl
  storageScaling:
    enableVolumeScaling: true
    autoscaling: {enabled: true, triggerThresholdPercent: 85, growthStep: 5Gi, maxSize: 100Gi}
  tls:
    enabled: true
    SANs: [pxc-1.example.com]
    issuerConf: {name: special-issuer, kind: ClusterIssuer, group: cert-manager.io}
    certValidityDuration: 2160h
    caValidityDuration: 26280h
  updateStrategy: SmartUpdate
  upgradeOptions: {apply: disabled, schedule: "0 4 * * *"}
  unsafeFlags: {pxcSize: false, proxySize: false}
  pxc:
    size: 3
    image: percona/percona-xtradb-cluster:8.0.45-36.1
    autoRecovery: true
    mysqlAllocator: jemalloc
    sstRetryCount: 3
    configuration: |
      [mysqld]
      wsrep_debug=CLIENT
      wsrep_provider_options="gcache.size=1G; gcache.recover=yes"
    expose: {enabled: true, type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8], externalTrafficPolicy: Local}
    resources:
      requests: {memory: 4G, cpu: 600m}
      limits: {memory: 4G, cpu: "2"}
    affinity: {antiAffinityTopologyKey: kubernetes.io/hostname}
    tolerations:
    - {key: node.alpha.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 6000}
    - {key: dedicated, value: db, effect: NoSchedule}
    podDisruptionBudget: {maxUnavailable: 1}
    volumeSpec:
      persistentVolumeClaim:
        storageClassName: standard
        accessModes: [ReadWriteOnce]
        resources: {requests: {storage: 6G}}
    gracePeriod: 600
    nodeSelector: {disktype: ssd}
    priorityClassName: high-priority
    imagePullSecrets: [{name: private-registry-credentials}]
    readinessProbes: {initialDelaySeconds: 15, timeoutSeconds: 15, periodSeconds: 30, successThreshold: 1}
  haproxy:
    enabled: true
    size: 2
    image: percona/haproxy:2.8.18-1
    exposePrimary: {type: ClusterIP, annotations: {example.com/a: b}}
    exposeReplicas: {enabled: true, onlyReaders: true, type: ClusterIP}
    healthCheck: {interval: 10000, rise: 1, fall: 2}
    resources: {requests: {memory: 1G, cpu: 600m}, limits: {memory: 1G}}
    affinity: {antiAffinityTopologyKey: kubernetes.io/hostname}
    podDisruptionBudget: {maxUnavailable: 1}
    imagePullSecrets: [{name: private-registry-credentials}]
    gracePeriod: 30
  proxysql: {enabled: false}
  logcollector:
    enabled: true
    image: percona/fluentbit:5.0.6-1
    resources: {requests: {memory: 100M, cpu: 200m}, limits: {memory: 100M}}
    logRotate: {schedule: "0 0 * * *"}
  pmm: {enabled: true, image: percona/pmm-client:3.8.0, serverHost: monitoring-service, pxcParams: --tls}
  users:
  - {name: my-user, dbs: [db1, db2], hosts: [localhost], grants: [SELECT], withGrantOption: true,
     passwordSecretRef: {name: my-user-pwd, key: my-user-pwd-key}}
  - {name: my-user-two}
  backup:
    image: percona/percona-xtrabackup:8.0.35-35.1
    allowParallel: true
    backoffLimit: 6
    startingDeadlineSeconds: 300
    serviceAccountName: percona-xtradb-cluster-operator
    imagePullSecrets: [{name: private-registry-credentials}]
    pitr: {enabled: true, storageName: binlogs, timeBetweenUploads: 60, timeoutSeconds: 60}
    storages:
      binlogs:
        type: s3
        verifyTLS: true
        s3: {bucket: binlogs/cluster1/pitr, credentialsSecret: my-s3, region: us-west-2}
      s3-us-west:
        type: s3
        verifyTLS: true
        s3: {bucket: backups, prefix: cluster1, credentialsSecret: my-s3, region: us-west-2, forcePathStyle: true}
      fs-pvc:
        type: filesystem
        volume:
          persistentVolumeClaim: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 6G}}}
    schedule:
    - {name: sat-night-backup, schedule: "0 0 * * 6", storageName: s3-us-west,
       retention: {type: count, count: 3, deleteFromStorage: true}}
    - {name: daily-backup, schedule: "0 0 * * *", storageName: fs-pvc,
       retention: {type: count, count: 5, deleteFromStorage: true}}
"""


def by_hand() -> dict[str, Any]:
    return yaml.safe_load(BY_HAND)


def again(manifest: dict[str, Any]) -> dict[str, Any]:
    """What the adopted arguments are rendered to."""
    return ENGINE.render(parse_database("adopted", ENGINE.adopt(manifest)))


def differences(old: Any, new: Any, path: str = "") -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in {**old, **new}:
            yield from differences(old.get(key), new.get(key), f"{path}.{key}" if path else key)
    elif old != new:
        yield path


# The address of the Vault stands in no custom resource; labels of ours are not a user's to give.
BEYOND_WORDS = {"spec.vaultSecretName", "metadata.labels"}


@pytest.mark.parametrize("shape", FULL)
def test_what_we_rendered_comes_back_as_it_was(shape):
    args = {**FULL[shape], "platform_labels": False}
    manifest = ENGINE.render(parse_database("orders", args))
    assert set(differences(manifest, again(manifest))) <= BEYOND_WORDS


@pytest.mark.parametrize("profile", ["dev", "standard", "critical"])
def test_the_profiles_come_back_without_their_name(profile):
    args = {"engine": "pxc", "namespace": "shop", "profile": profile, "platform_labels": False}
    manifest = ENGINE.render(parse_database("orders", args))
    assert again(manifest) == manifest
    assert ENGINE.adopt(manifest)["profile"] == "dev"


def test_a_custom_resource_by_hand_lands_in_the_specifications_words():
    manifest = by_hand()
    assert set(differences(manifest, again(manifest))) == {
        # Tools' and other people's.
        "metadata.labels.app.kubernetes.io/managed-by",
        "metadata.annotations.kubectl.kubernetes.io/last-applied-configuration",
        # No word for them.
        "spec.vaultSecretName",
        "spec.pxc.sstRetryCount",
        "spec.haproxy.exposeReplicas.onlyReaders",
        "spec.haproxy.healthCheck",
        # Said in another way.
        "spec.tls.SANs",
        "spec.pxc.tolerations",
        "spec.backup.storages.s3-us-west.s3.prefix",
    }


def test_the_words_are_those_that_a_person_would_have_written():
    args = ENGINE.adopt(by_hand())
    assert (args["name"], args["namespace"], args["version"], args["replicas"]) == ("cluster1", "legacy", "8.0", 3)
    assert args["credentials"] == {"secret": "my-passwords"}
    assert "secret" not in args["tls"]
    assert args["parameters"]["wsrep_provider_options"] == "gcache.size=1G; gcache.recover=yes"
    assert args["images"]["server"] == "percona/percona-xtradb-cluster:8.0.45-36.1"
    assert list(args["backup"]["storages"])[-1] == "binlogs"
    assert args["backup"]["storages"]["binlogs"]["prefix"] == "cluster1"
    assert args["backup"]["pitr"] == {"enabled": True, "storage": "binlogs", "interval": "60s", "timeout": "60s"}
    assert args["deletion"] == {"certificates": "delete", "ordered": True}
    assert args["labels"] == {"team": "payments"}
    assert args["annotations"] == {"example.com/owner": "ada"}


def test_logs_that_go_to_the_same_bucket_become_one_storage_again():
    manifest = ENGINE.render(parse_database("orders", FULL["haproxy"]))
    backup = ENGINE.adopt(manifest)["backup"]
    assert set(backup["storages"]) == {"main", "far", "near"}
    assert backup["pitr"]["storage"] == "main"


def test_a_configuration_that_is_more_than_parameters_is_left_as_it_is():
    for text in ("[mysqld]\n# why\nmax_connections=5\n", "[mysqld]\nmax_connections=5\n[sst]\nx=1\n", "max=3"):
        manifest = by_hand()
        manifest["spec"]["pxc"]["configuration"] = text
        assert "parameters" not in ENGINE.adopt(manifest)
    manifest["spec"]["pxc"]["configuration"] = "[mysqld]\nrequire_secure_transport=ON\nmax_connections=5\n"
    adopted = ENGINE.adopt(manifest)
    assert (adopted["parameters"], adopted["tls"]["required"]) == ({"max_connections": "5"}, True)


def test_an_unsafe_size_is_left_to_overrides():
    manifest = by_hand()
    manifest["spec"]["pxc"]["size"] = 4
    assert list(differences(manifest["spec"]["pxc"]["size"], again(manifest)["spec"]["pxc"]["size"]))
    manifest["spec"]["pxc"]["volumeSpec"]["persistentVolumeClaim"]["resources"]["requests"]["storage"] = "1Gi"
    assert "size" not in ENGINE.adopt(manifest)["storage"]


def test_a_registry_that_all_pinned_images_come_from_is_told_once():
    manifest = ENGINE.render(parse_database("orders", FULL["haproxy"]))
    adopted = ENGINE.adopt(manifest)
    assert adopted["image_registry"] == "mirror.example.com/hub"
    assert adopted["images"] == {"haproxy": "mirror.example.com/own/haproxy:2.8.18-1-patched"}


STRANGE = [None, 3, 2.5, True, "x", "", [], ["x"], [[]], {}, {"x": 1}, {"x": None}]


@pytest.mark.parametrize("strange", STRANGE, ids=repr)
def test_nothing_that_stands_in_a_custom_resource_raises(strange):
    assert ENGINE.adopt({"spec": strange, "metadata": strange})["engine"] == "pxc"

    def replaced(document: Any) -> Iterator[Any]:
        """The document with each of its parts in turn replaced by the strange one."""
        if isinstance(document, dict | list):
            for key in list(document) if isinstance(document, dict) else range(len(document)):
                kept = document[key]
                document[key] = strange
                yield document
                document[key] = kept
                yield from replaced(kept)

    manifest = copy.deepcopy(by_hand())
    count = 0
    for _ in replaced(manifest):
        assert ENGINE.adopt(manifest)["engine"] == "pxc"
        count += 1
    assert count > 200
