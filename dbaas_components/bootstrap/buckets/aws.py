"""The bucket on AWS: S3, its key, its replica, and a role for each tenant. Imported only where AWS is asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

import pulumi
from pulumi_aws import kms, s3

from dbaas_components.bootstrap.buckets import policies
from dbaas_components.bootstrap.buckets.aws_identities import place_identities
from dbaas_components.bootstrap.buckets.aws_rules import lifecycle
from dbaas_components.bootstrap.buckets.lifecycle import derived_rules, user_rules
from dbaas_components.bootstrap.buckets.placed import PlacedBucket
from dbaas_components.bootstrap.buckets.taken import bound, taken_hook

if TYPE_CHECKING:
    from dbaas_components.base import Component
    from dbaas_components.bootstrap.buckets.spec import BucketSpec

KEY_DELETION_DAYS: Final = 30
"""Days in which a key that was deleted by mistake can be had back."""


@dataclass(frozen=True, slots=True)
class Half:
    """One bucket: the bucket itself, or its replica."""

    role: str
    """Beginning of the names of its resources."""
    name: str
    region: str
    arn: str
    key: pulumi.Output[str]
    bucket: s3.Bucket
    versioning: s3.BucketVersioning
    last: tuple[pulumi.Resource, ...]
    """What has to be there before anybody writes."""


def place(component: Component, spec: BucketSpec) -> PlacedBucket:
    """Makes everything; the bucket is ready once the last of it is."""
    key = kms.Key(
        component.child_name("key"),
        description=f"Backups in {spec.bucket}",
        enable_key_rotation=True,
        deletion_window_in_days=KEY_DELETION_DAYS,
        # Cannot be changed later, and a key of one region would leave its replica for ever without.
        multi_region=True,
        region=spec.region,
        tags=spec.ownership.aws_tags(),
        opts=_kept(component, spec),
    )
    main = _half(component, spec, "bucket", spec.bucket, spec.region, key.arn, logged=True)
    halves, behind = [main], [*main.last]
    if spec.replication:
        target = spec.replication.bucket or f"{spec.bucket}-replica"
        copy = kms.ReplicaKey(
            component.child_name("replica-key"),
            description=f"Backups in {target}",
            primary_key_arn=key.arn,
            deletion_window_in_days=KEY_DELETION_DAYS,
            region=spec.replication.region,
            tags=spec.ownership.aws_tags(),
            opts=_kept(component, spec),
        )
        replica = _half(component, spec, "replica", target, spec.replication.region, copy.arn)
        halves.append(replica)
        behind += [*replica.last, _replicated(component, spec, main, replica)]
    placed = place_identities(component, spec, [(half.arn, half.region, half.key) for half in halves])
    return PlacedBucket(
        bucket=main.bucket.bucket,
        key=key.arn,
        replica=halves[1].bucket.bucket if spec.replication else None,
        identities=placed.identities,
        policies=placed.policies,
        behind=(*behind, *placed.resources),
    )


def _kept(component: Component, spec: BucketSpec, **leaf: Any) -> pulumi.ResourceOptions:
    kept = spec.deletion_protection
    return component.child_options(protect=kept, retain_on_delete=kept, **leaf)


def _half(
    component: Component,
    spec: BucketSpec,
    role: str,
    name: str,
    region: str,
    key: pulumi.Output[str],
    *,
    logged: bool = False,
) -> Half:
    def named(what: str) -> str:
        return component.child_name(role if what == "bucket" else f"{role}-{what}")

    arn = policies.bucket_arn(name, region)
    bucket = s3.Bucket(
        named("bucket"),
        bucket=name,
        region=region,
        # Can be chosen at the beginning only.
        object_lock_enabled=spec.immutable_days is not None,
        force_destroy=False,
        tags=spec.ownership.aws_tags(),
        opts=_kept(component, spec, **bound(taken_hook("aws:s3/bucket:Bucket", named("bucket"), name))),
    )
    # Before anything else: without it a wrong policy could open the bucket.
    closed = s3.BucketPublicAccessBlock(
        named("public-access"),
        bucket=bucket.bucket,
        region=region,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=_kept(component, spec),
    )
    owned = s3.BucketOwnershipControls(
        named("ownership"),
        bucket=bucket.bucket,
        region=region,
        rule={"object_ownership": "BucketOwnerEnforced"},
        opts=_kept(component, spec),
    )
    versioning = s3.BucketVersioning(
        named("versioning"),
        bucket=bucket.bucket,
        region=region,
        versioning_configuration={"status": "Enabled"},
        opts=_kept(component, spec),
    )
    encrypted = s3.BucketServerSideEncryptionConfiguration(
        named("encryption"),
        bucket=bucket.bucket,
        region=region,
        rules=[
            {
                "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key},
                "bucket_key_enabled": True,
            }
        ],
        opts=_kept(component, spec),
    )
    document = key.apply(
        lambda known: json.dumps(
            policies.bucket_policy(arn, key=known, break_glass=spec.break_glass, deletable=not spec.deletion_protection)
        )
    )
    policy = s3.BucketPolicy(
        named("policy"),
        bucket=bucket.bucket,
        region=region,
        policy=document,
        opts=_kept(component, spec, depends_on=[closed]),
    )
    # One resource for all rules of a bucket: a second one would replace the first one's.
    ruled = s3.BucketLifecycleConfiguration(
        named("lifecycle"),
        bucket=bucket.bucket,
        region=region,
        rules=cast("Any", lifecycle((*derived_rules(spec), *user_rules(spec)))),
        opts=component.child_options(depends_on=[versioning]),
    )
    last: list[pulumi.Resource] = [closed, owned, versioning, encrypted, policy, ruled]
    if spec.immutable_days is not None:
        last.append(
            s3.BucketObjectLockConfiguration(
                named("object-lock"),
                bucket=bucket.bucket,
                region=region,
                rule={"default_retention": {"mode": spec.immutable_mode, "days": spec.immutable_days}},
                opts=_kept(component, spec, depends_on=[versioning]),
            )
        )
    if logged and spec.access_logs:
        last.append(
            s3.BucketLogging(
                named("logging"),
                bucket=bucket.bucket,
                region=region,
                target_bucket=spec.access_logs.bucket,
                target_prefix=spec.access_logs.prefix,
                opts=component.child_options(),
            )
        )
    return Half(role, name, region, arn, key, bucket, versioning, tuple(last))


def _replicated(component: Component, spec: BucketSpec, main: Half, replica: Half) -> pulumi.Resource:
    from dbaas_components.bootstrap.buckets.aws_identities import replication_role

    assert spec.replication is not None
    given = spec.replication.delete_markers
    role, allowed = replication_role(
        component, spec, (main.arn, main.region, main.key), (replica.arn, replica.region, replica.key)
    )
    return s3.BucketReplicationConfig(
        component.child_name("replication"),
        bucket=main.bucket.bucket,
        region=main.region,
        role=role.arn,
        rules=[
            {
                "id": "everything",
                "status": "Enabled",
                "priority": 1,
                "filter": {"prefix": ""},
                "delete_marker_replication": {"status": "Enabled" if given else "Disabled"},
                "source_selection_criteria": {"sse_kms_encrypted_objects": {"status": "Enabled"}},
                "destination": {
                    "bucket": replica.bucket.arn,
                    "encryption_configuration": {"replica_kms_key_id": replica.key},
                },
            }
        ],
        opts=component.child_options(depends_on=[main.versioning, *replica.last, allowed]),
    )
