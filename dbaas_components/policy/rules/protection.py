"""What must not be deleted by a slip: databases, buckets, keys, volumes, definitions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dbaas_components.policy.databases import is_database, is_guarded
from dbaas_components.policy.fragments import database, examples, manifest, resource
from dbaas_components.policy.inventory import Inventory
from dbaas_components.policy.item import Item, as_whole
from dbaas_components.policy.rule import Rule, Severity, Violation
from dbaas_components.policy.rules.buckets import AWS_BUCKETS, BUCKETS, GCP_BUCKET

KEYS: Final = ("aws:kms/key:Key", "gcp:kms/cryptoKey:CryptoKey", "gcp:kms/keyRing:KeyRing")
_SHORTEST_WAIT: Final = 14
# PG operator 3.0.0, PS 1.2.0, PSMDB 1.22.0, PXC 1.20.0: what each deletes with the custom resource.
_DELETE_DATA: Final = {
    "percona.com/delete-pvc": "the volumes",
    "percona.com/delete-backups": "the backups",
    "percona.com/delete-mysql-pvc": "the volumes",
    "percona.com/delete-psmdb-pvc": "the volumes",
    "percona.com/delete-pitr-chunks": "the logs for point-in-time recovery",
    "percona.com/delete-pxc-pvc": "the volumes",
}
_DATABASE_GROUPS: Final = ("pgv2.percona.com", "ps.percona.com", "psmdb.percona.com", "pxc.percona.com")


def _protected(item: Item, _: Inventory) -> Iterator[Violation]:
    if item.protect is False:
        yield Violation("", "is not protected: the engine deletes it as soon as it leaves the program")


def _not_emptied(item: Item, _: Inventory) -> Iterator[Violation]:
    if item.at("forceDestroy") is True:
        yield Violation("forceDestroy", "is true: a destroy first deletes every backup in the bucket")


def _key_outlives(item: Item, _: Inventory) -> Iterator[Violation]:
    days = as_whole(item.at("deletionWindowInDays"))
    if days is not None and days < _SHORTEST_WAIT:
        yield Violation("deletionWindowInDays", f"is {days}; a deleted key can be brought back for so long only")


def _no_deleting_finalizer(item: Item, _: Inventory) -> Iterator[Violation]:
    for number, finalizer in enumerate(item.items("metadata.finalizers")):
        if isinstance(finalizer, str) and finalizer in _DELETE_DATA:
            yield Violation(f"metadata.finalizers[{number}]", f"{finalizer} deletes {_DELETE_DATA[finalizer]}")


def _volumes_kept(item: Item, _: Inventory) -> Iterator[Violation]:
    if item.at("reclaimPolicy") in (None, "Delete"):
        yield Violation("reclaimPolicy", "is Delete: with a claim goes its volume and all data on it")


def _is_definition_of_databases(item: Item) -> bool:
    return item.kind == "CustomResourceDefinition" and item.text("spec.group") in _DATABASE_GROUPS


def _definition_kept(item: Item, _: Inventory) -> Iterator[Violation]:
    if item.protect is False and item.retain_on_delete is False:
        yield Violation("", "is neither protected nor kept: with a definition Kubernetes deletes every database of it")


_CLASS = ("storage.k8s.io/v1", "StorageClass")
_PERCONA_CRD = {"spec": {"group": "pxc.percona.com", "names": {"kind": "PerconaXtraDBCluster"}}}
_CRD = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")

RULES: Final = (
    Rule(
        id="protection/database",
        severity=Severity.ERROR,
        reason="a database that leaves the program by a slip is deleted with its data",
        fix="leave `deletion_protection` on (the default outside profile `dev`), or set `protect=True`",
        applies=lambda item: is_guarded(item) and item.protect is not None,
        check=_protected,
        examples=examples(database("pg", options={"protect": True}), database("pg")),
    ),
    Rule(
        id="protection/bucket",
        severity=Severity.ERROR,
        reason="a bucket of backups is what is left when all else is lost",
        fix="set `protect=True` on the bucket",
        applies=lambda item: item.type in BUCKETS and item.protect is not None,
        check=_protected,
        examples=examples(
            resource(AWS_BUCKETS[0], {}, options={"protect": True}), resource(AWS_BUCKETS[0], {"bucket": "backups"})
        ),
    ),
    Rule(
        id="protection/bucket-not-emptied",
        severity=Severity.ERROR,
        reason="a bucket that may be deleted while it holds backups takes them along",
        fix="leave `force_destroy` out",
        applies=lambda item: item.type in BUCKETS,
        check=_not_emptied,
        examples=examples(resource(GCP_BUCKET, {"forceDestroy": False}), resource(GCP_BUCKET, {"forceDestroy": True})),
    ),
    Rule(
        id="protection/key",
        severity=Severity.ERROR,
        reason="whatever a key has encrypted cannot be read by anyone once the key is gone",
        fix="set `protect=True` on the key",
        applies=lambda item: item.type in KEYS and item.protect is not None,
        check=_protected,
        examples=examples(resource(KEYS[0], {}, options={"protect": True}), resource(KEYS[1], {})),
    ),
    Rule(
        id="protection/key-outlives-a-mistake",
        severity=Severity.WARNING,
        reason="the deletion of a key is found out when a backup is needed, and that may take weeks",
        fix=f"write `deletion_window_in_days` of at least {_SHORTEST_WAIT}, or leave it out (30)",
        applies=lambda item: item.type == KEYS[0],
        check=_key_outlives,
        examples=examples(
            resource(KEYS[0], {"deletionWindowInDays": 30}), resource(KEYS[0], {"deletionWindowInDays": 7})
        ),
    ),
    Rule(
        id="protection/no-deleting-finalizer",
        severity=Severity.ERROR,
        reason="the operator then deletes data together with the custom resource",
        fix='leave `deletion.volumes` and `deletion.backups` at "keep"',
        applies=is_guarded,
        check=_no_deleting_finalizer,
        examples=examples(
            database("pxc", finalizers=["percona.com/delete-pxc-pods-in-order"]),
            database("pxc", finalizers=["percona.com/delete-pxc-pvc"]),
        ),
    ),
    Rule(
        id="protection/volumes-kept",
        severity=Severity.WARNING,
        reason="the volume is the last copy when a namespace or a claim was deleted by a slip",
        fix="write `reclaimPolicy: Retain` in the storage class",
        applies=lambda item: item.kind == "StorageClass" and item.is_object,
        check=_volumes_kept,
        examples=examples(
            manifest(*_CLASS, {"provisioner": "ebs.csi.aws.com", "reclaimPolicy": "Retain"}),
            manifest(*_CLASS, {"provisioner": "ebs.csi.aws.com"}),
        ),
    ),
    Rule(
        id="protection/definition-kept",
        severity=Severity.ERROR,
        reason="Kubernetes deletes all objects of a definition with it: every database of an engine in the cluster",
        fix="set `protect=True` or `retain_on_delete=True` on the definition",
        applies=_is_definition_of_databases,
        check=_definition_kept,
        examples=examples(
            manifest(*_CRD, _PERCONA_CRD, options={"retain_on_delete": True}), manifest(*_CRD, _PERCONA_CRD)
        ),
    ),
    Rule(
        id="protection/not-paused",
        severity=Severity.WARNING,
        reason="a paused database serves nobody and makes no backups",
        fix="leave `paused` out once the work on it is done",
        applies=is_database,
        check=lambda item, _: (
            [Violation("spec.pause", "is true: the database is shut down")] if item.at("spec.pause") is True else []
        ),
        examples=examples(database("psmdb", {"pause": False}), database("psmdb", {"pause": True})),
    ),
)
