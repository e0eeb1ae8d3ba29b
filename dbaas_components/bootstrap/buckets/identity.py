"""Who reaches a bucket as whom, and what a database has to be told of it. Pure."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from dbaas_components.bootstrap.buckets.layout import database_prefix
from dbaas_components.bootstrap.buckets.policies import partition_of
from dbaas_components.bootstrap.object_stores import GOOGLE_S3

if TYPE_CHECKING:
    from dbaas_components.bootstrap.buckets.spec import BucketSpec, Tenant

_ROLE_LIMIT: Final = 64
_ACCOUNT_LIMIT: Final = 30
# Of a Job, whose name ends with a digest, and of the label that Kubernetes makes of it.
_JOB_LIMIT: Final = 52


def tenant_name(tenant: Tenant) -> str:
    """The tenant in names of resources: `pg-shop`."""
    return f"{tenant.engine}-{tenant.namespace}"


def cut_name(text: str, limit: int) -> str:
    """`text`, or its beginning and a digest of all of it where it is too long."""
    if len(text) <= limit:
        return text
    return f"{text[: limit - 9].rstrip('-.')}-{sha256(text.encode()).hexdigest()[:8]}"


def role_name(spec: BucketSpec, tenant: Tenant, *, read: bool = False) -> str:
    """Name of the tenant's role and policy on AWS. Of its own bucket, since roles know no regions."""
    return cut_name(f"{spec.bucket}-{tenant_name(tenant)}{'-read' if read else ''}", _ROLE_LIMIT)


def account_id(spec: BucketSpec, tenant: Tenant, *, read: bool = False) -> str:
    """Identifier of the tenant's service account on Google Cloud; the digest holds the bucket's name."""
    role = "r" if read else "w"
    digest = sha256(f"{spec.bucket}/{tenant_name(tenant)}/{role}".encode()).hexdigest()[:8]
    return f"{tenant_name(tenant)[: _ACCOUNT_LIMIT - 9].rstrip('-')}-{digest}"


def probe_account(spec: BucketSpec, tenant: Tenant) -> str:
    """Service account that the probe of a tenant's rights runs as, in the tenant's namespace."""
    return cut_name(f"bucket-probe-{tenant.engine}-{spec.bucket.replace('.', '-')}", _JOB_LIMIT)


def trusted_accounts(spec: BucketSpec, tenant: Tenant, *, read: bool = False) -> tuple[str, ...]:
    """Service accounts that may act as the tenant: those of its pods, and the probe's, which shows that they can."""
    return (*tenant.accounts(), *((probe_account(spec, tenant),) if spec.probe and not read else ()))


def identity(spec: BucketSpec, tenant: Tenant, *, read: bool = False) -> str | None:
    """ARN of the role, or address of the service account, that the tenant's pods act as; None with keys.

    Known before anything is made, so that a database can be told in plain text.
    """
    if tenant.credentials:
        return None
    cluster = spec.standby if read and spec.standby else spec.cluster
    if spec.provider == "gcp":
        return f"{account_id(spec, tenant, read=read)}@{spec.project}.iam.gserviceaccount.com"
    if spec.provider == "aws" and cluster.oidc_provider:
        account = cluster.oidc_provider.split(":")[4]
        return f"arn:{partition_of(spec.region)}:iam::{account}:role/{role_name(spec, tenant, read=read)}"
    return None


def storage(spec: BucketSpec, tenant: Tenant, name: str) -> dict[str, Any]:
    """The storage of a database's `backup.storages`."""
    prefix = database_prefix(spec.ownership.environment, tenant, name, tenant.databases[name])
    found: dict[str, Any] = {"type": _type(spec, tenant), "bucket": spec.bucket, "prefix": prefix}
    if tenant.credentials:
        found["credentials"] = tenant.credentials
    if found["type"] == "s3":
        found["region"] = "auto" if spec.provider == "gcp" else spec.region
        if spec.provider == "gcp":
            found["endpoint"] = GOOGLE_S3
        elif spec.endpoint:
            found |= {"endpoint": spec.endpoint, "path_style": spec.path_style}
        # The operator of ps has no word for it.
        if spec.authority and tenant.engine != "ps":
            found["authority"] = spec.authority.model_dump()
    return found


def _type(spec: BucketSpec, tenant: Tenant) -> str:
    if spec.provider == "azure":
        return "azure"
    # PXC has no words for Google Cloud, and PS ships its logs in S3's words only.
    if spec.provider == "gcp" and tenant.engine not in {"pxc", "ps"}:
        return "gcs"
    return "s3"


def account_annotations(spec: BucketSpec, tenant: Tenant, *, read: bool = False) -> dict[str, str]:
    """Annotations of the tenant's service accounts; empty with keys, and with EKS Pod Identity, which needs none."""
    who = identity(spec, tenant, read=read)
    if who is None:
        return {}
    key = "iam.gke.io/gcp-service-account" if spec.provider == "gcp" else "eks.amazonaws.com/role-arn"
    return {key: who}


def backup_arguments(spec: BucketSpec, tenant: Tenant, name: str) -> dict[str, Any]:
    """What a database's `backup` takes: this bucket as its only storage, its schedules, and who its pods act as."""
    database = tenant.databases[name]
    found: dict[str, Any] = {
        "storages": {"bucket": storage(spec, tenant, name)},
        "schedules": [one.model_dump(exclude_none=True, exclude_defaults=True) for one in database.schedules],
    }
    if tenant.engine == "pg":
        if noted := account_annotations(spec, tenant):
            found["service_account_annotations"] = noted
        return found
    # PS' operator deletes what retention drops, and so does not take the word that it should not.
    deletes = database.delete_from_storage or (tenant.engine == "ps" and any(one.keep for one in database.schedules))
    found |= {"pitr": {"enabled": database.pitr}, "delete_from_storage": deletes}
    if tenant.engine == "pxc" and not tenant.credentials:
        found["service_account"] = tenant.service_accounts[0]
    return found
