"""What is not as one might think, in words: what a provider cannot do, and what has to be done by hand. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dbaas_components.bootstrap.buckets import policies
from dbaas_components.bootstrap.buckets.cloud_words import ONE_ZONE
from dbaas_components.bootstrap.buckets.identity import role_name, tenant_name
from dbaas_components.bootstrap.buckets.judgement import places
from dbaas_components.bootstrap.buckets.layout import APART, ASKING, tenant_prefix
from dbaas_components.bootstrap.buckets.lifecycle import derived_rules, longest_kept, user_rules

if TYPE_CHECKING:
    from dbaas_components.bootstrap.buckets.spec import BucketSpec


def bucket_findings(spec: BucketSpec) -> list[str]:
    """Everything worth knowing before one relies on the bucket; empty where there is nothing."""
    return [*_of_provider(spec), *_of_replica(spec), *_of_lock(spec), *_of_rules(spec), *_of_databases(spec)]


def _of_provider(spec: BucketSpec) -> list[str]:
    found: list[str] = []
    if spec.provider == "azure":
        account, container = spec.storage_account, spec.bucket
        rules = json.dumps([{"prefix": one.prefix, "days": one.days} for one in derived_rules(spec) if one.prefix])
        found += [
            f"nothing is made on azure: container {container} in account {account} has to be there",
            f"set in account {account}: TLS 1.2 at least, no public access, blob versioning, soft delete of blobs and "
            f"containers for {spec.undo_days} days, deletion of old versions after {spec.undo_days} days; account keys "
            "have to be allowed, because no engine does without",
            "set no time-based immutability on the container: it refuses overwriting, and backups would fail",
            f"set these deletions by age in its lifecycle management, and no others: {rules}",
            "an account key reads and deletes everything in the account: prefixes part tenants by agreement only, so "
            "give each trust zone an account of its own",
        ]
    if spec.provider == "gcp":
        found.append(
            f"on Google Cloud who may delete objects may delete old versions too; soft delete keeps those for "
            f"{spec.undo_days} days, and a project's owner can restore them"
        )
        found.append(
            "which TLS versions a project takes is decided in its organisation policy gcp.restrictTLSVersion: deny 1.0 "
            "and 1.1 there"
        )
    if spec.provider == "s3_compatible":
        found.append(f"users, keys and their rights are made in the service itself; give each tenant: {_wanted(spec)}")
        if not spec.supports.lifecycle:
            found.append(
                "the service has no rules: old versions, logs and broken uploads stay until somebody deletes them"
            )
        if not spec.supports.policy:
            found.append("the service has no policies: nothing here refuses deleting old versions or plain connections")
        if not spec.supports.encryption:
            found.append("the service does not encrypt by itself: encrypt its disks, or in the engine")
    return found


def _wanted(spec: BucketSpec) -> str:
    """The rights of each tenant as a document, for services that take it."""
    environment = spec.ownership.environment
    arn = policies.bucket_arn(spec.bucket, "")
    return "; ".join(
        f"{tenant_name(tenant)} "
        + json.dumps(
            policies.tenant_policy(
                arn,
                tenant_prefix(environment, tenant),
                region=spec.region,
                asks_for_bucket=tenant.engine in ASKING,
            )
        )
        for tenant in spec.tenants
    )


def _of_replica(spec: BucketSpec) -> list[str]:
    if spec.replication is None:
        return []
    found = ["copies arrive later and in any order: the replica is a backup only once a restore from it was tried"]
    if not spec.replication.delete_markers:
        found.append(
            "deletions are not copied: what engines delete stays in the replica, which grows until you clear it"
        )
    return found


def _of_lock(spec: BucketSpec) -> list[str]:
    if spec.immutable_days is None:
        return []
    found = [
        "Object Lock wants a checksum with every upload, which old clients do not send: try a backup with each engine",
        "Object Lock can only be chosen when the bucket is made",
    ]
    if spec.immutable_mode == "COMPLIANCE":
        found.append(
            f"COMPLIANCE: nobody, not even the account's owner, can delete a version before {spec.immutable_days} days"
        )
    if spec.immutable_days > spec.undo_days:
        found.append(
            f"versions stay for the {spec.immutable_days} days of the lock, longer than undo_days, and are paid for"
        )
    return found


def _of_rules(spec: BucketSpec) -> list[str]:
    zone = [
        f"{rule.name}: {ONE_ZONE} keeps objects in one zone, and backups that are lost with it no restore brings back"
        for rule in user_rules(spec)
        if rule.storage_class == ONE_ZONE and any(place.touched_by(rule) for place in places(spec))
    ]
    return zone + [
        f"{rule.name}: databases write many small objects, which cost more in {rule.storage_class} than they save"
        for rule in user_rules(spec)
        if rule.action == "transition" and rule.days < 30
    ]


def _of_databases(spec: BucketSpec) -> list[str]:
    found: list[str] = []
    for tenant in spec.tenants:
        if tenant.credentials and spec.provider == "aws":
            found.append(
                f"{tenant_name(tenant)}: attach policy {role_name(spec, tenant)} to the user whose keys are in Secret "
                f"{tenant.namespace}/{tenant.credentials}; keys are never made here"
            )
        if tenant.engine in ASKING and spec.provider in ("aws", "s3_compatible"):
            found.append(
                f"{tenant_name(tenant)}: may see the names of all objects, because its tools ask for the bucket"
            )
        for name, database in tenant.databases.items():
            who = f"{tenant.engine}/{tenant.namespace}/{name}"
            if not database.schedules:
                found.append(f"{who}: no schedule, so nothing is promised and nothing is expired by age")
            elif tenant.engine == "pg" and not any(one.keep or one.retention for one in database.schedules):
                found.append(f"{who}: no retention, so pgBackRest keeps everything for ever")
            elif tenant.engine in APART and longest_kept(database.schedules) is None:
                found.append(f"{who}: a schedule keeps everything, so its logs and backups are never expired")
            if tenant.engine == "psmdb" and not database.delete_from_storage:
                found.append(f"{who}: nothing deletes dropped backups (delete_from_storage: true would)")
    return found
