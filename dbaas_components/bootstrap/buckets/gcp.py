"""The bucket on Google Cloud, its key, and a service account for each tenant. Imported only where it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pulumi
from pulumi_gcp import kms, serviceaccount, storage

from dbaas_components.bootstrap.buckets.gcp_rules import lifecycle, own_prefix, places_of
from dbaas_components.bootstrap.buckets.identity import account_id, tenant_name, trusted_accounts
from dbaas_components.bootstrap.buckets.layout import ASKING, tenant_prefix
from dbaas_components.bootstrap.buckets.lifecycle import derived_rules, user_rules
from dbaas_components.bootstrap.buckets.placed import PlacedBucket
from dbaas_components.bootstrap.buckets.taken import bound, taken_hook

if TYPE_CHECKING:
    from dbaas_components.base import Component
    from dbaas_components.bootstrap.buckets.spec import BucketSpec, Cluster, Tenant

_DAY: Final = 86_400
_ROTATION: Final = f"{90 * _DAY}s"
_DESTROYED_AFTER: Final = f"{30 * _DAY}s"
_ENCRYPTER: Final = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
_WRITER: Final = "roles/storage.objectUser"
_LOOKER: Final = "roles/storage.bucketViewer"
_READER: Final = "roles/storage.objectViewer"


def place(component: Component, spec: BucketSpec) -> PlacedBucket:
    """Makes everything; the bucket is ready once the last of it is."""
    location, regions, key_location = places_of(spec.region)
    labels = spec.ownership.google_labels()
    ring = kms.KeyRing(
        component.child_name("key-ring"),
        name=spec.bucket.replace(".", "-"),
        location=key_location,
        project=spec.project,
        # Google keeps a ring for ever; forgetting it would only make its name unusable.
        opts=_kept(component, spec),
    )
    key = kms.CryptoKey(
        component.child_name("key"),
        name="backups",
        key_ring=ring.id,
        rotation_period=_ROTATION,
        destroy_scheduled_duration=_DESTROYED_AFTER,
        labels=labels,
        opts=_kept(component, spec),
    )
    agent = _storage_account(component, spec)
    allowed = kms.CryptoKeyIAMMember(
        component.child_name("key-user"),
        crypto_key_id=key.id,
        role=_ENCRYPTER,
        member=pulumi.Output.concat("serviceAccount:", agent),
        opts=component.child_options(),
    )
    hook = taken_hook("gcp:storage/bucket:Bucket", component.child_name("bucket"), spec.bucket)
    bucket = storage.Bucket(
        component.child_name("bucket"),
        name=spec.bucket,
        project=spec.project,
        location=location,
        **_in_two(regions),
        uniform_bucket_level_access=True,
        public_access_prevention="enforced",
        versioning={"enabled": True},
        # Who may delete here may delete old versions too; only this brings those back.
        soft_delete_policy={"retention_duration_seconds": spec.undo_days * _DAY},
        lifecycle_rules=[
            storage.BucketLifecycleRuleArgs(
                action=storage.BucketLifecycleRuleActionArgs(**one["action"]),
                condition=storage.BucketLifecycleRuleConditionArgs(**one["condition"]),
            )
            for one in lifecycle((*derived_rules(spec), *user_rules(spec)))
        ],
        encryption={"default_kms_key_name": key.id},
        force_destroy=False,
        deletion_policy="PREVENT" if spec.deletion_protection else "DELETE",
        labels=labels,
        **_logging(spec),
        opts=_kept(component, spec, depends_on=[allowed], **bound(hook)),
    )
    identities: dict[str, pulumi.Input[str]] = {}
    behind: list[pulumi.Resource] = [bucket]
    for tenant in spec.tenants:
        if not tenant.credentials:
            _identity(component, spec, tenant, spec.cluster, bucket, identities, behind, read=False)
            if spec.standby:
                _identity(component, spec, tenant, spec.standby, bucket, identities, behind, read=True)
        else:
            # Its keys (HMAC, or of the account) are made by whoever keeps the Secret.
            _identity(component, spec, tenant, None, bucket, identities, behind, read=False)
    return PlacedBucket(bucket=bucket.name, key=key.id, identities=identities, behind=tuple(behind))


def _kept(component: Component, spec: BucketSpec, **leaf: Any) -> pulumi.ResourceOptions:
    kept = spec.deletion_protection
    return component.child_options(protect=kept, retain_on_delete=kept, **leaf)


def _in_two(regions: tuple[str, ...]) -> dict[str, Any]:
    if not regions:
        return {}
    return {"custom_placement_config": {"data_locations": list(regions)}, "rpo": "ASYNC_TURBO"}


def _logging(spec: BucketSpec) -> dict[str, Any]:
    if spec.access_logs is None:
        return {}
    return {"logging": {"log_bucket": spec.access_logs.bucket, "log_object_prefix": spec.access_logs.prefix}}


def _identity(
    component: Component,
    spec: BucketSpec,
    tenant: Tenant,
    cluster: Cluster | None,
    bucket: storage.Bucket,
    identities: dict[str, pulumi.Input[str]],
    behind: list[pulumi.Resource],
    *,
    read: bool,
) -> None:
    name = tenant_name(tenant) + ("-read" if read else "")
    account = serviceaccount.Account(
        component.child_name(f"{name}-account"),
        account_id=account_id(spec, tenant, read=read),
        project=spec.project,
        display_name=f"{'Reads' if read else 'Keeps'} backups of {tenant.engine} in {tenant.namespace}",
        opts=component.child_options(),
    )
    prefix = tenant_prefix(spec.ownership.environment, tenant)
    allowed = storage.BucketIAMMember(
        component.child_name(f"{name}-access"),
        bucket=bucket.name,
        role=_READER if read else _WRITER,
        member=account.email.apply(lambda address: f"serviceAccount:{address}"),
        condition={"title": "own-prefix", "expression": own_prefix(spec.bucket, prefix)},
        opts=component.child_options(),
    )
    if tenant.engine in ASKING:
        # Shows the bucket's settings, and no object's name.
        looks = storage.BucketIAMMember(
            component.child_name(f"{name}-bucket"),
            bucket=bucket.name,
            role=_LOOKER,
            member=account.email.apply(lambda address: f"serviceAccount:{address}"),
            opts=component.child_options(),
        )
        behind.append(looks)
    identities[name] = account.email
    behind += [account, allowed]
    if cluster is None:
        return
    for one in trusted_accounts(spec, tenant, read=read):
        behind.append(
            serviceaccount.IAMMember(
                component.child_name(f"{name}-{one}"),
                service_account_id=account.name,
                role="roles/iam.workloadIdentityUser",
                member=f"serviceAccount:{cluster.workload_pool}[{tenant.namespace}/{one}]",
                opts=component.child_options(),
            )
        )


def _storage_account(component: Component, spec: BucketSpec) -> pulumi.Input[str]:
    """Cloud Storage's own account in the project, which encrypts with the key.

    Its name is made of the project's number (Google Cloud's documentation of Cloud Storage service agents); without
    that the cloud is asked, which takes credentials.
    """
    if spec.project_number:
        return f"service-{spec.project_number}@gs-project-accounts.iam.gserviceaccount.com"
    options = pulumi.InvokeOutputOptions(parent=component)
    return storage.get_project_service_account_output(project=spec.project, opts=options).email_address
