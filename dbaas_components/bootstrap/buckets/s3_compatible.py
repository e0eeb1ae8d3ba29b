"""The bucket on a service that speaks S3, through the AWS provider. Imported only where it is asked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pulumi
import pulumi_aws
from pulumi_aws import s3

from dbaas_components.bootstrap.buckets import policies
from dbaas_components.bootstrap.buckets.aws_rules import lifecycle
from dbaas_components.bootstrap.buckets.lifecycle import derived_rules, user_rules
from dbaas_components.bootstrap.buckets.placed import PlacedBucket
from dbaas_components.bootstrap.buckets.taken import bound, taken_hook

if TYPE_CHECKING:
    from dbaas_components.base import Component
    from dbaas_components.bootstrap.buckets.spec import BucketSpec


def place(component: Component, spec: BucketSpec) -> PlacedBucket:
    """Makes what the service can do. The keys that make it come from the environment or the AWS profile, never from
    the program: they would stand in the state."""
    provider = pulumi_aws.Provider(
        component.child_name("service"),
        region=spec.region,
        endpoints=[pulumi_aws.ProviderEndpointArgs(s3=spec.endpoint)],
        s3_use_path_style=spec.path_style,
        # None of these is there: they are Amazon's own.
        skip_credentials_validation=True,
        skip_metadata_api_check=True,
        skip_region_validation=True,
        skip_requesting_account_id=True,
        opts=component.child_options(),
    )
    kept = spec.deletion_protection

    def options(**leaf: Any) -> pulumi.ResourceOptions:
        return component.child_options(provider=provider, protect=kept, retain_on_delete=kept, **leaf)

    def plain(**leaf: Any) -> pulumi.ResourceOptions:
        return component.child_options(provider=provider, **leaf)

    bucket = s3.Bucket(
        component.child_name("bucket"),
        bucket=spec.bucket,
        object_lock_enabled=spec.immutable_days is not None,
        force_destroy=False,
        # Not every service takes tags, and this one would fail without.
        opts=options(**bound(taken_hook("aws:s3/bucket:Bucket", component.child_name("bucket"), spec.bucket))),
    )
    versioning = s3.BucketVersioning(
        component.child_name("bucket-versioning"),
        bucket=bucket.bucket,
        versioning_configuration={"status": "Enabled"},
        opts=options(),
    )
    behind: list[pulumi.Resource] = [bucket, versioning]
    if spec.supports.encryption:
        behind.append(
            s3.BucketServerSideEncryptionConfiguration(
                component.child_name("bucket-encryption"),
                bucket=bucket.bucket,
                rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
                opts=options(),
            )
        )
    if spec.supports.policy:
        document = policies.bucket_policy(policies.bucket_arn(spec.bucket, ""), portable=True)
        behind.append(
            s3.BucketPolicy(
                component.child_name("bucket-policy"), bucket=bucket.bucket, policy=json.dumps(document), opts=options()
            )
        )
    if spec.supports.lifecycle:
        behind.append(
            s3.BucketLifecycleConfiguration(
                component.child_name("bucket-lifecycle"),
                bucket=bucket.bucket,
                rules=cast("Any", lifecycle((*derived_rules(spec), *user_rules(spec)))),
                opts=plain(depends_on=[versioning]),
            )
        )
    if spec.immutable_days is not None:
        behind.append(
            s3.BucketObjectLockConfiguration(
                component.child_name("bucket-object-lock"),
                bucket=bucket.bucket,
                rule={"default_retention": {"mode": spec.immutable_mode, "days": spec.immutable_days}},
                opts=options(depends_on=[versioning]),
            )
        )
    return PlacedBucket(bucket=bucket.bucket, behind=tuple(behind))
