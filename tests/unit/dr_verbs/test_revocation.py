"""The keys of the archive taken from a site and given back, of every engine's own custom resource."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from dbaas_components.databases.composition import compose
from dbaas_components.databases.pg.names import CONFIGURATION_FOLDER, GOOGLE_KEY
from dbaas_components.databases.spec import parse_database
from dbaas_components.dr.failover.cluster import ClusterUnreachable, Conflict
from dbaas_components.dr.failover.site import Site, there
from dbaas_components.dr.measures.measured import State
from dbaas_components.dr.measures.revocation import (
    closed_fields,
    give_back,
    revocation,
    revoke,
    secret_name,
    void_secret,
)
from dbaas_components.dr.topology.parsing import parse_topology
from dbaas_components.dr.topology.plan import plan, role_table
from tests.unit.dr_verbs.documents import EXAMPLE
from tests.unit.topology.examples import example

S3 = {"type": "s3", "bucket": "backups", "region": "eu-west-1", "credentials": "bucket-keys"}
GCS = {"type": "gcs", "bucket": "backups", "credentials": "google-keys"}
AZURE = {"type": "azure", "bucket": "backups", "credentials": "azure-keys"}
KEYLESS_S3 = {"type": "s3", "bucket": "backups", "region": "eu-west-1"}
VOID = secret_name("orders", "eu")


class Held:
    """A cluster that holds one custom resource and keeps the Secrets that are applied."""

    def __init__(self, manifest: dict[str, Any]) -> None:
        self.manifest = {**manifest, "metadata": {**manifest["metadata"], "resourceVersion": "1"}}
        self.secrets: dict[str, dict[str, Any]] = {}

    def get(self, path: str) -> dict[str, Any]:
        return copy.deepcopy(self.manifest)

    def apply(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.secrets[path] = body
        return body

    def merge(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        metadata = self.manifest["metadata"]
        if body["metadata"].pop("resourceVersion") != metadata["resourceVersion"]:
            raise Conflict("another version")
        _merge(self.manifest, json.loads(json.dumps(body)))
        metadata["resourceVersion"] = str(int(metadata["resourceVersion"]) + 1)
        return self.manifest


def _merge(below: dict[str, Any], above: dict[str, Any]) -> None:
    """JSON merge patch (RFC 7386)."""
    for key, value in above.items():
        if value is None:
            below.pop(key, None)
        elif isinstance(value, dict):
            _merge(below.setdefault(key, {}), value)
        else:
            below[key] = value


def held(engine: str, **changes: Any) -> tuple[Site, Held]:
    given = example(EXAMPLE[engine])
    given["database"] = {**given["database"], **changes}
    design = parse_topology("orders", given)
    table = role_table(design)["eu"]
    manifests = compose(parse_database("orders", plan(design, "eu").arguments)).manifests()
    cluster: Any = Held(next(one for one in manifests if one["kind"] == table["kind"]))
    return Site(engine, "eu", table, cluster), cluster


CASES = [
    pytest.param(engine, {name: storage}, id=f"{engine}-{name}")
    for engine, kinds in {
        "pg": {"s3": S3, "gcs": GCS, "azure": AZURE, "keyless": KEYLESS_S3},
        "pxc": {"s3": S3, "azure": AZURE, "keyless": KEYLESS_S3},
        "ps": {"s3": S3, "gcs": GCS, "azure": AZURE},
        "psmdb": {"s3": S3, "gcs": GCS, "azure": AZURE, "keyless": KEYLESS_S3},
    }.items()
    for name, storage in kinds.items()
]


@pytest.mark.parametrize(("engine", "storages"), CASES)
def test_no_key_of_a_bucket_is_named_any_more_and_afterwards_everything_stands_as_before(engine, storages):
    site, cluster = held(engine, backup={"storages": storages})
    as_made = copy.deepcopy(cluster.manifest)
    assert revocation(site, there(site), "orders").state is State.NOT_IN_FORCE
    assert revoke(site, there(site), "orders")
    text = json.dumps(cluster.manifest["spec"])
    assert VOID in text
    assert not [one["credentials"] for one in storages.values() if f'"{one.get("credentials")}"' in text]
    assert "web-id" not in text
    assert revocation(site, there(site), "orders").state is State.IN_FORCE
    (path,) = cluster.secrets
    assert path.endswith(f"/secrets/{VOID}")
    # A second time there is nothing to take.
    assert not revoke(site, there(site), "orders")
    assert give_back(site, there(site))
    assert cluster.manifest["spec"] == as_made["spec"]
    assert not give_back(site, there(site))
    assert not there(site).revoked


def test_giving_back_that_dies_half_way_is_gone_on_with_and_leaves_the_fields_to_others():
    site, cluster = held("pxc")
    as_made = copy.deepcopy(cluster.manifest["spec"])
    revoke(site, there(site), "orders")
    ours = {"manager": "dbaas-dr", "operation": "Update"}
    others = [
        {"manager": "dbaas-dr", "operation": "Apply"},
        {"manager": "dbaas-dr", "operation": "Update", "subresource": "status"},
        {"manager": "pulumi-kubernetes", "operation": "Update"},
    ]
    cluster.manifest["metadata"]["managedFields"] = [ours, *others]
    merge, calls = cluster.merge, 0

    def dies(path: str, body: dict[str, Any]) -> dict[str, Any]:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise ClusterUnreachable("no answer")
        return merge(path, body)

    cluster.merge = dies
    with pytest.raises(ClusterUnreachable):
        give_back(site, there(site))
    assert cluster.manifest["spec"] == as_made
    assert there(site).revoked
    assert give_back(site, there(site))
    assert not there(site).revoked
    assert cluster.manifest["spec"] == as_made
    assert cluster.manifest["metadata"]["managedFields"] == others


@pytest.mark.parametrize("engine", ["pg", "pxc", "ps", "psmdb"])
def test_what_somebody_wrote_in_between_is_taken_too_and_is_what_comes_back(engine):
    site, cluster = held(engine)
    revoke(site, there(site), "orders")
    for path, now in closed_fields(engine, cluster.manifest["spec"], VOID).items():
        other: Any = [{"secret": {"name": "newer-keys"}}] if path.endswith("configuration") else "newer-keys"
        assert now != other
        *above, last = path.replace('storages["', "storages.").replace('"].', ".").split(".")
        place = cluster.manifest
        for step in above:
            place = place[step]
        place[last] = other
    assert revocation(site, there(site), "orders").state is State.NOT_IN_FORCE
    assert revoke(site, there(site), "orders")
    assert "newer-keys" not in json.dumps(cluster.manifest["spec"])
    assert give_back(site, there(site))
    assert "newer-keys" in json.dumps(cluster.manifest["spec"])
    assert "bucket-keys" not in json.dumps(cluster.manifest["spec"])


def test_keys_that_somebody_wrote_over_the_void_ones_are_left_when_the_rest_is_given_back():
    site, cluster = held("pxc")
    revoke(site, there(site), "orders")
    storage = cluster.manifest["spec"]["backup"]["storages"]["main"]
    storage["s3"]["credentialsSecret"] = "newer-keys"
    assert give_back(site, there(site))
    assert storage["s3"]["credentialsSecret"] == "newer-keys"


def test_the_authority_of_a_bucket_stays_with_pg_and_binary_logs_of_ps_are_meant_as_well():
    authority = {"secret": "minio-ca", "key": "ca.crt"}
    site, cluster = held("pg", backup={"storages": {"main": {**S3, "authority": authority}}})
    revoke(site, there(site), "orders")
    files = cluster.manifest["spec"]["backups"]["pgbackrest"]["configuration"]
    assert [one["secret"]["name"] for one in files] == ["minio-ca", VOID]
    place = {"s3": {"bucket": "logs", "credentialsSecret": "log-keys"}}
    spec = {"backup": {"storages": {}, "pitr": {"binlogServer": {"storage": place}}}}
    assert list(closed_fields("ps", spec, VOID).values()) == [VOID]


def test_a_site_without_a_bucket_is_told_as_one_and_left_alone():
    site, cluster = held("pxc", backup={})
    assert revocation(site, there(site), "orders").state is State.NOT_POSSIBLE
    assert not revoke(site, there(site), "orders")
    assert cluster.secrets == {}


def test_keys_are_never_taken_from_a_version_that_was_not_read():
    site, cluster = held("psmdb")
    old = there(site)
    cluster.manifest["metadata"]["resourceVersion"] = "7"
    with pytest.raises(Conflict):
        revoke(site, old, "orders")


def test_the_void_secret_has_a_file_for_every_option_that_pgbackrest_is_pointed_at():
    data = void_secret("orders", "eu", "shop")["stringData"]
    assert {"s3.conf", "azure.conf", GOOGLE_KEY} <= set(data)
    (_, path) = next(
        (key, value)
        for key, value in closed_fields(
            "pg",
            {
                "backups": {
                    "pgbackrest": {"repos": [{"name": "repo2", "gcs": {}}], "global": {"repo2-gcs-key-type": "auto"}}
                }
            },
            VOID,
        ).items()
        if key.endswith('gcs-key"]')
    )
    assert path == f"{CONFIGURATION_FOLDER}/{GOOGLE_KEY}"
